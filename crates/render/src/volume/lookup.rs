//! Transfer functions as tables.

use super::blocks::Blocks;
use super::property::VolumeProperty;

/// Entries of a table.
pub(super) const ENTRIES: usize = 4096;

/// Colour and opacity per sample, for values in equal steps, and where in a volume anything can be seen.
#[derive(Debug)]
pub(super) struct Lookup {
    /// What it was made for.
    property: VolumeProperty,
    step: f64,
    low: f32,
    scale: f32,
    /// Opacity of one sample.
    pub(super) alpha: Vec<f32>,
    /// Red, green, blue.
    pub(super) color: Vec<[f32; 3]>,
    /// How many entries before each one are not fully transparent.
    visible: Vec<u16>,
    /// Distance of each block, in blocks, to the nearest one in which something can be seen.
    pub(super) distance: Vec<u8>,
}

impl Lookup {
    /// For the values in `blocks`, with opacities corrected to samples `step` mm apart.
    pub(super) fn new(property: &VolumeProperty, blocks: &Blocks, step: f64) -> Self {
        let range = blocks.range();
        // Beyond its outermost points a function is constant: only between them entries are needed.
        let ends = [property.opacity.range(), property.color.range()].into_iter().flatten();
        let (first, last) =
            ends.fold((f64::INFINITY, f64::NEG_INFINITY), |r, e| (r.0.min(e.0), r.1.max(e.1)));
        let (least, greatest) = (f64::from(range.0), f64::from(range.1));
        let low = least.max(first.min(greatest));
        let high = greatest.min(last.max(least)).max(low);
        let width = if high > low { high - low } else { 1.0 };
        let power = step / property.unit_distance.max(1e-6);
        let value = |n: usize| low + width * n as f64 / (ENTRIES - 1) as f64;
        let alpha: Vec<f32> = (0..ENTRIES)
            .map(|n| {
                let a = property.opacity.at(value(n))[0].clamp(0.0, 1.0);
                (1.0 - (1.0 - a).powf(power)) as f32
            })
            .collect();
        let color =
            (0..ENTRIES).map(|n| property.color.at(value(n)).map(|c| c.clamp(0.0, 1.0) as f32)).collect();
        let mut visible = vec![0_u16; ENTRIES + 1];
        for n in 0..ENTRIES {
            visible[n + 1] = visible[n] + u16::from(alpha[n] > 0.0);
        }
        let scale = ((ENTRIES - 1) as f64 / width) as f32;
        let (property, low) = (property.clone(), low as f32);
        let mut lookup = Self { property, step, low, scale, alpha, color, visible, distance: Vec::new() };
        lookup.distance = blocks.distances(|low, high| lookup.any_visible(low, high));
        lookup
    }

    /// Whether this is the table for `property` and `step`.
    pub(super) fn is_for(&self, property: &VolumeProperty, step: f64) -> bool {
        self.step == step && self.property == *property
    }

    /// The entry for a value.
    #[inline(always)]
    pub(super) fn entry(&self, value: f32) -> u32 {
        let x = (value - self.low) * self.scale;
        // Comparisons in this direction take NaN to entry 0.
        let x = if x > 0.0 { x } else { 0.0 };
        let x = if x < (ENTRIES - 1) as f32 { x } else { (ENTRIES - 1) as f32 };
        // Adding this leaves the nearest whole number in the low bits.
        (x + 12_582_912.0).to_bits() & (ENTRIES - 1) as u32
    }

    /// Whether any value from `low` to `high` can be seen.
    pub(super) fn any_visible(&self, low: f32, high: f32) -> bool {
        self.visible[self.entry(high) as usize + 1] > self.visible[self.entry(low) as usize]
    }
}

/// Brightness of highlights by the cosine of the angle between normal and view.
pub(crate) struct Highlights {
    table: [f32; 257],
}

impl Highlights {
    pub(crate) fn new(specular: f32, power: f32) -> Self {
        Self { table: std::array::from_fn(|n| specular * (n as f32 / 256.0).powf(power.max(0.0))) }
    }

    #[inline(always)]
    pub(crate) fn at(&self, cosine: f32) -> f32 {
        self.table[((cosine * 256.0 + 0.5) as u32 as usize).min(256)]
    }
}
