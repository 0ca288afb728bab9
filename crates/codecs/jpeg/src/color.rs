//! YCbCr to RGB (ITU-T T.871, which takes it from ITU-R BT.601, full range), which is DICOM's YBR_FULL.

use crate::sample::Sample;

/// Converts interleaved rows of Y, Cb, Cr samples of `precision` bits to R, G, B in place, in 16-bit fixed point.
pub(crate) fn ybr_to_rgb_row<T: Sample>(row: &mut [T], precision: u8) {
    const HALF: i32 = 1 << 15;
    let center = 1i32 << (precision - 1);
    let maximum = ((1u32 << precision) - 1) as i32;
    // 1.402, 0.344136, 0.714136 and 1.772 times 2^16. 64-bit products: 16-bit samples would overflow 32.
    let scale =
        |factor: i32, chroma: i32| ((i64::from(factor) * i64::from(chroma) + i64::from(HALF)) >> 16) as i32;
    let narrow = |factor: i32, chroma: i32| (factor * chroma + HALF) >> 16;
    for pixel in row.as_chunks_mut::<3>().0 {
        let [y, cb, cr] = pixel.map(T::to_i32);
        let (cb, cr) = (cb - center, cr - center);
        let (red, green, blue) = if precision <= 12 {
            let green = (-22554 * cb - 46802 * cr + HALF) >> 16;
            (narrow(91881, cr), green, narrow(116130, cb))
        } else {
            let green = -22554 * i64::from(cb) - 46802 * i64::from(cr) + i64::from(HALF);
            (scale(91881, cr), (green >> 16) as i32, scale(116130, cb))
        };
        *pixel = [red, green, blue].map(|delta| T::from_i32((y + delta).clamp(0, maximum)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primaries_convert() {
        // Y, Cb, Cr of black, white, red, green and blue by the formulas of T.871.
        let mut row = [0u8, 128, 128, 255, 128, 128, 76, 85, 255, 150, 44, 21, 29, 255, 107];
        ybr_to_rgb_row(&mut row, 8);
        let expected = [0, 0, 0, 255, 255, 255, 254, 0, 0, 0, 255, 1, 0, 0, 254];
        for (got, want) in row.iter().zip(expected) {
            assert!((i32::from(*got) - want).abs() <= 1, "{row:?}");
        }
    }

    #[test]
    fn wide_samples_do_not_overflow() {
        let mut row = [65535u16, 65535, 65535, 0, 0, 0, 40000, 32768, 32768];
        ybr_to_rgb_row(&mut row, 16);
        assert_eq!(row[6..], [40000; 3]);
        assert_eq!(row[0], 65535);
        assert_eq!(row[5], 0);
    }
}
