//! PNG (ISO/IEC 15948): 8 and 16 bits; palettes and fewer bits are expanded.

use std::io::Cursor;

use microtome_image::{Array, Endian, Meaning, ScalarType};
use png::{BitDepth, ColorType, DecodingError, EncodingError, Limits, Transformations};

use super::super::voxels::{as_one_of, bytes_in_order, claimed_bytes};
use super::{Picture, check_components, check_slices};
use crate::data::ImageData;
use crate::error::Error;
use crate::gzip::Compression;
use crate::sink::{Sink, WriteOptions};
use crate::source::ReadOptions;
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "PNG";
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The most bytes that a byte of DEFLATE can hold.
const MOST_EXPANSION: u64 = 1032;

/// PNG.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".png"],
    sniff: |_, head| if head.starts_with(SIGNATURE) { Match::Content } else { Match::No },
    read: |source, options| super::read(NAME, decode, source, options),
    writers: &[Writer::Image(write)],
};

fn refused(error: DecodingError) -> Error {
    match error {
        DecodingError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::Io(error)
        }
        error => Error::Compression { format: NAME, why: error.to_string() },
    }
}

fn decode(bytes: &[u8], options: &ReadOptions) -> Result<Picture, Error> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits(options));
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(refused)?;
    let (width, height) = info.size();
    let bits = info.color_type.samples() as u128 * info.bit_depth as u128;
    let claimed = u128::from(width) * u128::from(height) * bits / 8;
    let limit = u128::from((bytes.len() as u64).saturating_mul(MOST_EXPANSION));
    if claimed > limit {
        return Err(Error::TooLarge { format: NAME, what: "pixels", claimed, limit });
    }
    let mut reader = decoder.read_info().map_err(refused)?;
    // The decoder takes a palette to have whole colours.
    if let Some(palette) = reader.info().palette.as_ref().filter(|p| !p.len().is_multiple_of(3)) {
        let found = format!("{} bytes", palette.len());
        return Err(Error::field(NAME, "PLTE", &found, "three bytes for each colour"));
    }
    let (color, depth) = reader.output_color_type();
    let (scalar_type, components) = match depth {
        BitDepth::Sixteen => (ScalarType::UInt16, color.samples()),
        _ => (ScalarType::UInt8, color.samples()),
    };
    let sizes = [u64::from(width), u64::from(height), components as u64];
    let size = claimed_bytes(NAME, &sizes, scalar_type.size(), options)?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map_err(refused)?;
    let array = Array::from_bytes(pixels.into(), scalar_type, size / scalar_type.size(), Endian::Big)?;
    Ok(Picture::new(width as usize, height as usize, components, array))
}

fn limits(options: &ReadOptions) -> Limits {
    Limits { bytes: usize::try_from(options.max_bytes).unwrap_or(usize::MAX) }
}

fn write(data: &ImageData, name: &str, options: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let image = options.scalar_type.map_or_else(|| data.image.clone(), |t| data.image.cast(t));
    check_slices(NAME, &image, false)?;
    if image.meaning() == Meaning::Complex {
        return Err(Error::CannotHold { format: NAME, what: "complex numbers".to_owned() });
    }
    let color = match check_components(NAME, &image, &[1, 2, 3, 4])? {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    };
    let array = as_one_of(NAME, image.array(), &[ScalarType::UInt8, ScalarType::UInt16])?;
    let side = |n: usize| {
        u32::try_from(n)
            .map_err(|_| Error::CannotHold { format: NAME, what: format!("a side of {n} pixels") })
    };
    let (width, height) = (side(image.dims()[0])?, side(image.dims()[1])?);
    let mut file = sink.create(name)?;
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(if array.scalar_type() == ScalarType::UInt16 {
        BitDepth::Sixteen
    } else {
        BitDepth::Eight
    });
    encoder.set_compression(match options.compression {
        Compression::None => png::Compression::NoCompression,
        Compression::Fast => png::Compression::Fast,
        Compression::Best => png::Compression::High,
    });
    let failed = |error| match error {
        EncodingError::IoError(error) => Error::Io(error),
        error => Error::CannotHold { format: NAME, what: error.to_string() },
    };
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&bytes_in_order(&array, Endian::Big)).map_err(failed)?;
    writer.finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_palette_with_part_of_a_color_is_refused() {
        let chunks = b"\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x03\0\0\0(\xcb4\xbb\
            \0\0\0\x04PLTE\x01\x02\x03\x04#\xdb\x8a\xab\
            \0\0\0\x0aIDATx\x9cc`\x04\0\0\x03\0\x02K\xf5\xdd\xea\
            \0\0\0\0IEND\xaeB`\x82";
        let bytes = [SIGNATURE, chunks].concat();
        let error = decode(&bytes, &ReadOptions::default()).err().unwrap();
        assert!(error.to_string().contains("PLTE"), "{error}");
    }
}
