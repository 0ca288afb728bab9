//! Markups of every type in JSON: `.mrk.json`.
//!
//! Source: 3D Slicer's markups schema 1.0.3. The control points of every type are read alike; what else a markup has (sizes
//! and axes of regions and planes, measurements, display) is kept as JSON text in the metadata, in LPS millimetres, under
//! `markups/` and the member's name, and written back.

use microtome_geometry::{Affine, Lps, Point};
use microtome_records::{ControlPoint, PositionStatus};
use serde_json::{Map, Value, json};

use super::TYPE;
use crate::data::{Data, Loaded, MarkupsData, Warning};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "mrk.json";
const SCHEMA: &str = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#";
const PREFIX: &str = "markups/";
/// The members that the model itself holds.
const MODELLED: [&str; 6] =
    ["type", "name", "coordinateSystem", "coordinateUnits", "locked", "controlPoints"];

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

/// How a markup's coordinates become LPS millimetres.
#[derive(Clone, Copy)]
struct Edge {
    /// −1 for a file in RAS: the sign of the first two axes.
    sign: f64,
    /// Millimetres for a unit.
    unit: f64,
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let document: Value = serde_json::from_slice(text)
        .map_err(|error| Error::NotThisFormat { format: NAME, why: format!("it is no JSON: {error}") })?;
    let mut warnings = Vec::new();
    check_schema(&document)?;
    let markups = document.get("markups").and_then(Value::as_array);
    let markups = markups.ok_or(Error::Missing { format: NAME, field: "markups".to_owned() })?;
    let first = markups.first().and_then(Value::as_object);
    let markup = first.ok_or(Error::Missing { format: NAME, field: "markups[0]".to_owned() })?;
    if markups.len() > 1 {
        warnings.push(Warning::new(format!("the file holds {} markups; the first was read", markups.len())));
    }
    let data = markup_of(markup, &mut warnings)?;
    Ok(Loaded { data: Data::Markups(data), warnings })
}

fn check_schema(document: &Value) -> Result<(), Error> {
    let missing = || Error::Missing { format: NAME, field: "@schema".to_owned() };
    let schema =
        document.get("@schema").ok_or_else(missing)?.as_str().unwrap_or_default().to_ascii_lowercase();
    let version = schema.rsplit('/').next().and_then(|file| file.strip_prefix("markups-schema-v"));
    match version {
        Some(version) if version.starts_with("1.") => Ok(()),
        _ => Err(Error::field(NAME, "@schema", &schema, "it is none of markups-schema-v1")),
    }
}

fn markup_of(markup: &Map<String, Value>, warnings: &mut Vec<Warning>) -> Result<MarkupsData, Error> {
    let kind = markup.get("type").and_then(Value::as_str);
    let kind = kind.ok_or(Error::Missing { format: NAME, field: "type".to_owned() })?;
    let edge = Edge { sign: sign_of(markup)?, unit: unit_of(markup)? };
    let mut data = MarkupsData {
        name: markup.get("name").and_then(Value::as_str).map(str::to_owned),
        locked: markup.get("locked").and_then(Value::as_bool).unwrap_or(false),
        ..MarkupsData::default()
    };
    if kind != "Fiducial" {
        data.metadata.set(TYPE, kind);
    }
    for (key, value) in markup.iter().filter(|(key, _)| !MODELLED.contains(&key.as_str())) {
        let value = match value.as_array().and_then(|numbers| floats(numbers)) {
            Some(numbers) => json!(in_lps(key, numbers, edge)),
            None => value.clone(),
        };
        data.metadata.set(format!("{PREFIX}{key}"), value.to_string());
    }
    let points = match markup.get("controlPoints") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(points)) => points.as_slice(),
        Some(other) => return Err(Error::field(NAME, "controlPoints", &other.to_string(), "it is a list")),
    };
    for (index, point) in points.iter().enumerate() {
        let bad =
            || Error::field(NAME, format!("controlPoints[{index}]"), &point.to_string(), "it is an object");
        data.points.push(control_point(point.as_object().ok_or_else(bad)?, index, edge, warnings)?);
    }
    Ok(data)
}

