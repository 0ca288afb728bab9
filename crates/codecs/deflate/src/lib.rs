//! The gzip, zlib and DEFLATE engine of Microtome.
//!
//! Compression runs on all cores yet makes one ordinary stream (one gzip member, one zlib stream) that every reader
//! understands; see [`gzip`] for the index that lets us decode such a member on all cores too. Decompression of anything
//! else goes through libdeflate. Compressed bytes do not depend on the number of threads.
//!
//! ```
//! use microtome_deflate::{Level, Size, gzip};
//!
//! let voxels = vec![7u8; 100_000];
//! let member = gzip::compress(&[b"header", &voxels], Level::Fast).into_vec();
//! let back = gzip::decompress(&member, Size::Exactly(100_006))?;
//! assert_eq!(&back.bytes[6..], &voxels);
//! # Ok::<(), microtome_deflate::Error>(())
//! ```

mod checksum;
mod chunks;
mod encode;
mod error;
pub mod gzip;
mod inflate;
pub mod raw;
pub mod zlib;

pub use chunks::Compressed;
pub use encode::Level;
pub use error::Error;
pub use inflate::{Filled, Inflated, Size};

use inflate::{End, Stop, most_content};

impl Error {
    /// The same error, placed in a larger stream that went on before it for `input` bytes with `content` bytes of
    /// content.
    fn after(self, input_before: usize, content: usize) -> Self {
        match self {
            Self::Truncated { input, produced } => {
                Self::Truncated { input: input + input_before, produced: produced + content }
            }
            Self::Corrupt { input, produced } => {
                Self::Corrupt { input: input + input_before, produced: produced + content }
            }
            other => other,
        }
    }
}

/// The first `count` bytes that `decode` makes of `input` bytes; running out of input is no error here.
fn prefix(
    count: usize,
    input: usize,
    decode: impl FnOnce(&mut [u8]) -> Result<Stop, Error>,
) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; count.min(most_content(input))];
    let stop = decode(&mut bytes)?;
    if stop.end == End::Corrupt {
        return Err(Error::Corrupt { input: stop.input, produced: stop.produced });
    }
    bytes.truncate(stop.produced);
    Ok(bytes)
}
