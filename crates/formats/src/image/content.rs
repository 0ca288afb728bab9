//! A file's content, whether it is compressed or not.

use microtome_deflate::{Level, gzip};
use microtome_image::Bytes;

use crate::error::Error;
use crate::gzip::{Compression, gunzip, write_gzip};
use crate::sink::Sink;

/// No byte of gzip holds more than this many bytes.
const MOST_EXPANSION: usize = 1032;

/// The bytes of a file, inflated on demand if they are gzip.
pub(crate) struct Content {
    format: &'static str,
    bytes: Bytes,
    compressed: bool,
}

impl Content {
    pub(crate) fn new(format: &'static str, bytes: Bytes) -> Self {
        let compressed = gzip::is_gzip(&bytes);
        Self { format, bytes, compressed }
    }

    /// The first `len` bytes, or fewer where there are not so many.
    pub(crate) fn head(&self, len: usize) -> Result<Vec<u8>, Error> {
        if self.compressed {
            return gzip::decompress_prefix(&self.bytes, len).map_err(|e| self.damaged(&e));
        }
        Ok(self.bytes[..self.bytes.len().min(len)].to_vec())
    }

    /// The first `len` bytes: the file's own memory if it is not compressed. `what` names them in errors.
    pub(crate) fn prefix(&self, what: &'static str, len: usize) -> Result<Bytes, Error> {
        if self.compressed {
            return Ok(Bytes::from(gunzip(self.format, &self.bytes, len)?));
        }
        let (expected, found) = (len as u64, self.bytes.len() as u64);
        self.bytes.slice(0..len).ok_or(Error::Truncated { format: self.format, what, expected, found })
    }

    /// The first `len` bytes as [`prefix`](Self::prefix) gives them, and at most `most` bytes that follow them.
    pub(crate) fn prefix_and_rest(
        &self,
        what: &'static str,
        len: usize,
        most: usize,
    ) -> Result<(Bytes, Vec<u8>), Error> {
        let rest = |bytes: &[u8]| {
            bytes.get(len..bytes.len().min(len.saturating_add(most))).unwrap_or_default().to_vec()
        };
        if !self.compressed {
            return Ok((self.prefix(what, len)?, rest(&self.bytes)));
        }
        let possible = self.bytes.len().saturating_mul(MOST_EXPANSION);
        if len > possible {
            let (claimed, limit) = (len as u128, possible as u128);
            return Err(Error::TooLarge { format: self.format, what, claimed, limit });
        }
        let mut bytes = vec![0; len.saturating_add(most).min(possible)];
        let filled = gzip::decompress_into(&self.bytes, &mut bytes).map_err(|e| self.damaged(&e))?;
        if filled.len < len {
            let (expected, found) = (len as u64, filled.len as u64);
            return Err(Error::Truncated { format: self.format, what, expected, found });
        }
        let rest = rest(&bytes[..filled.len]);
        bytes.truncate(len);
        Ok((Bytes::from(bytes), rest))
    }

    fn damaged(&self, error: &microtome_deflate::Error) -> Error {
        Error::Compression { format: self.format, why: error.to_string() }
    }
}

/// The part of `bytes` from `start` on; `prefix` has checked that it is there.
pub(crate) fn tail(bytes: &Bytes, start: usize) -> Bytes {
    bytes.slice(start.min(bytes.len())..bytes.len()).unwrap_or_else(|| Bytes::from(Vec::new()))
}

/// Writes the file `name` of `parts` laid end to end; compressed with gzip if asked for.
pub(crate) fn write(
    sink: &mut dyn Sink,
    name: &str,
    parts: &[&[u8]],
    compressed: bool,
    compression: Compression,
) -> Result<(), Error> {
    let file = sink.create(name)?;
    if compressed {
        let level = if compression == Compression::Best { Level::Best } else { Level::Fast };
        write_gzip(parts, level, file)?;
    } else {
        for part in parts {
            file.write_all(part)?;
        }
    }
    Ok(())
}

/// Whether a file of this name is compressed by its extension (`.gz`, `.mgz`).
pub(crate) fn is_gzip_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".gz") || lower.ends_with(".mgz")
}
