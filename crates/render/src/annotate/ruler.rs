//! A ruler with a round length.

use super::line::{LineStyle, draw_line};
use super::text::{Align, TextStyle, draw_text};
use crate::picture::Picture;

/// A ruler of a round length.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruler {
    /// Length, mm.
    pub length: f64,
    /// What is written beside it, with unit.
    pub label: String,
}

impl Ruler {
    /// The ruler for a view `width` mm wide: 1, 2.5 or 5 times a power of ten, nearest to a quarter of the width. `None`
    /// where it would be shorter than 5 % or longer than 70 % of the width.
    pub fn for_width(width: f64) -> Option<Self> {
        if !(width.is_finite() && width > 0.0) {
            return None;
        }
        let all = (-2..=4).flat_map(|power| [1.0, 2.5, 5.0].map(|n| n * 10.0_f64.powi(power)));
        let wanted = width / 4.0;
        let length = all.min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()))?;
        if length < 0.05 * width || length > 0.7 * width {
            return None;
        }
        let (value, unit) = match length {
            l if l < 0.5 => (l * 1000.0, "µm"),
            l if l < 50.0 => (l, "mm"),
            l if l < 1000.0 => (l / 10.0, "cm"),
            l => (l / 1000.0, "m"),
        };
        let value = (value * 1000.0).round() / 1000.0;
        Some(Self { length, label: format!("{value} {unit}") })
    }
}

/// Draws a ruler at the bottom of a view, in the right half, for pixels of `pixel` mm.
pub fn draw_ruler(picture: &mut Picture, pixel: f64, size: f32) {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let Some(ruler) = Ruler::for_width(pixel * f64::from(width)) else { return };
    let length = (ruler.length / pixel) as f32;
    let margin = (size * 0.9).round();
    let right = (width - margin).round();
    let (left, y) = (right - length, height - margin - 0.5);
    let style = LineStyle { width: 1.5, color: [255; 4], outline: 1.0 };
    draw_line(picture, [left, y], [right, y], style);
    for tick in 0..=4 {
        let x = left + length * tick as f32 / 4.0;
        let long = if tick % 4 == 0 { 0.55 } else { 0.3 };
        draw_line(picture, [x, y], [x, y - size * long], style);
    }
    let at = [(left + right) / 2.0, y - size * 0.4];
    draw_text(picture, &ruler.label, at, [Align::Middle, Align::End], TextStyle::white(size));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_round_and_units_fit() {
        let label = |w: f64| Ruler::for_width(w).map(|r| r.label);
        assert_eq!(label(250.0).as_deref(), Some("5 cm"));
        assert_eq!(label(100.0).as_deref(), Some("25 mm"));
        assert_eq!(label(1.0).as_deref(), Some("250 µm"));
        assert_eq!(label(4000.0).as_deref(), Some("1 m"));
        assert_eq!(label(0.001), None);
        assert_eq!(label(f64::NAN), None);
    }
}
