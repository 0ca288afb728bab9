//! Markups: control points and what they mark.

mod curve;
mod drawn;
mod measure;
mod measurement;
mod plane;
mod resampled;
mod roi;
mod surface;
mod weighting;

use microtome_geometry::{Point, Ras};

pub use curve::{AngleMode, CurveType};
pub use measurement::{Code, Measurement};
pub use plane::{PlaneShape, PlaneSizeMode, PlaneType};
pub use roi::{RoiShape, RoiType};
pub use surface::SurfaceCost;

use crate::control_point::{ControlPoint, PositionStatus};
use crate::names;

names! {
    /// What a list of control points marks.
    pub enum MarkupsKind {
        /// Separate points.
        #[default]
        Fiducial = "Fiducial",
        /// A line between two points.
        Line = "Line",
        /// The angle at the middle of three points.
        Angle = "Angle",
        /// An open curve.
        Curve = "Curve",
        /// A closed curve.
        ClosedCurve = "ClosedCurve",
        /// A plane.
        Plane = "Plane",
        /// A box or another region of interest.
        Roi = "ROI",
    }
}

impl MarkupsKind {
    /// What names of new nodes begin with (`F`, `L`, …).
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Fiducial => "F",
            Self::Line => "L",
            Self::Angle => "A",
            Self::Curve => "OC",
            Self::ClosedCurve => "CC",
            Self::Plane => "P",
            Self::Roi => "R",
        }
    }

    /// Whether it is a curve, open or closed.
    pub const fn is_curve(self) -> bool {
        matches!(self, Self::Curve | Self::ClosedCurve)
    }
}

/// Control points and what they mark. Coordinates are RAS mm, before any transform that the markups stand under.
#[derive(Clone, Debug, PartialEq)]
pub struct Markups {
    /// What they mark.
    pub kind: MarkupsKind,
    /// The points, in order.
    pub points: Vec<ControlPoint>,
    /// Whether the whole list is locked against edits.
    pub locked: bool,
    /// Whether no points can be added or removed.
    pub fixed_points: bool,
    /// How points are named: `%N` the list's name, `%d` a number.
    pub label_format: String,
    /// The number of the latest point; none is used twice.
    pub last_point_number: u64,
    /// How many points there may be; −1 for any number.
    pub maximum_points: Option<i64>,
    /// How many points are placed in one go.
    pub required_points: Option<i64>,
    /// Where handles stand, row by row.
    pub handle_to_world: Option<[f64; 16]>,
    /// How an angle counts.
    pub angle_mode: Option<AngleMode>,
    /// The axis that an oriented angle turns about.
    pub rotation_axis: Option<[f64; 3]>,
    /// How a curve goes through its points.
    pub curve_type: Option<CurveType>,
    /// Points of a curve from one control point to the next.
    pub points_per_segment: Option<i64>,
    /// What a way over a surface costs.
    pub surface_cost: Option<String>,
    /// What a surface's values make of that.
    pub surface_weighting: Option<String>,
    /// How far from a curve its surface is looked for, as a share of the surface's size.
    pub surface_search_radius: Option<f64>,
    /// Where a plane is.
    pub plane: Option<PlaneShape>,
    /// Where a region is.
    pub roi: Option<RoiShape>,
    /// What is measured.
    pub measurements: Vec<Measurement>,
}

impl Default for Markups {
    fn default() -> Self {
        Self {
            kind: MarkupsKind::default(),
            points: Vec::new(),
            locked: false,
            fixed_points: false,
            label_format: "%N-%d".to_owned(),
            last_point_number: 0,
            maximum_points: None,
            required_points: None,
            handle_to_world: None,
            angle_mode: None,
            rotation_axis: None,
            curve_type: None,
            points_per_segment: None,
            surface_cost: None,
            surface_weighting: None,
            surface_search_radius: None,
            plane: None,
            roi: None,
            measurements: Vec::new(),
        }
    }
}

impl Markups {
    /// Empty markups of a kind, with Slicer's defaults for it.
    pub fn of_kind(kind: MarkupsKind) -> Self {
        let mut markups = Self { kind, measurements: Measurement::usual(kind), ..Self::default() };
        match kind {
            MarkupsKind::Fiducial | MarkupsKind::Line => {}
            MarkupsKind::Angle => markups.angle_mode = Some(AngleMode::Minimal),
            MarkupsKind::Curve | MarkupsKind::ClosedCurve => {
                markups.curve_type = Some(CurveType::Spline);
                markups.points_per_segment = Some(curve::POINTS_PER_SEGMENT as i64);
            }
            MarkupsKind::Plane => markups.plane = Some(PlaneShape::default()),
            MarkupsKind::Roi => markups.roi = Some(RoiShape::default()),
        }
        markups
    }

    /// Puts a plane or region where its points are now. A box placed by two corners is left with one point, its middle.
    pub fn follow_points(&mut self) {
        let points: Vec<_> = self.positions().collect();
        if let Some(plane) = &mut self.plane {
            *plane = plane.following(&points);
        }
        if let Some(roi) = &mut self.roi {
            *roi = roi.following(&points);
            if roi.roi_type == RoiType::Box && points.len() > 1 {
                self.points.truncate(1);
                self.points[0].position = roi.center;
                self.points[0].status = PositionStatus::Defined;
            }
        }
    }

    /// The positions that there are, in order: those of points that are placed or being placed.
    pub fn positions(&self) -> impl Iterator<Item = Point<Ras>> {
        self.points.iter().filter(|point| is_there(point)).map(|point| point.position)
    }
}

/// Whether a point is placed or being placed.
fn is_there(point: &ControlPoint) -> bool {
    matches!(point.status, PositionStatus::Defined | PositionStatus::Preview)
}
