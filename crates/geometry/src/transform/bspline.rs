//! Free-form deformation by cubic B-splines.

use std::sync::Arc;

use super::error::TransformError;
use super::lattice_sum::{Displaced, Taps, sum, value};
use super::vectors_fit;
use crate::affine::Affine;
use crate::frame::{Ijk, Point, Ras, Vector};
use crate::grid::Grid;

/// A displacement field made of cubic B-splines on a lattice of control nodes (Rueckert et al., IEEE TMI 18(8), 1999).
///
/// A point at lattice index `u` moves by `Σ c(n) β³(u₀−n₀) β³(u₁−n₁) β³(u₂−n₂)` over the nodes `n`. There are no nodes
/// beyond the lattice, so that the displacement falls smoothly to zero within two nodes of it, as in 3D Slicer. (ITK
/// instead drops to zero at once where a point's support leaves the lattice; the two agree everywhere else.)
#[derive(Clone, Debug, PartialEq)]
pub struct BSpline {
    lattice: Grid,
    ras_to_lattice: Affine<Ras, Ijk>,
    coefficients: Arc<Vec<[f64; 3]>>,
}

impl BSpline {
    /// A spline with a coefficient vector (RAS, mm) at each node of `lattice`, i fastest.
    ///
    /// # Errors
    /// [`TransformError`] if the lattice is empty or flat, or has another number of nodes.
    pub fn new(lattice: Grid, coefficients: Vec<[f64; 3]>) -> Result<Self, TransformError> {
        let ras_to_lattice = vectors_fit(&lattice, coefficients.len())?;
        Ok(Self { lattice, ras_to_lattice, coefficients: Arc::new(coefficients) })
    }

    /// The control nodes.
    pub const fn lattice(&self) -> &Grid {
        &self.lattice
    }

    /// The coefficient vector (RAS, mm) of each node, i fastest.
    pub fn coefficients(&self) -> &[[f64; 3]] {
        &self.coefficients
    }

    /// Where the point lies in the lattice; `None` where nothing moves.
    pub(super) fn index(&self, p: Point<Ras>) -> Option<[f64; 3]> {
        let index = self.ras_to_lattice.apply(p).coords();
        let dims = self.lattice.dims();
        let near = |axis: usize| index[axis] > -2.0 && index[axis] < dims[axis] as f64 + 1.0;
        (0..3).all(near).then_some(index)
    }

    pub(super) fn displaced(&self, p: Point<Ras>) -> Displaced {
        let Some(index) = self.index(p) else { return Displaced::default() };
        sum(self.lattice.dims(), &index.map(taps), &self.ras_to_lattice, |n| self.coefficients[n])
    }

    pub(super) fn displacement(&self, p: Point<Ras>) -> Vector<Ras> {
        let Some(index) = self.index(p) else { return Vector::zero() };
        value(self.lattice.dims(), &index.map(taps), &self.coefficients, |v| v)
    }
}

/// The values of the four cubic B-splines that cover index `u`.
#[inline]
fn taps(u: f64) -> Taps {
    let floor = u.floor();
    let t = u - floor;
    let s = 1.0 - t;
    let (t2, s2) = (t * t, s * s);
    Taps {
        first: floor as isize - 1,
        weights: [
            s2 * s / 6.0,
            (3.0 * t2 * t - 6.0 * t2 + 4.0) / 6.0,
            (3.0 * s2 * s - 6.0 * s2 + 4.0) / 6.0,
            t2 * t / 6.0,
        ],
        slopes: [-s2 / 2.0, (3.0 * t2 - 4.0 * t) / 2.0, (4.0 * s - 3.0 * s2) / 2.0, t2 / 2.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_slopes_to_zero() {
        for u in [0.0, 0.25, 3.999, -1.5] {
            let taps = taps(u);
            assert!((taps.weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
            assert!(taps.slopes.iter().sum::<f64>().abs() < 1e-15);
        }
        assert_eq!(taps(2.0).weights, [1.0 / 6.0, 4.0 / 6.0, 1.0 / 6.0, 0.0]);
    }

    #[test]
    fn a_linear_field_of_coefficients_is_reproduced_inside() {
        let grid = Grid::axis_aligned([7, 6, 5], [2.0, 3.0, 4.0], Point::new(-1.0, 5.0, 2.0));
        let field = |p: [f64; 3]| [0.1 * p[0] + 0.2, -0.05 * p[1] + 0.01 * p[2], 0.3];
        let mut coefficients = Vec::new();
        for k in 0..5 {
            for j in 0..6 {
                for i in 0..7 {
                    coefficients.push(field([
                        -1.0 + 2.0 * i as f64,
                        5.0 + 3.0 * j as f64,
                        2.0 + 4.0 * k as f64,
                    ]));
                }
            }
        }
        let spline = BSpline::new(grid, coefficients).unwrap();
        let p = [4.3, 11.0, 9.1];
        let d = spline.displaced(Point::from_array(p));
        for r in 0..3 {
            assert!((d.vector[r] - field(p)[r]).abs() < 1e-14);
        }
        assert!((d.jacobian[0][0] - 0.1).abs() < 1e-14 && (d.jacobian[1][2] - 0.01).abs() < 1e-14);
    }

    #[test]
    fn beyond_two_nodes_nothing_moves() {
        let grid = Grid::axis_aligned([4, 4, 4], [1.0; 3], Point::zero());
        let spline = BSpline::new(grid, vec![[1.0, 2.0, 3.0]; 64]).unwrap();
        for far in [-2.0, 5.0, f64::NAN, f64::INFINITY] {
            assert_eq!(spline.displaced(Point::new(1.0, far, 1.0)).vector.coords(), [0.0; 3]);
        }
        assert!(spline.displaced(Point::new(1.0, 4.9, 1.0)).vector.length() > 0.0);
    }
}
