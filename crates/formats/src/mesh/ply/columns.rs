//! The values of an element's properties, a column each. `f64` holds every number that PLY has.

use microtome_image::{Array, Endian, ScalarType};

use super::NAME;
use super::header::{Element, Encoding, Property};
use crate::error::Error;
use crate::text::{Words, number};

/// The values of one property for all elements.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) scalar_type: ScalarType,
    pub(super) values: Vec<f64>,
    /// For a list: the position in `values` behind each element's last.
    pub(super) ends: Option<Vec<usize>>,
}

impl Column {
    fn new(property: &Property, count: usize, bytes: usize) -> Self {
        // Most lists are triangles.
        let values = if property.list.is_some() { count.saturating_mul(3).min(bytes) } else { count };
        Self {
            name: property.name.clone(),
            scalar_type: property.scalar_type,
            values: Vec::with_capacity(values),
            ends: property.list.map(|_| Vec::with_capacity(count)),
        }
    }

    /// Values per element, if all have the same number of them and at least one.
    pub(super) fn components(&self) -> Option<usize> {
        let Some(ends) = &self.ends else { return Some(1) };
        let first = *ends.first()?;
        (first > 0 && ends.iter().enumerate().all(|(n, &end)| end == (n + 1).saturating_mul(first)))
            .then_some(first)
    }

    /// The values in the type that the file has.
    pub(super) fn array(&self) -> Array {
        Array::from(self.values.clone()).cast(self.scalar_type)
    }
}

/// Reads all values of `element`, which begin at `at`; says where they end.
pub(super) fn read(
    element: &Element,
    encoding: Encoding,
    bytes: &[u8],
    at: usize,
) -> Result<(Vec<Column>, usize), Error> {
    let rest = bytes.get(at..).unwrap_or_default();
    if element.properties.is_empty() {
        return Ok((Vec::new(), at));
    }
    // The least that one element takes: what the file claims must fit into what it has.
    let least: usize = match encoding {
        Encoding::Text => element.properties.len() * 2,
        Encoding::Binary(_) => {
            element.properties.iter().map(|p| p.list.unwrap_or(p.scalar_type).size()).sum()
        }
    };
    let needed = u128::from(element.count) * least as u128;
    if needed > rest.len() as u128 + 1 {
        let (expected, found) = (needed.min(u128::from(u64::MAX)) as u64, rest.len() as u64);
        return Err(Error::Truncated { format: NAME, what: "the list of elements", expected, found });
    }
    let count = element.count as usize;
    let mut columns: Vec<Column> =
        element.properties.iter().map(|p| Column::new(p, count, rest.len())).collect();
    match encoding {
        Encoding::Text => {
            let mut words = Words::new(bytes, at);
            for _ in 0..count {
                for (property, column) in element.properties.iter().zip(&mut columns) {
                    let repeats = match property.list {
                        Some(_) => length(next_number(&mut words, property)?, property)?,
                        None => 1,
                    };
                    for _ in 0..repeats {
                        column.values.push(next_number(&mut words, property)?);
                    }
                    if let Some(ends) = &mut column.ends {
                        ends.push(column.values.len());
                    }
                }
            }
            Ok((columns, words.at()))
        }
        Encoding::Binary(endian) if element.properties.iter().all(|p| p.list.is_none()) => {
            let mut offset = 0;
            for (property, column) in element.properties.iter().zip(&mut columns) {
                let size = property.scalar_type.size();
                let rows = rest.chunks_exact(least).take(count);
                extend(
                    &mut column.values,
                    rows.map(|row| &row[offset..offset + size]),
                    property.scalar_type,
                    endian,
                );
                offset += size;
            }
            Ok((columns, at + count * least))
        }
        Encoding::Binary(endian) => {
            let mut rest = rest;
            for _ in 0..count {
                for (property, column) in element.properties.iter().zip(&mut columns) {
                    let repeats = match property.list {
                        Some(count_type) => {
                            let bytes = take(&mut rest, count_type.size())?;
                            length(decode(bytes, count_type, endian), property)?
                        }
                        None => 1,
                    };
                    let size = property.scalar_type.size();
                    let values = take(&mut rest, repeats.saturating_mul(size))?;
                    extend(&mut column.values, values.chunks_exact(size), property.scalar_type, endian);
                    if let Some(ends) = &mut column.ends {
                        ends.push(column.values.len());
                    }
                }
            }
            Ok((columns, bytes.len() - rest.len()))
        }
    }
}

fn next_number(words: &mut Words<'_>, property: &Property) -> Result<f64, Error> {
    let word = words.next().ok_or(Error::Truncated {
        format: NAME,
        what: "the list of elements",
        expected: 1,
        found: 0,
    })?;
    number(word).ok_or_else(|| {
        Error::field(NAME, &property.name, &String::from_utf8_lossy(word), "a number is needed")
    })
}

fn length(value: f64, property: &Property) -> Result<usize, Error> {
    let whole = value >= 0.0 && value <= f64::from(u32::MAX) && value.fract() == 0.0;
    let bad = || Error::field(NAME, &property.name, &value.to_string(), "it is no length of a list");
    if whole { Ok(value as usize) } else { Err(bad()) }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Error> {
    let (taken, after) = rest.split_at_checked(count).ok_or(Error::Truncated {
        format: NAME,
        what: "a list",
        expected: count as u64,
        found: rest.len() as u64,
    })?;
    *rest = after;
    Ok(taken)
}

/// Decodes numbers of one type, each given by its bytes.
fn extend<'a>(
    values: &mut Vec<f64>,
    numbers: impl Iterator<Item = &'a [u8]>,
    scalar_type: ScalarType,
    endian: Endian,
) {
    // One loop per frequent type keeps the choice out of it.
    match (scalar_type, endian) {
        (ScalarType::UInt8, _) => values.extend(numbers.map(|b| f64::from(b[0]))),
        (ScalarType::Float32, Endian::Little) => {
            values.extend(numbers.map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))));
        }
        (ScalarType::Int32, Endian::Little) => {
            values.extend(numbers.map(|b| f64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))));
        }
        _ => values.extend(numbers.map(|b| decode(b, scalar_type, endian))),
    }
}

/// One number; `bytes` has the type's size.
fn decode(bytes: &[u8], scalar_type: ScalarType, endian: Endian) -> f64 {
    let mut raw = [0; 8];
    let size = scalar_type.size().min(bytes.len());
    raw[..size].copy_from_slice(&bytes[..size]);
    if endian == Endian::Big {
        raw[..size].reverse();
    }
    let [a, b, c, d, ..] = raw;
    match scalar_type {
        ScalarType::Int8 => f64::from(i8::from_le_bytes([a])),
        ScalarType::UInt8 => f64::from(a),
        ScalarType::Int16 => f64::from(i16::from_le_bytes([a, b])),
        ScalarType::UInt16 => f64::from(u16::from_le_bytes([a, b])),
        ScalarType::Int32 => f64::from(i32::from_le_bytes([a, b, c, d])),
        ScalarType::UInt32 => f64::from(u32::from_le_bytes([a, b, c, d])),
        ScalarType::Float32 => f64::from(f32::from_le_bytes([a, b, c, d])),
        ScalarType::Int64 => i64::from_le_bytes(raw) as f64,
        ScalarType::UInt64 => u64::from_le_bytes(raw) as f64,
        ScalarType::Float64 => f64::from_le_bytes(raw),
    }
}
