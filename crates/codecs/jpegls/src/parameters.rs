//! Coding parameters: what an LSE segment presets, the defaults of T.87 C.2.4.1.1, and what follows from them.

use crate::error::Error;

/// Default interval after which a context's statistics are halved.
const DEFAULT_RESET: u32 = 64;
/// Thresholds T1, T2, T3 of 8-bit lossless coding, from which the defaults are scaled.
const BASIC_THRESHOLDS: [u32; 3] = [3, 7, 21];

/// Preset coding parameters of an LSE segment of type 1 (T.87 C.2.4.1.1). Zero stands for the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preset {
    /// Largest sample value, MAXVAL; default 2^precision − 1.
    pub maximum: u16,
    /// First gradient threshold, T1.
    pub threshold1: u16,
    /// Second gradient threshold, T2.
    pub threshold2: u16,
    /// Third gradient threshold, T3.
    pub threshold3: u16,
    /// Number of occurrences after which a context is halved, RESET; default 64.
    pub reset: u16,
}

/// Everything that the coding of one scan derives from MAXVAL, NEAR and the presets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// Largest sample value, MAXVAL.
    pub maximum: i32,
    /// Largest reconstruction error, NEAR.
    pub near: i32,
    /// Distance of two reconstruction levels, 2·NEAR + 1.
    pub step: i32,
    /// Number of distinct quantised prediction errors, RANGE.
    pub range: i32,
    /// Bits of a quantised prediction error, qbpp.
    pub error_bits: u32,
    /// Longest code word, LIMIT.
    pub limit: u32,
    /// Gradient thresholds T1, T2, T3.
    pub thresholds: [i32; 3],
    /// Halving interval, RESET.
    pub reset: u32,
}

impl Parameters {
    /// Resolves the presets for samples of `precision` bits (2 to 16) coded with error bound `near`.
    pub fn new(preset: &Preset, precision: u8, near: u8) -> Result<Self, Error> {
        let invalid = |field, value: u32| Error::InvalidField {
            segment: "preset coding parameters",
            field,
            value: u64::from(value),
        };
        let full = (1_u32 << precision) - 1;
        let maximum = or_default(preset.maximum, full);
        if maximum > full {
            return Err(invalid("MAXVAL", maximum));
        }
        let near = u32::from(near);
        if near > maximum / 2 {
            return Err(Error::InvalidField {
                segment: "start of scan",
                field: "NEAR",
                value: u64::from(near),
            });
        }
        let defaults = default_thresholds(maximum, near);
        let t1 = or_default(preset.threshold1, defaults[0]);
        let t2 = or_default(preset.threshold2, defaults[1]);
        let t3 = or_default(preset.threshold3, defaults[2]);
        if t1 < near + 1 || t1 > maximum {
            return Err(invalid("T1", t1));
        }
        if t2 < t1 || t2 > maximum {
            return Err(invalid("T2", t2));
        }
        if t3 < t2 || t3 > maximum {
            return Err(invalid("T3", t3));
        }
        let reset = or_default(preset.reset, DEFAULT_RESET);
        if reset < 3 || reset > maximum.max(255) {
            return Err(invalid("RESET", reset));
        }
        let step = 2 * near + 1;
        let range = (maximum + 2 * near) / step + 1;
        let sample_bits = bits_for(maximum + 1).max(2);
        Ok(Self {
            maximum: maximum as i32,
            near: near as i32,
            step: step as i32,
            range: range as i32,
            error_bits: bits_for(range),
            limit: 2 * (sample_bits + sample_bits.max(8)),
            thresholds: [t1 as i32, t2 as i32, t3 as i32],
            reset,
        })
    }

    /// Whether reconstruction is plain arithmetic modulo a power of two: lossless with a full sample range.
    pub fn is_modular(&self) -> bool {
        self.near == 0 && (self.range & (self.range - 1)) == 0
    }

    /// Zeros before the one bit that announce an escaped code word in regular mode, LIMIT − qbpp − 1.
    pub fn escape(&self) -> u32 {
        self.limit.saturating_sub(self.error_bits + 1)
    }

