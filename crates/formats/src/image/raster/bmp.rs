//! BMP: Windows bitmaps of 1, 4, 8, 16, 24 and 32 bits without run-length coding.
//!
//! Source: Microsoft's description of BITMAPFILEHEADER, BITMAPINFOHEADER and BITMAPV4HEADER. Everything is little-endian;
//! rows run from the bottom up unless the height is negative, and are padded to four bytes.

use microtome_image::{Endian, ScalarType};

use super::super::content;
use super::super::fields::{Fields, FieldsMut};
use super::super::voxels::{as_one_of, claimed_bytes};
use super::{Picture, check_components, check_slices};
use crate::data::ImageData;
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::ReadOptions;
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "BMP";
/// Bytes of the file header, before the information header.
const FILE_HEADER: usize = 14;
/// Sizes of information headers: the first one that has masks, and the one that we write for an alpha channel.
const WITH_ALPHA_MASK: usize = 56;
const VERSION_4: usize = 108;

/// BMP.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".bmp", ".dib"],
    sniff: |_, head| {
        let size = Fields::new(head, Endian::Little).get::<u32>(FILE_HEADER);
        if head.starts_with(b"BM") && (12..=124).contains(&size) { Match::Content } else { Match::No }
    },
    read: |source, options| super::read(NAME, decode, source, options),
    writers: &[Writer::Image(write)],
};

/// What the headers say.
struct Header {
    width: usize,
    height: usize,
    top_down: bool,
    bits: usize,
    pixels_at: usize,
    /// Masks of red, green, blue and alpha, if pixels are packed; a mask of 0 is a channel that is not there.
    masks: Option<[u32; 4]>,
    /// Blue, green, red of each index.
    palette: Vec<[u8; 3]>,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let f = Fields::new(bytes, Endian::Little);
        if !bytes.starts_with(b"BM") {
            return Err(Error::NotThisFormat { format: NAME, why: "it does not begin with BM".to_owned() });
        }
        let size = f.get::<u32>(14) as usize;
        let cut_short = |expected: usize| {
            let (expected, found) = (expected as u64, bytes.len() as u64);
            Error::Truncated { format: NAME, what: "the header", expected, found }
        };
        let whole = FILE_HEADER.saturating_add(size);
        if bytes.len() < whole {
            return Err(cut_short(whole));
        }
        let old = size == 12;
        if !old && size < 40 {
            return Err(Error::field(
                NAME,
                "biSize",
                &size.to_string(),
                "known headers have 12, or 40 and more bytes",
            ));
        }
        let (width, height, bits) = if old {
            (f.get::<u16>(18).into(), i64::from(f.get::<u16>(20)), f.get::<u16>(24))
        } else {
            (i64::from(f.get::<i32>(18)), i64::from(f.get::<i32>(22)), f.get::<u16>(28))
        };
        let side = |name: &str, value: i64| match usize::try_from(value) {
            Ok(value) if value > 0 => Ok(value),
            _ => Err(Error::field(NAME, name, &value.to_string(), "a size is above 0")),
        };
        let bits = usize::from(bits);
        if ![1, 4, 8, 16, 24, 32].contains(&bits) {
            return Err(Error::field(NAME, "biBitCount", &bits.to_string(), "it is 1, 4, 8, 16, 24 or 32"));
        }
        let compression = if old { 0 } else { f.get::<u32>(30) };
        // The masks follow the oldest header of those that can have them, and are part of the newer ones: same place.
        let masks = match (compression, bits) {
            (0, 16) => Some([0x7c00, 0x03e0, 0x001f, 0]),
            (0, _) => None,
            (3 | 6, 16 | 32) => {
                let mut masks = f.array::<u32, 4>(FILE_HEADER + 40);
                if size < WITH_ALPHA_MASK && compression != 6 {
                    masks[3] = 0;
                }
                Some(masks)
            }
            _ => {
                let what = format!("compression {compression} of {bits}-bit pixels");
                return Err(Error::Unsupported { format: NAME, what });
            }
        };
        let palette = if bits <= 8 { palette(f, size, bits, if old { 3 } else { 4 })? } else { Vec::new() };
        Ok(Self {
            width: side("biWidth", width)?,
            height: side("biHeight", height.abs())?,
            top_down: height < 0,
            bits,
            pixels_at: f.get::<u32>(10) as usize,
            masks,
            palette,
        })
    }
}

fn palette(f: Fields<'_>, header: usize, bits: usize, entry: usize) -> Result<Vec<[u8; 3]>, Error> {
    let most = 1_usize << bits;
    let stated = if entry == 4 { f.get::<u32>(46) as usize } else { 0 };
    let count = if stated == 0 { most } else { stated.min(most) };
    let start = FILE_HEADER + header;
    let bytes = f.bytes(start, count * entry).ok_or(Error::Truncated {
        format: NAME,
        what: "the palette",
        expected: (start + count * entry) as u64,
        found: start as u64,
    })?;
    Ok(bytes.chunks_exact(entry).map(|e| [e[0], e[1], e[2]]).collect())
}

/// The bits under `mask` as a channel of 8 bits.
fn channel(pixel: u32, mask: u32) -> u8 {
    if mask == 0 {
        return 0;
    }
    let most = mask >> mask.trailing_zeros();
    let value = (pixel & mask) >> mask.trailing_zeros();
    ((u64::from(value) * 255 + u64::from(most) / 2) / u64::from(most)) as u8
}

