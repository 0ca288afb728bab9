//! The header: which elements with which properties follow.

use microtome_image::{Endian, ScalarType};

use super::NAME;
use crate::error::Error;

/// How the values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Binary(Endian),
}

/// A property: a number, or a list of numbers, of each element.
pub(super) struct Property {
    pub(super) name: String,
    pub(super) scalar_type: ScalarType,
    /// The type of a list's length, if it is a list.
    pub(super) list: Option<ScalarType>,
}

/// A kind of element and how many follow.
pub(super) struct Element {
    pub(super) name: String,
    pub(super) count: u64,
    pub(super) properties: Vec<Property>,
}

/// A whole header.
pub(super) struct Header {
    pub(super) encoding: Encoding,
    pub(super) comments: Vec<String>,
    pub(super) elements: Vec<Element>,
    /// Where the values begin.
    pub(super) end: usize,
}

impl Header {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut encoding = None;
        let mut comments = Vec::new();
        let mut elements: Vec<Element> = Vec::new();
        let mut at = 0;
        let mut first = true;
        loop {
            // Header lines end with a line feed; a file from old Macintoshes may have carriage returns alone.
            let rest = &bytes[at..];
            let length = rest.iter().position(|&b| b == b'\n' || b == b'\r');
            let length =
                length.ok_or_else(|| Error::Missing { format: NAME, field: "end_header".to_owned() })?;
            let crlf = rest[length] == b'\r' && rest.get(length + 1) == Some(&b'\n');
            at += length + 1 + usize::from(crlf);
            let line = String::from_utf8_lossy(&rest[..length]);
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            if std::mem::take(&mut first) {
                if words != ["ply"] {
                    return Err(Error::NotThisFormat {
                        format: NAME,
                        why: "it does not begin with \"ply\"".into(),
                    });
                }
                continue;
            }
            match *words.as_slice() {
                ["end_header"] => break,
                ["format", kind, ..] => {
                    encoding = Some(match kind {
                        "ascii" => Encoding::Text,
                        "binary_little_endian" => Encoding::Binary(Endian::Little),
                        "binary_big_endian" => Encoding::Binary(Endian::Big),
                        _ => return Err(Error::field(NAME, "format", kind, "it is not one of PLY's three")),
                    });
                }
                ["comment", ..] => comments.push(line.trim()["comment".len()..].trim().to_owned()),
                ["element", name, count] => {
                    let bad = |_| Error::field(NAME, format!("element {name}"), count, "a count is needed");
                    let count = count.parse().map_err(bad)?;
                    elements.push(Element { name: name.to_owned(), count, properties: Vec::new() });
                }
                ["property", "list", count, values, name] => {
                    let property = Property {
                        name: name.to_owned(),
                        scalar_type: scalar_type(values)?,
                        list: Some(scalar_type(count)?),
                    };
                    add(&mut elements, property)?;
                }
                ["property", scalar, name] => {
                    add(
                        &mut elements,
                        Property { name: name.to_owned(), scalar_type: scalar_type(scalar)?, list: None },
                    )?;
                }
                [] | ["obj_info", ..] => {}
                _ => return Err(Error::field(NAME, "header line", &line, "it is not known")),
            }
        }
        let encoding = encoding.ok_or_else(|| Error::Missing { format: NAME, field: "format".to_owned() })?;
        Ok(Self { encoding, comments, elements, end: at })
    }
}

/// The most properties that an element may have.
const MAX_PROPERTIES: usize = 4096;

fn add(elements: &mut [Element], property: Property) -> Result<(), Error> {
    match elements.last_mut() {
        Some(element) if element.properties.len() >= MAX_PROPERTIES => {
            let what = format!("an element with more than {MAX_PROPERTIES} properties");
            return Err(Error::Unsupported { format: NAME, what });
        }
        Some(element) => element.properties.push(property),
        None => return Err(Error::field(NAME, "property", &property.name, "no element stands before it")),
    }
    Ok(())
}

fn scalar_type(name: &str) -> Result<ScalarType, Error> {
    Ok(match name {
        "char" | "int8" => ScalarType::Int8,
        "uchar" | "uint8" => ScalarType::UInt8,
        "short" | "int16" => ScalarType::Int16,
        "ushort" | "uint16" => ScalarType::UInt16,
        "int" | "int32" => ScalarType::Int32,
        "uint" | "uint32" => ScalarType::UInt32,
        "float" | "float32" => ScalarType::Float32,
        "double" | "float64" => ScalarType::Float64,
        _ => return Err(Error::field(NAME, "property type", name, "it is not known")),
    })
}

/// The name by which PLY calls a type; the nearest where it has none.
pub(super) fn type_name(scalar_type: ScalarType) -> &'static str {
    match scalar_type {
        ScalarType::Int8 => "char",
        ScalarType::UInt8 => "uchar",
        ScalarType::Int16 => "short",
        ScalarType::UInt16 => "ushort",
        ScalarType::Int32 => "int",
        ScalarType::UInt32 => "uint",
        ScalarType::Float32 => "float",
        ScalarType::Int64 | ScalarType::UInt64 | ScalarType::Float64 => "double",
    }
}
