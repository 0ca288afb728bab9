//! How far the images of lattices reach.

use super::Transform;
use crate::frame::{Point, Ras};
use crate::grid::Grid;

/// Points along each edge of a lattice's faces whose images are looked at.
const SAMPLES: usize = 33;
/// A lattice grows to at most this many times its own size on an axis, or of its longest axis.
const MOST_GROWTH: f64 = 16.0;

impl Transform {
    /// The lattice on which the image of `grid` is to be sampled. A linear transform moves the lattice itself. A warp leaves
    /// spacing and directions as they are, and the lattice becomes as long as the image of its faces needs, half voxels
    /// included (up to sixteen times its longest axis).
    pub fn lattice_of_image(&self, grid: &Grid) -> Grid {
        if let Some(matrix) = self.as_linear() {
            return Grid::new(grid.dims(), grid.ijk_to_ras().then(&matrix));
        }
        let Some(ras_to_ijk) = grid.ras_to_ijk() else { return *grid };
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        let mut walk = self.walk();
        on_faces(grid, |p| {
            let image = ras_to_ijk.apply(walk.apply(p));
            if image.is_finite() {
                for axis in 0..3 {
                    low[axis] = low[axis].min(image[axis]);
                    high[axis] = high[axis].max(image[axis]);
                }
            }
        });
        if low.iter().chain(&high).any(|v| !v.is_finite()) {
            return *grid;
        }
        let dims = grid.dims();
        let most = MOST_GROWTH * dims.into_iter().max().unwrap_or(1) as f64;
        // What rounding adds does not make a further voxel.
        let tiny = 1e-6;
        let start: [f64; 3] = std::array::from_fn(|a| (low[a] + 0.5 + tiny).floor());
        let count = std::array::from_fn(|a| {
            let last = (high[a] - 0.5 - tiny).ceil();
            (last - start[a] + 1.0).clamp(1.0, most) as usize
        });
        // Whole numbers far beyond those of lattices lose their last digits, no more.
        grid.region(start.map(|s| s as isize), count)
    }
}

/// Points on the six outer faces of a lattice, neighbours one after the other.
fn on_faces(grid: &Grid, mut visit: impl FnMut(Point<Ras>)) {
    let dims = grid.dims();
    let at = |axis: usize, n: usize| n as f64 / (SAMPLES - 1) as f64 * dims[axis] as f64 - 0.5;
    for axis in 0..3 {
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        for side in [0, SAMPLES - 1] {
            for row in 0..SAMPLES {
                for column in 0..SAMPLES {
                    let mut index = [0.0; 3];
                    (index[axis], index[u], index[v]) = (at(axis, side), at(u, column), at(v, row));
                    visit(grid.ijk_to_ras().apply(Point::from_array(index)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::affine::Affine;
    use crate::transform::{Displacement, ThinPlate};

    #[test]
    fn lattices_grow_as_their_images_do() {
        let grid = Grid::axis_aligned([20, 30, 10], [1.0, 2.0, 3.0], Point::new(5.0, 0.0, 0.0));
        let turn = Affine::from_rows([[0.0, -1.0, 0.0, 40.0], [1.0, 0.0, 0.0, 5.0], [0.0, 0.0, 1.0, 2.0]]);
        let linear = Transform::Linear(turn).lattice_of_image(&grid);
        assert_eq!((linear.dims(), linear.ijk_to_ras()), ([20, 30, 10], &grid.ijk_to_ras().then(&turn)));

        // A field that does nothing, and one that shifts all by 4.2 mm along x and −3 mm along z.
        let wide = Grid::axis_aligned([2, 2, 2], [1000.0; 3], Point::new(-500.0, -500.0, -500.0));
        let shift = |by: [f64; 3]| Transform::Displacement(Displacement::new(wide, vec![by; 8]).unwrap());
        assert!(shift([0.0; 3]).lattice_of_image(&grid).matches(&grid, 0.0));
        let moved = shift([4.2, 0.0, -3.0]).lattice_of_image(&grid);
        assert_eq!((moved.dims(), moved.origin()), ([21, 30, 10], Point::new(9.0, 0.0, -3.0)));
        let back = shift([4.2, 0.0, -3.0]).inverse().unwrap().lattice_of_image(&grid);
        assert_eq!((back.dims(), back.origin()), ([21, 30, 10], Point::new(0.0, 0.0, 3.0)));
    }

    #[test]
    fn a_lattice_does_not_grow_without_end() {
        let grid = Grid::axis_aligned([20, 30, 10], [1.0; 3], Point::zero());
        let corners = grid.corners().to_vec();
        let far = corners.iter().map(|c| Point::from_array(c.coords().map(|v| v * 1e9))).collect();
        let blown = Transform::ThinPlate(ThinPlate::new(corners, far).unwrap()).lattice_of_image(&grid);
        assert_eq!(blown.dims(), [480; 3]);
    }
}
