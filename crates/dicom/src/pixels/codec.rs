//! One frame's samples, whatever compresses them.

use std::borrow::Cow;
use std::ops::Deref;

use microtome_image::Endian;
use microtome_jpeg::Process;

use super::format::{Photometric, PixelFormat};
use super::frames::{FrameBytes, Frames};
use super::{jpeg2000, rle};
use crate::error::Error;
use crate::syntax::Compression;

/// Which colour space decoded samples are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// As the photometric interpretation says.
    AsStated,
    /// Red, green, blue.
    Rgb,
    /// Luminance and colour differences, full range, not subsampled.
    Ybr,
}

/// Samples as bytes, in whatever array a decoder made them.
pub(crate) enum SampleBytes<'a> {
    Shared(Cow<'a, [u8]>),
    Shorts(Vec<u16>),
    Words(Vec<i32>),
}

impl Deref for SampleBytes<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Shorts(values) => bytemuck::cast_slice(values),
            Self::Words(values) => bytemuck::cast_slice(values),
        }
    }
}

/// Decoded samples of one frame.
pub(crate) struct Samples<'a> {
    /// Samples, each in `bits` bits.
    pub bytes: SampleBytes<'a>,
    /// Bits that a sample takes: 8, 16, 32 or 64.
    pub bits: u32,
    /// Byte order.
    pub endian: Endian,
    /// Whether all samples of one kind lie together.
    pub planar: bool,
    /// Whether the sample's meaningful bits are the lowest ones, wherever the format says they are.
    pub low_bits: bool,
    /// Colour space.
    pub space: Space,
}

/// Decodes frame `frame` of an object.
///
/// # Errors
/// [`Error::Codec`] for damaged streams, [`Error::Truncated`] where native bytes lack.
pub(crate) fn decode<'a>(
    frames: &'a Frames,
    compression: Compression,
    format: &PixelFormat,
    frame: usize,
) -> Result<Samples<'a>, Error> {
    let stream = match frames.frame(format, frame)? {
        FrameBytes::Native { bytes, endian } => {
            return Ok(Samples {
                bytes: SampleBytes::Shared(bytes),
                bits: format.bits_allocated,
                endian,
                planar: format.planar,
                low_bits: false,
                space: Space::AsStated,
            });
        }
        FrameBytes::Bits { bytes, first_bit } => {
            let count = format.frame_samples();
            if bytes.len().saturating_mul(8) < count + first_bit {
                return Err(Error::Truncated {
                    what: "the pixel data".to_owned(),
                    needed: (count + first_bit).div_ceil(8) as u64,
                    found: bytes.len() as u64,
                });
            }
            let bit = |n: usize| bytes[n / 8] >> (n % 8) & 1;
            let unpacked: Vec<u8> = (first_bit..first_bit + count).map(bit).collect();
            return Ok(owned_bytes(unpacked, 8, format.planar, Space::AsStated));
        }
        FrameBytes::Compressed(stream) => stream,
    };
    let fault = |codec: &'static str| move |why: String| Error::Codec { codec, frame: frame + 1, why };
    let stream = strip_padding(&stream);
    match compression {
        Compression::Rle => {
            let size = format.bits_allocated.div_ceil(8) as usize;
            let pixels = format.rows * format.columns;
            let bytes = rle::decode(stream, pixels, format.samples, size).map_err(fault("RLE"))?;
            let mut samples = owned_bytes(bytes, size as u32 * 8, false, Space::AsStated);
            samples.low_bits = false;
            samples.endian = Endian::Little;
            Ok(samples)
        }
        Compression::Jpeg => jpeg(stream, format).map_err(fault("JPEG")),
        Compression::JpegLs => jpeg_ls(stream, format).map_err(fault("JPEG-LS")),
        Compression::Jpeg2000 => jpeg_2000(stream, format).map_err(fault("JPEG 2000")),
        Compression::None | Compression::Encapsulated => {
            let needed = format.frame_samples() * (format.bits_allocated.div_ceil(8) as usize);
            if stream.len() < needed || format.bits_allocated == 1 {
                return Err(fault("uncompressed")(format!(
                    "{} bytes where {needed} are needed",
                    stream.len()
                )));
            }
            let bytes = stream[..needed].to_vec();
            let mut samples = owned_bytes(bytes, format.bits_allocated, format.planar, Space::AsStated);
            samples.low_bits = false;
            samples.endian = Endian::Little;
            Ok(samples)
        }
        Compression::Other => Err(Error::unsupported("this compression")),
    }
}

fn owned(bytes: SampleBytes<'static>, bits: u32, planar: bool, space: Space) -> Samples<'static> {
    Samples { bytes, bits, endian: Endian::NATIVE, planar, low_bits: true, space }
}

fn owned_bytes(bytes: Vec<u8>, bits: u32, planar: bool, space: Space) -> Samples<'static> {
    owned(SampleBytes::Shared(Cow::Owned(bytes)), bits, planar, space)
}

