//! The voxels of an NRRD file, however they are encoded and wherever they lie.

use std::io::Read;

use bzip2::bufread::MultiBzDecoder;
use microtome_image::{Array, Bytes, Endian, ScalarType};

use crate::error::Error;
use crate::gzip::gunzip;
use crate::image::byte_order::reverse_in_place;
use crate::image::data_files::{DataFiles, Numbered};
use crate::image::text_numbers::{decimal, hexadecimal};
use crate::source::Source;

use super::NAME;
use super::header::Header;

/// How voxels become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Raw,
    Text,
    Hex,
    Gzip,
    Bzip2,
}

/// How to find and decode the voxels in a file.
struct Decoder {
    encoding: Encoding,
    scalar_type: ScalarType,
    endian: Endian,
    line_skip: u64,
    /// From −1 downwards: from the end.
    byte_skip: i64,
}

/// Reads the `claimed` bytes of voxels that `header`, the beginning of `bytes`, speaks of.
pub(super) fn read(
    source: &dyn Source,
    bytes: &Bytes,
    header: &mut Header,
    scalar_type: ScalarType,
    claimed: usize,
) -> Result<Array, Error> {
    let decoder = Decoder::of(header, scalar_type)?;
    let voxels = match header.get("data file") {
        Some(value) => {
            let files = data_files(value, header)?;
            files.read(NAME, "data file", source, claimed, |file, each| decoder.decode(file, each))?
        }
        None => {
            let data = super::after_header(bytes, header).unwrap_or_else(|| Bytes::from(Vec::new()));
            decoder.decode(&data, claimed)?
        }
    };
    // Whatever had to be decoded was brought into native order on the way.
    let endian = if decoder.encoding == Encoding::Raw { decoder.endian } else { Endian::NATIVE };
    Ok(Array::from_bytes(voxels, scalar_type, claimed / scalar_type.size(), endian)?)
}

impl Decoder {
    fn of(header: &Header, scalar_type: ScalarType) -> Result<Self, Error> {
        let name = header.require("encoding")?;
        let encoding = match name.to_ascii_lowercase().as_str() {
            "raw" => Encoding::Raw,
            "ascii" | "text" | "txt" => Encoding::Text,
            "hex" => Encoding::Hex,
            "gzip" | "gz" => Encoding::Gzip,
            "bzip2" | "bz2" => Encoding::Bzip2,
            _ => return Err(Error::field(NAME, "encoding", name, "no encoding of this name is known")),
        };
        let lines = header.integer("line skip")?.unwrap_or(0);
        let line_skip = u64::try_from(lines)
            .map_err(|_| Error::field(NAME, "line skip", &lines.to_string(), "it should be 0 or more"))?;
        let byte_skip = header.integer("byte skip")?.unwrap_or(0);
        if byte_skip < 0 && encoding != Encoding::Raw {
            let why = "only raw data can be found from the end";
            return Err(Error::field(NAME, "byte skip", &byte_skip.to_string(), why));
        }
        let endian = Self::endian(header, encoding, scalar_type)?;
        Ok(Self { encoding, scalar_type, endian, line_skip, byte_skip })
    }

    /// The byte order, which the header must state where it matters.
    fn endian(header: &Header, encoding: Encoding, scalar_type: ScalarType) -> Result<Endian, Error> {
        if scalar_type.size() == 1 || encoding == Encoding::Text {
            return Ok(Endian::NATIVE);
        }
        let value = header.require("endian")?;
        match value.to_ascii_lowercase().as_str() {
            "little" => Ok(Endian::Little),
            "big" => Ok(Endian::Big),
            _ => Err(Error::field(NAME, "endian", value, "it should be \"little\" or \"big\"")),
        }
    }

    /// From the file's byte order to this machine's.
    fn swap(&self, bytes: &mut [u8]) {
        if self.endian != Endian::NATIVE {
            reverse_in_place(bytes, self.scalar_type.size());
        }
    }

