//! Field data as metadata and back.
//!
//! An array of one text is a free key and value. Any other array stands under `vtk/field/<name>`: the type's name, the
//! number of components and the values, with blanks between (`float64 3 1 0.5 0`); or `text` and the texts, a line
//! each, in which `%`, line feed and carriage return are written `%25`, `%0A` and `%0D`.

use std::str::FromStr;

use microtome_image::{Array, Scalar, ScalarType, with_scalar_type, with_values};

use super::dataset::{Field, Values};
use crate::data::Metadata;
use crate::mesh::space;
use crate::table_of_formats::is_format_field;

const PREFIX: &str = "vtk/field/";

/// Notes the field data, the tag of the space left out.
pub(super) fn into_metadata(fields: Vec<Field>, metadata: &mut Metadata) {
    for field in fields {
        if field.name == space::KEY {
            continue;
        }
        match field.values {
            Values::Text(mut texts) if texts.len() == 1 && is_free(&field.name) => {
                metadata.set(field.name, texts.pop().unwrap_or_default());
            }
            _ => {
                let (key, text) = packed(&field);
                metadata.set(key, text);
            }
        }
    }
}

/// A field as a key under `vtk/field/` and its text.
pub(crate) fn packed(field: &Field) -> (String, String) {
    let text = match &field.values {
        Values::Text(texts) => {
            let lines: Vec<String> = texts.iter().map(|t| escaped(t)).collect();
            format!("text\n{}", lines.join("\n"))
        }
        Values::Numbers(values) => {
            let mut text = format!("{} {}", values.scalar_type(), field.components);
            with_values!(values, values => values.iter().for_each(|v| text.push_str(&format!(" {v}"))));
            text
        }
    };
    (format!("{PREFIX}{}", field.name), text)
}

/// The field that a key under `vtk/field/` and its text stand for; `None` for other keys and texts.
pub(crate) fn unpacked(key: &str, text: &str) -> Option<Field> {
    let name = key.strip_prefix(PREFIX)?;
    let (components, values) = parsed(text)?;
    Some(Field { name: name.to_owned(), components, values })
}

/// The field data that the metadata stands for; other formats' header fields are left out.
pub(crate) fn from_metadata(metadata: &Metadata) -> Vec<Field> {
    let field = |(key, value): (&str, &str)| {
        if key.starts_with(PREFIX) {
            unpacked(key, value)
        } else {
            is_free(key).then(|| Field::text(key, value))
        }
    };
    metadata.iter().filter_map(field).collect()
}

/// Whether this is a key of its own rather than the header field of some format.
fn is_free(key: &str) -> bool {
    !key.is_empty() && key != space::KEY && !is_format_field(key)
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0D")
}

fn parsed(text: &str) -> Option<(usize, Values)> {
    if let Some(lines) = text.strip_prefix("text\n") {
        let unescaped = |line: &str| line.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
        return Some((1, Values::Text(lines.split('\n').map(unescaped).collect())));
    }
    let (scalar_type, rest) = text.split_once(' ')?;
    let (components, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let components: usize = components.parse().ok()?;
    fn values<T: Scalar + FromStr>(text: &str) -> Option<Vec<T>> {
        text.split_ascii_whitespace().map(|w| w.parse().ok()).collect()
    }
    let values = with_scalar_type!(ScalarType::from_name(scalar_type)?, T => Array::from(values::<T>(rest)?));
    (components > 0 && values.len().is_multiple_of(components))
        .then_some((components, Values::Numbers(values)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_from_metadata() {
        let field = |name: &str, components, values| Field { name: name.to_owned(), components, values };
        let text = |texts: &[&str]| Values::Text(texts.iter().map(|&t| t.to_owned()).collect());
        let fields = vec![
            field("Segment_ID", 1, text(&["liver"])),
            field("stl/b", 1, text(&["x"])),
            field("many", 1, text(&["100%0A\nx", "", "y"])),
            field("color", 3, Values::Numbers(Array::from(vec![1.0, 0.1, f64::INFINITY]))),
            field("none", 2, Values::Numbers(Array::from(Vec::<i16>::new()))),
        ];
        let mut metadata = Metadata::default();
        into_metadata(fields.clone(), &mut metadata);
        assert_eq!(metadata.get("Segment_ID"), Some("liver"));
        assert_eq!(metadata.get("vtk/field/color"), Some("float64 3 1 0.1 inf"));
        assert_eq!(from_metadata(&metadata), fields);
    }
}
