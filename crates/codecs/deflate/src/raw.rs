//! Bare DEFLATE streams (RFC 1951), as in zip archives and the DICOM deflated transfer syntax.

use crate::checksum::Checksum;
use crate::chunks::Content;
use crate::inflate::{raw_into, resumable, to_vec};
use crate::{Compressed, Error, Filled, Inflated, Level, Size};

/// Compresses `parts`, taken as if they lay end to end, on all cores.
///
/// The result is one ordinary stream, the same for any number of threads. [`Compressed::checksum`] is the CRC-32 that a
/// zip entry needs.
pub fn compress(parts: &[&[u8]], level: Level) -> Compressed {
    Compressed::body(&Content::new(parts, usize::MAX), level, Checksum::Crc32)
}

/// Decodes a stream; bytes after its end are ignored.
///
/// # Errors
/// [`Error::Truncated`], [`Error::Corrupt`], and by `size` [`Error::Short`] or [`Error::TooLarge`].
pub fn decompress(data: &[u8], size: Size) -> Result<Inflated, Error> {
    to_vec(data.len(), size, 0, |out| raw_into(data, out))
}

/// Decodes a stream into `out`, which may be larger or smaller than the content.
///
/// # Errors
/// [`Error::Truncated`], [`Error::Corrupt`].
pub fn decompress_into(data: &[u8], out: &mut [u8]) -> Result<Filled, Error> {
    raw_into(data, out)
}

/// The first `count` bytes of the content; fewer where the content, or the data given, ends before.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn decompress_prefix(data: &[u8], count: usize) -> Result<Vec<u8>, Error> {
    crate::prefix(count, data.len(), |out| Ok(resumable(data, out)))
}
