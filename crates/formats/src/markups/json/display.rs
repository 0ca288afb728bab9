//! How a markup is shown.

use serde_json::{Map, Value, json};

use super::members::Members;
use crate::data::Metadata;
use crate::error::Error;

pub(super) const MEMBER: &str = "display";

/// What a property's value is.
#[derive(Clone, Copy)]
enum Form {
    Flag,
    Number,
    /// A number from 0 to 1.
    Share,
    Color,
    Name,
}

/// The properties that 3D Slicer writes, in its order.
const PROPERTIES: [(&str, Form); 27] = [
    ("visibility", Form::Flag),
    ("opacity", Form::Share),
    ("color", Form::Color),
    ("selectedColor", Form::Color),
    ("activeColor", Form::Color),
    ("propertiesLabelVisibility", Form::Flag),
    ("pointLabelsVisibility", Form::Flag),
    ("textScale", Form::Number),
    ("glyphType", Form::Name),
    ("glyphScale", Form::Number),
    ("glyphSize", Form::Number),
    ("useGlyphScale", Form::Flag),
    ("sliceProjection", Form::Flag),
    ("sliceProjectionUseFiducialColor", Form::Flag),
    ("sliceProjectionOutlinedBehindSlicePlane", Form::Flag),
    ("sliceProjectionColor", Form::Color),
    ("sliceProjectionOpacity", Form::Share),
    ("lineThickness", Form::Number),
    ("lineColorFadingStart", Form::Number),
    ("lineColorFadingEnd", Form::Number),
    ("lineColorFadingSaturation", Form::Number),
    ("lineColorFadingHueOffset", Form::Number),
    ("handlesInteractive", Form::Flag),
    ("translationHandleVisibility", Form::Flag),
    ("rotationHandleVisibility", Form::Flag),
    ("scaleHandleVisibility", Form::Flag),
    ("interactionHandleScale", Form::Number),
];

/// Read and written last.
const SNAP_MODE: (&str, Form) = ("snapMode", Form::Name);

fn properties() -> impl Iterator<Item = (&'static str, Form)> {
    PROPERTIES.into_iter().chain([SNAP_MODE])
}

/// The known properties in the text form that scenes have, and what else is said.
type Shown = (Metadata, Map<String, Value>);

/// What a markup says of how it is shown; `None` if nothing.
pub(super) fn read(members: &mut Members<'_>) -> Result<Option<Shown>, Error> {
    let Some(value) = members.take(MEMBER) else { return Ok(None) };
    let mut shown = Members::new(value, format!("{}{MEMBER}.", members.place()))?;
    let mut known = Metadata::default();
    for (name, form) in properties() {
        let text = match form {
            Form::Flag => shown.flag(name).map(|flag| flag.to_string()),
            Form::Number | Form::Share => shown.number(name).map(|number| number.to_string()),
            Form::Name => shown.text(name),
            Form::Color => shown.numbers(name)?.map(|[r, g, b]: [f64; 3]| format!("{r} {g} {b}")),
        };
        if let Some(text) = text {
            known.set(name, text);
        }
    }
    let (rest, warnings) = shown.rest();
    members.warn_all(warnings);
    Ok(Some((known, rest)))
}

/// The properties that files hold, from their text form, and what else was said.
pub(super) fn write(display: &Metadata, unknown: Map<String, Value>) -> Value {
    let mut members = Map::new();
    for (name, form) in properties() {
        let Some(text) = display.get(name) else { continue };
        let number = |text: &str| text.parse().ok().filter(|v: &f64| v.is_finite());
        let value = match form {
            Form::Flag => text.parse::<bool>().ok().map(|flag| json!(flag)),
            Form::Number => number(text).map(|number| json!(number)),
            Form::Share => number(text).map(|number| json!(number.clamp(0.0, 1.0))),
            Form::Name => Some(json!(text)),
            Form::Color => {
                let channels =
                    text.split_whitespace().map(|word| number(word).map(|v| json!(v.clamp(0.0, 1.0))));
                channels.collect::<Option<Vec<_>>>().filter(|all| all.len() == 3).map(|all| json!(all))
            }
        };
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    }
    for (key, value) in unknown {
        members.entry(key).or_insert(value);
    }
    Value::Object(members)
}
