//! The values of `DataArray` and `Array` elements: text, base64 or appended, compressed or not.

use microtome_deflate::zlib;
use microtome_image::{Array, Bytes, Endian, ScalarType};
use rayon::prelude::*;
use roxmltree::Node;

use super::NAME;
use super::base64;
use super::document::Appended;
use crate::error::Error;
use crate::text::{NumbersError, Words, all_numbers};
use crate::vtk::dataset::Values;
use crate::vtk::names::{Stored, unpacked, xml_type};

/// The most that DEFLATE makes of one byte.
const MOST_PER_BYTE: usize = 1032;

/// How a file's arrays are coded.
pub(super) struct Codec<'a> {
    pub(super) endian: Endian,
    /// Bytes of each length and count: 4 or 8.
    word: usize,
    compressed: bool,
    appended: Option<&'a Appended>,
    max_bytes: u64,
}

/// The coded bytes of an array, from its beginning.
enum Stream<'a> {
    Raw(Bytes),
    Base64(&'a [u8]),
}

impl Stream<'_> {
    /// The first `count` bytes.
    fn prefix(&self, count: usize) -> Result<Bytes, Error> {
        let (bytes, found) = match self {
            Self::Raw(bytes) => (bytes.slice(0..count), bytes.len()),
            Self::Base64(text) => {
                let bytes = base64::decoded(text, count);
                let found = bytes.len();
                ((found == count).then(|| Bytes::from(bytes)), found)
            }
        };
        let (expected, found) = (count as u64, found as u64);
        bytes.ok_or(Error::Truncated { format: NAME, what: "an array", expected, found })
    }
}

impl<'a> Codec<'a> {
    pub(super) fn new(
        root: Node<'_, '_>,
        appended: Option<&'a Appended>,
        max_bytes: u64,
    ) -> Result<Self, Error> {
        let endian = match root.attribute("byte_order") {
            Some("LittleEndian") | None => Endian::Little,
            Some("BigEndian") => Endian::Big,
            Some(other) => return Err(Error::field(NAME, "byte_order", other, "it is not known")),
        };
        let word = match root.attribute("header_type") {
            Some("UInt32") | None => 4,
            Some("UInt64") => 8,
            Some(other) => {
                return Err(Error::field(NAME, "header_type", other, "it is neither UInt32 nor UInt64"));
            }
        };
        let compressed = match root.attribute("compressor") {
            None | Some("") => false,
            Some("vtkZLibDataCompressor") => true,
            Some(other) => {
                return Err(Error::Unsupported { format: NAME, what: format!("the compressor {other}") });
            }
        };
        Ok(Self { endian, word, compressed, appended, max_bytes })
    }

    /// The values of an array element, which must be `count` if that is given.
    pub(super) fn values(&self, node: Node<'_, '_>, count: Option<usize>) -> Result<Values, Error> {
        let name = node.attribute("Name").unwrap_or_default();
        let type_name = node.attribute("type").unwrap_or_default();
        let stored = xml_type(type_name)
            .ok_or_else(|| Error::field(NAME, format!("type of {name}"), type_name, "it is not known"))?;
        let values = match node.attribute("format").unwrap_or("ascii") {
            "ascii" => from_text(node, stored)?,
            "binary" => {
                let text = node.text().unwrap_or_default();
                self.decoded(self.content(&Stream::Base64(text.as_bytes()))?, stored, count)?
            }
            "appended" => self.decoded(self.appended(node)?, stored, count)?,
            other => return Err(Error::field(NAME, format!("format of {name}"), other, "it is not known")),
        };
        match count {
            Some(count) if count != values.len() => {
                let why = format!("{count} values are needed");
                Err(Error::field(NAME, format!("array {name}"), &values.len().to_string(), why))
            }
            _ => Ok(values),
        }
    }

    fn appended(&self, node: Node<'_, '_>) -> Result<Bytes, Error> {
        let appended =
            self.appended.ok_or_else(|| Error::Missing { format: NAME, field: "AppendedData".to_owned() })?;
        let offset = node.attribute("offset").unwrap_or_default();
        let bad =
            || Error::field(NAME, "offset", offset, format!("0 to {} is possible", appended.data.len()));
        let start: usize = offset.trim().parse().map_err(|_| bad())?;
        let rest = appended.data.slice(start..appended.data.len()).ok_or_else(bad)?;
        if appended.base64 { self.content(&Stream::Base64(&rest)) } else { self.content(&Stream::Raw(rest)) }
    }

