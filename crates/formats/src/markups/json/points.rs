//! Control points.

use microtome_geometry::Point;
use microtome_records::{ControlPoint, PositionStatus};
use serde_json::{Map, Value, json};

use super::NAME;
use super::edge::{Edge, axes_out, position_out};
use super::members::Members;
use crate::error::Error;

pub(super) const MEMBER: &str = "controlPoints";
/// No member of 3D Slicer's, which ignores it: written where it is true.
const AUTO_CREATED: &str = "autoCreated";

/// The points of a markup, and what else is said of them, by their ids.
pub(super) fn read(
    members: &mut Members<'_>,
    edge: Edge,
) -> Result<(Vec<ControlPoint>, Map<String, Value>), Error> {
    let items = members.list(MEMBER)?;
    let mut points = Vec::with_capacity(items.len());
    let mut unknown = Map::new();
    for (n, item) in items.iter().enumerate() {
        let mut point = Members::new(item, format!("{}{MEMBER}[{n}].", members.place()))?;
        let read = read_point(&mut point, n, edge)?;
        let (rest, warnings) = point.rest();
        members.warn_all(warnings);
        if !rest.is_empty() {
            unknown.insert(read.id.clone(), Value::Object(rest));
        }
        points.push(read);
    }
    Ok((points, unknown))
}

fn read_point(point: &mut Members<'_>, index: usize, edge: Edge) -> Result<ControlPoint, Error> {
    let usual = ControlPoint::default();
    let position = point.numbers("position")?;
    let stated = point.named("positionStatus", |name| match name {
        "undefined" => Some(PositionStatus::Undefined),
        "preview" => Some(PositionStatus::Preview),
        "missing" => Some(PositionStatus::Missing),
        "defined" | "" => Some(PositionStatus::Defined),
        _ => None,
    });
    let status = match stated.unwrap_or_default() {
        PositionStatus::Defined if position.is_none() => PositionStatus::Undefined,
        status => status,
    };
    let orientation = point.numbers("orientation")?;
    Ok(ControlPoint {
        id: point.text("id").filter(|id| !id.is_empty()).unwrap_or_else(|| (index + 1).to_string()),
        label: point.text("label").unwrap_or_default(),
        description: point.text("description").unwrap_or_default(),
        associated_node: point.text("associatedNodeID").unwrap_or_default(),
        position: position.map_or(Point::zero(), |position| edge.position(position)),
        orientation: orientation.map_or(usual.orientation, |axes| edge.axes(axes)),
        selected: point.flag("selected").unwrap_or(usual.selected),
        locked: point.flag("locked").unwrap_or(usual.locked),
        visible: point.flag("visibility").unwrap_or(usual.visible),
        status,
        auto_created: point.flag(AUTO_CREATED).unwrap_or(usual.auto_created),
    })
}

/// The points, each with what else was said of it.
pub(super) fn write(points: &[ControlPoint], unknown: &Map<String, Value>) -> Result<Value, Error> {
    let written = points.iter().map(|point| {
        let mut value = write_point(point)?;
        if let Some(Value::Object(rest)) = unknown.get(&point.id) {
            for (key, more) in rest {
                value.entry(key.as_str()).or_insert_with(|| more.clone());
            }
        }
        Ok(Value::Object(value))
    });
    Ok(Value::Array(written.collect::<Result<_, Error>>()?))
}

fn write_point(point: &ControlPoint) -> Result<Map<String, Value>, Error> {
    let placed = matches!(point.status, PositionStatus::Defined | PositionStatus::Preview);
    let nowhere = !point.position.is_finite();
    if (placed && nowhere) || point.orientation.iter().any(|v| !v.is_finite()) {
        let what = format!("point \"{}\", which is not finite", point.label);
        return Err(Error::CannotHold { format: NAME, what });
    }
    let status = match point.status {
        PositionStatus::Undefined => "undefined",
        PositionStatus::Preview => "preview",
        PositionStatus::Defined => "defined",
        PositionStatus::Missing => "missing",
    };
    let members = [
        ("id", json!(point.id)),
        ("label", json!(point.label)),
        ("description", json!(point.description)),
        ("associatedNodeID", json!(point.associated_node)),
        // Of a point that is not placed the last position, so that it can be restored.
        ("position", if nowhere { Value::Null } else { json!(position_out(point.position)) }),
        ("orientation", json!(axes_out(point.orientation))),
        ("selected", json!(point.selected)),
        ("locked", json!(point.locked)),
        ("visibility", json!(point.visible)),
        ("positionStatus", json!(status)),
        (AUTO_CREATED, if point.auto_created { json!(true) } else { Value::Null }),
    ];
    let said = members.into_iter().filter(|(_, value)| !value.is_null());
    Ok(said.map(|(key, value)| (key.to_owned(), value)).collect())
}
