//! Records of plain data: markups, segmentations, tables, colour tables, transfer functions.

use microtome_records::{
    AngleMode, ColorTable, Column, ColumnValues, ControlPoint, ConversionParameter, CurveType, LabelColor,
    Markups, MarkupsKind, Measurement, PlaneShape, PlaneSizeMode, PlaneType, PositionStatus, RoiShape,
    RoiType, Segment, SegmentPlace, SegmentRepresentation, Segmentation, Table, VolumeProperty,
};

use super::{Malformed, Reader, Record, Writer, record_choice, record_struct};

record_struct!(ControlPoint {
    id,
    label,
    description,
    associated_node,
    position,
    orientation,
    selected,
    locked,
    visible,
    status,
});

record_choice!(PositionStatus { Undefined, Preview, Defined, Missing });

record_struct!(Markups {
    kind,
    points,
    locked,
    fixed_points,
    label_format,
    last_point_number,
    maximum_points,
    required_points,
    handle_to_world,
    angle_mode,
    rotation_axis,
    curve_type,
    points_per_segment,
    surface_cost,
    surface_weighting,
    surface_search_radius,
    plane,
    roi,
    measurements,
});
record_choice!(MarkupsKind { Fiducial, Line, Angle, Curve, ClosedCurve, Plane, Roi });
record_choice!(AngleMode { Minimal, OrientedPositive, OrientedSigned });
record_choice!(CurveType { Linear, Spline, Kochanek, Polynomial, ShortestSurfaceDistance });
record_choice!(PlaneType { PointNormal, ThreePoints, PlaneFit });
record_choice!(PlaneSizeMode { Auto, Absolute });
record_choice!(RoiType { Box, BoundingBox });
record_struct!(PlaneShape {
    plane_type,
    size_mode,
    auto_scaling,
    object_to_base,
    base_to_node,
    size,
    bounds
});
record_struct!(RoiShape { roi_type, center, orientation, size, inside_out });
record_struct!(Measurement {
    name,
    enabled,
    value,
    units,
    units_code,
    format,
    description,
    quantity,
    derivation,
    method,
    per_point,
});

record_struct!(Segmentation { segments, layers, conversion, contained, offset });
record_struct!(Segment {
    id,
    name,
    color,
    name_automatic,
    color_automatic,
    tags,
    unknown,
    place,
    surface,
    fractional,
    contours,
});
record_struct!(SegmentPlace { layer, label });
record_struct!(ConversionParameter { name, value, description });
record_choice!(SegmentRepresentation { BinaryLabelmap, ClosedSurface, FractionalLabelmap, PlanarContour });

record_struct!(VolumeProperty {
    color,
    scalar_opacity,
    gradient_opacity,
    linear_interpolation,
    shade,
    ambient,
    diffuse,
    specular,
    specular_power,
    effective_range,
});

record_struct!(ColorTable { entries });
record_struct!(LabelColor { value, name, color, terminology });

record_struct!(Table { columns });
record_struct!(Column { name, values, properties });

impl Record for ColumnValues {
    fn put(&self, out: &mut Writer<'_>) {
        match self {
            Self::Text(texts) => {
                out.byte(0);
                texts.put(out);
            }
            Self::Numbers(array) => {
                out.byte(1);
                array.put(out);
            }
        }
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        match input.array()? {
            [0] => Record::take(input).map(Self::Text),
            [1] => Record::take(input).map(Self::Numbers),
            _ => Err(Malformed::new("no such kind of column")),
        }
    }
}
