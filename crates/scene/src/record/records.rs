//! Records of plain data: markups, segmentations, tables, colour tables, transfer functions.

use std::collections::HashSet;

use microtome_records::{
    ColorTable, Column, ColumnValues, ControlPoint, ConversionParameter, LabelColor, Markups, MarkupsKind,
    Measurement, PlaneShape, PositionStatus, RoiShape, Segment, SegmentPlace, Table, TransferPoint,
    VolumeProperty,
};

use super::{Malformed, Reader, Record, Writer, first_free, record_choice, record_struct};

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
    auto_created,
}
    fn list_name(&self) -> Option<String> {
        Some(self.id.clone())
    }

    fn rename_in_list(&mut self, taken: &mut HashSet<String>) -> bool {
        first_free(taken, |number| number.to_string()).is_some_and(|id| {
            self.id = id;
            true
        })
    }
);

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
    ribbon,
}
    fn list_name(&self) -> Option<String> {
        Some(self.id.clone())
    }

    fn rename_in_list(&mut self, taken: &mut HashSet<String>) -> bool {
        first_free(taken, |number| format!("Segment_{number}")).is_some_and(|id| {
            self.id = id;
            true
        })
    }
);
record_struct!(SegmentPlace { layer, label });
record_struct!(ConversionParameter { name, value, description });

impl<const N: usize> Record for TransferPoint<N> {
    fn put(&self, out: &mut Writer<'_>) {
        let Self { x, y, midpoint, sharpness } = self;
        [*x, *midpoint, *sharpness].put(out);
        y.put(out);
    }

    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let [x, midpoint, sharpness] = Record::take(input)?;
        Ok(Self { x, y: Record::take(input)?, midpoint, sharpness })
    }
}

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
