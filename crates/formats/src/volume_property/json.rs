//! Transfer functions in JSON: `.vp.json`.
//!
//! Source: 3D Slicer's volume property schema 1.0.0. A file holds any number of properties. What the model has no place for
//! (further components, scattering, …) is kept: the whole property stands as JSON text in the metadata,
//! and is written back as long as the model's part of it is still the same.

use microtome_records::{ColorPoint, OpacityPoint, TransferPoint, VolumeProperty};
use serde_json::{Value, json};

use super::sorted;
use crate::data::{Data, Loaded, Metadata, VolumePropertyData};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "vp.json";
const SCHEMA: &str = "https://raw.githubusercontent.com/slicer/slicer/main/Modules/Loadable/VolumeRendering/Resources/Schema/volume-property-schema-v1.0.0.json#";
/// The metadata key of a property that says more than the model holds.
const WHOLE: &str = "vp.json/volumeProperty";

/// Transfer functions in JSON.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".vp.json", ".json"],
    sniff,
    read,
    writers: &[Writer::VolumeProperty(write)],
};

fn sniff(name: &str, head: &[u8]) -> Match {
    if crate::json::begins_with(head, &["volume-property-schema"])
        || crate::json::begins_with(head, &["\"volumeProperties\""])
    {
        Match::Content
    } else if FORMAT.extension_of(name) == Some(".vp.json") {
        Match::Name
    } else {
        Match::No
    }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let document = crate::json::object(NAME, &source.bytes()?)?;
    let missing = |field: &str| Error::Missing { format: NAME, field: field.to_owned() };
    let properties = document.get("volumeProperties").and_then(Value::as_array);
    let properties = properties.ok_or_else(|| missing("volumeProperties"))?;
    let items = properties.iter().map(|value| {
        let property = property_of(value)?;
        let mut metadata = Metadata::default();
        if value_of(&property)? != *value {
            metadata.set(WHOLE, value.to_string());
        }
        Ok(Data::VolumeProperty(VolumePropertyData { property, metadata }))
    });
    let mut items = items.collect::<Result<Vec<_>, Error>>()?.into_iter();
    let data = items.next().ok_or_else(|| missing("volumeProperties[0]"))?;
    Ok(Loaded { data, others: items.collect(), warnings: Vec::new() })
}

fn property_of(value: &Value) -> Result<VolumeProperty, Error> {
    let component = &value["components"][0];
    if !component.is_object() {
        return Err(Error::Missing { format: NAME, field: "components[0]".to_owned() });
    }
    let light = |name: &str, usual: f64| component["lighting"][name].as_f64().unwrap_or(usual);
    let range = numbers::<2>(&value["effectiveRange"]);
    let opacity = |name: &str| points(name, &component[name], |p| Some([p["y"].as_f64()?]));
    let gray = opacity("grayTransferFunction")?;
    let color = points("rgbTransferFunction", &component["rgbTransferFunction"], |p| numbers(&p["color"]))?;
    Ok(VolumeProperty {
        color: if color.is_empty() { gray.into_iter().map(colored).collect() } else { color },
        scalar_opacity: opacity("scalarOpacity")?,
        gradient_opacity: opacity("gradientOpacity")?,
        linear_interpolation: value["interpolationType"].as_str() != Some("nearest"),
        shade: component["shade"].as_bool().unwrap_or(false),
        ambient: light("ambient", 0.1),
        diffuse: light("diffuse", 0.7),
        specular: light("specular", 0.2),
        specular_power: light("specularPower", 10.0),
        effective_range: range.unwrap_or(VolumeProperty::default().effective_range),
    })
}

fn numbers<const N: usize>(value: &Value) -> Option<[f64; N]> {
    value.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<_>>>()?.try_into().ok()
}

fn colored(OpacityPoint { x, y: [v], midpoint, sharpness }: OpacityPoint) -> ColorPoint {
    TransferPoint { x, y: [v; 3], midpoint, sharpness }
}

/// The points of a function, by rising number; `becomes` reads what a point's number becomes.
fn points<const N: usize>(
    name: &str,
    function: &Value,
    becomes: impl Fn(&Value) -> Option<[f64; N]>,
) -> Result<Vec<TransferPoint<N>>, Error> {
    let Some(items) = function["points"].as_array() else { return Ok(Vec::new()) };
    let point = |item: &Value| {
        let usual = TransferPoint::new(item["x"].as_f64()?, becomes(item)?);
        Some(TransferPoint {
            midpoint: item["midpoint"].as_f64().unwrap_or(usual.midpoint),
            sharpness: item["sharpness"].as_f64().unwrap_or(usual.sharpness),
            ..usual
        })
    };
    let read = |(n, item): (usize, &Value)| {
        let field = || format!("{name}.points[{n}]");
        point(item).ok_or_else(|| Error::field(NAME, field(), &item.to_string(), "it has its numbers"))
    };
    Ok(sorted(items.iter().enumerate().map(read).collect::<Result<_, Error>>()?))
}

fn write(data: &VolumePropertyData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let whole: Option<Value> = data.metadata.get(WHOLE).and_then(|text| serde_json::from_str(text).ok());
    let still = whole.filter(|whole| property_of(whole).is_ok_and(|property| property == data.property));
    let property = still.map_or_else(|| value_of(&data.property), Ok)?;
    crate::json::write(&json!({ "@schema": SCHEMA, "volumeProperties": [property] }), name, sink)
}

fn is_finite<const N: usize>(point: &TransferPoint<N>) -> bool {
    point.numbers().chain([point.midpoint, point.sharpness]).all(f64::is_finite)
}

fn value_of(p: &VolumeProperty) -> Result<Value, Error> {
    let numbers = [p.ambient, p.diffuse, p.specular, p.specular_power];
    let finite = numbers.iter().chain(&p.effective_range).all(|v| v.is_finite())
        && p.scalar_opacity.iter().chain(&p.gradient_opacity).all(is_finite)
        && p.color.iter().all(is_finite);
    if !finite {
        return Err(Error::CannotHold { format: NAME, what: "functions that are not finite".to_owned() });
    }
    let opacity = |points: &[OpacityPoint]| {
        let points = points.iter().map(|TransferPoint { x, y: [y], midpoint, sharpness }| {
            json!({ "x": x, "y": y, "midpoint": midpoint, "sharpness": sharpness })
        });
        json!({ "type": "piecewiseLinearFunction", "points": points.collect::<Vec<_>>() })
    };
    let color = p.color.iter().map(|TransferPoint { x, y, midpoint, sharpness }| {
        json!({ "x": x, "color": y, "midpoint": midpoint, "sharpness": sharpness })
    });
    Ok(json!({
        "effectiveRange": p.effective_range,
        "isoSurfaceValues": [],
        "independentComponents": true,
        "interpolationType": if p.linear_interpolation { "linear" } else { "nearest" },
        "useClippedVoxelIntensity": false,
        "clippedVoxelIntensity": 0.0,
        "scatteringAnisotropy": 0.0,
        "components": [{
            "componentWeight": 1.0,
            "shade": p.shade,
            "lighting": {
                "diffuse": p.diffuse,
                "ambient": p.ambient,
                "specular": p.specular,
                "specularPower": p.specular_power,
            },
            "disableGradientOpacity": false,
            "scalarOpacityUnitDistance": 1.0,
            "rgbTransferFunction": { "type": "colorTransferFunction", "points": color.collect::<Vec<_>>() },
            "scalarOpacity": opacity(&p.scalar_opacity),
            "gradientOpacity": opacity(&p.gradient_opacity),
        }],
    }))
}
