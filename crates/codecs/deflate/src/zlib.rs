//! zlib streams (RFC 1950), as in MetaImage, PNG and VTK XML files.

use std::io::{self, Write};

use libdeflater::{DecompressionError, Decompressor};

use crate::checksum::Checksum;
use crate::chunks::Content;
use crate::inflate::{End, resumable, to_vec};
use crate::{Compressed, Error, Filled, Inflated, Level, Size};

/// Compresses `parts`, taken as if they lay end to end, on all cores.
///
/// The result is one ordinary stream, the same for any number of threads. The format has no room for an index, so it
/// is decoded by one thread.
pub fn compress(parts: &[&[u8]], level: Level) -> Compressed {
    let mut stream = Compressed::body(&Content::new(parts, usize::MAX), level, Checksum::Adler32);
    stream.pieces.insert(0, header(level).to_vec());
    stream.pieces.push(stream.checksum.to_be_bytes().to_vec());
    stream
}

/// Compresses `parts` as [`compress`] does, into `writer`, and returns the stream's size in bytes. Writing overlaps with
/// compressing and little is kept in memory.
///
/// # Errors
/// Those of the writer.
pub fn write(parts: &[&[u8]], level: Level, writer: &mut (impl Write + Send)) -> io::Result<u64> {
    let mut checksum = Checksum::Adler32.empty();
    let header = header(level);
    writer.write_all(&header)?;
    let mut size = header.len() as u64;
    Content::new(parts, usize::MAX).compress(level, Checksum::Adler32, |chunks| {
        for chunk in chunks {
            writer.write_all(&chunk.bytes)?;
            size += chunk.bytes.len() as u64;
            checksum = Checksum::Adler32.combine(checksum, chunk.checksum, chunk.len as u64);
        }
        Ok(())
    })?;
    let trailer = checksum.to_be_bytes();
    writer.write_all(&trailer)?;
    Ok(size + trailer.len() as u64)
}

/// Method 8, window 32 KiB; the second byte says fastest or best compression and makes a multiple of 31.
const fn header(level: Level) -> [u8; 2] {
    match level {
        Level::Fast => [0x78, 0x01],
        Level::Best => [0x78, 0xda],
    }
}

/// Decodes a stream; bytes after its end are ignored.
///
/// # Errors
/// [`Error::NotZlib`], [`Error::Unsupported`] (preset dictionary), [`Error::Truncated`], [`Error::Corrupt`],
/// [`Error::ChecksumMismatch`], and by `size` [`Error::Short`] or [`Error::TooLarge`].
pub fn decompress(data: &[u8], size: Size) -> Result<Inflated, Error> {
    to_vec(data.len(), size, 0, |out| decompress_into(data, out))
}

/// Decodes a stream into `out`, which may be larger or smaller than the content.
///
/// # Errors
/// As [`decompress`], without those of the size.
pub fn decompress_into(data: &[u8], out: &mut [u8]) -> Result<Filled, Error> {
    let body = body(data)?;
    match Decompressor::new().zlib_decompress(data, out) {
        Ok(len) => return Ok(Filled { len, more: false }),
        Err(DecompressionError::InsufficientSpace | DecompressionError::BadData) => {}
    }
    let stop = resumable(body, out);
    if stop.end == End::Complete {
        let Some(trailer) = body.get(stop.input..).and_then(|rest| rest.first_chunk::<4>()) else {
            return Err(Error::Truncated { input: data.len(), produced: stop.produced });
        };
        let expected = u32::from_be_bytes(*trailer);
        let found = Checksum::Adler32.of(&out[..stop.produced]);
        if found != expected {
            return Err(Error::ChecksumMismatch { expected, found });
        }
    }
    stop.filled()
}

/// The first `count` bytes of the content; fewer where the content, or the data given, ends before.
///
/// # Errors
/// [`Error::NotZlib`], [`Error::Unsupported`], [`Error::Corrupt`].
pub fn decompress_prefix(data: &[u8], count: usize) -> Result<Vec<u8>, Error> {
    let body = body(data)?;
    crate::prefix(count, data.len(), |out| Ok(resumable(body, out)))
}

/// Whether the data begins with a valid zlib header: a weak sign, which one in a thousand byte pairs gives.
pub fn is_zlib(data: &[u8]) -> bool {
    matches!(data, [method, flags, ..] if method & 0x0f == 8 && method >> 4 <= 7
        && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}

/// What follows the header.
fn body(data: &[u8]) -> Result<&[u8], Error> {
    if !is_zlib(data) {
        return Err(Error::NotZlib);
    }
    if data[1] & 0x20 != 0 {
        return Err(Error::Unsupported("zlib stream with a preset dictionary"));
    }
    Ok(&data[2..])
}
