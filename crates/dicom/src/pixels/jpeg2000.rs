//! JPEG 2000 (ITU-T T.800) and High-Throughput JPEG 2000 (T.814).

use std::panic::{AssertUnwindSafe, catch_unwind};

use jpeg2k::Image;

/// A decoded frame: samples pixel by pixel.
pub(crate) struct Decoded {
    pub width: usize,
    pub height: usize,
    pub components: usize,
    pub precision: u32,
    pub samples: Vec<i32>,
}

/// What the SIZ and COD marker segments say, as far as it bounds the decoder's memory.
struct Size {
    width: u64,
    height: u64,
    components: usize,
}

/// The most decoded bytes per compressed byte that is believed, beyond a first megapixel.
const MAX_RATIO: u64 = 2048;

/// Decodes a codestream, with or without the boxes of JP2 around it.
///
/// # Errors
/// What is wrong with the stream.
pub(crate) fn decode(
    stream: &[u8],
    width: usize,
    height: usize,
    components: usize,
) -> Result<Decoded, String> {
    let start = if stream.starts_with(&[0xFF, 0x4F]) {
        0
    } else {
        find(stream, &[0xFF, 0x4F, 0xFF, 0x51]).ok_or("it holds no codestream")?
    };
    let size = parse_main_header(&stream[start..])?;
    if (size.width, size.height) != (width as u64, height as u64) || size.components < components {
        return Err(format!(
            "its image is {} x {} x {} where {width} x {height} x {components} is needed",
            size.width, size.height, size.components
        ));
    }
    // The decoder is a translation from C, with assertions of its own: what trips them is a damaged stream.
    let decoded = catch_unwind(AssertUnwindSafe(|| Image::from_bytes(&stream[start..])));
    let image = match decoded {
        Ok(image) => image.map_err(|e| e.to_string())?,
        Err(_) => return Err("the decoder gave up on it".to_owned()),
    };
    let parts = image.components();
    let pixels = width * height;
    let fits = |c: &jpeg2k::ImageComponent| (c.width() as usize, c.height() as usize) == (width, height);
    let precision = parts.first().map_or(0, jpeg2k::ImageComponent::precision);
    if parts.len() < components || !parts[..components].iter().all(fits) {
        return Err("its components do not have the image's size".to_owned());
    }
    let mut samples = vec![0; pixels * components];
    if components == 1 {
        samples.copy_from_slice(parts[0].data());
    } else {
        for (c, part) in parts[..components].iter().enumerate() {
            let targets = samples.iter_mut().skip(c).step_by(components);
            targets.zip(part.data()).for_each(|(target, &value)| *target = value);
        }
    }
    Ok(Decoded { width, height, components, precision, samples })
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|w| w == pattern)
}

fn be16(bytes: &[u8], at: usize) -> Result<u64, String> {
    let b = bytes.get(at..at + 2).ok_or("its header is cut short")?;
    Ok(u64::from(u16::from_be_bytes([b[0], b[1]])))
}

fn be32(bytes: &[u8], at: usize) -> Result<u64, String> {
    Ok(be16(bytes, at)? << 16 | be16(bytes, at + 2)?)
}

/// Reads the main header and refuses what would make the decoder's tables larger than the stream justifies.
fn parse_main_header(stream: &[u8]) -> Result<Size, String> {
    if be16(stream, 2)? != 0xFF51 {
        return Err("its size segment is missing".to_owned());
    }
    let (x1, y1, x0, y0) = (be32(stream, 8)?, be32(stream, 12)?, be32(stream, 16)?, be32(stream, 20)?);
    let (tile_width, tile_height) = (be32(stream, 24)?, be32(stream, 28)?);
    let components = be16(stream, 40)? as usize;
    let (width, height) = (x1.saturating_sub(x0), y1.saturating_sub(y0));
    if tile_width == 0 || tile_height == 0 || width == 0 || height == 0 || components == 0 || components > 4 {
        return Err("its size segment makes no sense".to_owned());
    }
    for c in 0..components {
        let at = 42 + 3 * c;
        if stream.get(at + 1..at + 3) != Some(&[1, 1]) {
            return Err("subsampled components are not supported".to_owned());
        }
        if stream[at] & 0x7F >= 31 {
            return Err("components of more than 31 bits are not supported".to_owned());
        }
    }
    let length = stream.len() as u64;
    let tiles = x1.div_ceil(tile_width).saturating_mul(y1.div_ceil(tile_height));
    // A tile has at least a header of 14 bytes.
    if tiles > length / 14 + 1 {
        return Err(format!("it is too short for {tiles} tiles"));
    }
    let samples = width.saturating_mul(height).saturating_mul(components as u64);
    if samples > (1 << 24) + length.saturating_mul(MAX_RATIO) {
        return Err(format!("{length} bytes cannot hold {samples} samples"));
    }
    check_coding(stream, width.saturating_mul(height))?;
    Ok(Size { width, height, components })
}

/// Refuses precincts so small that their number would exceed the pixels' use.
fn check_coding(stream: &[u8], pixels: u64) -> Result<(), String> {
    let mut at = 2;
    loop {
        let marker = be16(stream, at)?;
        if marker == 0xFF90 || marker == 0xFF93 || marker == 0xFFD9 {
            return Ok(());
        }
        let length = be16(stream, at + 2)? as usize;
        if length < 2 {
            return Err("a segment of its header has no length".to_owned());
        }
        let (style, sizes) = match marker {
            0xFF52 => (at + 4, at + 14),
            0xFF53 => (at + 5, at + 11),
            _ => (0, 0),
        };
        if style != 0 && stream.get(style).is_some_and(|s| s & 1 == 1) {
            let end = (at + 2 + length).min(stream.len());
            let smallest =
                stream.get(sizes..end).unwrap_or_default().iter().skip(1).map(|p| (p & 15).min(p >> 4)).min();
            if smallest.is_some_and(|exponent| exponent < 4) && pixels > 1 << 20 {
                return Err("its precincts are too small".to_owned());
            }
        }
        at += 2 + length;
    }
}
