//! TIFF 6.0: grey, palette, RGB and RGBA pages of integers or floats, strips or tiles; BigTIFF beyond 4 GiB.
//!
//! The resolution tags give the pixel's width and height if their unit is the inch or the centimetre. Pages become slices.

use std::io::{Cursor, Seek, Write};

use microtome_image::{Array, Endian, Image, Meaning, Scalar, ScalarType};
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::encoder::colortype as color;
use tiff::encoder::{DeflateLevel, Rational, TiffEncoder, TiffKind};
use tiff::tags::{ResolutionUnit, Tag};
use tiff::{ColorType, TiffError};

use super::super::fields::Fields;
use super::super::voxels::claimed_bytes;
use super::{Picture, check_components, check_slices, stack};
use crate::data::{ImageData, Warning};
use crate::error::Error;
use crate::gzip::Compression;
use crate::sink::{Sink, WriteOptions};
use crate::source::ReadOptions;
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "TIFF";
const DESCRIPTION: &str = "tiff/ImageDescription";
/// No supported compression makes more than this many bytes of one: LZW's longest string for a code of twelve bits.
const MOST_EXPANSION: u64 = 2560;
/// Above this the offsets of a plain TIFF may not reach the end.
const MOST_PLAIN: usize = 4_000_000_000;
/// TIFF.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".tif", ".tiff"],
    sniff: |_, head| {
        let magics: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];
        if magics.iter().any(|m| head.starts_with(m)) { Match::Content } else { Match::No }
    },
    read: |source, options| super::read(NAME, decode, source, options),
    writers: &[Writer::Image(write)],
};

fn refused(error: TiffError) -> Error {
    match error {
        TiffError::UnsupportedError(what) => Error::Unsupported { format: NAME, what: what.to_string() },
        error => Error::Compression { format: NAME, why: error.to_string() },
    }
}

type Pages<'a> = Decoder<Cursor<&'a [u8]>>;

fn decode(bytes: &[u8], options: &ReadOptions) -> Result<Picture, Error> {
    let most = options.max_bytes.min((bytes.len() as u64).saturating_mul(MOST_EXPANSION));
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = most;
    limits.intermediate_buffer_size = most;
    limits.ifd_value_size = bytes.len();
    check_first_directory(bytes)?;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(refused)?.with_limits(limits);
    let mut pages: Vec<Picture> = Vec::new();
    let mut warnings = Vec::new();
    let mut left = ReadOptions { max_bytes: most as u64, ..options.clone() };
    loop {
        let page = decode_page(&mut decoder, &left)?;
        left.max_bytes = left.max_bytes.saturating_sub(page.array.as_bytes().len() as u64);
        let shape = |p: &Picture| (p.width, p.height, p.components, p.array.scalar_type());
        match pages.first() {
            // Thumbnails and masks are pages too.
            Some(first) if shape(first) != shape(&page) => {
                let (w, h, c, t) = shape(&page);
                warnings.push(Warning::new(format!(
                    "a page of {w} × {h} {t} with {c} components is unlike the first; left out"
                )));
            }
            _ => pages.push(page),
        }
        if !decoder.more_images() {
            break;
        }
        decoder.next_image().map_err(refused)?;
    }
    let mut picture =
        stack::join(pages).ok_or_else(|| Error::Missing { format: NAME, field: "a page".to_owned() })?;
    picture.warnings.extend(warnings);
    Ok(picture)
}

/// Refuses fields of the first directory with more values than the file has bytes: the decoder makes room for them when
/// it opens the file, before it knows our limits.
fn check_first_directory(bytes: &[u8]) -> Result<(), Error> {
    let endian = if bytes.starts_with(b"MM") { Endian::Big } else { Endian::Little };
    let fields = Fields::new(bytes, endian);
    let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    let is_big = fields.get::<u16>(2) == 43;
    let start = place(if is_big { fields.get::<u64>(8) } else { fields.get::<u32>(4).into() });
    let (count, head, size) = match is_big {
        true => (place(fields.get::<u64>(start)), 8, 20),
        false => (usize::from(fields.get::<u16>(start)), 2, 12),
    };
    let entries = bytes.get(start.saturating_add(head)..).unwrap_or_default();
    for entry in entries.chunks_exact(size).take(count) {
        let entry = Fields::new(entry, endian);
        let values = if is_big { entry.get::<u64>(4) } else { entry.get::<u32>(4).into() };
        if values > bytes.len() as u64 {
            let (claimed, limit) = (values.into(), bytes.len() as u128);
            return Err(Error::TooLarge { format: NAME, what: "a field", claimed, limit });
        }
    }
    Ok(())
}

