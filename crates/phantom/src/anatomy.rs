//! A body: shapes laid over each other.

use microtome_geometry::{Bounds, Point, Ras};

use crate::shape::Shape;
use crate::tissue::Tissue;

/// A body made of shapes; a later shape displaces the earlier ones where it lies.
#[derive(Clone, Debug, Default)]
pub struct Anatomy {
    layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
struct Layer {
    shape: Shape,
    tissue: Tissue,
    bounds: Option<Bounds<Ras>>,
}

/// A shape that lies in the part of the body being looked at.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'a> {
    shape: &'a Shape,
    pub(crate) tissue: Tissue,
    bounds: Option<Bounds<Ras>>,
}

impl Anatomy {
    /// Lays a shape over all earlier ones.
    pub fn add(&mut self, tissue: Tissue, shape: Shape) {
        let bounds = shape.bounds();
        self.layers.push(Layer { shape, tissue, bounds });
    }

    /// The shapes that reach into `region`, in order.
    pub(crate) fn pieces(&self, region: Bounds<Ras>, margin: f64) -> Vec<Piece<'_>> {
        let all = self.layers.iter().map(|l| Piece { shape: &l.shape, tissue: l.tissue, bounds: l.bounds });
        all.filter(|piece| piece.reaches(region, margin)).collect()
    }
}

impl Piece<'_> {
    /// Whether the shape comes within `margin` mm of `region`.
    pub(crate) fn reaches(&self, region: Bounds<Ras>, margin: f64) -> bool {
        self.bounds.is_none_or(|b| {
            (0..3).all(|a| b.min[a] - margin <= region.max[a] && region.min[a] <= b.max[a] + margin)
        })
    }

    /// Whether the shape fills all voxels (width `size` mm) within `half` mm of `middle`, or none of them; `None` if its
    /// surface may lie among them.
    pub(crate) fn all_of(&self, middle: Point<Ras>, half: f64, size: f64) -> Option<bool> {
        // Distances are only near the truth: twice the reach is far enough to be sure.
        let distance = self.shape.distance(middle);
        (distance.abs() > 2.0 * (half + size)).then_some(distance < 0.0)
    }

    /// How much of a voxel of width `size` mm about `p` the shape fills, 0 to 1.
    pub(crate) fn coverage(&self, p: Point<Ras>, size: f64) -> f64 {
        if !self.reaches(Bounds { min: p, max: p }, size) {
            return 0.0;
        }
        (0.5 - self.shape.distance(p) / size).clamp(0.0, 1.0)
    }
}
