//! Gradients at samples.

use crate::sampling::{Blend, Field, Real, Voxel, grouped};

/// The part of a grid's geometry that turns differences between voxels into gradients in space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric {
    /// Upper triangle xx xy xz yy yz zz of the matrix that gives a gradient's squared length in value²/mm².
    pub(super) square: [f32; 6],
    /// The direction of view in voxels per mm.
    pub(super) view: [f32; 3],
}

/// Work space for the gradients at up to `N` samples.
///
/// A gradient is made of central differences of the trilinear interpolation one voxel to both sides, which equals the
/// interpolated central differences of the voxels.
pub(super) struct Gradients<T: Voxel, const N: usize> {
    /// Index of the voxel at the lower corner of each sample's cell, and the position in the cell.
    pub(super) index: [u32; N],
    pub(super) weight: [[f32; N]; 3],
    /// Four rows along i with one more voxel at both ends.
    rows: [[[T::Pair; N]; 2]; 4],
    /// Eight rows of two voxels around them.
    sides: [[T::Pair; N]; 8],
    /// Length of each gradient, value/mm.
    pub(super) length: [f32; N],
    /// Cosine of the angle between gradient and view, without sign; 0 where there is no gradient.
    pub(super) cosine: [f32; N],
}

impl<T: Voxel, const N: usize> Gradients<T, N> {
    pub(super) fn new() -> Self {
        Self {
            index: [0; N],
            weight: [[0.0; N]; 3],
            rows: [[[T::Pair::default(); N]; 2]; 4],
            sides: [[T::Pair::default(); N]; 8],
            length: [0.0; N],
            cosine: [0.0; N],
        }
    }

    /// Computes the gradients of the first `count` samples.
    #[inline(always)]
    pub(super) fn compute(&mut self, field: &Field<'_, T>, metric: &Metric, count: usize) {
        let count = count.min(N);
        for n in 0..count {
            self.fetch(field, n);
        }
        let Self { rows, sides, weight, length, cosine, .. } = self;
        differences::<T, N>(grouped::<N>(count), rows, sides, weight, metric, length, cosine);
    }

    #[inline(always)]
    fn fetch(&mut self, field: &Field<'_, T>, n: usize) {
        let [ni, nj, nk] = field.dims();
        let (sj, sk) = (ni, ni * nj);
        let v = field.values();
        let index = self.index[n] as usize;
        // All rows lie between the one two slices up and the one a slice down, unless the cell is at the border.
        let first = index.wrapping_sub(sk + 1);
        let (rows, sides) = (&mut self.rows, &mut self.sides);
        let [k, in_slice] = [self.index[n] / sk as u32, self.index[n] % sk as u32].map(|x| x as usize);
        let [j, i] = [in_slice as u32 / ni as u32, in_slice as u32 % ni as u32].map(|x| x as usize);
        let inner = i >= 1 && i + 2 < ni && j >= 1 && j + 2 < nj && k >= 1 && k + 2 < nk;
        if inner && let Some(near) = v.get(first..first + 3 * sk + sj + 3) {
            let at = sk + 1;
            let starts = [at - 1, at - 1 + sj, at - 1 + sk, at - 1 + sj + sk];
            for (row, start) in rows.iter_mut().zip(starts) {
                row[0][n] = T::pair(near[start], near[start + 1]);
                row[1][n] = T::pair(near[start + 2], near[start + 3]);
            }
            let starts = [
                at - sj,
                at + 2 * sj,
                at - sj + sk,
                at + 2 * sj + sk,
                at - sk,
                at - sk + sj,
                at + 2 * sk,
                at + 2 * sk + sj,
            ];
            for (side, start) in sides.iter_mut().zip(starts) {
                side[n] = T::pair(near[start], near[start + 1]);
            }
            return;
        }
        let get = |di: isize, dj: isize, dk: isize| -> T {
            let near = |x: usize, d: isize, size: usize| x.saturating_add_signed(d).min(size - 1);
            v[near(k, dk, nk) * sk + near(j, dj, nj) * sj + near(i, di, ni)]
        };
        for (row, (dj, dk)) in rows.iter_mut().zip([(0, 0), (1, 0), (0, 1), (1, 1)]) {
            row[0][n] = T::pair(get(-1, dj, dk), get(0, dj, dk));
            row[1][n] = T::pair(get(1, dj, dk), get(2, dj, dk));
        }
        let around = [(-1, 0), (2, 0), (-1, 1), (2, 1), (0, -1), (1, -1), (0, 2), (1, 2)];
        for (side, (dj, dk)) in sides.iter_mut().zip(around) {
            side[n] = T::pair(get(0, dj, dk), get(1, dj, dk));
        }
    }
}

#[inline(always)]
fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

#[inline(always)]
fn differences<T: Voxel, const N: usize>(
    count: usize,
    [r0, r1, r2, r3]: &[[[T::Pair; N]; 2]; 4],
    [s0, s1, s2, s3, s4, s5, s6, s7]: &[[T::Pair; N]; 8],
    [wi, wj, wk]: &[[f32; N]; 3],
    metric: &Metric,
    length: &mut [f32; N],
    cosine: &mut [f32; N],
) {
    let (m, view) = (metric.square, metric.view);
    let split = |pair: T::Pair| {
        let (x, y) = <T as Blend>::split(pair);
        (x.to_f32(), y.to_f32())
    };
    for n in 0..count.min(N) {
        let (ti, tj, tk) = (wi[n], wj[n], wk[n]);
        // Value and slope along i of a row of four voxels; value in a row of two.
        let row = |[near, far]: &[[T::Pair; N]; 2]| {
            let ((a, b), (c, d)) = (split(near[n]), split(far[n]));
            (mix(b, c, ti), mix(c - a, d - b, ti))
        };
        let side = |s: &[T::Pair; N]| {
            let (a, b) = split(s[n]);
            mix(a, b, ti)
        };
        let ((i0, d0), (i1, d1), (i2, d2), (i3, d3)) = (row(r0), row(r1), row(r2), row(r3));
        let gi = mix(mix(d0, d1, tj), mix(d2, d3, tj), tk);
        let gj = mix(mix(i1 - side(s0), side(s1) - i0, tj), mix(i3 - side(s2), side(s3) - i2, tj), tk);
        let gk = mix(mix(i2 - side(s4), side(s6) - i0, tk), mix(i3 - side(s5), side(s7) - i1, tk), tj);
        let square = gi * gi * m[0]
            + gj * gj * m[3]
            + gk * gk * m[5]
            + 2.0 * (gi * gj * m[1] + gi * gk * m[2] + gj * gk * m[4]);
        let along = (gi * view[0] + gj * view[1] + gk * view[2]).abs();
        let root = square.sqrt();
        // Differences span two voxels.
        length[n] = 0.5 * root;
        let ratio = along / (root + 1e-12);
        cosine[n] = if ratio < 1.0 { ratio } else { 1.0 };
    }
}