fn decode_page(decoder: &mut Pages<'_>, options: &ReadOptions) -> Result<Picture, Error> {
    let (width, height) = decoder.dimensions().map_err(refused)?;
    let color = decoder.colortype().map_err(refused)?;
    let (samples, bits) = (usize::from(color.num_samples()), color.bit_depth());
    let sizes = [u64::from(width), u64::from(height), samples as u64];
    claimed_bytes(NAME, &sizes, usize::from(bits).div_ceil(8), options)?;
    let spacing = spacing(decoder)?;
    let description =
        decoder.find_tag(Tag::ImageDescription).map_err(refused)?.and_then(|v| v.into_string().ok());
    let palette = match color {
        ColorType::Palette(_) => Some(decoder.get_tag_u16_vec(Tag::ColorMap).map_err(refused)?),
        ColorType::Gray(_) | ColorType::GrayA(_) | ColorType::RGB(_) | ColorType::RGBA(_) => None,
        ColorType::Multiband { .. } => None,
        other => return Err(Error::Unsupported { format: NAME, what: format!("the colour type {other:?}") }),
    };
    let decoded = decoder.read_image().map_err(refused)?;
    let (width, height) = (width as usize, height as usize);
    let array = if bits < 8 {
        let DecodingResult::U8(packed) = decoded else {
            return Err(Error::Unsupported { format: NAME, what: format!("numbers of {bits} bits") });
        };
        unpacked(&packed, width, height, samples, bits, palette.is_none())?
    } else {
        array(decoded)?
    };
    let (components, array) = match palette {
        Some(palette) => (3, colors(&array, &palette, bits)?),
        None => (samples, array),
    };
    let mut picture = Picture { spacing, ..Picture::new(width, height, components, array) };
    let needed = width * height * components;
    if picture.array.len() != needed {
        let (expected, found) = (needed as u64, picture.array.len() as u64);
        return Err(Error::Truncated { format: NAME, what: "a page", expected, found });
    }
    if let Some(text) = description.filter(|t| !t.is_empty()) {
        picture.metadata.set(DESCRIPTION, text);
    }
    Ok(picture)
}

fn array(decoded: DecodingResult) -> Result<Array, Error> {
    Ok(match decoded {
        DecodingResult::U8(v) => v.into(),
        DecodingResult::U16(v) => v.into(),
        DecodingResult::U32(v) => v.into(),
        DecodingResult::U64(v) => v.into(),
        DecodingResult::I8(v) => v.into(),
        DecodingResult::I16(v) => v.into(),
        DecodingResult::I32(v) => v.into(),
        DecodingResult::I64(v) => v.into(),
        DecodingResult::F32(v) => v.into(),
        DecodingResult::F64(v) => v.into(),
        DecodingResult::F16(v) => v.into_iter().map(f32::from).collect::<Vec<f32>>().into(),
    })
}

/// Samples of 1, 2 or 4 bits, each row beginning a new byte; stretched to 0 to 255 if they are brightness.
fn unpacked(
    packed: &[u8],
    width: usize,
    height: usize,
    samples: usize,
    bits: u8,
    stretch: bool,
) -> Result<Array, Error> {
    let bits = usize::from(bits);
    if !8_usize.is_multiple_of(bits) {
        return Err(Error::Unsupported { format: NAME, what: format!("numbers of {bits} bits") });
    }
    let row = width * samples;
    let row_bytes = (row * bits).div_ceil(8);
    let most = (1_u8 << bits) - 1;
    let mut values = Vec::with_capacity(row * height);
    for line in packed.chunks_exact(row_bytes).take(height) {
        for n in 0..row {
            let value = line[n * bits / 8] >> (8 - bits - n * bits % 8) & most;
            values.push(if stretch { value * (255 / most) } else { value });
        }
    }
    Ok(values.into())
}

