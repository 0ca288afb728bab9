//! Gradients at samples along a ray.

use crate::sampling::{Blend, Field, Places, Real, Voxel};

/// The part of a grid's geometry that turns differences between voxels into gradients in space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metric {
    /// Upper triangle xx xy xz yy yz zz of the matrix that gives a gradient's squared length in value²/mm².
    pub(super) square: [f32; 6],
}

/// Squared length, in value²/mm², and component along `view` of the gradient at samples.
pub(super) struct Gradients<const N: usize> {
    pub(super) square: [f32; N],
    pub(super) along: [f32; N],
}

/// Central differences of the trilinear interpolation one voxel to both sides, which equals interpolated central
/// differences of the voxels. Only samples from `first` to `last` are computed; the others are left at zero.
#[inline(always)]
pub(super) fn gradients<const N: usize, T: Voxel>(
    field: &Field<'_, T>,
    at: &Places<N>,
    wanted: u32,
    metric: &Metric,
    view: [f32; 3],
) -> Gradients<N> {
    // Four rows along i with one more voxel at both ends, and eight rows of two voxels around them.
    let mut rows = [[[T::default(); 4]; N]; 4];
    let mut sides = [[[T::default(); 2]; N]; 8];
    let [ni, nj, nk] = field.dims();
    let (sj, sk) = (ni, ni * nj);
    let v = field.values();
    let mut rest = wanted;
    while rest != 0 {
        let n = rest.trailing_zeros() as usize;
        rest &= rest - 1;
        if n >= N {
            break;
        }
        let index = at.index[n] as usize;
        let (k, in_slice) = (index / sk, index % sk);
        let (j, i) = (in_slice / ni, in_slice % ni);
        let inner = i >= 1 && i + 2 < ni && j >= 1 && j + 2 < nj && k >= 1 && k + 2 < nk;
        if inner {
            let four = |at: usize| -> [T; 4] {
                match v.get(at..at + 4) {
                    Some(&[a, b, c, d]) => [a, b, c, d],
                    _ => [T::default(); 4],
                }
            };
            let two = |at: usize| -> [T; 2] {
                match v.get(at..at + 2) {
                    Some(&[a, b]) => [a, b],
                    _ => [T::default(); 2],
                }
            };
            rows[0][n] = four(index - 1);
            rows[1][n] = four(index - 1 + sj);
            rows[2][n] = four(index - 1 + sk);
            rows[3][n] = four(index - 1 + sj + sk);
            sides[0][n] = two(index - sj);
            sides[1][n] = two(index + 2 * sj);
            sides[2][n] = two(index - sj + sk);
            sides[3][n] = two(index + 2 * sj + sk);
            sides[4][n] = two(index - sk);
            sides[5][n] = two(index - sk + sj);
            sides[6][n] = two(index + 2 * sk);
            sides[7][n] = two(index + 2 * sk + sj);
        } else {
            let get = |di: isize, dj: isize, dk: isize| -> T {
                let near = |x: usize, d: isize, size: usize| x.saturating_add_signed(d).min(size - 1);
                v[near(k, dk, nk) * sk + near(j, dj, nj) * sj + near(i, di, ni)]
            };
            let four = |dj: isize, dk: isize| std::array::from_fn(|d| get(d as isize - 1, dj, dk));
            let two = |dj: isize, dk: isize| [get(0, dj, dk), get(1, dj, dk)];
            (rows[0][n], rows[1][n], rows[2][n], rows[3][n]) = (four(0, 0), four(1, 0), four(0, 1), four(1, 1));
            let around = [(-1, 0), (2, 0), (-1, 1), (2, 1), (0, -1), (1, -1), (0, 2), (1, 2)];
            around.into_iter().enumerate().for_each(|(s, (dj, dk))| sides[s][n] = two(dj, dk));
        }
    }
    let mut out = Gradients { square: [0.0; N], along: [0.0; N] };
    let real = |x: T| <T as Blend>::real(x).to_f32();
    for n in 0..N {
        let [ti, tj, tk] = [0, 1, 2].map(|a| at.weight[a][n]);
        let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
        let pair = |p: [T; 2]| mix(real(p[0]), real(p[1]), ti);
        let inner = [0, 1, 2, 3].map(|r| mix(real(rows[r][n][1]), real(rows[r][n][2]), ti));
        let slope = [0, 1, 2, 3].map(|r| {
            let [a, b, c, d] = rows[r][n].map(real);
            mix(c - a, d - b, ti)
        });
        let s = [0, 1, 2, 3, 4, 5, 6, 7].map(|s| pair(sides[s][n]));
        let gi = mix(mix(slope[0], slope[1], tj), mix(slope[2], slope[3], tj), tk);
        let along_j = |below: f32, a: f32, b: f32, above: f32, t: f32| mix(b - below, above - a, t);
        let gj = mix(along_j(s[0], inner[0], inner[1], s[1], tj), along_j(s[2], inner[2], inner[3], s[3], tj), tk);
        let gk = mix(along_j(s[4], inner[0], inner[2], s[6], tk), along_j(s[5], inner[1], inner[3], s[7], tk), tj);
        let m = &metric.square;
        out.square[n] = 0.25
            * (gi * gi * m[0]
                + gj * gj * m[3]
                + gk * gk * m[5]
                + 2.0 * (gi * gj * m[1] + gi * gk * m[2] + gj * gk * m[4]));
        out.along[n] = 0.5 * (gi * view[0] + gj * view[1] + gk * view[2]);
    }
    out
}
