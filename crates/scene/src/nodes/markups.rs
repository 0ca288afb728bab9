//! Markups.

use microtome_records::ControlPoint;

/// What a list of control points marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkupsKind {
    /// Separate points.
    #[default]
    Fiducial,
    /// A line between two points.
    Line,
    /// The angle at the middle of three points.
    Angle,
    /// An open curve.
    Curve,
    /// A closed curve.
    ClosedCurve,
    /// A plane.
    Plane,
    /// A box or another region of interest.
    Roi,
}

impl MarkupsKind {
    const NAMES: [(Self, &'static str, &'static str); 7] = [
        (Self::Fiducial, "Fiducial", "MarkupsFiducial"),
        (Self::Line, "Line", "MarkupsLine"),
        (Self::Angle, "Angle", "MarkupsAngle"),
        (Self::Curve, "Curve", "MarkupsCurve"),
        (Self::ClosedCurve, "ClosedCurve", "MarkupsClosedCurve"),
        (Self::Plane, "Plane", "MarkupsPlane"),
        (Self::Roi, "ROI", "MarkupsROI"),
    ];

    /// The kind that files call `name` (`Fiducial`, `ClosedCurve`, `ROI`, …).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(_, n, _)| *n == name).map(|(kind, ..)| kind)
    }

    fn class(self) -> &'static str {
        Self::NAMES
            .into_iter()
            .find(|(kind, ..)| *kind == self)
            .map_or("MarkupsFiducial", |(.., class)| class)
    }
}

/// Control points and what they mark, in the node's own coordinates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markups {
    /// What they mark.
    pub kind: MarkupsKind,
    /// The points, in order.
    pub points: Vec<ControlPoint>,
    /// Whether the whole list is locked against edits.
    pub locked: bool,
}

impl Markups {
    pub(super) fn class(&self) -> &'static str {
        self.kind.class()
    }
}
