//! Compression as the formats use it.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use microtome_deflate::{Error as DeflateError, Filled, Level, gzip, zlib};
use microtome_image::{Blank, Bytes};

use crate::error::Error;
use crate::sink::SinkFile;

/// How hard to compress, where a format can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Quickly: the default.
    #[default]
    Fast,
    /// As small as it gets.
    Best,
}

impl Compression {
    /// The compressor's level; `None` where nothing is to be compressed.
    pub(crate) const fn level(self) -> Option<Level> {
        match self {
            Self::None => None,
            Self::Fast => Some(Level::Fast),
            Self::Best => Some(Level::Best),
        }
    }
}

/// The most bytes that one compressed byte can hold: 258 for each two bits.
const MOST_EXPANSION: u128 = 1032;

/// The first `length` bytes of what `head`, the beginning of a file, holds: inflated if it is gzip, as it is otherwise.
pub fn inflated_head(head: &[u8], length: usize) -> Vec<u8> {
    if gzip::is_gzip(head)
        && let Ok(bytes) = gzip::decompress_prefix(head, length)
    {
        return bytes;
    }
    head[..head.len().min(length)].to_vec()
}

/// The first `expected` bytes of what the gzip file `data` holds, in no more memory than those.
///
/// # Errors
/// [`Error::TooLarge`] before anything is allocated if `data` cannot hold as much, [`Error::Truncated`] if it holds less,
/// [`Error::Compression`] if it is damaged.
pub(crate) fn gunzip(format: &'static str, data: &Bytes, expected: usize) -> Result<Blank<u8>, Error> {
    inflate(format, data, expected, gzip::decompress_into)
}

/// The first `expected` bytes of what the zlib stream `data` holds; otherwise as [`gunzip`].
pub(crate) fn unzlib(format: &'static str, data: &Bytes, expected: usize) -> Result<Blank<u8>, Error> {
    inflate(format, data, expected, zlib::decompress_into)
}

fn inflate(
    format: &'static str,
    data: &Bytes,
    expected: usize,
    decompress_into: impl FnOnce(&[u8], &mut [u8]) -> Result<Filled, DeflateError>,
) -> Result<Blank<u8>, Error> {
    let limit = (data.len() as u128).saturating_mul(MOST_EXPANSION);
    if expected as u128 > limit {
        return Err(Error::TooLarge { format, what: "voxels", claimed: expected as u128, limit });
    }
    let mut bytes = Blank::new(expected);
    let filled = passing_over(data, || decompress_into(data, &mut bytes));
    let filled = filled.map_err(|error| Error::Compression { format, why: error.to_string() })?;
    if filled.len < expected {
        return Err(Error::Truncated {
            format,
            what: "the compressed data",
            expected: expected as u64,
            found: filled.len as u64,
        });
    }
    Ok(bytes)
}

/// Mapped input from which on its memory is given back while it is read.
const LARGE: usize = 32 << 20;
/// How often.
const TICK: Duration = Duration::from_millis(10);

/// Runs `read`, which passes over `data` once from its beginning to its end. Of a large mapped file only what was read
/// lately stays in memory: the decoder does not tell how far it is, so all pages are given back again and again, and the
/// few that are still needed come back by themselves.
fn passing_over<T>(data: &Bytes, read: impl FnOnce() -> T) -> T {
    if data.len() < LARGE || !data.is_mapped() {
        return read();
    }
    thread::scope(|scope| {
        let (done, ticks) = channel::<()>();
        scope.spawn(move || {
            while ticks.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                data.release(0..data.len());
            }
        });
        let result = read();
        drop(done);
        result
    })
}

/// Writes `parts`, end to end, as one gzip member at the file's position.
///
/// # Errors
/// Those of the file.
pub(crate) fn write_gzip(parts: &[&[u8]], level: Level, mut file: &mut dyn SinkFile) -> io::Result<()> {
    gzip::write(parts, level, &mut file).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_gzip_file_is_inflated() {
        let content: Vec<u8> = (0..50_000_u32).map(|n| (n / 9) as u8).collect();
        let packed = gzip::compress(&[&content], Level::Fast).into_vec();
        assert_eq!(inflated_head(&packed[..packed.len() / 2], 348), content[..348]);
        assert_eq!(inflated_head(&content, 348), content[..348]);
        assert_eq!(inflated_head(&[0x1f, 0x8b], 348), [0x1f, 0x8b]);
    }

    #[test]
    fn a_claim_beyond_the_most_that_deflate_can_hold_is_refused() {
        let packed = Bytes::from(gzip::compress(&[&[0; 1000]], Level::Fast).into_vec());
        assert!(matches!(gunzip("test", &packed, 1 << 40), Err(Error::TooLarge { .. })));
        assert!(matches!(gunzip("test", &packed, 1001), Err(Error::Truncated { found: 1000, .. })));
        assert_eq!(gunzip("test", &packed, 1000).unwrap()[..], [0; 1000]);
    }
}