    /// The `expected` bytes of voxels in `data`: as they are for raw data, in native byte order otherwise.
    fn decode(&self, data: &Bytes, expected: usize) -> Result<Bytes, Error> {
        let start = after_lines(data, self.line_skip)?;
        let rest = data.slice(start..data.len()).unwrap_or_else(|| data.clone());
        let skip = usize::try_from(self.byte_skip).unwrap_or(0);
        let with_skip = expected.saturating_add(skip);
        let decoded = match self.encoding {
            Encoding::Raw => {
                let truncated = Error::Truncated {
                    format: NAME,
                    what: "the raw data",
                    expected: with_skip as u64,
                    found: rest.len() as u64,
                };
                let room = rest.len().checked_sub(with_skip).ok_or(truncated)?;
                let from = match self.byte_skip {
                    0.. => start + skip,
                    // −1 means that nothing follows the data, −2 that one byte does.
                    skip => {
                        let after = usize::try_from(skip.unsigned_abs() - 1).unwrap_or(usize::MAX);
                        let why = "the file has not so many bytes";
                        start
                            + room
                                .checked_sub(after)
                                .ok_or_else(|| Error::field(NAME, "byte skip", &skip.to_string(), why))?
                    }
                };
                return data.slice(from..from + expected).ok_or_else(|| Error::Truncated {
                    format: NAME,
                    what: "the raw data",
                    expected: expected as u64,
                    found: data.len() as u64,
                });
            }
            Encoding::Text => {
                let size = self.scalar_type.size();
                if !expected.is_multiple_of(size) {
                    let why = "voxels cannot be shared out evenly to so many files";
                    return Err(Error::field(NAME, "data file", "", why));
                }
                let text = rest.get(skip..).unwrap_or_default();
                return Ok(Bytes::from(
                    decimal(NAME, text, self.scalar_type, expected / size)?.as_bytes().to_vec(),
                ));
            }
            Encoding::Hex => {
                let text = rest.get(skip..).unwrap_or_default();
                let mut bytes = hexadecimal(NAME, text, expected)?;
                self.swap(&mut bytes);
                return Ok(Bytes::from(bytes));
            }
            Encoding::Gzip => {
                let mut decoded = gunzip(NAME, &rest, with_skip)?;
                self.swap(&mut decoded[skip..]);
                Bytes::from(decoded)
            }
            Encoding::Bzip2 => {
                let mut decoded = bunzip2(&rest, with_skip)?;
                self.swap(&mut decoded[skip..]);
                Bytes::from(decoded)
            }
        };
        Ok(if skip == 0 { decoded } else { decoded.slice(skip..with_skip).unwrap_or(decoded) })
    }
}

/// Where the data begins after `count` lines.
fn after_lines(data: &[u8], count: u64) -> Result<usize, Error> {
    let mut at = 0;
    for _ in 0..count {
        match data[at..].iter().position(|&b| b == b'\n') {
            Some(end) => at += end + 1,
            None => {
                let why = "the data has not so many lines";
                return Err(Error::field(NAME, "line skip", &count.to_string(), why));
            }
        }
    }
    Ok(at)
}

/// The most that a bzip2 block holds: 900 000 bytes after run-length coding, which shortens 259 bytes to 5.
const MOST_PER_BLOCK: u128 = 900_000 * 259 / 5;
/// The fewest bytes that a block takes: its magic, checksum and tables.
const LEAST_BLOCK: usize = 32;

/// The first `expected` bytes of what bzip2 `data` holds. Memory grows with what is decoded.
fn bunzip2(data: &[u8], expected: usize) -> Result<Vec<u8>, Error> {
    let limit = (data.len() / LEAST_BLOCK + 1) as u128 * MOST_PER_BLOCK;
    if expected as u128 > limit {
        return Err(Error::TooLarge { format: NAME, what: "voxels", claimed: expected as u128, limit });
    }
    let mut decoder = MultiBzDecoder::new(data);
    let mut bytes = Vec::new();
    let mut capacity = data.len().saturating_mul(4).max(1 << 16);
    while bytes.len() < expected {
        capacity = capacity.saturating_mul(2).min(expected);
        bytes.reserve_exact(capacity - bytes.len());
        let wanted = (capacity - bytes.len()) as u64;
        let read = decoder
            .by_ref()
            .take(wanted)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::Compression { format: NAME, why: error.to_string() })?;
        if (read as u64) < wanted {
            let (expected, found) = (expected as u64, bytes.len() as u64);
            return Err(Error::Truncated { format: NAME, what: "the compressed data", expected, found });
        }
    }
    Ok(bytes)
}

/// The files that a `data file` field names.
fn data_files(value: &str, header: &Header) -> Result<DataFiles, Error> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let wrong = |why: String| Error::field(NAME, "data file", value, why);
    // How many axes a file holds follows from the number of files; where it is stated, it is no news.
    let numbers: Option<Vec<i64>> = words.iter().skip(1).map(|word| word.parse().ok()).collect();
    match (words.first(), numbers.as_deref()) {
        (None, _) => Err(wrong("it should name a file".to_owned())),
        (Some(&"LIST"), Some([] | [_])) => Ok(DataFiles::Named(header.listed.clone())),
        (Some(pattern), Some([first, last, rest @ ..])) if pattern.contains('%') => {
            let step = match rest {
                [] => 1,
                [step] | [step, _] => *step,
                _ => {
                    return Err(wrong(
                        "it should be a pattern, first, last, step and number of axes".to_owned(),
                    ));
                }
            };
            Ok(DataFiles::Numbered(Numbered::new(pattern, *first, *last, step).map_err(wrong)?))
        }
        _ => Ok(DataFiles::Named(vec![value.to_owned()])),
    }
}
