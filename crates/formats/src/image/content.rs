//! A file's content, whether it is compressed or not.

use microtome_deflate::{Level, gzip};
use microtome_image::Bytes;

use crate::error::Error;
use crate::gzip::{Compression, gunzip, write_gzip};
use crate::sink::Sink;

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
            let damaged =
                |e: microtome_deflate::Error| Error::Compression { format: self.format, why: e.to_string() };
            return gzip::decompress_prefix(&self.bytes, len).map_err(damaged);
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

    /// What follows the first `start` bytes, at most `most` bytes of it; for small endings of files.
    pub(crate) fn rest(&self, start: usize, most: usize) -> Result<Vec<u8>, Error> {
        if !self.compressed {
            let end = self.bytes.len().min(start.saturating_add(most));
            return Ok(self.bytes.get(start..end).unwrap_or_default().to_vec());
        }
        let mut head = self.head(start.saturating_add(most))?;
        Ok(if start < head.len() { head.split_off(start) } else { Vec::new() })
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