/// Palette indices as RGB. A palette has all reds, all greens, then all blues, of 16 bits.
fn colors(indices: &Array, palette: &[u16], bits: u8) -> Result<Array, Error> {
    let count = 1_usize << bits.min(16);
    let Some(indices) = indices.as_slice::<u8>().filter(|_| palette.len() == 3 * count) else {
        let why = "8-bit indices and three times as many values as colours are possible";
        return Err(Error::field(NAME, "ColorMap", &format!("{} values", palette.len()), why));
    };
    let color = |&index: &u8| [0, 1, 2].map(|c| (palette[c * count + usize::from(index) % count] >> 8) as u8);
    Ok(indices.iter().flat_map(color).collect::<Vec<u8>>().into())
}

fn spacing(decoder: &mut Pages<'_>) -> Result<[f64; 2], Error> {
    let unit = decoder.find_tag_unsigned::<u16>(Tag::ResolutionUnit).map_err(refused)?.unwrap_or(2);
    let millimetres = match unit {
        2 => 25.4,
        3 => 10.0,
        _ => return Ok([1.0; 2]),
    };
    let mut spacing = [1.0; 2];
    for (size, tag) in spacing.iter_mut().zip([Tag::XResolution, Tag::YResolution]) {
        let Some(value) = decoder.find_tag(tag).map_err(refused)? else { continue };
        let per_unit = match value {
            tiff::decoder::ifd::Value::Rational(n, d) => f64::from(n) / f64::from(d),
            other => other.into_f64().unwrap_or(0.0),
        };
        if per_unit > 0.0 && per_unit.is_finite() {
            *size = millimetres / per_unit;
        }
    }
    Ok(spacing)
}

fn failed(error: TiffError) -> Error {
    match error {
        TiffError::IoError(error) => Error::Io(error),
        error => Error::CannotHold { format: NAME, what: error.to_string() },
    }
}

fn write(data: &ImageData, name: &str, options: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let image = options.scalar_type.map_or_else(|| data.image.clone(), |t| data.image.cast(t));
    check_slices(NAME, &image, true)?;
    if image.meaning() == Meaning::Complex {
        return Err(Error::CannotHold { format: NAME, what: "complex numbers".to_owned() });
    }
    check_components(NAME, &image, &[1, 3, 4])?;
    let description = data.metadata.get(DESCRIPTION);
    let mut file = sink.create(name)?;
    if image.array().as_bytes().len() > MOST_PLAIN {
        let mut encoder =
            TiffEncoder::new_big(&mut file).map_err(failed)?.with_compression(compression(options));
        write_pages(&mut encoder, &image, description)
    } else {
        let mut encoder = TiffEncoder::new(&mut file).map_err(failed)?.with_compression(compression(options));
        write_pages(&mut encoder, &image, description)
    }
}

fn compression(options: &WriteOptions) -> tiff::encoder::Compression {
    match options.compression {
        Compression::None => tiff::encoder::Compression::Uncompressed,
        Compression::Fast => tiff::encoder::Compression::Deflate(DeflateLevel::Fast),
        Compression::Best => tiff::encoder::Compression::Deflate(DeflateLevel::Best),
    }
}