fn decode(bytes: &[u8], options: &ReadOptions) -> Result<Picture, Error> {
    let header = Header::parse(bytes)?;
    let Header { width, height, bits, .. } = header;
    let grey = bits <= 8 && header.palette.iter().all(|[b, g, r]| b == g && g == r);
    let components = match header.masks {
        _ if grey => 1,
        Some([.., alpha]) if alpha != 0 => 4,
        _ => 3,
    };
    let size = claimed_bytes(NAME, &[width, height, components].map(|n| n as u64), 1, options)?;
    let row_bits = width.checked_mul(bits).and_then(|n| n.checked_next_multiple_of(32));
    let row_bytes = row_bits.map_or(usize::MAX, |n| n / 8);
    let needed = header.pixels_at.saturating_add(row_bytes.saturating_mul(height));
    let Some(rows) = bytes.get(header.pixels_at..needed) else {
        let (expected, found) = (needed as u64, bytes.len() as u64);
        return Err(Error::Truncated { format: NAME, what: "the header with the pixels", expected, found });
    };
    let mut pixels = Vec::with_capacity(size);
    for j in 0..height {
        let line = if header.top_down { j } else { height - 1 - j };
        decode_row(&header, components, &rows[line * row_bytes..][..row_bytes], &mut pixels)?;
    }
    Ok(Picture::new(width, height, components, pixels))
}

/// Appends the pixels of one row.
fn decode_row(header: &Header, components: usize, row: &[u8], pixels: &mut Vec<u8>) -> Result<(), Error> {
    match (header.bits, header.masks) {
        (bits @ (1 | 4 | 8), _) => {
            let per_byte = 8 / bits;
            for i in 0..header.width {
                let shift = 8 - bits * (i % per_byte + 1);
                let index = usize::from(row[i / per_byte] >> shift) & ((1 << bits) - 1);
                let color = header.palette.get(index).ok_or_else(|| {
                    let why = format!("the palette has {} colours", header.palette.len());
                    Error::field(NAME, "pixel", &index.to_string(), why)
                })?;
                pixels.extend(color.iter().rev().take(components));
            }
        }
        (bits, Some(masks)) => {
            for pixel in row.chunks_exact(bits / 8).take(header.width) {
                let packed = pixel.iter().rev().fold(0_u32, |n, &b| n << 8 | u32::from(b));
                pixels.extend(masks.iter().take(components).map(|&mask| channel(packed, mask)));
            }
        }
        (bits, None) => {
            for pixel in row.chunks_exact(bits / 8).take(header.width) {
                pixels.extend(pixel[..3].iter().rev());
            }
        }
    }
    Ok(())
}

fn write(data: &ImageData, name: &str, options: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let image = options.scalar_type.map_or_else(|| data.image.clone(), |t| data.image.cast(t));
    check_slices(NAME, &image, false)?;
    let components = check_components(NAME, &image, &[1, 3, 4])?;
    let array = as_one_of(NAME, image.array(), &[ScalarType::UInt8])?;
    let [width, height, _] = image.dims();
    let row_bytes = (width * components).next_multiple_of(4);
    let (info, palette) = match components {
        1 => (40, 256 * 4),
        3 => (40, 0),
        _ => (VERSION_4, 0),
    };
    let pixels_at = FILE_HEADER + info + palette;
    let total = row_bytes
        .checked_mul(height)
        .and_then(|n| n.checked_add(pixels_at))
        .filter(|&n| n <= i32::MAX as usize);
    let what = || format!("{width} × {height} pixels");
    let total = total.ok_or_else(|| Error::CannotHold { format: NAME, what: what() })?;
    let mut f = FieldsMut::new(pixels_at, Endian::Little);
    f.put_bytes(0, b"BM");
    f.put(2, total as u32);
    f.put(10, pixels_at as u32);
    f.put(14, info as u32);
    f.put(18, width as i32);
    f.put(22, height as i32);
    f.put(26, 1_u16);
    f.put(28, 8 * components as u16);
    f.put(34, (total - pixels_at) as u32);
    if components == 1 {
        f.put(46, 256_u32);
        for value in 0..=255_u8 {
            f.put_bytes(FILE_HEADER + info + 4 * usize::from(value), &[value, value, value, 0]);
        }
    }
    if components == 4 {
        f.put(30, 3_u32);
        for (n, mask) in [0x00ff_0000_u32, 0x0000_ff00, 0x0000_00ff, 0xff00_0000].into_iter().enumerate() {
            f.put(FILE_HEADER + 40 + 4 * n, mask);
        }
        f.put_bytes(FILE_HEADER + 56, b"BGRs");
    }
    let mut pixels = Vec::with_capacity(total - pixels_at);
    let values = array.as_bytes();
    for row in values.chunks_exact(width * components).rev() {
        let start = pixels.len();
        for pixel in row.chunks_exact(components) {
            pixels.extend(pixel.iter().take(3).rev().chain(pixel.get(3)));
        }
        pixels.resize(start + row_bytes, 0);
    }
    content::write(sink, name, &[&f.into_bytes(), &pixels], false, options.compression)
}
