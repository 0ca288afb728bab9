//! Random numbers that depend on nothing but a place and a seed.

/// A well-mixed 64-bit number for each input (the finaliser of SplitMix64, Steele et al., OOPSLA 2014).
pub(crate) const fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

/// A number from 0 to 1, evenly spread.
pub(crate) fn uniform(n: u64) -> f64 {
    (mix(n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number around 0 with standard deviation 1: the sum of four 16-bit uniform numbers, close to normal.
pub(crate) fn normal(n: u64) -> f32 {
    let bits = mix(n);
    let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xFFFF).sum();
    // The sum has mean 2 · 65535 and variance 4 · 65536² / 12.
    (sum as f32 - 131_070.0) / 37_837.2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_has_mean_0_and_deviation_1() {
        let values: Vec<f64> = (0..200_000).map(|n| f64::from(normal(n))).collect();
        let mean = values.iter().sum::<f64>() / 2e5;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 2e5;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.01, "{mean} {variance}");
    }
}