/// +1 for LPS (the default), −1 for RAS.
fn sign_of(markup: &Map<String, Value>) -> Result<f64, Error> {
    let value = markup.get("coordinateSystem");
    match value.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_ascii_uppercase)).as_deref() {
        None | Some("LPS" | "1") => Ok(1.0),
        Some("RAS" | "0") => Ok(-1.0),
        Some(other) => Err(Error::field(NAME, "coordinateSystem", other, "it is LPS or RAS")),
    }
}

/// Millimetres for a unit: `mm` (the default) or `um`, as text or as a code `[value, scheme, meaning]`.
fn unit_of(markup: &Map<String, Value>) -> Result<f64, Error> {
    let Some(value) = markup.get("coordinateUnits") else { return Ok(1.0) };
    let bad = |why: &str| Error::field(NAME, "coordinateUnits", &value.to_string(), why);
    let code = match value {
        Value::Array(code) => {
            if code.get(1).and_then(Value::as_str) != Some("UCUM") {
                return Err(bad("the coding scheme of units is UCUM"));
            }
            code.first().and_then(Value::as_str)
        }
        value => value.as_str(),
    };
    match code {
        Some("mm") => Ok(1.0),
        Some("um") => Ok(0.001),
        _ => Err(bad("the unit is mm or um")),
    }
}

fn floats(values: &[Value]) -> Option<Vec<f64>> {
    (!values.is_empty()).then(|| values.iter().map(Value::as_f64).collect())?
}

/// A member's numbers in LPS millimetres: positions, axes (as columns), poses and sizes each in their own way.
fn in_lps(key: &str, mut numbers: Vec<f64>, edge: Edge) -> Vec<f64> {
    let (flipped, lengths): (usize, &[usize]) = match (key, numbers.len()) {
        ("center", 3) => (2, &[0, 1, 2]),
        ("normal", 3) => (2, &[]),
        ("orientation", 9) => (6, &[]),
        ("objectToBase" | "baseToNode" | "objectToNode", 16) => (8, &[3, 7, 11]),
        ("size", 3) => (0, &[0, 1, 2]),
        ("planeBounds", 4) => (0, &[0, 1, 2, 3]),
        _ => return numbers,
    };
    for &n in lengths {
        numbers[n] *= edge.unit;
    }
    for value in &mut numbers[..flipped] {
        *value *= edge.sign;
    }
    numbers
}

fn control_point(
    point: &Map<String, Value>,
    index: usize,
    edge: Edge,
    warnings: &mut Vec<Warning>,
) -> Result<ControlPoint, Error> {
    let text = |key: &str| match point.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let flag = |key: &str, default: bool| point.get(key).and_then(Value::as_bool).unwrap_or(default);
    let fixed = |key: &str, size: usize| -> Result<Option<Vec<f64>>, Error> {
        match point.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(value) => {
                let numbers = value.as_array().and_then(|values| floats(values)).filter(|n| n.len() == size);
                let field = format!("{key} of control point {}", index + 1);
                let why = format!("it is a list of {size} numbers");
                numbers.map(Some).ok_or_else(|| Error::field(NAME, field, &value.to_string(), why))
            }
        }
    };
    let position = fixed("position", 3)?;
    let status = match text("positionStatus").as_str() {
        "undefined" => PositionStatus::Undefined,
        "preview" => PositionStatus::Preview,
        "missing" => PositionStatus::Missing,
        "" | "defined" if position.is_some() => PositionStatus::Defined,
        "" | "defined" => PositionStatus::Undefined,
        other => {
            let message =
                format!("positionStatus of control point {} is \"{other}\"; defined was taken", index + 1);
            warnings.push(Warning::new(message));
            PositionStatus::Defined
        }
    };
    let lps = in_lps("center", position.unwrap_or(vec![0.0; 3]), edge);
    let lps: Point<Lps> = Point::new(lps[0], lps[1], lps[2]);
    let mut orientation = ControlPoint::default().orientation;
    if let Some(axes) = fixed("orientation", 9)? {
        let lps = in_lps("orientation", axes, edge);
        for (n, value) in orientation.iter_mut().enumerate() {
            *value = if n < 6 { -lps[n] } else { lps[n] } + 0.0;
        }
    }
    let id = text("id");
    Ok(ControlPoint {
        id: if id.is_empty() { (index + 1).to_string() } else { id },
        label: text("label"),
        description: text("description"),
        associated_node: text("associatedNodeID"),
        position: Affine::LPS_TO_RAS.apply(lps),
        orientation,
        selected: flag("selected", true),
        locked: flag("locked", false),
        visible: flag("visibility", true),
        status,
    })
}

