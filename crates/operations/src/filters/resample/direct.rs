//! Nearest and linear interpolation, straight from the stored voxels.

use microtome_image::Scalar;
use multiversion::multiversion;

use super::path::{GROUP, Places};
use crate::kernels::real::Voxel;

/// One scalar volume.
#[derive(Clone, Copy)]
pub(super) struct Volume<'a, T> {
    pub(super) values: &'a [T],
    pub(super) dims: [usize; 3],
}

/// A float this large has no bits left below one: adding it rounds, and leaves the whole number in the low bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// The low 32 bits of a whole number of magnitude below 2⁵¹.
#[inline(always)]
pub(super) const fn low_bits(whole: f64) -> u32 {
    (whole + MAGIC).to_bits() as u32
}

/// Writes the nearest voxels.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2", "x86_64+sse4.2"))]
pub(super) fn nearest<T: Voxel>(volume: Volume<'_, T>, places: &Places, out: &mut [T]) {
    let [ni, nj, nk] = volume.dims;
    for (n, out) in out.iter_mut().enumerate().take(GROUP) {
        let index = |axis: usize, count: usize| {
            let nearest = (places[axis][n] + 0.5).floor().max(0.0).min(count as f64 - 1.0);
            low_bits(nearest) as usize
        };
        let (i, j, k) = (index(0, ni), index(1, nj), index(2, nk));
        if let Some(v) = volume.values.get((k * nj + j) * ni + i) {
            *out = *v;
        }
    }
}

/// Writes trilinear values; beyond the outermost voxel centres the outermost voxels go on. At most [`GROUP`] of them,
/// from a volume of two voxels or more along i, and of at most 2³¹ voxels.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi1+bmi2",
    "x86_64+avx2+bmi1+bmi2",
    "x86_64+sse4.2"
))]
pub(super) fn linear<T: Voxel>(volume: Volume<'_, T>, places: &Places, out: &mut [T]) {
    let mut index = [0_u32; GROUP];
    let mut weights = [[<T::Real>::default(); GROUP]; 3];
    let [ni, nj, nk] = volume.dims;
    let strides = [1, ni as u32, (ni * nj) as u32];
    for axis in 0..3 {
        let last = volume.dims[axis].saturating_sub(2) as f64;
        let stride = strides[axis];
        for n in 0..GROUP {
            let x = places[axis][n];
            let cell = x.floor().max(0.0).min(last);
            weights[axis][n] = <T::Real as Scalar>::from_f64((x - cell).clamp(0.0, 1.0));
            index[n] = index[n].wrapping_add(low_bits(cell).wrapping_mul(stride));
        }
    }
    // Along an axis of one voxel there is no neighbour; the voxel itself stands in for it.
    let (sj, sk) = (if nj > 1 { ni } else { 0 }, if nk > 1 { ni * nj } else { 0 });
    let v = volume.values;
    let count = v.len().saturating_sub(sj + sk);
    let corners = [&v[..count], &v[sj..][..count], &v[sk..][..count], &v[sj + sk..][..count]];
    let mut pairs = [[[T::default(); 2]; GROUP]; 4];
    for n in 0..out.len().min(GROUP) {
        let first = (index[n] as usize).min(count.saturating_sub(2));
        for c in 0..4 {
            pairs[c][n] = [corners[c][first], corners[c][first + 1]];
        }
    }
    let mut along_i = [[<T::Real>::default(); GROUP]; 4];
    for c in 0..4 {
        for n in 0..GROUP {
            let (a, b) = (pairs[c][n][0].to_real(), pairs[c][n][1].to_real());
            along_i[c][n] = a + (b - a) * weights[0][n];
        }
    }
    let mut values = [T::default(); GROUP];
    for n in 0..GROUP {
        let near = along_i[0][n] + (along_i[1][n] - along_i[0][n]) * weights[1][n];
        let far = along_i[2][n] + (along_i[3][n] - along_i[2][n]) * weights[1][n];
        values[n] = T::from_real(near + (far - near) * weights[2][n]);
    }
    let count = out.len().min(GROUP);
    out[..count].copy_from_slice(&values[..count]);
}

/// The same for any volume.
pub(super) fn linear_any<T: Voxel>(volume: Volume<'_, T>, places: &Places, out: &mut [T]) {
    let [ni, nj, _] = volume.dims;
    for (n, out) in out.iter_mut().enumerate() {
        let mut near = [[0_usize; 2]; 3];
        let mut weights = [<T::Real>::default(); 3];
        for axis in 0..3 {
            let last = volume.dims[axis] - 1;
            let x = places[axis][n].clamp(0.0, last as f64);
            let cell = x.floor() as usize;
            near[axis] = [cell, (cell + 1).min(last)];
            weights[axis] = <T::Real as Scalar>::from_f64(x - cell as f64);
        }
        let read = |i: usize, j: usize, k: usize| {
            volume.values.get((k * nj + j) * ni + i).map_or(<T::Real>::default(), |v| v.to_real())
        };
        let along_i = |j: usize, k: usize| {
            let (a, b) = (read(near[0][0], j, k), read(near[0][1], j, k));
            a + (b - a) * weights[0]
        };
        let along_j = |k: usize| {
            let (a, b) = (along_i(near[1][0], k), along_i(near[1][1], k));
            a + (b - a) * weights[1]
        };
        let (a, b) = (along_j(near[2][0]), along_j(near[2][1]));
        *out = T::from_real(a + (b - a) * weights[2]);
    }
}
