//! Writing points and normals.

use microtome_geometry::{Affine, Grid, Ijk, Point, Ras, Vector};
use microtome_image::Scalar;
use multiversion::multiversion;

use super::count::crossed_along_i;
use super::index_to_ras;
use crate::bits::{BitVolume, ones};

/// The voxels, and where they stand.
pub(super) struct Field<'a, T> {
    values: &'a [T],
    dims: [usize; 3],
    value: f64,
    /// How many voxels were added on every side.
    pad: usize,
    /// From indices that count the added voxels.
    to_ras: Affine<Ijk, Ras>,
    from_ras: Option<Affine<Ras, Ijk>>,
}

/// Where one slice's points and normals go.
pub(super) struct PointRows<'a> {
    pub(super) points: &'a mut [Point<Ras>],
    /// Empty if none are asked for.
    pub(super) normals: &'a mut [f32],
}

impl<'a, T: Scalar> Field<'a, T> {
    pub(super) fn new(values: &'a [T], grid: &Grid, value: f64, closed: bool) -> Self {
        let to_ras = index_to_ras(grid, closed);
        Self {
            values,
            dims: grid.dims(),
            value,
            pad: usize::from(closed),
            to_ras,
            from_ras: to_ras.inverse(),
        }
    }

    /// The voxels of row `j`, `k`; `None` for an added row.
    #[inline(always)]
    fn row(&self, j: usize, k: usize) -> Option<&'a [T]> {
        let (j, k) = (j.checked_sub(self.pad)?, k.checked_sub(self.pad)?);
        let [ni, nj, nk] = self.dims;
        if j >= nj || k >= nk {
            return None;
        }
        let start = (k * nj + j) * ni;
        self.values.get(start..start + ni)
    }

    /// How far from `a` to `b` the surface crosses, 0 to 1. Half way where one was added or is not finite.
    #[inline(always)]
    fn crossing(&self, a: Option<&T>, b: Option<&T>) -> f64 {
        let (Some(a), Some(b)) = (a, b) else { return 0.5 };
        let (a, b) = (a.to_f64(), b.to_f64());
        let t = (self.value - a) / (b - a);
        if (0.0..=1.0).contains(&t) { t } else { 0.5 }
    }

    /// Voxel `n` of a row that may have been added, counted with the added voxels.
    #[inline(always)]
    fn voxel<'r>(&self, row: Option<&'r [T]>, n: usize) -> Option<&'r T> {
        row?.get(n.wrapping_sub(self.pad))
    }

    /// The unit normal at `t` of the way from voxel `a` along `axis`, towards lower values.
    fn normal(&self, a: [usize; 3], axis: usize, t: f64) -> [f32; 3] {
        let mut b = a;
        b[axis] += 1;
        let (low, high) = (self.gradient(a), self.gradient(b));
        let gradient: [f64; 3] = std::array::from_fn(|n| low[n] + (high[n] - low[n]) * t);
        let Some(inverse) = &self.from_ras else { return [0.0; 3] };
        // Gradients go over to RAS by the transposed inverse.
        let rows = inverse.rows();
        let turn = |g: [f64; 3]| -> Vector<Ras> {
            Vector::from_array(std::array::from_fn(|c| -(0..3).map(|r| g[r] * rows[r][c]).sum::<f64>()))
        };
        // Where the volume is flat, as in a closing cap, the way from inside to outside is the normal.
        let falling = if self.at(a) >= self.at(b) { -1.0 } else { 1.0 };
        let step = std::array::from_fn(|n| if n == axis { falling } else { 0.0 });
        let normal = turn(gradient).normalized().or_else(|| turn(step).normalized());
        normal.unwrap_or_default().coords().map(|c| c as f32)
    }

    /// Voxel `p`, counted with the added ones, which are lower than all others.
    fn at(&self, p: [usize; 3]) -> f64 {
        self.voxel(self.row(p[1], p[2]), p[0]).map_or(f64::NEG_INFINITY, |v| v.to_f64())
    }

    /// Central differences at voxel `p`, one-sided at the border.
    fn gradient(&self, p: [usize; 3]) -> [f64; 3] {
        let p: [usize; 3] = std::array::from_fn(|a| p[a].saturating_sub(self.pad).min(self.dims[a] - 1));
        let read = |q: [usize; 3]| {
            self.values.get((q[2] * self.dims[1] + q[1]) * self.dims[0] + q[0]).map_or(0.0, |v| v.to_f64())
        };
        std::array::from_fn(|a| {
            let (mut low, mut high) = (p, p);
            low[a] = p[a].saturating_sub(1);
            high[a] = (p[a] + 1).min(self.dims[a] - 1);
            if high[a] == low[a] { 0.0 } else { (read(high) - read(low)) / (high[a] - low[a]) as f64 }
        })
    }
}

/// Writes the points on the edges that go out from the voxels of slice `k`.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+popcnt+lzcnt", "x86_64+sse4.2+popcnt"))]
pub(super) fn write_slice<T: Scalar>(
    field: &Field<'_, T>,
    bits: &BitVolume,
    k: usize,
    out: &mut PointRows<'_>,
) {
    let [ni, nj, nk] = bits.dims();
    let columns: [[f64; 3]; 3] = std::array::from_fn(|axis| field.to_ras.column(axis).coords());
    let mut written = 0;
    for j in 0..nj {
        let row = bits.row(j, k);
        let base = field.to_ras.apply(Point::new(0.0, j as f64, k as f64)).coords();
        let voxels = field.row(j, k);
        // A point at voxel `i`, `t` on along `axis`.
        let mut put = |i: usize, axis: usize, t: f64| {
            let (n, step) = (i as f64, columns[axis]);
            let mut p = base;
            for c in 0..3 {
                p[c] += n * columns[0][c] + t * step[c];
            }
            if let Some(slot) = out.points.get_mut(written) {
                *slot = Point::from_array(p);
            }
            if let Some(slot) = out.normals.get_mut(3 * written..3 * written + 3) {
                slot.copy_from_slice(&field.normal([i, j, k], axis, t));
            }
            written += 1;
        };
        for w in 0..row.len() {
            for bit in ones(crossed_along_i(row, w, ni)) {
                let i = w * 64 + bit as usize;
                put(i, 0, field.crossing(field.voxel(voxels, i), field.voxel(voxels, i + 1)));
            }
        }
        let beyond = [(j + 1 < nj).then(|| (1, j + 1, k)), (k + 1 < nk).then(|| (2, j, k + 1))];
        for (axis, j, k) in beyond.into_iter().flatten() {
            let other = field.row(j, k);
            for (w, (a, b)) in row.iter().zip(bits.row(j, k)).enumerate() {
                for bit in ones(a ^ b) {
                    let i = w * 64 + bit as usize;
                    put(i, axis, field.crossing(field.voxel(voxels, i), field.voxel(other, i)));
                }
            }
        }
    }
}
