//! ITK's MATLAB transform files: `.mat` of version 4.
//!
//! For each transform a vector named after its class holds the parameters, and one named `fixed` the fixed parameters.

use super::itk::{self, Entry};
use crate::data::{Loaded, TransformData};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "MATLAB 4 transform";
const FIXED: &[u8] = b"fixed";
/// Bytes of a matrix header: type, rows, columns, imaginary flag, length of the name.
const HEADER: usize = 20;

/// ITK transforms in MATLAB files.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".mat"], sniff, read, writers: &[Writer::Transform(write)] };

fn sniff(name: &str, _: &[u8]) -> Match {
    if FORMAT.extension_of(name).is_some() { Match::Name } else { Match::No }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    if bytes.starts_with(b"MATLAB ") {
        let what = "a file of MATLAB 5 or later (ITK's are of version 4)".to_owned();
        return Err(Error::Unsupported { format: NAME, what });
    }
    let mut rest: &[u8] = &bytes;
    let mut entries: Vec<Entry> = Vec::new();
    while !rest.is_empty() {
        let (matrix, after) = matrix(rest)?;
        rest = after;
        match entries.last_mut() {
            Some(entry) if matrix.name == FIXED => entry.fixed = matrix.values,
            None if matrix.name == FIXED => {
                return Err(Error::Missing {
                    format: NAME,
                    field: "a transform before \"fixed\"".to_owned(),
                });
            }
            _ => {
                let class = String::from_utf8_lossy(matrix.name).into_owned();
                entries.push(Entry::new(class, matrix.values, Vec::new()));
            }
        }
    }
    itk::assemble(NAME, &entries)
}

struct Matrix<'a> {
    name: &'a [u8],
    values: Vec<f64>,
}

/// The first matrix, and the bytes behind it.
fn matrix(bytes: &[u8]) -> Result<(Matrix<'_>, &[u8]), Error> {
    let truncated = |what, expected: u128, found: usize| Error::Truncated {
        format: NAME,
        what,
        expected: u64::try_from(expected).unwrap_or(u64::MAX),
        found: found as u64,
    };
    let (header, rest) = bytes
        .split_first_chunk::<HEADER>()
        .ok_or_else(|| truncated("the header of a matrix", HEADER as u128, bytes.len()))?;
    let word = |n: usize, big: bool| {
        let word = [header[4 * n], header[4 * n + 1], header[4 * n + 2], header[4 * n + 3]];
        if big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
    };
    // The type's decimal digits: byte order (0 little, 1 big), orientation, precision (0 double, 1 single), content (0 numbers).
    let big = word(0, false) > 9999;
    let kind = word(0, big);
    let single = kind / 10 % 10 == 1;
    if kind / 1000 != u32::from(big)
        || !matches!(kind / 10 % 10, 0 | 1)
        || kind % 10 != 0
        || word(3, big) != 0
    {
        let why = "it is no header of a real matrix of a MATLAB 4 file".to_owned();
        return Err(Error::NotThisFormat { format: NAME, why });
    }
    let count = u128::from(word(1, big)) * u128::from(word(2, big));
    let name_length = word(4, big) as usize;
    let (name, rest) = rest
        .split_at_checked(name_length)
        .ok_or_else(|| truncated("a name", name_length as u128, rest.len()))?;
    let size = if single { 4 } else { 8 };
    let byte_count = count * size as u128;
    let (data, rest) = usize::try_from(byte_count)
        .ok()
        .and_then(|n| rest.split_at_checked(n))
        .ok_or_else(|| truncated("a matrix", byte_count, rest.len()))?;
    let value = |chunk: &[u8]| {
        let mut le = [0; 8];
        le[..size].copy_from_slice(chunk);
        if big {
            le[..size].reverse();
        }
        let bits = u64::from_le_bytes(le);
        if single { f32::from_bits(bits as u32).into() } else { f64::from_bits(bits) }
    };
    let end = name.iter().position(|&b| b == 0).unwrap_or(name.len());
    Ok((Matrix { name: &name[..end], values: data.chunks_exact(size).map(value).collect() }, rest))
}

fn write(data: &TransformData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let mut out = Vec::new();
    for entry in itk::disassemble(NAME, data)? {
        let class = entry.class.split('_').next().unwrap_or_default();
        if !matches!(class, "AffineTransform" | "BSplineTransform") {
            return Err(Error::CannotHold { format: NAME, what: format!("a {class} (.h5 can)") });
        }
        push_matrix(&mut out, entry.class.as_bytes(), &entry.parameters);
        push_matrix(&mut out, FIXED, &entry.fixed);
    }
    sink.create(name)?.write_all(&out)?;
    Ok(())
}

fn push_matrix(out: &mut Vec<u8>, name: &[u8], values: &[f64]) {
    for word in [0, values.len() as u32, 1, 0, name.len() as u32 + 1] {
        out.extend(word.to_le_bytes());
    }
    out.extend(name);
    out.push(0);
    for value in values {
        out.extend(value.to_le_bytes());
    }
}
