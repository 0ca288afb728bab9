//! Spatial transforms: maps of patient space onto itself, in RAS millimetres.

mod bspline;
mod displacement;
mod error;
mod extent;
mod lattice_sum;
mod thin_plate;
mod walk;
mod warp;

pub use bspline::BSpline;
pub use displacement::{Between, Displacement, Vectors};
pub use error::TransformError;
pub use thin_plate::ThinPlate;
pub use walk::Walk;
pub use warp::{Inverted, Warp};

use crate::affine::Affine;
use crate::frame::{Ijk, Point, Ras};
use crate::grid::Grid;

/// A map of patient space onto itself. Cloning is cheap: the numbers of warps are shared.
#[derive(Clone, Debug, PartialEq)]
pub enum Transform {
    /// A matrix.
    Linear(Affine<Ras, Ras>),
    /// Cubic B-splines on a lattice.
    BSpline(BSpline),
    /// Displacement vectors on a grid.
    Displacement(Displacement),
    /// A thin-plate spline through landmarks.
    ThinPlate(ThinPlate),
    /// The inverse of a warp, found point by point ([`Warp::invert`]).
    Inverse(Warp),
    /// Parts applied one after the other, the first in the list first.
    Composite(Vec<Transform>),
}

impl Transform {
    /// The map that changes nothing.
    pub const fn identity() -> Self {
        Self::Linear(Affine::identity())
    }

    /// Where a point goes.
    pub fn apply(&self, p: Point<Ras>) -> Point<Ras> {
        match self {
            Self::Linear(matrix) => matrix.apply(p),
            Self::BSpline(warp) => p + warp.displacement(p),
            Self::Displacement(warp) => p + warp.displacement(p),
            Self::ThinPlate(warp) => p + warp.displacement(p),
            Self::Inverse(warp) => warp.invert(p).point,
            Self::Composite(parts) => parts.iter().fold(p, |p, part| part.apply(p)),
        }
    }

    /// The affine map that touches this one at `p`: it takes `p` to the same place, and has the same slope there.
    /// Where the inverse of a warp has no slope, because the warp is flat, the identity's takes its place.
    pub fn linearized(&self, p: Point<Ras>) -> Affine<Ras, Ras> {
        self.walk().linearized(p)
    }

    /// The whole as one matrix, where every part is linear.
    pub fn as_linear(&self) -> Option<Affine<Ras, Ras>> {
        match self {
            Self::Linear(matrix) => Some(*matrix),
            Self::BSpline(_) | Self::Displacement(_) | Self::ThinPlate(_) | Self::Inverse(_) => None,
            Self::Composite(parts) => {
                parts.iter().try_fold(Affine::identity(), |whole, part| Some(whole.then(&part.as_linear()?)))
            }
        }
    }

    /// The map back; `None` where a matrix is singular. Warps always have one, though where they fold it leads only to the
    /// nearest point ([`Inverted::converged`]).
    pub fn inverse(&self) -> Option<Self> {
        match self {
            Self::Linear(matrix) => Some(Self::Linear(matrix.inverse()?)),
            Self::BSpline(warp) => Some(Self::Inverse(Warp::BSpline(warp.clone()))),
            Self::Displacement(warp) => Some(Self::Inverse(Warp::Displacement(warp.clone()))),
            Self::ThinPlate(warp) => Some(Self::Inverse(Warp::ThinPlate(warp.clone()))),
            Self::Inverse(warp) => Some(Self::from(warp.clone())),
            Self::Composite(parts) => {
                let inverted: Option<Vec<Self>> = parts.iter().rev().map(Self::inverse).collect();
                Some(Self::Composite(inverted?))
            }
        }
    }
}

impl Default for Transform {
    fn default() -> Self {
        Self::identity()
    }
}

impl From<Warp> for Transform {
    fn from(warp: Warp) -> Self {
        match warp {
            Warp::BSpline(warp) => Self::BSpline(warp),
            Warp::Displacement(warp) => Self::Displacement(warp),
            Warp::ThinPlate(warp) => Self::ThinPlate(warp),
        }
    }
}

