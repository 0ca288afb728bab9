//! Displacement vectors on a grid.

use std::sync::Arc;

use super::error::TransformError;
use super::lattice_sum::{Displaced, Taps, sum, value};
use super::vectors_fit;
use crate::affine::Affine;
use crate::frame::{Ijk, Point, Ras, Vector};
use crate::grid::Grid;

/// Displacement vectors (RAS, mm), i fastest, in the precision that they came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Vectors {
    /// Single precision.
    Single(Arc<Vec<[f32; 3]>>),
    /// Double precision.
    Double(Arc<Vec<[f64; 3]>>),
}

impl Vectors {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Single(vectors) => vectors.len(),
            Self::Double(vectors) => vectors.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number `index`; `None` beyond the end.
    pub fn get(&self, index: usize) -> Option<[f64; 3]> {
        match self {
            Self::Single(vectors) => vectors.get(index).map(|v| v.map(f64::from)),
            Self::Double(vectors) => vectors.get(index).copied(),
        }
    }
}

impl From<Vec<[f32; 3]>> for Vectors {
    fn from(vectors: Vec<[f32; 3]>) -> Self {
        Self::Single(Arc::new(vectors))
    }
}

impl From<Vec<[f64; 3]>> for Vectors {
    fn from(vectors: Vec<[f64; 3]>) -> Self {
        Self::Double(Arc::new(vectors))
    }
}

/// What lies between the vectors of a displacement grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Between {
    /// Trilinear.
    #[default]
    Linear,
    /// Tricubic by Catmull-Rom splines (Keys, IEEE TASSP 29(6), 1981, with a = −½): through the vectors, smooth between.
    /// Beyond the outermost vectors, which have no neighbour there, the field is continued in a straight line.
    Cubic,
}

/// A displacement vector at each node of a grid; nothing moves more than half a cell beyond the outermost nodes, and up to
/// there the outermost vector holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Displacement {
    grid: Grid,
    ras_to_grid: Affine<Ras, Ijk>,
    vectors: Vectors,
    between: Between,
}

impl Displacement {
    /// A vector (RAS, mm) at each node of `grid`, i fastest; trilinear between them.
    ///
    /// # Errors
    /// [`TransformError`] if the grid is empty or flat, or has another number of nodes.
    pub fn new(grid: Grid, vectors: impl Into<Vectors>) -> Result<Self, TransformError> {
        let vectors = vectors.into();
        let ras_to_grid = vectors_fit(&grid, vectors.len())?;
        Ok(Self { grid, ras_to_grid, vectors, between: Between::Linear })
    }

    /// The same vectors with another interpolation.
    pub fn with_interpolation(self, between: Between) -> Self {
        Self { between, ..self }
    }

    /// Where the vectors stand.
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The vectors (RAS, mm), i fastest.
    pub const fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// How vectors between the nodes are found.
    pub const fn interpolation(&self) -> Between {
        self.between
    }

    /// Where the point lies in the grid; `None` where nothing moves.
    pub(super) fn index(&self, p: Point<Ras>) -> Option<[f64; 3]> {
        let index = self.ras_to_grid.apply(p).coords();
        let dims = self.grid.dims();
        let inside = |axis: usize| index[axis] >= -0.5 && index[axis] <= dims[axis] as f64 - 0.5;
        (0..3).all(inside).then_some(index)
    }

    fn taps(&self, index: [f64; 3]) -> [Taps; 3] {
        let dims = self.grid.dims();
        std::array::from_fn(|axis| taps(index[axis], dims[axis], self.between))
    }

    pub(super) fn displaced(&self, p: Point<Ras>) -> Displaced {
        let Some(index) = self.index(p) else { return Displaced::default() };
        let (dims, taps) = (self.grid.dims(), self.taps(index));
        match &self.vectors {
            Vectors::Single(vectors) => sum(dims, &taps, &self.ras_to_grid, |n| vectors[n].map(f64::from)),
            Vectors::Double(vectors) => sum(dims, &taps, &self.ras_to_grid, |n| vectors[n]),
        }
    }

    pub(super) fn displacement(&self, p: Point<Ras>) -> Vector<Ras> {
        let Some(index) = self.index(p) else { return Vector::zero() };
        let (dims, taps) = (self.grid.dims(), self.taps(index));
        match &self.vectors {
            Vectors::Single(vectors) => value(dims, &taps, vectors, |v| v.map(f64::from)),
            Vectors::Double(vectors) => value(dims, &taps, vectors, |v| v),
        }
    }
}

