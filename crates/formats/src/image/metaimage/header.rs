//! The lines of a MetaImage header.

use crate::error::Error;

use super::NAME;

/// The longest header that is looked for: far beyond any real one.
const LONGEST: usize = 64 << 20;

/// The fields that the image itself holds, or that say how the data is stored.
const OF_IMAGE: [&str; 20] = [
    "ObjectType",
    "NDims",
    "DimSize",
    "BinaryData",
    "BinaryDataByteOrderMSB",
    "ElementByteOrderMSB",
    "CompressedData",
    "CompressedDataSize",
    "TransformMatrix",
    "Orientation",
    "Rotation",
    "Offset",
    "Position",
    "Origin",
    "CenterOfRotation",
    "ElementSpacing",
    "HeaderSize",
    "ElementType",
    "ElementNumberOfChannels",
    "ElementDataFile",
];

/// The format's other fields.
const OF_FORMAT: [&str; 20] = [
    "Comment",
    "ObjectSubType",
    "TransformType",
    "Name",
    "ID",
    "ParentID",
    "Color",
    "AcquisitionDate",
    "AnatomicalOrientation",
    "DistanceUnits",
    "Modality",
    "SequenceID",
    "ImagePosition",
    "ElementSize",
    "ElementNBits",
    "ElementMin",
    "ElementMax",
    "ElementToIntensityFunctionSlope",
    "ElementToIntensityFunctionOffset",
    "CompressionLevel",
];

/// Where a field's value goes.
pub(super) enum Place {
    /// Into the image.
    Image,
    /// Into the metadata as a field of the format, of this name.
    Format(&'static str),
    /// Into the metadata as a pair of its own.
    Free,
}

/// Where the value of the field `name` goes.
pub(super) fn place(name: &str) -> Place {
    let named = |fields: &[&'static str]| fields.iter().copied().find(|f| f.eq_ignore_ascii_case(name));
    match (named(&OF_IMAGE), named(&OF_FORMAT)) {
        (Some(_), _) => Place::Image,
        (None, Some(field)) => Place::Format(field),
        (None, None) => Place::Free,
    }
}

/// A header as its lines say it.
#[derive(Debug, Default)]
pub(super) struct Header {
    fields: Vec<(String, String)>,
    /// The names after `ElementDataFile = LIST`.
    pub(super) listed: Vec<String>,
    /// Where the header ends: after the line of `ElementDataFile`.
    pub(super) end: usize,
}

impl Header {
    /// Reads the header at the start of `bytes`, up to `ElementDataFile` or the first line that is no field.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut header = Self::default();
        let bytes = &bytes[..bytes.len().min(LONGEST)];
        let mut rest = bytes;
        let mut listing = false;
        while !rest.is_empty() {
            let end = rest.iter().position(|&b| b == b'\n');
            let (line, after) = match end {
                Some(end) => (&rest[..end], &rest[end + 1..]),
                None => (rest, &[][..]),
            };
            rest = after;
            let line = text(line);
            let line = line.trim();
            if listing {
                if !line.is_empty() {
                    header.listed.push(line.to_owned());
                }
                continue;
            }
            if line.is_empty() {
                continue;
            }
            let Some((name, value)) = line.split_once(['=', ':']) else { break };
            let (name, value) = (name.trim(), value.trim());
            let last = name.eq_ignore_ascii_case("ElementDataFile");
            header.fields.push((name.to_owned(), value.to_owned()));
            if last {
                header.end = bytes.len() - rest.len();
                listing =
                    value.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("LIST"));
                if !listing {
                    break;
                }
            }
        }
        header
    }

    /// The fields in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a field; upper and lower case do not matter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of a field that must be there.
    pub(super) fn require(&self, name: &str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| Error::Missing { format: NAME, field: name.to_owned() })
    }

    /// A whole number.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Error> {
        self.get(name)
            .map(|v| v.parse().map_err(|_| Error::field(NAME, name, v, "it should be a whole number")))
            .transpose()
    }

    /// `True` or `False`, as MetaIO understands them: by the first letter.
    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        self.get(name).map(|value| value.starts_with(['T', 't', '1', 'Y', 'y']))
    }

    /// The first of several fields of one meaning, and its `count` numbers. A field may hold more than that.
    pub(super) fn numbers<'a>(
        &self,
        names: &[&'a str],
        count: usize,
    ) -> Result<Option<(&'a str, Vec<f64>)>, Error> {
        let Some((name, value)) = names.iter().find_map(|&name| Some((name, self.get(name)?))) else {
            return Ok(None);
        };
        let numbers: Result<Vec<f64>, _> = value.split_whitespace().take(count).map(str::parse).collect();
        match numbers {
            Ok(numbers) if numbers.len() == count => Ok(Some((name, numbers))),
            _ => Err(Error::field(NAME, name, value, format!("it should be {count} numbers"))),
        }
    }
}

/// A line as text: UTF-8, or Latin-1 where it is not.
fn text(line: &[u8]) -> String {
    match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => line.iter().map(|&b| char::from(b)).collect(),
    }
}