fn owned_shorts(values: Vec<u16>, space: Space) -> Samples<'static> {
    owned(SampleBytes::Shorts(values), 16, false, space)
}

/// A stream without the padding byte that makes fragments even; a trailing zero harms no decoder but ours reports it.
fn strip_padding(stream: &[u8]) -> &[u8] {
    match stream {
        [rest @ .., 0] if rest.ends_with(&[0xFF, 0xD9]) => rest,
        all => all,
    }
}

fn check_size(format: &PixelFormat, width: usize, height: usize, components: usize) -> Result<(), String> {
    if (width, height, components) == (format.columns, format.rows, format.samples) {
        return Ok(());
    }
    Err(format!(
        "its image is {width} x {height} x {components} where {} x {} x {} is needed",
        format.columns, format.rows, format.samples
    ))
}

fn jpeg(stream: &[u8], format: &PixelFormat) -> Result<Samples<'static>, String> {
    let header = microtome_jpeg::read_header(stream).map_err(|e| e.to_string())?;
    check_size(format, header.width.into(), header.height.into(), header.components.into())?;
    let lossy = header.process != Process::Lossless;
    // Files that say RGB although their JPEG streams are marked as YCbCr are common; the stream knows better.
    let marked_ybr =
        lossy && (header.adobe_transform == Some(1) || header.adobe_transform.is_none() && header.jfif);
    let space = match format.photometric {
        Photometric::Rgb if marked_ybr => Space::Ybr,
        Photometric::YbrFull | Photometric::YbrFull422 if lossy && header.adobe_transform == Some(0) => {
            Space::Rgb
        }
        Photometric::YbrFull | Photometric::YbrFull422 => Space::Ybr,
        _ => Space::AsStated,
    };
    let mut options =
        microtome_jpeg::Options { max_samples: format.frame_samples(), ..microtome_jpeg::Options::default() };
    if space == Space::Ybr && header.precision <= 8 && header.components == 3 {
        options.color = microtome_jpeg::ColorTransform::YbrToRgb;
    }
    let decoded = if options.color == microtome_jpeg::ColorTransform::YbrToRgb { Space::Rgb } else { space };
    let error = |e: microtome_jpeg::Error| e.to_string();
    if header.precision <= 8 && format.bits_allocated <= 8 {
        let (_, values) = microtome_jpeg::decode_u8(stream, &options).map_err(error)?;
        return Ok(owned_bytes(values, 8, false, decoded));
    }
    let (_, values) = microtome_jpeg::decode_u16(stream, &options).map_err(error)?;
    Ok(owned_shorts(values, decoded))
}

fn jpeg_ls(stream: &[u8], format: &PixelFormat) -> Result<Samples<'static>, String> {
    let error = |e: microtome_jpegls::Error| e.to_string();
    let header = microtome_jpegls::read_header(stream).map_err(error)?;
    check_size(format, header.width as usize, header.height as usize, header.components.into())?;
    let options = microtome_jpegls::Options { max_samples: format.frame_samples() };
    if header.output_precision <= 8 && format.bits_allocated <= 8 {
        let (_, values) = microtome_jpegls::decode_u8(stream, &options).map_err(error)?;
        return Ok(owned_bytes(values, 8, false, Space::AsStated));
    }
    let (_, values) = microtome_jpegls::decode_u16(stream, &options).map_err(error)?;
    Ok(owned_shorts(values, Space::AsStated))
}

fn jpeg_2000(stream: &[u8], format: &PixelFormat) -> Result<Samples<'static>, String> {
    let decoded = jpeg2000::decode(stream, format.columns, format.rows, format.samples)?;
    check_size(format, decoded.width, decoded.height, decoded.components)?;
    let space = if format.photometric == Photometric::Ybr2000 { Space::Rgb } else { Space::AsStated };
    // Signed samples keep their low bits here; they are extended again where they are stored.
    Ok(if decoded.precision <= 8 && format.bits_allocated <= 8 {
        owned_bytes(decoded.samples.iter().map(|&v| v as u8).collect(), 8, false, space)
    } else if decoded.precision <= 16 && format.bits_allocated <= 16 {
        owned_shorts(decoded.samples.iter().map(|&v| v as u16).collect(), space)
    } else {
        owned(SampleBytes::Words(decoded.samples), 32, false, space)
    })
}

/// Planes of samples as pixels of samples.
pub(crate) fn interleave(samples: &Samples<'_>, count: usize) -> Samples<'static> {
    let size = (samples.bits / 8) as usize;
    let pixels = samples.bytes.len() / (size * count).max(1);
    let mut bytes = Vec::with_capacity(pixels * count * size);
    for n in 0..pixels {
        for c in 0..count {
            let at = (c * pixels + n) * size;
            bytes.extend_from_slice(&samples.bytes[at..at + size]);
        }
    }
    Samples { bytes: SampleBytes::Shared(Cow::Owned(bytes)), planar: false, ..*samples }
}
