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
