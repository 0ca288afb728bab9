//! The inverse DCT: the algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with 11 multiplications per
//! row, in 13-bit fixed point. Constants and roundings are those of the accurate integer method of the IJG's
//! library, so that valid data give the same samples.

use crate::sample::Sample;

/// Natural (row by row) index of each coefficient in zigzag order (T.81 figure A.6).
pub(crate) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Fraction bits of the constants.
const FRACTION: u32 = 13;

/// `value` in fixed point.
const fn fixed(value: f64) -> i32 {
    (value * 8192.0 + 0.5) as i32
}

/// One transform of eight values, without the scaling: results are multiplied by √8 · 2¹³.
#[inline(always)]
fn transform(input: [i32; 8]) -> [i32; 8] {
    let mul = |a: i32, b: i32| a.wrapping_mul(b);
    let add = |a: i32, b: i32| a.wrapping_add(b);
    let sub = |a: i32, b: i32| a.wrapping_sub(b);

    // Even part: a rotation by 3π/8 of inputs 2 and 6, butterflies with 0 and 4.
    let common = mul(add(input[2], input[6]), const { fixed(0.541196100) });
    let low = sub(common, mul(input[6], const { fixed(1.847759065) }));
    let high = add(common, mul(input[2], const { fixed(0.765366865) }));
    let sum = add(input[0], input[4]) << FRACTION;
    let difference = sub(input[0], input[4]) << FRACTION;
    let even = [add(sum, high), add(difference, low), sub(difference, low), sub(sum, high)];

    // Odd part.
    let [i1, i3, i5, i7] = [input[1], input[3], input[5], input[7]];
    let shared = mul(add(add(i7, i3), add(i5, i1)), const { fixed(1.175875602) });
    let p17 = mul(add(i7, i1), const { fixed(0.899976223) });
    let p35 = mul(add(i5, i3), const { fixed(2.562915447) });
    let p37 = sub(shared, mul(add(i7, i3), const { fixed(1.961570560) }));
    let p15 = sub(shared, mul(add(i5, i1), const { fixed(0.390180644) }));
    let odd = [
        add(sub(mul(i1, const { fixed(1.501321110) }), p17), p15),
        add(sub(mul(i3, const { fixed(3.072711026) }), p35), p37),
        add(sub(mul(i5, const { fixed(2.053119869) }), p35), p15),
        add(sub(mul(i7, const { fixed(0.298631336) }), p17), p37),
    ];

    [
        add(even[0], odd[0]),
        add(even[1], odd[1]),
        add(even[2], odd[2]),
        add(even[3], odd[3]),
        sub(even[3], odd[3]),
        sub(even[2], odd[2]),
        sub(even[1], odd[1]),
        sub(even[0], odd[0]),
    ]
}

/// `value / 2^bits`, rounded.
#[inline(always)]
fn descale(value: i32, bits: u32) -> i32 {
    value.wrapping_add(1 << (bits - 1)) >> bits
}

/// Transforms a block of dequantized coefficients (natural order) and writes the samples, level-shifted and clamped to
/// `precision` bits (8 or 12), to the 8 rows of 8 samples in `plane` that begin at `at` and are `stride` apart.
///
/// `last` is the zigzag index of the last coefficient that may not be zero.
pub(crate) fn inverse_dct<T: Sample>(
    block: &[i32; 64],
    last: usize,
    precision: u8,
    plane: &mut [T],
    at: usize,
    stride: usize,
) {
    let center = 1i32 << (precision - 1);
    let maximum = 2 * center - 1;
    let rows = plane.get_mut(at..).unwrap_or_default().chunks_mut(stride).take(8);
    // Extra fraction bits kept between the two passes: fewer for 12 bits, so that 32-bit sums suffice.
    let kept = if precision > 8 { 1 } else { 2 };
    if last == 0 {
        let level = descale(block[0] << kept, kept + 3).wrapping_add(center).clamp(0, maximum);
        for row in rows {
            row[..8].fill(T::from_i32(level));
        }
        return;
    }
    let mut columns = [[0i32; 8]; 8];
    for (x, column) in columns.iter_mut().enumerate() {
        let input: [i32; 8] = std::array::from_fn(|y| block[8 * y + x]);
        // Folded, not compared as a slice: wide loads of what was just stored in parts would stall.
        *column = if input[1..].iter().fold(0, |any, v| any | v) == 0 {
            [input[0] << kept; 8]
        } else {
            transform(input).map(|v| descale(v, FRACTION - kept))
        };
    }
    for (y, row) in rows.enumerate() {
        let values = transform(std::array::from_fn(|x| columns[x][y]));
        for (sample, value) in row[..8].iter_mut().zip(values) {
            let value = descale(value, FRACTION + kept + 3).wrapping_add(center).clamp(0, maximum);
            *sample = T::from_i32(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition (T.81 A.3.3) in floating point.
    fn reference(block: &[i32; 64], x: usize, y: usize) -> f64 {
        let c = |k: usize| if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let cosine = |p: usize, k: usize| (((2 * p + 1) * k) as f64 * std::f64::consts::PI / 16.0).cos();
        let mut sum = 0.0;
        for v in 0..8 {
            for u in 0..8 {
                sum += c(u) * c(v) * f64::from(block[8 * v + u]) * cosine(x, u) * cosine(y, v);
            }
        }
        sum / 4.0
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut state = 12345u32;
        for (precision, amplitude) in [(8u8, 300i32), (12, 4000)] {
            for case in 0..200 {
                let mut block = [0i32; 64];
                let count = 1 + case % 64;
                for k in 0..count {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    block[usize::from(ZIGZAG[k])] = (state >> 8) as i32 % amplitude / (1 + k as i32 / 2);
                }
                let mut plane = [0u16; 64];
                inverse_dct(&block, count - 1, precision, &mut plane, 0, 8);
                let center = f64::from(1 << (precision - 1));
                for y in 0..8 {
                    for x in 0..8 {
                        let expected = (reference(&block, x, y) + center).clamp(0.0, 2.0 * center - 1.0);
                        let error = (f64::from(plane[8 * y + x]) - expected).abs();
                        assert!(error <= 0.7, "{precision} bits, case {case}, ({x}, {y}): error {error}");
                    }
                }
            }
        }
    }

    #[test]
    fn extreme_coefficients_do_not_overflow() {
        let mut plane = [0u8; 64];
        inverse_dct(&[i32::MAX; 64], 63, 8, &mut plane, 0, 8);
        inverse_dct(&[i32::MIN; 64], 0, 8, &mut plane, 0, 8);
    }
}
