//! A JPEG (ITU-T T.81 | ISO/IEC 10918-1) codec for medical images, in safe Rust.
//!
//! Decoded are the Huffman-coded processes that DICOM names:
//!
//! | Process | Precision | DICOM transfer syntax |
//! |---|---|---|
//! | baseline DCT (1) | 8 | 1.2.840.10008.1.2.4.50 |
//! | extended sequential DCT (2, 4) | 8, 12 | 1.2.840.10008.1.2.4.51 |
//! | progressive DCT (10, 12) | 8, 12 | retired |
//! | lossless, all predictors (14) | 2 to 16 | 1.2.840.10008.1.2.4.57 and .70 |
//!
//! All sampling factors, restart intervals, interleaved and separate scans and the DNL marker are understood; arithmetic
//! coding and hierarchical images give [`Error::Unsupported`]. [`encode_lossless`] writes process 14 with the first
//! predictor.
//!
//! Images come out as interleaved samples, row by row: sample `c` of the pixel in column `x` and row `y` is at
//! `(y * width + x) * components + c`.
//!
//! **Colour** is not guessed. A stream's components are given as they are coded unless [`Options::color`] asks for a
//! conversion: DICOM decides that by its Photometric Interpretation, other users by [`Header::adobe_transform`] and
//! [`Header::jfif`].
//!
//! **Any bytes** may be given: a stream that is damaged, truncated or hostile gives an [`Error`]. Before anything of
//! the image's size is allocated, that size is checked against [`Options::max_samples`] and against what the stream's
//! length can hold at one bit per coded unit (see [`Error::Implausible`]).
//!
//! ```
//! use microtome_jpeg::{LosslessImage, Options, decode_u16, encode_lossless};
//!
//! let samples = [1000u16, 1010, 1020, 990, 1000, 1030];
//! let image = LosslessImage { width: 3, height: 2, components: 1, precision: 12, samples: &samples };
//! let stream = encode_lossless(&image)?;
//! let (header, decoded) = decode_u16(&stream, &Options::default())?;
//! assert_eq!((header.width, header.height, header.precision), (3, 2, 12));
//! assert_eq!(decoded, samples);
//! # Ok::<(), microtome_jpeg::Error>(())
//! ```

mod bits;
mod color;
mod decoder;
mod encoder;
mod error;
mod frame;
mod huffman;
mod idct;
mod lossless;
mod markers;
mod planes;
mod progressive;
mod sample;
mod sequential;

use decoder::Decoder;
use sample::Sample;

pub use encoder::{LosslessImage, encode_lossless};
pub use error::Error;

/// The coding process of a frame, all with Huffman coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Process {
    /// Baseline sequential DCT (SOF0).
    Baseline,
    /// Extended sequential DCT (SOF1).
    Extended,
    /// Progressive DCT (SOF2).
    Progressive,
    /// Lossless, sequential (SOF3).
    Lossless,
}

/// What a stream says of its image before the image data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// Columns, at least 1.
    pub width: u16,
    /// Rows, at least 1; from the DNL segment where the frame header leaves them open.
    pub height: u16,
    /// Samples per pixel, at least 1.
    pub components: u8,
    /// Bits per sample, 2 to 16.
    pub precision: u8,
    /// The coding process.
    pub process: Process,
    /// Transform flag of an Adobe APP14 segment: 0 none (RGB or CMYK), 1 YCbCr, 2 YCCK.
    pub adobe_transform: Option<u8>,
    /// Whether there is a JFIF APP0 segment: one component is grey, three are YCbCr.
    pub jfif: bool,
    /// Horizontal and vertical sampling factors of each component; `(1, 1)` for a single one.
    pub sampling: Vec<(u8, u8)>,
    /// For the lossless process: predictor (selection value, 1 to 7) of the first scan.
    pub predictor: Option<u8>,
    /// For the lossless process: point transform of the first scan, the number of low bits that are not coded.
    pub point_transform: u8,
}

impl Header {
    /// Width × height × components.
    pub fn samples(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * u64::from(self.components)
    }
}