/// The four taps around index `u` of an axis with `size` nodes.
#[inline]
fn taps(u: f64, size: usize, between: Between) -> Taps {
    let last = size as f64 - 1.0;
    let clamped = u.clamp(0.0, last);
    let floor = clamped.floor().min(last - 1.0).max(0.0);
    let t = clamped - floor;
    let (weights, mut slopes) = if size == 1 {
        ([0.0, 1.0, 0.0, 0.0], [0.0; 4])
    } else {
        match between {
            Between::Linear => ([0.0, 1.0 - t, t, 0.0], [0.0, -1.0, 1.0, 0.0]),
            Between::Cubic => catmull_rom(t, floor == 0.0, floor + 2.0 > last),
        }
    };
    if u != clamped {
        slopes = [0.0; 4];
    }
    Taps { first: floor as isize - 1, weights, slopes }
}

/// Weights and slopes of the four nodes around `t`; a missing first or last node is extrapolated from its neighbours.
fn catmull_rom(t: f64, no_first: bool, no_last: bool) -> ([f64; 4], [f64; 4]) {
    let (t2, t3) = (t * t, t * t * t);
    let mut weights = [
        (-t3 + 2.0 * t2 - t) / 2.0,
        (3.0 * t3 - 5.0 * t2 + 2.0) / 2.0,
        (-3.0 * t3 + 4.0 * t2 + t) / 2.0,
        (t3 - t2) / 2.0,
    ];
    let mut slopes = [
        (-3.0 * t2 + 4.0 * t - 1.0) / 2.0,
        (9.0 * t2 - 10.0 * t) / 2.0,
        (-9.0 * t2 + 8.0 * t + 1.0) / 2.0,
        (3.0 * t2 - 2.0 * t) / 2.0,
    ];
    for taps in [&mut weights, &mut slopes] {
        if no_first {
            taps[1] += 2.0 * taps[0];
            taps[2] -= taps[0];
            taps[0] = 0.0;
        }
        if no_last {
            taps[2] += 2.0 * taps[3];
            taps[1] -= taps[3];
            taps[3] = 0.0;
        }
    }
    (weights, slopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(p: [f64; 3]) -> [f64; 3] {
        [0.5 + 0.1 * p[0] - 0.2 * p[2], 0.03 * p[1], -1.0 + 0.02 * p[0]]
    }

    fn grid_of(dims: [usize; 3]) -> Displacement {
        let grid = Grid::axis_aligned(dims, [2.0, 3.0, 4.0], Point::new(-1.0, 5.0, 2.0));
        let mut vectors = Vec::new();
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                for i in 0..dims[0] {
                    let p = grid.ijk_to_ras().apply(Point::new(i as f64, j as f64, k as f64));
                    vectors.push(field(p.coords()));
                }
            }
        }
        Displacement::new(grid, vectors).unwrap()
    }

    #[test]
    fn a_linear_field_is_reproduced_by_both_interpolations_up_to_the_border() {
        for between in [Between::Linear, Between::Cubic] {
            let warp = grid_of([5, 4, 2]).with_interpolation(between);
            for p in [[-1.0, 5.0, 2.0], [0.3, 7.7, 3.1], [6.9, 13.9, 5.9], [7.0, 14.0, 6.0]] {
                let d = warp.displaced(Point::from_array(p));
                for r in 0..3 {
                    assert!((d.vector[r] - field(p)[r]).abs() < 1e-13, "{between:?} {p:?}");
                }
                assert!((d.jacobian[0][2] + 0.2).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn the_outermost_vector_holds_for_half_a_cell_and_then_nothing_moves() {
        let warp = grid_of([5, 4, 3]);
        let edge = warp.displaced(Point::new(-1.0, 8.0, 6.0)).vector;
        assert_eq!(warp.displaced(Point::new(-1.9, 8.0, 6.0)).vector, edge);
        assert_eq!(warp.displaced(Point::new(-2.1, 8.0, 6.0)).vector.coords(), [0.0; 3]);
        assert_eq!(warp.displaced(Point::new(f64::NAN, 8.0, 6.0)).vector.coords(), [0.0; 3]);
    }

    #[test]
    fn an_axis_of_one_node_is_constant() {
        let warp = Displacement::new(
            Grid::axis_aligned([1, 1, 1], [1.0; 3], Point::zero()),
            vec![[1.0_f32, 2.0, 3.0]],
        );
        for between in [Between::Linear, Between::Cubic] {
            let warp = warp.clone().unwrap().with_interpolation(between);
            assert_eq!(warp.displaced(Point::new(0.4, -0.4, 0.0)).vector.coords(), [1.0, 2.0, 3.0]);
        }
    }
}
