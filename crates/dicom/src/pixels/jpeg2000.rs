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
    check_coding(stream, tiles, tile_width.min(width), tile_height.min(height), components as u64)?;
    Ok(Size { width, height, components })
}

/// What the decoder sets up before it reads any data, by the coding styles that a stream declares.
#[derive(Default)]
struct Coding {
    /// Quality layers, at most.
    layers: u64,
    /// Code-blocks of a tile's component, at most.
    blocks: u64,
    /// Precincts of a tile's component, at most.
    precincts: u64,
    /// Resolutions of a component by the precincts of its largest one, at most: the decoder's table of packets.
    places: u64,
}

impl Coding {
    /// Takes in a coding style (T.800, table A.15) from the number of its decomposition levels on.
    fn include(&mut self, style: &[u8], own_precincts: bool, width: u64, height: u64) -> Result<(), String> {
        let &[levels, block_width, block_height, ..] = style else {
            return Err("its header is cut short".to_owned());
        };
        let (block_width, block_height) = (u32::from(block_width & 15) + 2, u32::from(block_height & 15) + 2);
        if levels > 32 {
            return Err(format!("it has {levels} decomposition levels"));
        }
        // Cells of 2^exponent that a length touches, wherever it starts.
        let cells = |length: u64, exponent: u32| (length.max(1) - 1).div_ceil(1 << exponent) + 1;
        let (mut blocks, mut precincts, mut largest) = (0, 0, 0);
        for resolution in 0..=usize::from(levels) {
            let level = u32::from(levels) - resolution as u32;
            let (w, h) = (width.div_ceil(1 << level), height.div_ceil(1 << level));
            let (px, py) = match style.get(5 + resolution) {
                Some(&size) if own_precincts => (u32::from(size & 15), u32::from(size >> 4)),
                _ => (15, 15),
            };
            let here = cells(w, px).saturating_mul(cells(h, py));
            // Above the lowest resolution, three sub-bands of half the size; a code-block stays within a precinct's part.
            let (bands, half) = if resolution == 0 { (1, 0) } else { (3, 1) };
            let (bx, by) = (block_width.min(px.max(half) - half), block_height.min(py.max(half) - half));
            let (band_width, band_height) = (w.div_ceil(1 << half), h.div_ceil(1 << half));
            let in_band = cells(band_width, bx).saturating_mul(cells(band_height, by));
            blocks += in_band.saturating_mul(bands).max(here);
            precincts += here;
            largest = here.max(largest);
        }
        self.blocks = self.blocks.max(blocks);
        self.precincts = self.precincts.max(precincts);
        self.places = self.places.max(largest * (u64::from(levels) + 1));
        Ok(())
    }
}

/// Refuses streams whose tiles have more precincts, code-blocks or packets than their length justifies: a packet is
/// at least a byte. `tiles` tiles of at most `width` by `height` pixels; the coding styles of all tile-parts count.
fn check_coding(stream: &[u8], tiles: u64, width: u64, height: u64, components: u64) -> Result<(), String> {
    let mut coding = Coding::default();
    let mut at = 2;
    let mut next_part = None;
    while let Ok(marker) = be16(stream, at) {
        match marker {
            0xFF90 => {
                let length = be32(stream, at + 6)? as usize;
                next_part = at.checked_add(length).filter(|_| length >= 14);
            }
            0xFF93 => match next_part.take() {
                Some(next) => {
                    at = next;
                    continue;
                }
                // The last tile-part may leave its length open.
                None => break,
            },
            0xFFD9 => break,
            _ => {}
        }
        let length = be16(stream, at + 2)? as usize;
        if length < 2 {
            return Err("a segment of its header has no length".to_owned());
        }
        let end = at + 2 + length;
        let segment = stream.get(at + 4..end).ok_or("its header is cut short")?;
        match (marker, segment) {
            (0xFF52, [style, _, high, low, _, rest @ ..]) => {
                coding.layers = coding.layers.max(u64::from(u16::from_be_bytes([*high, *low])));
                coding.include(rest, style & 1 == 1, width, height)?;
            }
            (0xFF53, [_, style, rest @ ..]) => coding.include(rest, style & 1 == 1, width, height)?,
            _ => {}
        }
        at = end;
    }
    let length = stream.len() as u64;
    let refuse = |count: u64, what: &str| Err(format!("{length} bytes cannot hold {count} {what}"));
    let [blocks, precincts, places] =
        [coding.blocks, coding.precincts, coding.places].map(|n| n.saturating_mul(components));
    let packets = places.saturating_mul(coding.layers);
    let in_all = blocks.saturating_add(precincts).saturating_mul(tiles);
    if blocks > (1 << 15) + length {
        return refuse(blocks, "code-blocks");
    }
    if precincts > (1 << 14) + length {
        return refuse(precincts, "precincts");
    }
    if packets > (1 << 20) + length.saturating_mul(64) {
        return refuse(packets, "packets");
    }
    if in_all > (1 << 18) + length.saturating_mul(16) {
        return refuse(in_all, "code-blocks");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A codestream of one component up to its end, without any tile.
    fn main_header(size: u32, layers: u16, style: &[u8]) -> Vec<u8> {
        let mut stream = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
        for n in [size, size, 0, 0, size, size, 0, 0] {
            stream.extend(n.to_be_bytes());
        }
        stream.extend([0, 1, 15, 1, 1, 0xFF, 0x52, 0]);
        stream.push(7 + style.len() as u8);
        stream.push(u8::from(style.len() > 5));
        stream.push(0);
        stream.extend(layers.to_be_bytes());
        stream.push(0);
        stream.extend(style);
        stream.extend([0xFF, 0xD9]);
        stream
    }

    #[test]
    fn usual_coding_styles_are_accepted() {
        for (size, style) in
            [(512, &[5, 4, 4, 0, 1][..]), (4096, &[5, 3, 3, 0, 0]), (64, &[0, 4, 4, 0, 1, 0x88])]
        {
            assert!(parse_main_header(&main_header(size, 1, style)).is_ok(), "{size} {style:?}");
        }
    }

    #[test]
    fn tables_larger_than_the_stream_justifies_are_refused() {
        let refusal =
            |size, layers, style: &[u8]| parse_main_header(&main_header(size, layers, style)).err().unwrap();
        assert!(refusal(160, 1, &[0, 4, 4, 0, 1, 0x00]).contains("precincts"));
        assert!(refusal(4000, 1, &[5, 0, 0, 0, 1]).contains("code-blocks"));
        assert!(refusal(1024, 65535, &[0, 4, 4, 0, 1, 0x44]).contains("packets"));
        assert!(refusal(64, 1, &[33, 4, 4, 0, 1]).contains("levels"));
    }

    #[test]
    fn coding_styles_of_tiles_count() {
        let mut stream = main_header(1024, 1, &[0, 4, 4, 0, 1]);
        stream.truncate(stream.len() - 2);
        stream.extend([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1]);
        stream.extend([0xFF, 0x53, 0, 10, 0, 1, 0, 4, 4, 0, 1, 0x00, 0xFF, 0x93]);
        assert!(parse_main_header(&stream).is_err());
    }
}
