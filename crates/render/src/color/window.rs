//! Window and level: from voxel values to 0…1.

use microtome_image::{Histogram, Image};

/// How a value inside the window becomes brightness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mapping {
    /// In proportion.
    #[default]
    Linear,
    /// log₁₀(1 + 9 t).
    Logarithmic,
    /// 1 − log₁₀(1 + 9 (1 − t)).
    InverseLogarithmic,
}

/// The range of values that a view spreads over its colours: `window` wide about `level`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowLevel {
    /// Width of the range; negative inverts.
    pub window: f64,
    /// Middle of the range.
    pub level: f64,
}

impl Default for WindowLevel {
    fn default() -> Self {
        Self { window: 256.0, level: 128.0 }
    }
}

impl WindowLevel {
    /// The range from `low` to `high`.
    pub fn from_range(low: f64, high: f64) -> Self {
        Self { window: high - low, level: low + (high - low) / 2.0 }
    }

    /// From the percentiles 0.1 % and 99.9 % of all values. A constant image gets a window of 1.
    pub fn automatic(image: &Image) -> Self {
        let histogram = Histogram::fine(image.array());
        let (low, high) = (histogram.percentile(0.001), histogram.percentile(0.999));
        if high > low { Self::from_range(low, high) } else { Self { window: 1.0, level: low } }
    }

    /// Window/level presets by identifier (`CT_BONE`, `CT_BRAIN`, `CT_LUNG`, …).
    pub fn preset(identifier: &str) -> Option<Self> {
        let (window, level) = match identifier {
            "CT_BONE" => (1000.0, 400.0),
            "CT_AIR" => (1000.0, -426.0),
            "CT_BRAIN" => (100.0, 50.0),
            "CT_ABDOMEN" => (350.0, 40.0),
            "CT_LUNG" => (1400.0, -500.0),
            "PET" => (10000.0, 6000.0),
            "DTI" => (1.0, 0.5),
            _ => return None,
        };
        Some(Self { window, level })
    }

    /// Where `value` lies in the window, 0 to 1; NaN stays NaN.
    pub fn position(&self, value: f64) -> f64 {
        if self.window == 0.0 {
            return if value.is_nan() { value } else { f64::from(u8::from(value >= self.level)) };
        }
        ((value - (self.level - self.window / 2.0)) / self.window).clamp(0.0, 1.0)
    }
}

impl Mapping {
    /// Brightness of the position `t` (0 to 1) in the window.
    pub fn apply(self, t: f64) -> f64 {
        match self {
            Self::Linear => t,
            Self::Logarithmic => (1.0 + 9.0 * t).log10(),
            Self::InverseLogarithmic => 1.0 - (1.0 + 9.0 * (1.0 - t)).log10(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::{Grid, Point};

    #[test]
    fn positions_follow_the_formula_and_negative_windows_invert() {
        let wl = WindowLevel { window: 100.0, level: 50.0 };
        assert_eq!([-10.0, 0.0, 25.0, 100.0, 200.0].map(|v| wl.position(v)), [0.0, 0.0, 0.25, 1.0, 1.0]);
        let inverted = WindowLevel { window: -100.0, level: 50.0 };
        assert_eq!([-10.0, 0.0, 25.0, 100.0].map(|v| inverted.position(v)), [1.0, 1.0, 0.75, 0.0]);
        assert_eq!(WindowLevel { window: 0.0, level: 5.0 }.position(5.0), 1.0);
        assert!(wl.position(f64::NAN).is_nan());
    }

    #[test]
    fn logarithms_meet_at_the_ends() {
        for mapping in [Mapping::Linear, Mapping::Logarithmic, Mapping::InverseLogarithmic] {
            assert!(mapping.apply(0.0).abs() < 1e-15 && (mapping.apply(1.0) - 1.0).abs() < 1e-15);
        }
        assert!((Mapping::Logarithmic.apply(1.0 / 9.0) - 2.0_f64.log10()).abs() < 1e-15);
    }

    #[test]
    fn automatic_takes_the_percentiles() {
        let grid = Grid::axis_aligned([10, 10, 10], [1.0; 3], Point::zero());
        let image = Image::scalar(grid, (0..1000_i16).collect::<Vec<_>>()).unwrap();
        let wl = WindowLevel::automatic(&image);
        assert_eq!((wl.window, wl.level), (998.0, 499.0));
    }
}
