//! Pictures: what a view looks like, pixel by pixel.

use std::fmt;

/// A colour with straight (not premultiplied) alpha, 0 to 255 each.
pub type Rgba8 = [u8; 4];

/// A picture of RGBA pixels, the top row first.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<Rgba8>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture {}×{}", self.width, self.height)
    }
}

/// Why a picture could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The picture would be empty or larger than [`Picture::MAX_PIXELS`].
    #[error(
        "a picture of {width}×{height} pixels: each side must be at least 1 and their product at most {}",
        Picture::MAX_PIXELS
    )]
    Size {
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
    },
    /// The PNG encoder refused it.
    #[error("the picture could not be written as PNG")]
    Png(#[from] png::EncodingError),
}

impl Picture {
    /// The largest number of pixels of a picture.
    pub const MAX_PIXELS: usize = 1 << 28;

    /// A picture of one colour.
    ///
    /// # Errors
    /// [`PictureError::Size`] for an empty picture or one of more than [`MAX_PIXELS`](Self::MAX_PIXELS).
    pub fn new(width: usize, height: usize, color: Rgba8) -> Result<Self, PictureError> {
        match width.checked_mul(height) {
            Some(count) if (1..=Self::MAX_PIXELS).contains(&count) => {
                Ok(Self { width, height, pixels: vec![color; count] })
            }
            _ => Err(PictureError::Size { width, height }),
        }
    }

    /// Pixels across.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub const fn height(&self) -> usize {
        self.height
    }

    /// All pixels, row by row from the top.
    pub fn pixels(&self) -> &[Rgba8] {
        &self.pixels
    }

    /// All pixels, row by row from the top.
    pub fn pixels_mut(&mut self) -> &mut [Rgba8] {
        &mut self.pixels
    }

    /// The pixel in column `x` of row `y` (from the top); `None` outside.
    pub fn get(&self, x: usize, y: usize) -> Option<Rgba8> {
        (x < self.width && y < self.height).then(|| self.pixels[y * self.width + x])
    }

    /// Puts `color` over pixel (`x`, `y`) with `coverage` (0 to 1) on top of its own alpha. Outside: nothing happens.
    pub fn blend(&mut self, x: isize, y: isize, color: Rgba8, coverage: f32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.width && y < self.height {
            let pixel = &mut self.pixels[y * self.width + x];
            *pixel = over(*pixel, color, coverage);
        }
    }

    /// Puts `color` over a rectangle; parts outside are cut off.
    pub fn fill_rect(&mut self, x: isize, y: isize, width: usize, height: usize, color: Rgba8) {
        for row in y.max(0)..y.saturating_add_unsigned(height).min(self.height as isize) {
            for column in x.max(0)..x.saturating_add_unsigned(width).min(self.width as isize) {
                self.blend(column, row, color, 1.0);
            }
        }
    }

    /// Copies `other` so that its upper left pixel lies at column `x` of row `y`; parts outside are cut off.
    pub fn place(&mut self, other: &Self, x: usize, y: usize) {
        let width = other.width.min(self.width.saturating_sub(x));
        for row in 0..other.height.min(self.height.saturating_sub(y)) {
            let target = (y + row) * self.width + x;
            let source = row * other.width;
            self.pixels[target..target + width].copy_from_slice(&other.pixels[source..source + width]);
        }
    }

    /// The picture as the bytes of a PNG file, 8 bits per channel: RGB if every pixel is opaque, RGBA otherwise.
    ///
    /// # Errors
    /// [`PictureError::Png`] if the encoder refuses.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let opaque = self.pixels.iter().all(|p| p[3] == 255);
        let size = |n: usize| {
            u32::try_from(n).map_err(|_| PictureError::Size { width: self.width, height: self.height })
        };
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, size(self.width)?, size(self.height)?);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_color(if opaque { png::ColorType::Rgb } else { png::ColorType::Rgba });
        let mut writer = encoder.write_header()?;
        if opaque {
            let rgb: Vec<u8> = self.pixels.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
            writer.write_image_data(&rgb)?;
        } else {
            writer.write_image_data(self.pixels.as_flattened())?;
        }
        writer.finish()?;
        Ok(bytes)
    }
}

/// `top` with `coverage` over `below`, both with straight alpha.
pub fn over(below: Rgba8, top: Rgba8, coverage: f32) -> Rgba8 {
    let a = f32::from(top[3]) / 255.0 * coverage.clamp(0.0, 1.0);
    let b = f32::from(below[3]) / 255.0 * (1.0 - a);
    let alpha = a + b;
    if alpha <= 0.0 {
        return [0; 4];
    }
    let mix = |n: usize| to_byte((f32::from(top[n]) * a + f32::from(below[n]) * b) / (alpha * 255.0));
    [mix(0), mix(1), mix(2), to_byte(alpha)]
}

/// 0…1 as 0…255, rounded; values outside are clamped.
#[inline(always)]
pub(crate) fn to_byte(value: f32) -> u8 {
    // Float-to-integer casts saturate and take NaN to 0.
    (value * 255.0 + 0.5) as u8
}

/// A colour of three components 0…1 as opaque bytes.
pub fn opaque(rgb: [f64; 3]) -> Rgba8 {
    let [r, g, b] = rgb.map(|c| to_byte(c as f32));
    [r, g, b, 255]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_mixes_by_alpha() {
        assert_eq!(over([0, 0, 0, 255], [255, 255, 255, 255], 0.5), [128, 128, 128, 255]);
        assert_eq!(over([0, 0, 0, 0], [10, 20, 30, 128], 1.0), [10, 20, 30, 128]);
        assert_eq!(over([9, 8, 7, 255], [255, 0, 0, 0], 1.0), [9, 8, 7, 255]);
    }

    #[test]
    fn sizes_without_reason_are_refused() {
        assert!(Picture::new(0, 5, [0; 4]).is_err());
        assert!(Picture::new(usize::MAX, 2, [0; 4]).is_err());
    }

    #[test]
    fn a_png_reads_back() {
        let mut picture = Picture::new(3, 2, [1, 2, 3, 255]).unwrap();
        picture.pixels_mut()[4] = [200, 100, 50, 255];
        let bytes = picture.to_png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rgb).unwrap();
        assert_eq!(&rgb[12..15], &[200, 100, 50]);
    }
}
