//! The lattice on which an image's voxels stand.

use crate::affine::Affine;
use crate::bounds::Bounds;
use crate::frame::{Ijk, Point, Ras, Vector};

/// An image lattice: how many voxels along each axis, and where they stand in the patient.
///
/// `ijk_to_ras` takes the index of a voxel's *centre* to millimetres. The lattice may be oblique, anisotropic, sheared
/// or left-handed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    dims: [usize; 3],
    ijk_to_ras: Affine<Ijk, Ras>,
}

/// A direction of the patient's body that an image axis points to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Towards the right.
    R,
    /// Towards the left.
    L,
    /// Towards the front (anterior).
    A,
    /// Towards the back (posterior).
    P,
    /// Towards the head (superior).
    S,
    /// Towards the feet (inferior).
    I,
}

impl Axis {
    /// The body direction that `v` points to most.
    pub fn of(v: Vector<Ras>) -> Self {
        let c = v.coords();
        let largest = (0..3).fold(0, |best, a| if c[a].abs() > c[best].abs() { a } else { best });
        let towards = [(Self::R, Self::L), (Self::A, Self::P), (Self::S, Self::I)][largest];
        if c[largest] >= 0.0 { towards.0 } else { towards.1 }
    }

    /// The letter that marks this direction in views.
    pub const fn letter(self) -> char {
        match self {
            Self::R => 'R',
            Self::L => 'L',
            Self::A => 'A',
            Self::P => 'P',
            Self::S => 'S',
            Self::I => 'I',
        }
    }
}

impl Grid {
    /// A lattice of `dims` voxels at `ijk_to_ras`.
    pub const fn new(dims: [usize; 3], ijk_to_ras: Affine<Ijk, Ras>) -> Self {
        Self { dims, ijk_to_ras }
    }

    /// A lattice along the RAS axes with the given spacing (mm) and centre of the first voxel.
    pub fn axis_aligned(dims: [usize; 3], spacing: [f64; 3], origin: Point<Ras>) -> Self {
        Self::new(dims, Affine::from_scale(spacing, origin.coords()))
    }

    /// Number of voxels along i, j and k.
    pub const fn dims(&self) -> [usize; 3] {
        self.dims
    }

    /// Number of voxels. Saturates instead of overflowing.
    pub fn voxel_count(&self) -> usize {
        self.dims.iter().fold(1, |n: usize, &d| n.saturating_mul(d))
    }

    /// From voxel indices to millimetres.
    pub const fn ijk_to_ras(&self) -> &Affine<Ijk, Ras> {
        &self.ijk_to_ras
    }

    /// From millimetres to voxel indices; `None` if the geometry is singular.
    pub fn ras_to_ijk(&self) -> Option<Affine<Ras, Ijk>> {
        self.ijk_to_ras.inverse()
    }

    /// Distance between neighbouring voxel centres along i, j and k, in mm.
    pub fn spacing(&self) -> [f64; 3] {
        std::array::from_fn(|axis| self.ijk_to_ras.column(axis).length())
    }

    /// The smallest of the three spacings.
    pub fn min_spacing(&self) -> f64 {
        self.spacing().into_iter().fold(f64::INFINITY, f64::min)
    }

    /// Centre of the first voxel.
    pub const fn origin(&self) -> Point<Ras> {
        self.ijk_to_ras.translation()
    }

    /// Unit vectors along i, j and k; an axis of zero length stays zero.
    pub fn directions(&self) -> [Vector<Ras>; 3] {
        std::array::from_fn(|axis| self.ijk_to_ras.column(axis).normalized().unwrap_or_default())
    }

    /// Volume of one voxel in mm³.
    pub fn voxel_volume(&self) -> f64 {
        self.ijk_to_ras.determinant().abs()
    }

    /// Centre of the lattice in RAS.
    pub fn center(&self) -> Point<Ras> {
        let middle = self.dims.map(|d| (d as f64 - 1.0) / 2.0);
        self.ijk_to_ras.apply(Point::from_array(middle))
    }

    /// The eight outer corners (half a voxel beyond the outermost centres), in RAS.
    pub fn corners(&self) -> [Point<Ras>; 8] {
        let far = self.dims.map(|d| d as f64 - 0.5);
        let ijk = Bounds { min: Point::new(-0.5, -0.5, -0.5), max: Point::from_array(far) };
        ijk.corners().map(|c| self.ijk_to_ras.apply(c))
    }

    /// The box around the lattice, half voxels included, in RAS.
    pub fn bounds(&self) -> Bounds<Ras> {
        let corners = self.corners();
        corners[1..].iter().fold(Bounds { min: corners[0], max: corners[0] }, |b, &c| b.including(c))
    }

    /// Three letters saying where i, j and k point, for example `LPS`.
    pub fn orientation(&self) -> [Axis; 3] {
        std::array::from_fn(|axis| Axis::of(self.ijk_to_ras.column(axis)))
    }

    /// The part of the lattice that starts at voxel `start` and has `dims` voxels. `start` may lie outside.
    pub fn region(&self, start: [isize; 3], dims: [usize; 3]) -> Self {
        let first = Point::from_array(start.map(|s| s as f64));
        Self::new(dims, self.ijk_to_ras.with_translation(self.ijk_to_ras.apply(first)))
    }

    /// Whether both have the same dimensions and the same geometry to within `tolerance` mm at every corner.
    pub fn matches(&self, other: &Self, tolerance: f64) -> bool {
        let corners = self.corners().into_iter().zip(other.corners());
        self.dims == other.dims && corners.into_iter().all(|(a, b)| a.distance(b) <= tolerance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_an_oblique_order() {
        // formats.md §2.3
        let m = Affine::from_rows([[-0.5, 0.0, 0.0, 60.0], [0.0, 0.0, -2.0, 70.0], [0.0, -0.75, 0.0, 80.0]]);
        let grid = Grid::new([4, 3, 2], m);
        assert_eq!(grid.spacing(), [0.5, 0.75, 2.0]);
        assert_eq!(m.apply(Point::new(1.0, 2.0, 1.0)).coords(), [59.5, 68.0, 78.5]);
        assert_eq!(grid.orientation().map(Axis::letter), ['L', 'I', 'P']);
        assert!((grid.voxel_volume() - 0.75).abs() < 1e-15);
    }

    #[test]
    fn bounds_hold_half_voxels() {
        let grid = Grid::axis_aligned([2, 2, 2], [1.0, 2.0, 3.0], Point::zero());
        assert_eq!(grid.bounds().size(), [2.0, 4.0, 6.0]);
        assert_eq!(grid.center().coords(), [0.5, 1.0, 1.5]);
    }
}
