//! Weighted sums over the 4 × 4 × 4 lattice nodes around a point: what B-splines and displacement grids share.

use crate::affine::Affine;
use crate::frame::{Ijk, Ras, Vector};

/// A displacement (mm) and its Jacobian: `jacobian[r][c]` is the change of component `r` for each mm along axis `c`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Displaced {
    pub(super) vector: Vector<Ras>,
    pub(super) jacobian: [[f64; 3]; 3],
}

/// The four nodes that matter along one axis: the first one's index (which may lie outside), and each one's weight and
/// the weight's derivative with respect to the index.
#[derive(Clone, Copy)]
pub(super) struct Taps {
    pub(super) first: isize,
    pub(super) weights: [f64; 4],
    pub(super) slopes: [f64; 4],
}

impl Taps {
    /// The taps that touch the lattice: (node, weight, slope) with neither outside nor without effect.
    fn live(&self, size: usize) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        (0..4).filter_map(move |n| {
            let node = usize::try_from(self.first + n as isize).ok().filter(|&node| node < size)?;
            let (weight, slope) = (self.weights[n], self.slopes[n]);
            (weight != 0.0 || slope != 0.0).then_some((node, weight, slope))
        })
    }

    /// The first node within the lattice that has a weight, and the weights from there on.
    fn weighted(&self, size: usize) -> (usize, &[f64]) {
        let inside =
            |n: usize| (0..size as isize).contains(&(self.first + n as isize)) && self.weights[n] != 0.0;
        let from = (0..4).find(|&n| inside(n)).unwrap_or(4);
        let to = (from..4).rev().find(|&n| inside(n)).map_or(from, |n| n + 1);
        ((self.first + from as isize).max(0) as usize, &self.weights[from..to])
    }
}

/// The value of [`sum`] alone, several times as fast.
pub(super) fn value<V: Copy>(
    dims: [usize; 3],
    taps: &[Taps; 3],
    vectors: &[V],
    wide: impl Fn(V) -> [f64; 3],
) -> Vector<Ras> {
    let whole = |axis: usize| {
        let first = usize::try_from(taps[axis].first).ok()?;
        (first + 4 <= dims[axis]).then_some(first)
    };
    let mut value = [0.0; 3];
    if let (Some(i), Some(j), Some(k)) = (whole(0), whole(1), whole(2)) {
        // All nodes exist: sums along j and k first, four nodes side by side.
        let mut sums = [[0.0; 3]; 4];
        for (plane, wk) in taps[2].weights.iter().enumerate() {
            for (line, wj) in taps[1].weights.iter().enumerate() {
                let row = dims[0] * (j + line + dims[1] * (k + plane)) + i;
                let Some(nodes) = vectors.get(row..row + 4) else { continue };
                let weight = wj * wk;
                for (sum, node) in sums.iter_mut().zip(nodes) {
                    let vector = wide(*node);
                    (0..3).for_each(|r| sum[r] += weight * vector[r]);
                }
            }
        }
        for (sum, weight) in sums.iter().zip(taps[0].weights) {
            (0..3).for_each(|r| value[r] += weight * sum[r]);
        }
    } else {
        let [(i, wi), (j, wj), (k, wk)] = [0, 1, 2].map(|axis| taps[axis].weighted(dims[axis]));
        for (plane, wk) in wk.iter().enumerate() {
            for (line, wj) in wj.iter().enumerate() {
                let row = dims[0] * (j + line + dims[1] * (k + plane)) + i;
                let Some(nodes) = vectors.get(row..row + wi.len()) else { continue };
                for (weight, node) in wi.iter().zip(nodes) {
                    let (weight, vector) = (weight * wj * wk, wide(*node));
                    (0..3).for_each(|r| value[r] += weight * vector[r]);
                }
            }
        }
    }
    Vector::from_array(value)
}

/// The sum of `node(index)` over the live taps, and its Jacobian in patient space. Nodes outside the lattice count as zero.
pub(super) fn sum(
    dims: [usize; 3],
    taps: &[Taps; 3],
    ras_to_lattice: &Affine<Ras, Ijk>,
    node: impl Fn(usize) -> [f64; 3],
) -> Displaced {
    let mut value = [0.0; 3];
    // by_index[r][a]: change of component r per node along lattice axis a.
    let mut by_index = [[0.0; 3]; 3];
    for (k, wk, sk) in taps[2].live(dims[2]) {
        for (j, wj, sj) in taps[1].live(dims[1]) {
            let row = dims[0] * (j + dims[1] * k);
            for (i, wi, si) in taps[0].live(dims[0]) {
                let vector = node(row + i);
                let (w, di, dj, dk) = (wi * wj * wk, si * wj * wk, wi * sj * wk, wi * wj * sk);
                for r in 0..3 {
                    value[r] += w * vector[r];
                    by_index[r][0] += di * vector[r];
                    by_index[r][1] += dj * vector[r];
                    by_index[r][2] += dk * vector[r];
                }
            }
        }
    }
    let rows = ras_to_lattice.rows();
    let jacobian =
        by_index.map(|d| std::array::from_fn(|c| d[0] * rows[0][c] + d[1] * rows[1][c] + d[2] * rows[2][c]));
    Displaced { vector: Vector::from_array(value), jacobian }
}
