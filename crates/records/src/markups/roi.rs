//! Regions of interest.

use microtome_geometry::{Affine, Bounds, Point, Ras, Vector};

use crate::names::names;

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
