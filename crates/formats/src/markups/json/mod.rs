//! Markups of every type in JSON: `.mrk.json`.
//!
//! Source: 3D Slicer's markups schema 1.0.3, and its storage nodes where these say more. A file holds any number of markups.
//! Members that the model has no place for are kept as JSON text in the metadata, under `markups/` and the member's name, and
//! written back: of the file itself under `markups//`, of control points in one object by the points' ids, of measurements in
//! one by their names.

mod display;
mod edge;
mod measurements;
mod members;
mod points;
mod shapes;

use microtome_records::{AngleMode, CurveType, Markups, MarkupsKind};
use serde_json::{Map, Value, json};

use self::edge::Edge;
use self::members::Members;
use super::TYPE;
use crate::data::{Loaded, MarkupsData, Metadata, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "mrk.json";
const SCHEMA: &str = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#";
const PREFIX: &str = "markups/";
const FILE_PREFIX: &str = "markups//";

/// Markups in JSON.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".mrk.json", ".json"],
    sniff,
    read,
    writers: &[Writer::Markups(write)],
};

fn sniff(name: &str, head: &[u8]) -> Match {
    let text = String::from_utf8_lossy(head);
    let object = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    if object && (text.contains("markups-schema") || text.contains("\"markups\"")) {
        Match::Content
    } else if FORMAT.extension_of(name) == Some(".mrk.json") {
        Match::Name
    } else {
        Match::No
    }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let document = crate::json::object(NAME, &source.bytes()?)?;
    check_schema(&document)?;
    let markups = document.get("markups").and_then(Value::as_array);
    let markups = markups.ok_or(Error::Missing { format: NAME, field: "markups".to_owned() })?;
    let mut rest = document.clone();
    rest.retain(|key, _| key != "@schema" && key != "markups");
    let mut warnings = Vec::new();
    let mut items = Vec::with_capacity(markups.len());
    for (n, item) in markups.iter().enumerate() {
        let place = if markups.len() > 1 { format!("markups[{n}].") } else { String::new() };
        let mut data = markup_of(Members::new(item, place)?, &mut warnings)?;
        keep(&mut data.metadata, FILE_PREFIX, rest.clone());
        items.push(data.into());
    }
    let mut items = items.into_iter();
    let first = items.next().ok_or(Error::Missing { format: NAME, field: "markups[0]".to_owned() })?;
    Ok(Loaded { data: first, others: items.collect(), warnings })
}

fn check_schema(document: &Map<String, Value>) -> Result<(), Error> {
    let missing = || Error::Missing { format: NAME, field: "@schema".to_owned() };
    let schema =
        document.get("@schema").ok_or_else(missing)?.as_str().unwrap_or_default().to_ascii_lowercase();
    let version = schema.rsplit('/').next().and_then(|file| file.strip_prefix("markups-schema-v"));
    match version {
        Some(version) if version.starts_with("1.") => Ok(()),
        _ => Err(Error::field(NAME, "@schema", &schema, "it is none of markups-schema-v1")),
    }
}

/// Members that the model has no place for, for the writer.
fn keep(metadata: &mut Metadata, prefix: &str, members: Map<String, Value>) {
    for (key, value) in members {
        metadata.set(format!("{prefix}{key}"), value.to_string());
    }
}

