//! Colour frames as interleaved red, green and blue.

use microtome_image::Endian;

use super::codec::{Samples, Space};
use super::format::{Photometric, PixelFormat};
use super::palette::Palette;
use super::store::{Voxel, store};
use crate::rescale::Rescale;

/// From luminance and colour differences to red, green and blue; the second argument is the greatest value.
type Conversion = fn([f32; 3], f32) -> [f32; 3];

/// Writes a colour frame's pixels as red, green, blue.
pub(crate) fn store_color<T: Voxel>(
    samples: &Samples<'_>,
    format: &PixelFormat,
    palette: Option<&Palette>,
    out: &mut [T],
) {
    if let Some(palette) = palette {
        let mut indices = vec![0_i64; format.rows * format.columns];
        store(samples, format, &Rescale::IDENTITY, false, &mut indices);
        for (pixel, index) in out.chunks_exact_mut(3).zip(indices) {
            let color = palette.color(index);
            pixel.iter_mut().zip(color).for_each(|(target, value)| *target = T::from_whole(i64::from(value)));
        }
        return;
    }
    let full = format.frame_samples() * (samples.bits / 8) as usize;
    if format.photometric == Photometric::YbrFull422 && samples.bytes.len() < full {
        upsample(samples, format, out);
    } else if samples.planar {
        let pixels = format.rows * format.columns;
        let mut planes = vec![T::default(); pixels * 3];
        store(samples, format, &Rescale::IDENTITY, false, &mut planes);
        for (n, pixel) in out.chunks_exact_mut(3).enumerate() {
            for (c, target) in pixel.iter_mut().enumerate() {
                *target = planes[c * pixels + n];
            }
        }
    } else {
        store(samples, format, &Rescale::IDENTITY, false, out);
    }
    let convert: Option<Conversion> = match (samples.space, format.photometric) {
        (Space::Rgb, _) => None,
        (Space::Ybr, _) | (_, Photometric::YbrFull | Photometric::YbrFull422) => Some(full_range),
        (_, Photometric::YbrPartial) => Some(studio_range),
        _ => None,
    };
    let Some(convert) = convert else { return };
    let most = (2_f32.powi(format.bits_stored as i32) - 1.0).max(1.0);
    for pixel in out.chunks_exact_mut(3) {
        let [y, b, r] = [pixel[0], pixel[1], pixel[2]].map(|v| v.to_f64() as f32);
        let rgb = convert([y, b, r], most);
        for (target, value) in pixel.iter_mut().zip(rgb) {
            *target = T::from_whole((value + 0.5).floor().clamp(0.0, most) as i64);
        }
    }
}

/// Y Y Cb Cr for two pixels becomes Y Cb Cr for each.
fn upsample<T: Voxel>(samples: &Samples<'_>, format: &PixelFormat, out: &mut [T]) {
    let size = (samples.bits / 8) as usize;
    let value = |bytes: &[u8]| {
        let fold = |n: i64, &b: &u8| n << 8 | i64::from(b);
        T::from_whole(match samples.endian {
            Endian::Little => bytes.iter().rev().fold(0, fold),
            Endian::Big => bytes.iter().fold(0, fold),
        })
    };
    debug_assert_eq!(out.len(), format.rows * format.columns * 3);
    for (pair, group) in out.chunks_mut(6).zip(samples.bytes.chunks_exact(size * 4)) {
        let at = |n: usize| value(&group[n * size..(n + 1) * size]);
        for (n, pixel) in pair.chunks_exact_mut(3).enumerate() {
            pixel.copy_from_slice(&[at(n), at(2), at(3)]);
        }
    }
}

/// ITU-R BT.601 with the full range of each component, as JPEG and PS3.3 C.7.6.3.1.2 have it.
fn full_range([y, b, r]: [f32; 3], most: f32) -> [f32; 3] {
    let middle = (most + 1.0) / 2.0;
    let (b, r) = (b - middle, r - middle);
    [y + 1.402 * r, y - 0.114 * 1.772 / 0.587 * b - 0.299 * 1.402 / 0.587 * r, y + 1.772 * b]
}

/// ITU-R BT.601 with luminance from 16 to 235 of 255.
fn studio_range([y, b, r]: [f32; 3], most: f32) -> [f32; 3] {
    let unit = (most + 1.0) / 256.0;
    let middle = (most + 1.0) / 2.0;
    let (y, b, r) = (1.1644 * (y - 16.0 * unit), b - middle, r - middle);
    [y + 1.5960 * r, y - 0.3917 * b - 0.8130 * r, y + 2.0173 * b]
}
