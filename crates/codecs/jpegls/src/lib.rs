//! JPEG-LS (ITU-T Rec. T.87, ISO/IEC 14495-1): a decoder and an encoder for lossless and near-lossless images of 2 to
//! 16 bits and 1 to 4 components, without unsafe code.
//!
//! Supported: the three interleave modes, preset coding parameters, mapping tables of one- and two-byte entries, oversize
//! images, restart intervals (counted in lines), a number of lines given after the first scan, and the colour transforms
//! of Hewlett-Packard's encoder. JFIF, SPIFF and other application segments are skipped. Subsampled components, point
//! transforms and the extensions of T.870 are refused with [`Error::Unsupported`].
//!
//! ```
//! use microtome_jpegls::{EncodeOptions, Options, decode_u16, encode_u16};
//!
//! let samples: Vec<u16> = (0..64 * 48).map(|i| i % 3000).collect();
//! let stream = encode_u16(&samples, 64, 48, 1, 12, &EncodeOptions::default())?;
//! let (header, decoded) = decode_u16(&stream, &Options::default())?;
//! assert_eq!((header.width, header.height, header.precision), (64, 48, 12));
//! assert_eq!(decoded, samples);
//! # Ok::<(), microtome_jpegls::Error>(())
//! ```

mod bits;
mod color;
mod context;
mod decode;
mod encode;
mod error;
mod header;
mod lines;
mod mapping;
mod markers;
mod parameters;
mod sample;
mod scan_decoder;
mod scan_encoder;

pub use color::ColorTransform;
pub use decode::Options;
pub use encode::EncodeOptions;
pub use error::Error;
pub use header::{Header, Interleave};
pub use parameters::Preset;

use decode::Opened;
use sample::Sample;

/// Reads the marker segments up to the data of the first scan.
pub fn read_header(data: &[u8]) -> Result<Header, Error> {
    Ok(Opened::new(data)?.header)
}

/// Decodes an image of at most 8 bits per sample.
///
/// The samples are in row-major order, those of a pixel side by side, whatever the order in the stream.
pub fn decode_u8(data: &[u8], options: &Options) -> Result<(Header, Vec<u8>), Error> {
    decode(data, options)
}

/// Decodes an image of any precision; the order of the samples is that of [`decode_u8`]. Samples of fewer than 16 bits
/// are in the low bits, and are never sign-extended.
pub fn decode_u16(data: &[u8], options: &Options) -> Result<(Header, Vec<u16>), Error> {
    decode(data, options)
}

/// Decodes like [`decode_u8`] into `output`, whose length must be [`Header::samples`].
///
/// After an error `output` may hold a part of the image.
pub fn decode_into_u8(data: &[u8], options: &Options, output: &mut [u8]) -> Result<Header, Error> {
    decode_into(data, options, output)
}

/// Decodes like [`decode_u16`] into `output`, whose length must be [`Header::samples`].
///
/// After an error `output` may hold a part of the image.
pub fn decode_into_u16(data: &[u8], options: &Options, output: &mut [u16]) -> Result<Header, Error> {
    decode_into(data, options, output)
}

/// Encodes an image of 2 to 8 bits per sample; see [`encode_u16`].
pub fn encode_u8(
    samples: &[u8],
    width: u32,
    height: u32,
    components: u8,
    precision: u8,
    options: &EncodeOptions,
) -> Result<Vec<u8>, Error> {
    encode::encode(samples, width, height, components, precision, options)
}

/// Encodes an image of 2 to 16 bits per sample.
///
/// `samples` are in row-major order, those of a pixel side by side; none may exceed 2^`precision` − 1. Width and height
/// are 1 to 65 535, `components` is 1 to 4.
pub fn encode_u16(
    samples: &[u16],
    width: u32,
    height: u32,
    components: u8,
    precision: u8,
    options: &EncodeOptions,
) -> Result<Vec<u8>, Error> {
    encode::encode(samples, width, height, components, precision, options)
}

fn decode<S: Sample>(data: &[u8], options: &Options) -> Result<(Header, Vec<S>), Error> {
    let opened = Opened::new(data)?;
    decode::check_fit::<S>(opened.header.output_precision)?;
    let mut output = vec![S::default(); opened.sample_count(options)?];
    let header = opened.decode(&mut output)?;
    Ok((header, output))
}

fn decode_into<S: Sample>(data: &[u8], options: &Options, output: &mut [S]) -> Result<Header, Error> {
    let opened = Opened::new(data)?;
    let expected = opened.sample_count(options)?;
    if output.len() != expected {
        return Err(Error::OutputLength { expected, actual: output.len() });
    }
    opened.decode(output)
}