fn write(data: &MarkupsData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut markup = Map::new();
    markup.insert("type".into(), json!(data.metadata.get(TYPE).unwrap_or("Fiducial")));
    if let Some(name) = &data.name {
        markup.insert("name".into(), json!(name));
    }
    markup.insert("coordinateSystem".into(), json!("LPS"));
    markup.insert("coordinateUnits".into(), json!("mm"));
    markup.insert("locked".into(), json!(data.locked));
    for (key, default) in [
        ("fixedNumberOfControlPoints", json!(false)),
        ("labelFormat", json!("%N-%d")),
        ("lastUsedControlPointNumber", json!(data.points.len())),
    ] {
        markup.insert(key.into(), kept(data, key).unwrap_or(default));
    }
    let mut others = Vec::new();
    for (key, text) in data.metadata.iter() {
        let Some(member) = key.strip_prefix(PREFIX).filter(|m| key != TYPE && !MODELLED.contains(m)) else {
            continue;
        };
        let value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        if member == "measurements" || member == "display" {
            others.push((member, value));
        } else {
            markup.insert(member.into(), value);
        }
    }
    let points = data.points.iter().map(point_value).collect::<Result<Vec<_>, _>>()?;
    markup.insert("controlPoints".into(), Value::Array(points));
    markup.entry("measurements").or_insert_with(|| json!([]));
    for (member, value) in others {
        markup.insert(member.into(), value);
    }
    let document = json!({ "@schema": SCHEMA, "markups": [markup] });
    let mut text = serde_json::to_string_pretty(&document).map_err(std::io::Error::from)?;
    text.push('\n');
    sink.create(name)?.write_all(text.as_bytes())?;
    Ok(())
}

/// A member that was read from a file.
fn kept(data: &MarkupsData, key: &str) -> Option<Value> {
    serde_json::from_str(data.metadata.get(&format!("{PREFIX}{key}"))?).ok()
}

fn point_value(point: &ControlPoint) -> Result<Value, Error> {
    if !point.position.is_finite() || point.orientation.iter().any(|v| !v.is_finite()) {
        return Err(Error::CannotHold {
            format: NAME,
            what: format!("point \"{}\", which is not finite", point.label),
        });
    }
    let position = Affine::RAS_TO_LPS.apply(point.position).coords().map(|v| v + 0.0);
    let orientation: Vec<f64> =
        point.orientation.iter().enumerate().map(|(n, v)| if n < 6 { -v } else { *v }).collect();
    let status = match point.status {
        PositionStatus::Undefined => "undefined",
        PositionStatus::Preview => "preview",
        PositionStatus::Defined => "defined",
        PositionStatus::Missing => "missing",
    };
    Ok(json!({
        "id": point.id,
        "label": point.label,
        "description": point.description,
        "associatedNodeID": point.associated_node,
        "position": position,
        "orientation": orientation,
        "selected": point.selected,
        "locked": point.locked,
        "visibility": point.visible,
        "positionStatus": status,
    }))
}