    /// The same for the sample which ends a run, whose limit the run's last code shortens (T.87 A.7.2).
    pub fn run_escape(&self, run_bits: u32) -> u32 {
        self.limit.saturating_sub(run_bits + self.error_bits + 2)
    }

    /// The largest mapped error of a sound stream; it bounds the statistics of others.
    pub fn mapped_bound(&self) -> u32 {
        self.range as u32
    }

    /// The presets with every value spelt out.
    pub fn to_preset(self) -> Preset {
        Preset {
            maximum: self.maximum as u16,
            threshold1: self.thresholds[0] as u16,
            threshold2: self.thresholds[1] as u16,
            threshold3: self.thresholds[2] as u16,
            reset: self.reset as u16,
        }
    }
}

fn or_default(value: u16, default: u32) -> u32 {
    if value == 0 { default } else { u32::from(value) }
}

/// Smallest number of bits that tells `count` values apart.
fn bits_for(count: u32) -> u32 {
    count.next_power_of_two().trailing_zeros()
}

/// Default thresholds (T.87 figure C.3 and the text around it).
fn default_thresholds(maximum: u32, near: u32) -> [u32; 3] {
    let clamp = |value: u32, low: u32| if value > maximum || value < low { low } else { value };
    let [b1, b2, b3] = BASIC_THRESHOLDS;
    let raw = if maximum >= 128 {
        let factor = (maximum.min(4095) + 128) / 256;
        [factor * (b1 - 2) + 2 + 3 * near, factor * (b2 - 3) + 3 + 5 * near, factor * (b3 - 4) + 4 + 7 * near]
    } else {
        let factor = 256 / (maximum + 1);
        [(b1 / factor + 3 * near).max(2), (b2 / factor + 5 * near).max(3), (b3 / factor + 7 * near).max(4)]
    };
    let t1 = clamp(raw[0], near + 1);
    let t2 = clamp(raw[1], t1);
    [t1, t2, clamp(raw[2], t2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(precision: u8, near: u8) -> Parameters {
        Parameters::new(&Preset::default(), precision, near).unwrap()
    }

    #[test]
    fn defaults_of_common_precisions() {
        // Table C.3 of T.87 gives 3, 7, 21 for 8 bits; 12 and 16 bits follow from its formula with factor 16.
        assert_eq!(of(8, 0).thresholds, [3, 7, 21]);
        assert_eq!(of(12, 0).thresholds, [18, 67, 276]);
        assert_eq!(of(16, 0).thresholds, [18, 67, 276]);
        assert_eq!(of(8, 2).thresholds, [9, 17, 35]);
        assert_eq!(of(2, 0).thresholds, [2, 3, 3]);
    }

    #[test]
    fn ranges_and_limits() {
        let p = of(8, 0);
        assert_eq!((p.range, p.error_bits, p.limit), (256, 8, 32));
        let p = of(16, 0);
        assert_eq!((p.range, p.error_bits, p.limit), (65536, 16, 64));
        let p = of(12, 0);
        assert_eq!((p.range, p.error_bits, p.limit), (4096, 12, 48));
        let p = of(8, 3);
        assert_eq!((p.range, p.error_bits), (38, 6));
    }

    #[test]
    fn every_default_is_valid() {
        for precision in 2..=16_u8 {
            for near in 0..=255_u8 {
                let allowed = u32::from(near) <= ((1_u32 << precision) - 1) / 2;
                assert_eq!(Parameters::new(&Preset::default(), precision, near).is_ok(), allowed);
            }
        }
    }

    #[test]
    fn presets_out_of_range_are_refused() {
        let check = |preset: Preset| Parameters::new(&preset, 8, 0).is_err();
        assert!(check(Preset { maximum: 256, ..Preset::default() }));
        assert!(check(Preset { threshold1: 30, ..Preset::default() }));
        assert!(check(Preset { threshold3: 300, ..Preset::default() }));
        assert!(check(Preset { reset: 2, ..Preset::default() }));
        assert!(check(Preset { reset: 256, ..Preset::default() }));
    }
}
