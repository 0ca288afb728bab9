//! Coordinate frames, points, affine maps, image grids and spatial transforms.
//!
//! This crate knows nothing of voxels or files. Every coordinate carries its frame in its type, so that a point in
//! patient space cannot be taken for a voxel index:
//!
//! ```
//! use microtome_geometry::{Grid, Ijk, Point, Ras};
//! let grid = Grid::axis_aligned([4, 3, 2], [0.5, 2.0, 0.75], Point::new(60.0, 70.0, 80.0));
//! let corner: Point<Ras> = grid.ijk_to_ras().apply(Point::<Ijk>::new(1.0, 2.0, 1.0));
//! assert_eq!(corner.coords(), [60.5, 74.0, 80.75]);
//! ```
//!
//! Memory is RAS (right, anterior, superior), millimetres, `f64`. Files convert at their own edge.

mod affine;
pub mod angle;
mod bounds;
pub mod curve;
mod frame;
mod grid;
pub mod transform;

pub use affine::Affine;
pub use bounds::Bounds;
pub use frame::{Frame, Ijk, Lps, Point, Ras, Slice, Vector, View};
pub use grid::{Axis, Grid};
pub use transform::Transform;