/// The map to the indices of a lattice that has `found` vectors.
fn vectors_fit(lattice: &Grid, found: usize) -> Result<Affine<Ras, Ijk>, TransformError> {
    let dims = lattice.dims();
    let expected = lattice.voxel_count();
    let volume = lattice.ijk_to_ras().determinant().abs();
    match lattice.ras_to_ijk() {
        Some(map) if expected > 0 && lattice.ijk_to_ras().is_finite() => {
            if found == expected {
                Ok(map)
            } else {
                Err(TransformError::Length { dims, expected, found })
            }
        }
        _ => Err(TransformError::Lattice { dims, volume }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Vector;

    #[test]
    fn a_composite_undoes_itself_backwards() {
        let grid = Grid::axis_aligned([6, 6, 6], [10.0; 3], Point::zero());
        let spline = BSpline::new(grid, vec![[3.0, -2.0, 1.0]; 216]).unwrap();
        let turn = Affine::from_rows([[0.0, -1.0, 0.0, 40.0], [1.0, 0.0, 0.0, 5.0], [0.0, 0.0, 1.0, 2.0]]);
        let whole = Transform::Composite(vec![Transform::Linear(turn), Transform::BSpline(spline)]);
        assert_eq!(whole.as_linear(), None);
        let p = Point::new(20.0, 12.0, 25.0);
        let there = whole.apply(p);
        assert!(there.distance(turn.apply(p) + Vector::new(3.0, -2.0, 1.0)) < 1e-12);
        let inverse = whole.inverse().unwrap();
        assert!(inverse.apply(there).distance(p) < 1e-6);
        assert_eq!(inverse.inverse().unwrap(), whole);
    }

    #[test]
    fn linearized_maps_touch_theirs() {
        let grid = Grid::axis_aligned([7, 6, 6], [10.0; 3], Point::zero());
        let wave = |n: u32| f64::from(n * 37 % 11) * 0.4 - 2.0;
        let spline =
            BSpline::new(grid, (0..252).map(|n| [wave(n), wave(n + 5), wave(3 * n)]).collect()).unwrap();
        let turn = Affine::from_rows([[0.0, -1.2, 0.0, 40.0], [1.0, 0.1, 0.0, 5.0], [0.0, 0.0, 1.0, 2.0]]);
        let chain = Transform::Composite(vec![Transform::Linear(turn), Transform::BSpline(spline)]);
        for map in [chain.inverse().unwrap(), chain] {
            let (p, h) = (Point::new(25.0, 21.0, 30.0), 1e-4);
            let linear = map.linearized(p);
            assert!(linear.apply(p).distance(map.apply(p)) < 1e-9);
            for axis in 0..3 {
                let step = Vector::from_array(std::array::from_fn(|a| if a == axis { h } else { 0.0 }));
                let slope = (map.apply(p + step) - map.apply(p - step)) / (2.0 * h);
                assert!((slope - linear.column(axis)).length() < 1e-4, "{slope:?} {:?}", linear.column(axis));
            }
        }
    }

    #[test]
    fn lattices_that_hold_nothing_are_refused() {
        let flat = Grid::axis_aligned([2, 2, 2], [1.0, 0.0, 1.0], Point::zero());
        assert!(matches!(BSpline::new(flat, vec![[0.0; 3]; 8]), Err(TransformError::Lattice { .. })));
        let empty = Grid::axis_aligned([2, 0, 2], [1.0; 3], Point::zero());
        assert!(matches!(BSpline::new(empty, Vec::new()), Err(TransformError::Lattice { .. })));
        let huge = Grid::axis_aligned([usize::MAX; 3], [1.0; 3], Point::zero());
        assert!(matches!(Displacement::new(huge, vec![[0.0_f32; 3]]), Err(TransformError::Length { .. })));
    }
}
