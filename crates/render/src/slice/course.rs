//! Where the pixels of a slice view lie in an image.

use microtome_geometry::{Affine, Grid, Ijk, Point, Ras, Transform, View};

use super::reslice::Plane;

/// The way from the scene's space into an image's voxels.
#[derive(Clone, Debug)]
pub(super) struct Way {
    from_world: Transform,
    ras_to_ijk: Affine<Ras, Ijk>,
}

impl Way {
    /// The way into the voxels of `grid` under the transform `to_world`; `None` where one of them is singular.
    pub(super) fn into_voxels(grid: &Grid, to_world: &Transform) -> Option<Self> {
        Some(Self { from_world: to_world.inverse()?, ras_to_ijk: grid.ras_to_ijk()? })
    }

    /// Where the pixels of a view lie.
    pub(super) fn course(&self, view_to_ras: &Affine<View, Ras>, size: [usize; 2]) -> Course<'_> {
        match self.from_world.as_linear() {
            Some(matrix) => Course::Straight(Plane {
                view_to_ijk: view_to_ras.then(&matrix).then(&self.ras_to_ijk),
                size,
            }),
            None => Course::Warped { way: self, view_to_ras: *view_to_ras, size },
        }
    }
}

/// Where the pixels of a view lie in an image.
#[derive(Clone, Copy, Debug)]
pub(super) enum Course<'a> {
    /// In a plane.
    Straight(Plane),
    /// Each in a place of its own, found exactly.
    Warped { way: &'a Way, view_to_ras: Affine<View, Ras>, size: [usize; 2] },
}

impl Course<'_> {
    /// Pixels across and up.
    pub(super) const fn size(&self) -> [usize; 2] {
        match self {
            Self::Straight(plane) => plane.size,
            Self::Warped { size, .. } => *size,
        }
    }

    /// The places, in voxels, of the first pixels of row `y`.
    pub(super) fn row(&self, y: usize, places: &mut [[f64; 3]]) {
        let pixel = |x: usize| Point::new(x as f64, y as f64, 0.0);
        let places = places.iter_mut().enumerate();
        match self {
            Self::Straight(plane) => {
                places.for_each(|(x, place)| *place = plane.view_to_ijk.apply(pixel(x)).coords());
            }
            Self::Warped { way, view_to_ras, .. } => {
                // A walk for each row: what a row shows does not depend on the others.
                let mut walk = way.from_world.walk();
                places.for_each(|(x, place)| {
                    *place = way.ras_to_ijk.apply(walk.apply(view_to_ras.apply(pixel(x)))).coords();
                });
            }
        }
    }
}
