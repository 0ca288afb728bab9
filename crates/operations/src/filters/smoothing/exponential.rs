//! An exponential function that many values can go through side by side.

use crate::kernels::real::Real;

/// A floating-point type that has one.
pub(in crate::filters) trait Exponential: Real {
    /// e to the power of a value that is not above 0; 0, or next to it, where that is below what the type can hold.
    fn exp_of_negative(self) -> Self;
}

impl Exponential for f32 {
    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        // 2^n e^r with n whole and |r| ≤ ln 2 / 2. Adding 1.5 · 2^23 leaves n in the lowest bits.
        const WHOLE: f32 = 12_582_912.0;
        const LN_2_HIGH: f32 = 0.693_359_4;
        const LN_2_LOW: f32 = -2.121_944_4e-4;
        let x = self.max(-87.0);
        let shifted = x * std::f32::consts::LOG2_E + WHOLE;
        let n = shifted - WHOLE;
        let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
        let power = 0.166_666_67 + r * (0.041_666_5 + r * (0.008_333_7 + r * 0.001_39));
        let power = 1.0 + r * (1.0 + r * (0.5 + r * power));
        power * Self::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
    }
}

impl Exponential for f64 {
    #[inline(always)]
    fn exp_of_negative(self) -> Self {
        // As above, with 1.5 · 2^52 and a longer series.
        const WHOLE: f64 = 6_755_399_441_055_744.0;
        const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
        const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
        let x = self.max(-708.0);
        let shifted = x * std::f64::consts::LOG2_E + WHOLE;
        let n = shifted - WHOLE;
        let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
        let power = (1..=12).rev().fold(1.0, |power, n| 1.0 + power * r * (1.0 / f64::from(n)));
        power * Self::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_right_to_a_few_units_in_the_last_place() {
        for n in 0..100_000 {
            let x = -(n as f32) * 8.7e-4;
            let (found, expected) = (f64::from(x.exp_of_negative()), f64::from(x).exp());
            assert!((found - expected).abs() <= 3e-7 * expected + 1e-38, "{x}: {found} {expected}");
            let x = -f64::from(n) * 7e-3;
            let (found, expected) = (x.exp_of_negative(), x.exp());
            assert!((found - expected).abs() <= 1e-15 * expected, "{x}: {found} {expected}");
        }
        assert_eq!((0.0_f32.exp_of_negative(), 0.0_f64.exp_of_negative()), (1.0, 1.0));
        assert!(f32::NEG_INFINITY.exp_of_negative() < 1e-37 && (-1e30_f32).exp_of_negative() < 1e-37);
        assert!(f64::NEG_INFINITY.exp_of_negative() < 1e-300);
    }
}