fn write_pages<W: Write + Seek, K: TiffKind>(
    encoder: &mut TiffEncoder<W, K>,
    image: &Image,
    description: Option<&str>,
) -> Result<(), Error> {
    use color::{
        Gray8, Gray16, Gray32, Gray32Float, Gray64, Gray64Float, GrayI8, GrayI16, GrayI32, GrayI64, RGB8,
        RGB16, RGB32, RGB32Float, RGB64, RGB64Float, RGBA8, RGBA16, RGBA32, RGBA32Float, RGBA64, RGBA64Float,
    };
    macro_rules! pages {
        ($color:ty, $number:ty) => {
            each_page::<W, K, $color, $number>(encoder, image, description)
        };
    }
    use ScalarType::{Float32, Float64, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    match (image.components(), image.scalar_type()) {
        (1, UInt8) => pages!(Gray8, u8),
        (1, UInt16) => pages!(Gray16, u16),
        (1, UInt32) => pages!(Gray32, u32),
        (1, UInt64) => pages!(Gray64, u64),
        (1, Int8) => pages!(GrayI8, i8),
        (1, Int16) => pages!(GrayI16, i16),
        (1, Int32) => pages!(GrayI32, i32),
        (1, Int64) => pages!(GrayI64, i64),
        (1, Float32) => pages!(Gray32Float, f32),
        (1, Float64) => pages!(Gray64Float, f64),
        (3, UInt8) => pages!(RGB8, u8),
        (3, UInt16) => pages!(RGB16, u16),
        (3, UInt32) => pages!(RGB32, u32),
        (3, UInt64) => pages!(RGB64, u64),
        (3, Float32) => pages!(RGB32Float, f32),
        (3, Float64) => pages!(RGB64Float, f64),
        (4, UInt8) => pages!(RGBA8, u8),
        (4, UInt16) => pages!(RGBA16, u16),
        (4, UInt32) => pages!(RGBA32, u32),
        (4, UInt64) => pages!(RGBA64, u64),
        (4, Float32) => pages!(RGBA32Float, f32),
        (4, Float64) => pages!(RGBA64Float, f64),
        (components, scalar_type) => {
            let what = format!("{components} components of {scalar_type}");
            Err(Error::CannotHold { format: NAME, what })
        }
    }
}

fn each_page<W, K, C, T>(
    encoder: &mut TiffEncoder<W, K>,
    image: &Image,
    description: Option<&str>,
) -> Result<(), Error>
where
    W: Write + Seek,
    K: TiffKind,
    T: Scalar,
    C: color::ColorType<Inner = T>,
    [T]: tiff::encoder::TiffValue,
{
    let values = image.array().as_slice::<T>().unwrap_or_default();
    let [width, height, _] = image.dims();
    let side = |n: usize| {
        u32::try_from(n)
            .map_err(|_| Error::CannotHold { format: NAME, what: format!("a side of {n} pixels") })
    };
    let [x, y, _] = image.grid().spacing().map(per_centimetre);
    for page in values.chunks_exact(width * height * image.components()) {
        let mut directory = encoder.new_image::<C>(side(width)?, side(height)?).map_err(failed)?;
        directory.resolution_unit(ResolutionUnit::Centimeter);
        directory.x_resolution(Rational { n: x.n, d: x.d });
        directory.y_resolution(Rational { n: y.n, d: y.d });
        if let Some(text) = description.filter(|t| t.is_ascii()) {
            directory.encoder().write_tag(Tag::ImageDescription, text).map_err(failed)?;
        }
        directory.write_data(page).map_err(failed)?;
    }
    Ok(())
}

/// Pixels of `size` mm in a centimetre, with as many decimals as a fraction of 32-bit numbers has room for.
fn per_centimetre(size: f64) -> Rational {
    let count = 10.0 / size;
    let powers = (0..=9).rev().map(|n| 10_u32.pow(n));
    let fitting =
        powers.map(|d| ((count * f64::from(d)).round(), d)).find(|&(n, _)| n <= f64::from(u32::MAX));
    match fitting {
        Some((n, d)) if n >= 1.0 => Rational { n: n as u32, d },
        _ => Rational { n: 10, d: 1 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_with_more_values_than_bytes_is_refused() {
        let plain = b"II*\0\x08\0\0\0\x01\0\x06\x01\x03\0\x01\0\x6b\0\x01\0\0\0\0\0\0\0";
        let big = b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x01\
            \x01\x06\0\x03\0\0\0\0\0\x6b\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        for bytes in [plain.as_slice(), big] {
            let refusal = decode(bytes, &ReadOptions::default()).err();
            assert!(matches!(refusal, Some(Error::TooLarge { what: "a field", .. })), "{refusal:?}");
        }
    }
}
