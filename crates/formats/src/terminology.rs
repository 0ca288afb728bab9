//! Terminologies: 3D Slicer's and dcmqi's lists of coded concepts in JSON, `.term.json`. Read only.
//!
//! There are two kinds: categories and types of segments, and anatomic regions, each with modifiers.

use microtome_records::{CodedConcept, Terminology, TerminologyContext};
use serde_json::Value;

use crate::data::{Data, Loaded};
use crate::error::Error;
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match};

const NAME: &str = "term.json";
const SEGMENTS: &str = "SegmentationCategoryTypeContextName";
const REGIONS: &str = "AnatomicContextName";

/// Terminologies.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".term.json", ".json"], sniff, read, writers: &[] };

fn sniff(name: &str, head: &[u8]) -> Match {
    let says = |word: &str| crate::json::begins_with(head, &[word]);
    if says(SEGMENTS) || says(REGIONS) || says("segment-context-schema") || says("anatomic-context-schema") {
        Match::Content
    } else if FORMAT.extension_of(name) == Some(".term.json") {
        Match::Name
    } else {
        Match::No
    }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let document = Value::Object(crate::json::object(NAME, &source.bytes()?)?);
    let name = |key: &str| document[key].as_str().unwrap_or_default().to_owned();
    let terminology = if let Some(categories) = document["SegmentationCodes"]["Category"].as_array() {
        let context =
            TerminologyContext::SegmentTypes(concepts("Category", categories, &["Type", "Modifier"])?);
        Terminology { name: name(SEGMENTS), context }
    } else if let Some(regions) = document["AnatomicCodes"]["AnatomicRegion"].as_array() {
        let context =
            TerminologyContext::AnatomicRegions(concepts("AnatomicRegion", regions, &["Modifier"])?);
        Terminology { name: name(REGIONS), context }
    } else {
        let field = "SegmentationCodes.Category or AnatomicCodes.AnatomicRegion".to_owned();
        return Err(Error::Missing { format: NAME, field });
    };
    Ok(Data::Terminology(terminology).into())
}

/// The concepts of a list, `below` naming the members with those below them, level by level.
fn concepts(place: &str, items: &[Value], below: &[&str]) -> Result<Vec<CodedConcept>, Error> {
    let read = |(n, item): (usize, &Value)| {
        let place = format!("{place}[{n}]");
        let code = |key: &str| {
            let missing = || Error::Missing { format: NAME, field: format!("{place}.{key}") };
            text(&item[key]).ok_or_else(missing)
        };
        let children = match below {
            [] => Vec::new(),
            [member, below @ ..] => {
                let items = item[*member].as_array().map_or(&[][..], Vec::as_slice);
                concepts(&format!("{place}.{member}"), items, below)?
            }
        };
        Ok(CodedConcept {
            scheme: code("CodingSchemeDesignator")?,
            value: code("CodeValue")?,
            meaning: code("CodeMeaning")?,
            color: color(&item["recommendedDisplayRGBValue"]),
            shows_anatomy: text(&item["showAnatomy"]).is_some_and(|text| text.eq_ignore_ascii_case("true")),
            slicer_label: text(&item["3dSlicerLabel"]),
            children,
        })
    };
    items.iter().enumerate().map(read).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Three channels from 0 to 255, as numbers or as texts.
fn color(value: &Value) -> Option<[u8; 3]> {
    let channel = |value: &Value| {
        let number: f64 = text(value)?.trim().parse().ok()?;
        number.is_finite().then_some(number.round().clamp(0.0, 255.0) as u8)
    };
    value.as_array()?.iter().map(channel).collect::<Option<Vec<_>>>()?.try_into().ok()
}
