//! Regions of interest.

use microtome_geometry::{Affine, Bounds, Point, Ras, Vector};

use crate::names;

names! {
    /// What gives a region from its points.
    pub enum RoiType {
        /// Its middle and size.
        #[default]
        Box = "Box",
        /// The box around its points.
        BoundingBox = "BoundingBox",
    }
}

/// Where a region of interest is. Lengths in mm, coordinates in RAS.
#[derive(Clone, Debug, PartialEq)]
pub struct RoiShape {
    /// What gives it from its points.
    pub roi_type: RoiType,
    /// Its middle.
    pub center: Point<Ras>,
    /// Its axes as columns, row by row.
    pub orientation: [f64; 9],
    /// Lengths of its edges.
    pub size: [f64; 3],
    /// Whether it stands for what is outside.
    pub inside_out: bool,
}

impl Default for RoiShape {
    fn default() -> Self {
        Self {
            roi_type: RoiType::default(),
            center: Point::zero(),
            orientation: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            size: [0.0; 3],
            inside_out: false,
        }
    }
}

impl RoiShape {
    /// From the box that is centred at 0 and as large as the region to where the region is.
    pub fn object_to_node(&self) -> Affine<Ras, Ras> {
        let o = &self.orientation;
        let axis = |n: usize| Vector::new(o[n], o[3 + n], o[6 + n]);
        Affine::from_columns(axis(0), axis(1), axis(2), self.center)
    }

    /// The region after its points moved, along its own axes: the box around them, or the middle where one point stands for
    /// a box. A box through two corners in one plane is given the least of its other thicknesses. As it was without points.
    pub fn following(&self, points: &[Point<Ras>]) -> Self {
        let mut moved = self.clone();
        if let (RoiType::Box, [center]) = (self.roi_type, points) {
            moved.center = *center;
            return moved;
        }
        let to_node = self.object_to_node().with_translation(Point::zero());
        let Some(to_object) = to_node.inverse() else { return moved };
        let Some(around) = Bounds::around(points.iter().map(|point| to_object.apply(*point))) else {
            return moved;
        };
        moved.center = to_node.apply(around.center());
        moved.size = around.size();
        if self.roi_type == RoiType::Box {
            let thick = moved.size.into_iter().filter(|edge| *edge > 0.0).reduce(f64::min);
            moved.size = moved.size.map(|edge| if edge > 0.0 { edge } else { thick.unwrap_or_default() });
        }
        moved
    }

    /// The eight corners.
    pub fn corners(&self) -> [Point<Ras>; 8] {
        let half = self.size.map(|edge| edge / 2.0);
        let object = Bounds { min: Point::from_array(half.map(|h| -h)), max: Point::from_array(half) };
        let to_node = self.object_to_node();
        object.corners().map(|corner| to_node.apply(corner))
    }

    /// The box along the patient's axes that just holds the region.
    pub fn bounds(&self) -> Option<Bounds<Ras>> {
        Bounds::around(self.corners())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_follow_their_points() {
        let roi = RoiShape { size: [10.0, 20.0, 30.0], ..RoiShape::default() };
        let moved = roi.following(&[Point::new(1.0, 2.0, 3.0)]);
        assert_eq!((moved.center.coords(), moved.size), ([1.0, 2.0, 3.0], roi.size));
        assert_eq!(roi.following(&[]), roi);
        // Two corners in one slice.
        let placed = roi.following(&[Point::new(0.0, 0.0, 7.0), Point::new(8.0, -4.0, 7.0)]);
        assert_eq!((placed.center.coords(), placed.size), ([4.0, -2.0, 7.0], [8.0, 4.0, 4.0]));
        let around = RoiShape { roi_type: RoiType::BoundingBox, ..roi };
        let one = around.following(&[Point::new(1.0, 2.0, 3.0)]);
        assert_eq!((one.center.coords(), one.size), ([1.0, 2.0, 3.0], [0.0; 3]));
        // Along axes of its own.
        let turned = RoiShape { orientation: [0.6, -0.8, 0.0, 0.8, 0.6, 0.0, 0.0, 0.0, 1.0], ..around };
        let corners = turned.object_to_node();
        let points = [[-5.0, 1.0, 0.0], [5.0, 3.0, 2.0], [0.0, -3.0, 1.0]].map(|p| corners.apply(p.into()));
        let found = turned.following(&points);
        assert!(found.size.iter().zip([10.0, 6.0, 2.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(found.center.distance(corners.apply(Point::new(0.0, 0.0, 1.0))) < 1e-12);
    }
}
