//! The reversible colour transforms which Hewlett-Packard's encoder announces in an APP8 segment "mrfx".

use crate::sample::Sample;

/// A reversible transform of red, green and blue, modulo the sample range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColorTransform {
    /// Components are coded as they are.
    #[default]
    None,
    /// Red and blue are differences from green.
    Hp1,
    /// Red is a difference from green, blue one from the mean of red and green.
    Hp2,
    /// Both chrominance differences, with green lifted by their quarter sum.
    Hp3,
}

impl ColorTransform {
    /// Number in the "mrfx" segment.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Hp1 => 1,
            Self::Hp2 => 2,
            Self::Hp3 => 3,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [Self::None, Self::Hp1, Self::Hp2, Self::Hp3].into_iter().find(|transform| transform.code() == code)
    }

    /// Components of red, green, blue; `bits` is 8 or 16.
    pub(crate) fn forward(self, [r, g, b]: [i32; 3], bits: u8) -> [i32; 3] {
        let half = 1 << (bits - 1);
        let mask = 2 * half - 1;
        let components = match self {
            Self::None => [r, g, b],
            Self::Hp1 => [r - g + half, g, b - g + half],
            Self::Hp2 => [r - g + half, g, b - ((r + g) >> 1) + half],
            Self::Hp3 => {
                let v2 = (b - g + half) & mask;
                let v3 = (r - g + half) & mask;
                [g + ((v2 + v3) >> 2) - half / 2, v2, v3]
            }
        };
        components.map(|value| value & mask)
    }

    /// Red, green, blue of components; `bits` is 8 or 16.
    fn inverse(self, [v1, v2, v3]: [i32; 3], bits: u8) -> [i32; 3] {
        let half = 1 << (bits - 1);
        let mask = 2 * half - 1;
        let colors = match self {
            Self::None => [v1, v2, v3],
            Self::Hp1 => [v1 + v2 - half, v2, v3 + v2 - half],
            Self::Hp2 => {
                let r = (v1 + v2 - half) & mask;
                [r, v2, v3 + ((r + v2) >> 1) - half]
            }
            Self::Hp3 => {
                let g = (v1 - ((v2 + v3) >> 2) + half / 2) & mask;
                [v3 + g - half, g, v2 + g - half]
            }
        };
        colors.map(|value| value & mask)
    }

    /// Turns pixels of three components into red, green, blue in place.
    pub(crate) fn undo<S: Sample>(self, samples: &mut [S], bits: u8) {
        if self == Self::None {
            return;
        }
        for pixel in samples.as_chunks_mut::<3>().0 {
            let components = pixel.map(|sample| i32::from(sample.widen()));
            *pixel = self.inverse(components, bits).map(|value| S::truncate(value as u16));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transforms_are_reversible() {
        for transform in [ColorTransform::Hp1, ColorTransform::Hp2, ColorTransform::Hp3] {
            for bits in [8, 16] {
                let top = (1 << bits) - 1;
                let values = [0, 1, 2, 3, top / 4, top / 3, top / 2, top / 2 + 1, top - 1, top];
                for r in values {
                    for g in values {
                        for b in values {
                            let components = transform.forward([r, g, b], bits);
                            assert_eq!(transform.inverse(components, bits), [r, g, b]);
                        }
                    }
                }
            }
        }
    }
}
