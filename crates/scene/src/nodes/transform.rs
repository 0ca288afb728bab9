//! Transforms.

use microtome_geometry as geometry;

/// A transform that other nodes can stand under.
#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    /// The map as it was given.
    pub map: geometry::Transform,
    /// Whether `map` takes the node's own coordinates to its parent's, or the other way.
    pub maps_to_parent: bool,
}

impl Default for Transform {
    fn default() -> Self {
        Self { map: geometry::Transform::identity(), maps_to_parent: true }
    }
}

impl Transform {
    pub(super) fn class(&self) -> &'static str {
        use geometry::Transform::Inverse;
        use geometry::transform::Warp;
        match &self.map {
            geometry::Transform::Linear(_) => "LinearTransform",
            geometry::Transform::BSpline(_) | Inverse(Warp::BSpline(_)) => "BSplineTransform",
            geometry::Transform::Displacement(_) | Inverse(Warp::Displacement(_)) => "GridTransform",
            geometry::Transform::ThinPlate(_)
            | Inverse(Warp::ThinPlate(_))
            | geometry::Transform::Composite(_) => "Transform",
        }
    }

    /// The map from the node's own coordinates to its parent's; identity where a singular matrix has none.
    pub fn to_parent(&self) -> geometry::Transform {
        if self.maps_to_parent { self.map.clone() } else { self.map.inverse().unwrap_or_default() }
    }
}
