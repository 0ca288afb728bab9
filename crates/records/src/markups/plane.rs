//! Planes.

use microtome_geometry::curve::best_plane;
use microtome_geometry::{Affine, Bounds, Point, Ras, Vector};

use crate::names;

names! {
    /// What gives a plane from its points.
    pub enum PlaneType {
        /// A point and the normal.
        #[default]
        PointNormal = "pointNormal" | "PointNormal",
        /// Three points.
        ThreePoints = "threePoints" | "3Points",
        /// The best fit of many points.
        PlaneFit = "planeFit" | "PlaneFit",
    }
}

names! {
    /// What gives a plane's size.
    pub enum PlaneSizeMode {
        /// Its points.
        #[default]
        Auto = "auto",
        /// It is set.
        Absolute = "absolute",
    }
}

/// Where a plane is. Lengths in mm, coordinates in RAS.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneShape {
    /// What gives it from its points.
    pub plane_type: PlaneType,
    /// What gives its size.
    pub size_mode: PlaneSizeMode,
    /// How much larger than its points it is.
    pub auto_scaling: f64,
    /// From its own axes (z is the normal) to those of its points.
    pub object_to_base: Affine<Ras, Ras>,
    /// From the axes of its points to the node's coordinates.
    pub base_to_node: Affine<Ras, Ras>,
    /// Width and height.
    pub size: [f64; 2],
    /// Where it ends along its x and y: least x, greatest x, least y, greatest y.
    pub bounds: Option<[f64; 4]>,
}

impl Default for PlaneShape {
    fn default() -> Self {
        Self {
            plane_type: PlaneType::default(),
            size_mode: PlaneSizeMode::default(),
            auto_scaling: 1.0,
            object_to_base: Affine::identity(),
            base_to_node: Affine::identity(),
            size: [100.0, 100.0],
            bounds: None,
        }
    }
}

impl PlaneShape {
    /// From its own axes to the node's coordinates.
    pub fn object_to_node(&self) -> Affine<Ras, Ras> {
        self.object_to_base.then(&self.base_to_node)
    }

    /// The origin of its axes.
    pub fn center(&self) -> Point<Ras> {
        self.object_to_node().translation()
    }

    /// The unit normal; `None` if the axes are flat.
    pub fn normal(&self) -> Option<Vector<Ras>> {
        self.object_to_node().column(2).normalized()
    }

    /// Where it ends along its x and y, from the size where nothing else is said.
    pub fn extent(&self) -> [f64; 4] {
        let [w, h] = self.size;
        self.bounds.unwrap_or([-w / 2.0, w / 2.0, -h / 2.0, h / 2.0])
    }

    /// The four corners, in order around it.
    pub fn corners(&self) -> [Point<Ras>; 4] {
        let [x0, x1, y0, y1] = self.extent();
        let to_node = self.object_to_node();
        [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(|[x, y]| to_node.apply(Point::new(x, y, 0.0)))
    }

    /// Where its axes are by its type and points; `None` without enough of them. A point alone gives no normal: it is then
    /// that of the patient's axes.
    pub fn fitted_to(&self, points: &[Point<Ras>]) -> Option<Affine<Ras, Ras>> {
        match (self.plane_type, points) {
            (PlaneType::PointNormal, [origin, ..]) => Some(Affine::identity().with_translation(*origin)),
            (PlaneType::ThreePoints, [a, b, c, ..]) => {
                let x = (*b - *a).normalized()?;
                let z = x.cross(*c - *a).normalized()?;
                Some(Affine::from_columns(x, z.cross(x), z, *a))
            }
            (PlaneType::PlaneFit, points) => {
                let plane = best_plane(points)?;
                Some(Affine::from_columns(plane.x, plane.y, plane.normal, plane.origin))
            }
            _ => None,
        }
    }

    /// The plane after its points moved: where its type and the points put it, its normal kept if that comes from elsewhere,
    /// and as large as its size mode says. As it was without points enough.
    pub fn following(&self, points: &[Point<Ras>]) -> Self {
        let mut moved = self.clone();
        let base = match (self.plane_type, points) {
            (PlaneType::PointNormal, [origin, ..]) => Some(self.base_to_node.with_translation(*origin)),
            (PlaneType::PointNormal, []) => None,
            (_, points) => self.fitted_to(points),
        };
        let Some(base) = base else { return moved };
        moved.base_to_node = base;
        if let Some([width, height]) = moved.size_around(points) {
            moved.size = [width, height];
            moved.bounds = Some([-width / 2.0, width / 2.0, -height / 2.0, height / 2.0]);
        }
        moved
    }

    /// The size, symmetric about the origin, that holds the points; `None` for a size that does not come from the points, or
    /// where they say nothing of it.
    pub fn size_around(&self, points: &[Point<Ras>]) -> Option<[f64; 2]> {
        if self.size_mode == PlaneSizeMode::Absolute || self.plane_type == PlaneType::PointNormal {
            return None;
        }
        let to_base = self.base_to_node.inverse()?;
        let seen = Bounds::around(points.iter().map(|point| to_base.apply(*point)))?;
        let reach = |axis: usize| seen.min[axis].abs().max(seen.max[axis].abs());
        Some([0, 1].map(|axis| 2.0 * reach(axis) * self.auto_scaling))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_follow_their_points() {
        let points = [[1.0, 1.0, 5.0], [4.0, 1.0, 5.0], [1.0, 3.0, 5.0]].map(Point::from);
        // A point and a normal: the axes stay, and the size.
        let tilted = Affine::from_rows([[1.0, 0.0, 0.0, 9.0], [0.0, 0.6, -0.8, 9.0], [0.0, 0.8, 0.6, 9.0]]);
        let plane = PlaneShape { base_to_node: tilted, ..PlaneShape::default() }.following(&points[1..]);
        assert_eq!(plane.center().coords(), [4.0, 1.0, 5.0]);
        assert!((plane.normal().unwrap() - [0.0, -0.8, 0.6].into()).length() < 1e-12);
        assert_eq!((plane.size, plane.bounds), ([100.0; 2], None));

        let three =
            PlaneShape { plane_type: PlaneType::ThreePoints, auto_scaling: 1.5, ..PlaneShape::default() };
        let plane = three.following(&points);
        assert_eq!((plane.center().coords(), plane.size), ([1.0, 1.0, 5.0], [9.0, 6.0]));
        assert_eq!(plane.bounds, Some([-4.5, 4.5, -3.0, 3.0]));
        assert_eq!(three.following(&points[..2]), three);
        let set = PlaneShape { size_mode: PlaneSizeMode::Absolute, ..three };
        assert_eq!(set.following(&points).size, [100.0; 2]);

        // The best fit of the corners of a rectangle lies along its longer edge.
        let fit = PlaneShape { plane_type: PlaneType::PlaneFit, ..PlaneShape::default() };
        let corners = [[0.0, 0.0, 2.0], [0.0, 8.0, 2.0], [4.0, 8.0, 2.0], [4.0, 0.0, 2.0]].map(Point::from);
        let plane = fit.following(&corners);
        assert_eq!(plane.center().coords(), [2.0, 4.0, 2.0]);
        assert!((plane.size[0] - 8.0).abs() < 1e-9 && (plane.size[1] - 4.0).abs() < 1e-9);
        assert!(plane.normal().unwrap().z().abs() > 1.0 - 1e-12);
    }
}