/// What [`keep`] kept under one key, if it is an object.
fn kept(metadata: &Metadata, key: &str) -> Map<String, Value> {
    let value = metadata.get(&format!("{PREFIX}{key}")).and_then(|text| serde_json::from_str(text).ok());
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn markup_of(mut members: Members<'_>, warnings: &mut Vec<Warning>) -> Result<MarkupsData, Error> {
    let type_name = members.text("type");
    let type_name = type_name.ok_or(Error::Missing { format: NAME, field: "type".to_owned() })?;
    let kind = MarkupsKind::from_name(&type_name);
    let edge = Edge::of(&mut members)?;
    let mut markups = Markups::of_kind(kind.unwrap_or_default());
    let mut metadata = Metadata::default();
    if kind.is_none() {
        members.warn(format!("the type \"{type_name}\" is not known; its points were read as a list"));
        metadata.set(TYPE, &type_name);
    }
    let name = members.text("name");
    markups.locked = members.flag("locked").unwrap_or(false);
    markups.fixed_points = members.flag("fixedNumberOfControlPoints").unwrap_or(false);
    if let Some(format) = members.text("labelFormat") {
        markups.label_format = format;
    }
    markups.last_point_number = members.count("lastUsedControlPointNumber").unwrap_or(0);
    let (points, other) = points::read(&mut members, edge)?;
    markups.points = points;
    if let Some(most) = kind.and_then(most_points).filter(|most| markups.points.len() > *most) {
        let count = markups.points.len();
        members
            .warn(format!("{count} control points are more than the {most} of a {type_name}: all are kept"));
    }
    if !other.is_empty() {
        metadata.set(format!("{PREFIX}{}", points::MEMBER), Value::Object(other).to_string());
    }
    match kind {
        Some(MarkupsKind::Plane) => markups.plane = Some(shapes::read_plane(&mut members, edge, &markups)?),
        Some(MarkupsKind::Roi) => markups.roi = Some(shapes::read_roi(&mut members, edge, &markups)?),
        Some(MarkupsKind::Angle) => {
            if let Some(mode) = members.named("angleMeasurementMode", AngleMode::from_name) {
                markups.angle_mode = Some(mode);
            }
            markups.rotation_axis =
                members.numbers("orientationRotationAxis")?.map(|axis| edge.direction(axis));
        }
        Some(MarkupsKind::Curve | MarkupsKind::ClosedCurve) => {
            if let Some(curve_type) = members.named("curveType", CurveType::from_name) {
                markups.curve_type = Some(curve_type);
            }
            if let Some(count) = members.count("numberOfPointsPerInterpolatingSegment") {
                markups.points_per_segment = i64::try_from(count).ok();
            }
        }
        _ => {}
    }
    let other = measurements::read(&mut members, &mut markups.measurements)?;
    if !other.is_empty() {
        metadata.set(format!("{PREFIX}{}", measurements::MEMBER), Value::Object(other).to_string());
    }
    let display = display::read(&mut members)?;
    let (display, other) = display.map_or((None, Map::new()), |(known, other)| (Some(known), other));
    if !other.is_empty() {
        metadata.set(format!("{PREFIX}{}", display::MEMBER), Value::Object(other).to_string());
    }
    let (rest, troubles) = members.rest();
    warnings.extend(troubles);
    keep(&mut metadata, PREFIX, rest);
    Ok(MarkupsData { name, markups, display, metadata })
}

/// How many points markups of a kind can have, where that is not any number. How many a plane has depends on its type.
const fn most_points(kind: MarkupsKind) -> Option<usize> {
    match kind {
        MarkupsKind::Line => Some(2),
        MarkupsKind::Angle => Some(3),
        _ => None,
    }
}

fn write(data: &MarkupsData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    write_all(&[data], name, sink)
}

/// Writes any number of markups into one file called `name`. What is kept of the file itself comes from the first that says
/// it.
///
/// # Errors
/// [`Error::CannotHold`] for coordinates that are not finite, or whatever the sink says.
pub fn write_all(items: &[&MarkupsData], name: &str, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut document = Map::new();
    document.insert("@schema".into(), json!(SCHEMA));
    let kept = items.iter().flat_map(|data| data.metadata.iter());
    for (key, text) in kept.filter_map(|(key, text)| Some((key.strip_prefix(FILE_PREFIX)?, text))) {
        if key != "markups" {
            document.entry(key).or_insert_with(|| stored(text));
        }
    }
    let markups = items.iter().map(|data| markup_value(data)).collect::<Result<Vec<_>, Error>>()?;
    document.insert("markups".into(), Value::Array(markups));
    crate::json::write(&Value::Object(document), name, sink)
}

/// A member that was read from a file, or what someone else put in its place.
fn stored(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

fn markup_value(data: &MarkupsData) -> Result<Value, Error> {
    let MarkupsData { name, markups, display, metadata } = data;
    let unknown_type = metadata.get(TYPE).filter(|_| markups.kind == MarkupsKind::Fiducial);
    let mut members = Map::new();
    members.insert("type".into(), json!(unknown_type.unwrap_or(markups.kind.name())));
    if let Some(name) = name {
        members.insert("name".into(), json!(name));
    }
    members.insert("coordinateSystem".into(), json!("LPS"));
    members.insert("coordinateUnits".into(), json!("mm"));
    members.insert("locked".into(), json!(markups.locked));
    members.insert("fixedNumberOfControlPoints".into(), json!(markups.fixed_points));
    members.insert("labelFormat".into(), json!(markups.label_format));
    members.insert("lastUsedControlPointNumber".into(), json!(markups.last_point_number));
    write_curve(&mut members, markups);
    if let Some(plane) = &markups.plane {
        shapes::write_plane(&mut members, plane)?;
    }
    if let Some(roi) = &markups.roi {
        shapes::write_roi(&mut members, roi)?;
    }
    let rest = metadata.iter().filter(|(key, _)| *key != TYPE && !key.starts_with(FILE_PREFIX));
    for (key, text) in rest.filter_map(|(key, text)| Some((key.strip_prefix(PREFIX)?, text))) {
        if ![points::MEMBER, measurements::MEMBER, display::MEMBER].contains(&key) {
            members.entry(key).or_insert_with(|| stored(text));
        }
    }
    members.insert(points::MEMBER.into(), points::write(&markups.points, &kept(metadata, points::MEMBER))?);
    let measured = measurements::write(&markups.measurements, &kept(metadata, measurements::MEMBER));
    members.insert(measurements::MEMBER.into(), measured);
    if let Some(display) = display {
        let shown = display::write(display, kept(metadata, display::MEMBER));
        members.insert(display::MEMBER.into(), shown);
    }
    Ok(Value::Object(members))
}

/// What 3D Slicer keeps in its scenes only: written where it is not what every curve or angle has.
fn write_curve(members: &mut Map<String, Value>, markups: &Markups) {
    let usual = Markups::of_kind(markups.kind);
    if let Some(curve_type) = markups.curve_type.filter(|_| markups.curve_type != usual.curve_type) {
        members.insert("curveType".into(), json!(curve_type.name()));
    }
    if let Some(count) =
        markups.points_per_segment.filter(|_| markups.points_per_segment != usual.points_per_segment)
    {
        members.insert("numberOfPointsPerInterpolatingSegment".into(), json!(count));
    }
    if let Some(mode) = markups.angle_mode.filter(|_| markups.angle_mode != usual.angle_mode) {
        members.insert("angleMeasurementMode".into(), json!(mode.name()));
    }
    if let Some(axis) = markups.rotation_axis {
        members.insert("orientationRotationAxis".into(), json!(edge::direction_out(axis)));
    }
}
