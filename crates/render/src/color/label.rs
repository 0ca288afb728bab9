//! Colours of labels.

use std::collections::BTreeMap;

use crate::picture::Rgba8;

/// Which colour each label has. Label 0 is transparent unless a table says otherwise.
#[derive(Clone, Debug, Default)]
pub struct LabelColors {
    known: BTreeMap<i64, Rgba8>,
    /// Whether labels without an entry get a colour of their own or stay transparent.
    others: bool,
}

impl LabelColors {
    /// A different lively colour for every whole number, always the same one.
    pub fn by_number() -> Self {
        Self { known: BTreeMap::new(), others: true }
    }

    /// Given colours; labels without one are transparent.
    pub fn new(known: impl IntoIterator<Item = (i64, Rgba8)>) -> Self {
        Self { known: known.into_iter().collect(), others: false }
    }

    /// Given colours, and one by number for labels without.
    pub fn with_others_by_number(mut self) -> Self {
        self.others = true;
        self
    }

    /// The colour of `label`.
    pub fn color(&self, label: i64) -> Rgba8 {
        match self.known.get(&label) {
            Some(&color) => color,
            None if label != 0 && self.others => number_color(label),
            None => [0; 4],
        }
    }
}

/// A colour from a hash of the number: hues a golden angle apart for neighbouring numbers, with three levels of
/// saturation and brightness.
fn number_color(label: i64) -> Rgba8 {
    let mut hash = (label as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    let hue = (label.rem_euclid(1 << 20) as f64 * 0.618_033_988_749_895).fract();
    let saturation = 0.55 + 0.15 * (hash % 4) as f64;
    let value = 0.7 + 0.1 * (hash / 4 % 4) as f64;
    let [r, g, b] = hsv_to_rgb([hue, saturation, value]).map(|c| (c * 255.0).round() as u8);
    [r, g, b, 255]
}

/// Hue, saturation and value, 0 to 1 each, as red, green and blue, 0 to 1 each.
pub(super) fn hsv_to_rgb(hsv: [f64; 3]) -> [f64; 3] {
    let [h, s, v] = hsv;
    // The colour wheel: each channel is 1 for a third of the circle about its own hue, with ramps of a sixth.
    [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|own| {
        let distance = ((h - own + 1.5).rem_euclid(1.0) - 0.5).abs();
        let full = (2.0 - 6.0 * distance).clamp(0.0, 1.0);
        v * (1.0 - s + s * full)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn hues_follow_the_wheel() {
        assert_eq!(hsv_to_rgb([0.0, 1.0, 1.0]).map(|c| c.round()), [1.0, 0.0, 0.0]);
        let yellow = hsv_to_rgb([1.0 / 6.0, 1.0, 1.0]);
        assert!((yellow[0] - 1.0).abs() < 1e-12 && (yellow[1] - 1.0).abs() < 1e-12 && yellow[2] < 1e-12);
        assert_eq!(hsv_to_rgb([0.4, 0.0, 0.3]), [0.3; 3]);
    }

    #[test]
    fn numbers_have_colours_of_their_own() {
        let colors = LabelColors::by_number();
        let distinct: HashSet<Rgba8> = (1..=200).map(|n| colors.color(n)).collect();
        assert!(distinct.len() >= 198, "{}", distinct.len());
        assert_eq!(colors.color(0)[3], 0);
        assert_eq!(colors.color(-7), colors.color(-7));
        assert_eq!(LabelColors::new([(3, [1, 2, 3, 255])]).color(4), [0; 4]);
    }
}