    /// The bytes behind their header, inflated if they are compressed.
    fn content(&self, stream: &Stream<'_>) -> Result<Bytes, Error> {
        let too_large = |claimed: u128| Error::TooLarge {
            format: NAME,
            what: "array",
            claimed,
            limit: u128::from(self.max_bytes).min(usize::MAX as u128),
        };
        if !self.compressed {
            let length = self.words(stream, 1)?[0];
            let end = usize::try_from(length).ok().and_then(|n| n.checked_add(self.word));
            let bytes = stream.prefix(end.ok_or_else(|| too_large(u128::from(length)))?)?;
            return Ok(bytes.slice(self.word..bytes.len()).unwrap_or(bytes));
        }
        let Ok([blocks, size, last]) = <[u64; 3]>::try_from(self.words(stream, 3)?) else {
            return Ok(Bytes::from(Vec::new()));
        };
        if blocks == 0 {
            return Ok(Bytes::from(Vec::new()));
        }
        let last = if last == 0 { size } else { last };
        let total = u128::from(blocks - 1) * u128::from(size) + u128::from(last);
        if last > size || size == 0 {
            return Err(Error::field(
                NAME,
                "size of the last block",
                &last.to_string(),
                format!("blocks have {size}"),
            ));
        }
        if total > u128::from(self.max_bytes) {
            return Err(too_large(total));
        }
        let blocks = usize::try_from(blocks).map_err(|_| too_large(total))?;
        let header = self.words(stream, blocks.checked_add(3).ok_or_else(|| too_large(total))?)?;
        let coded = header[3..].iter().try_fold(0_usize, |sum, &n| sum.checked_add(usize::try_from(n).ok()?));
        let start = header.len() * self.word;
        let end = coded.and_then(|n| n.checked_add(start)).ok_or_else(|| too_large(total))?;
        let bytes = stream.prefix(end)?;
        let limit = (end - start) as u128 * MOST_PER_BYTE as u128;
        if total > limit {
            return Err(Error::TooLarge { format: NAME, what: "array", claimed: total, limit });
        }
        let mut rest = &bytes[start..];
        let mut parts = Vec::with_capacity(blocks);
        for &length in &header[3..] {
            let (part, after) = rest.split_at(length as usize);
            parts.push(part);
            rest = after;
        }
        let mut out = vec![0; total as usize];
        out.par_chunks_mut(size as usize).zip(parts).try_for_each(|(out, part)| {
            let expected = out.len();
            match zlib::decompress_into(part, out) {
                Ok(filled) if filled.len == expected && !filled.more => Ok(()),
                Ok(_) => Err("a block has another length than the header says".to_owned()),
                Err(error) => Err(error.to_string()),
            }
            .map_err(|why| Error::Compression { format: NAME, why })
        })?;
        Ok(Bytes::from(out))
    }

    /// The first `count` lengths of an array's header.
    fn words(&self, stream: &Stream<'_>, count: usize) -> Result<Vec<u64>, Error> {
        let bytes = stream.prefix(count.saturating_mul(self.word))?;
        let word = |chunk: &[u8]| {
            let fold = |value: u64, &b: &u8| value << 8 | u64::from(b);
            match self.endian {
                Endian::Big => chunk.iter().fold(0, fold),
                Endian::Little => chunk.iter().rev().fold(0, fold),
            }
        };
        Ok(bytes.chunks_exact(self.word).map(word).collect())
    }

    fn decoded(&self, bytes: Bytes, stored: Stored, count: Option<usize>) -> Result<Values, Error> {
        let scalar_type = match stored {
            Stored::Text => return Ok(texts(&bytes)),
            Stored::Bits => {
                let count = count.unwrap_or(bytes.len().saturating_mul(8));
                let (expected, found) = (count.div_ceil(8) as u64, bytes.len() as u64);
                let bits = unpacked(&bytes, count);
                let bits =
                    bits.ok_or(Error::Truncated { format: NAME, what: "an array of bits", expected, found })?;
                return Ok(Values::Numbers(Array::from(bits)));
            }
            Stored::Index => ScalarType::Int64,
            Stored::Numbers(scalar_type) => scalar_type,
        };
        let count = bytes.len() / scalar_type.size();
        Ok(Values::Numbers(Array::from_bytes(bytes, scalar_type, count, self.endian)?))
    }
}

/// Values written as text; texts are written as the codes of their bytes.
fn from_text(node: Node<'_, '_>, stored: Stored) -> Result<Values, Error> {
    let scalar_type = match stored {
        // Bytes of more than seven bits are negative in files that VTK writes on most machines.
        Stored::Text => ScalarType::Int16,
        Stored::Bits => ScalarType::UInt8,
        Stored::Index => ScalarType::Int64,
        Stored::Numbers(scalar_type) => scalar_type,
    };
    let mut words = Words::new(node.text().unwrap_or_default().as_bytes(), 0);
    let values = all_numbers(&mut words, scalar_type).map_err(|error| match error {
        NumbersError::Bad(word) => {
            let field = format!("array {}", node.attribute("Name").unwrap_or_default());
            Error::field(NAME, field, &word, format!("a number of type {scalar_type} is needed"))
        }
        NumbersError::Few(_) => Error::Missing { format: NAME, field: "values".to_owned() },
    })?;
    match (stored, values) {
        (Stored::Text, Array::Int16(codes)) => {
            let bytes: Vec<u8> = codes.iter().map(|code| code.to_le_bytes()[0]).collect();
            Ok(texts(&bytes))
        }
        (_, values) => Ok(Values::Numbers(values)),
    }
}

/// Texts that each end with a zero byte.
fn texts(bytes: &[u8]) -> Values {
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let mut texts: Vec<String> = bytes.split(|&b| b == 0).map(text).collect();
    if texts.last().is_some_and(String::is_empty) {
        texts.pop();
    }
    Values::Text(texts)
}