/// What to do with the colours of a three-component image. Images of one component are never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColorTransform {
    /// Give the components as they are coded.
    #[default]
    None,
    /// Take the components as full-range YCbCr (DICOM's YBR_FULL and YBR_FULL_422) and convert them to RGB.
    YbrToRgb,
}

/// How components with fewer samples than the image are enlarged. Lossless images always replicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Upsampling {
    /// Interpolate linearly where a component has half the image's columns, rows, or both, as the IJG's library does
    /// by default ("fancy upsampling"), else replicate.
    #[default]
    Triangle,
    /// Repeat each sample.
    Replicate,
}

/// How to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Refuse images of more samples (width × height × components) than this.
    pub max_samples: usize,
    /// Colour conversion.
    pub color: ColorTransform,
    /// Enlargement of subsampled components.
    pub upsampling: Upsampling,
}

impl Default for Options {
    /// At most 2²⁹ samples, no colour conversion, triangle upsampling.
    fn default() -> Self {
        Self { max_samples: 1 << 29, color: ColorTransform::None, upsampling: Upsampling::Triangle }
    }
}

/// Reads the segments before the image data.
///
/// # Errors
/// Where the data up to the first scan header are not JPEG, damaged, incomplete or of a process not supported.
pub fn read_header(data: &[u8]) -> Result<Header, Error> {
    Ok(Decoder::open(data)?.header())
}

/// Decodes an image of at most 8 bits per sample.
///
/// # Errors
/// [`Error::Precision`] for more bits; otherwise see [`Error`].
pub fn decode_u8(data: &[u8], options: &Options) -> Result<(Header, Vec<u8>), Error> {
    let decoder = Decoder::open(data)?;
    let header = decoder.header();
    check_precision(&header)?;
    decode_to_vec(decoder, header, options)
}

/// Decodes an image of any precision.
///
/// # Errors
/// See [`Error`].
pub fn decode_u16(data: &[u8], options: &Options) -> Result<(Header, Vec<u16>), Error> {
    let decoder = Decoder::open(data)?;
    let header = decoder.header();
    decode_to_vec(decoder, header, options)
}

/// Decodes an image of at most 8 bits per sample into `out`, which holds exactly width × height × components
/// samples. After an error its contents are not specified.
///
/// # Errors
/// [`Error::Precision`] for more bits, [`Error::OutputSize`] for a slice of another length; otherwise see [`Error`].
pub fn decode_into_u8(data: &[u8], options: &Options, out: &mut [u8]) -> Result<Header, Error> {
    let decoder = Decoder::open(data)?;
    let header = decoder.header();
    check_precision(&header)?;
    decode_into(decoder, header, options, out)
}

/// Decodes an image of any precision into `out`, which holds exactly width × height × components samples. After an
/// error its contents are not specified.
///
/// # Errors
/// [`Error::OutputSize`] for a slice of another length; otherwise see [`Error`].
pub fn decode_into_u16(data: &[u8], options: &Options, out: &mut [u16]) -> Result<Header, Error> {
    let decoder = Decoder::open(data)?;
    let header = decoder.header();
    decode_into(decoder, header, options, out)
}

fn check_precision(header: &Header) -> Result<(), Error> {
    if header.precision > 8 { Err(Error::Precision { precision: header.precision }) } else { Ok(()) }
}

fn decode_to_vec<T: Sample>(
    decoder: Decoder<'_>,
    header: Header,
    options: &Options,
) -> Result<(Header, Vec<T>), Error> {
    let mut out = vec![T::default(); decoder.samples(options)?];
    decoder.decode(options, &mut out)?;
    Ok((header, out))
}

fn decode_into<T: Sample>(
    decoder: Decoder<'_>,
    header: Header,
    options: &Options,
    out: &mut [T],
) -> Result<Header, Error> {
    let needed = decoder.samples(options)?;
    if out.len() != needed {
        return Err(Error::OutputSize { needed, given: out.len() });
    }
    decoder.decode(options, out)?;
    Ok(header)
}
