//! Markups: the plain data of `microtome-records` as nodes.

pub use microtome_records::{
    AngleMode, Code, CurveType, Markups, MarkupsKind, Measurement, PlaneShape, PlaneSizeMode, PlaneType,
    RoiShape, RoiType,
};

use crate::fields::{field_by_name, named_fields};
use crate::record::{Merging, Record};

field_by_name!(AngleMode, CurveType, PlaneType, PlaneSizeMode, RoiType);

named_fields! {
    Markups {
        locked, "locked";
        label_format, "controlPointLabelFormat";
        maximum_points, "maximumNumberOfControlPoints";
        required_points, "requiredNumberOfControlPoints";
        handle_to_world, "interactionHandleToWorldMatrix";
        angle_mode, "angleMeasurementMode";
        rotation_axis, "orientationRotationAxis";
        curve_type, "curveType";
        points_per_segment, "numberOfPointsPerInterpolatingSegment";
        surface_cost, "surfaceCostFunctionType";
        surface_weighting, "surfaceDistanceWeightingFunction";
        surface_search_radius, "surfaceConstraintMaximumSearchRadiusTolerance";
    }
}

/// Merges two changes. Both may have counted on for the names of new points: the greater number holds.
pub(super) fn merge(base: &Markups, mine: &Markups, theirs: &Markups, merging: &mut Merging) -> Markups {
    let last_point_number = mine.last_point_number.max(theirs.last_point_number);
    let [mine, theirs] = [mine, theirs].map(|markups| Markups { last_point_number, ..markups.clone() });
    Record::merge(base, &mine, &theirs, merging)
}

/// The class of nodes of a kind.
const fn class(kind: MarkupsKind) -> &'static str {
    match kind {
        MarkupsKind::Fiducial => "MarkupsFiducial",
        MarkupsKind::Line => "MarkupsLine",
        MarkupsKind::Angle => "MarkupsAngle",
        MarkupsKind::Curve => "MarkupsCurve",
        MarkupsKind::ClosedCurve => "MarkupsClosedCurve",
        MarkupsKind::Plane => "MarkupsPlane",
        MarkupsKind::Roi => "MarkupsROI",
    }
}

impl super::Family for Markups {
    fn class(&self) -> &str {
        class(self.kind)
    }

    fn of_class(class_name: &str) -> Option<Self> {
        let kind = MarkupsKind::from_name(class_name.strip_prefix("Markups")?)?;
        Some(Self::of_kind(kind))
    }
}
