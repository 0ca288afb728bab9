//! One volume in a slice view: from values to coloured pixels.

use microtome_geometry::{Affine, Ras, Transform, View};
use microtome_image::{Image, Interpolation};
use rayon::prelude::*;

use super::course::Way;
use super::reslice::reslice_component;
use super::slab::Slab;
use crate::color::{ColorTable, Mapping, WindowLevel};
use crate::picture::{Rgba8, to_byte};

/// How a volume's values become colours.
#[derive(Clone, Debug)]
pub struct VolumeDisplay {
    /// Window and level.
    pub window_level: WindowLevel,
    /// How a position in the window becomes brightness.
    pub mapping: Mapping,
    /// Swaps the two ends of the colour table.
    pub inverted: bool,
    /// Values outside this range (ends included) are transparent.
    pub threshold: Option<(f64, f64)>,
    /// Colours from dark to bright; not used for RGB images.
    pub colors: [Rgba8; 256],
    /// Interpolation between voxels.
    pub interpolation: Interpolation,
}

impl VolumeDisplay {
    /// Grey, linear, with this window and level.
    pub fn grey(window_level: WindowLevel) -> Self {
        Self {
            window_level,
            mapping: Mapping::Linear,
            inverted: false,
            threshold: None,
            colors: std::array::from_fn(|n| [n as u8, n as u8, n as u8, 255]),
            interpolation: Interpolation::Linear,
        }
    }

    /// The default look of an image: grey with automatic window and level; colour images as they are.
    pub fn automatic(image: &Image) -> Self {
        let bytes = image.scalar_type() == microtome_image::ScalarType::UInt8;
        if image.meaning().is_color() && bytes {
            return Self::grey(WindowLevel::from_range(0.0, 255.0));
        }
        Self::grey(WindowLevel::automatic(image))
    }

    /// The same with the colours of `table`.
    pub fn with_colors(mut self, table: &ColorTable) -> Self {
        self.colors = table.ramp();
        self
    }

    fn brightness(&self, value: f32) -> f64 {
        let t = self.mapping.apply(self.window_level.position(f64::from(value)));
        if self.inverted { 1.0 - t } else { t }
    }

    fn visible(&self, value: f32) -> bool {
        !value.is_nan()
            && self.threshold.is_none_or(|(low, high)| f64::from(value) >= low && f64::from(value) <= high)
    }

    /// The colour of a value; transparent for NaN and beyond the threshold.
    pub fn color(&self, value: f32) -> Rgba8 {
        if !self.visible(value) {
            return [0; 4];
        }
        self.colors[usize::from(to_byte(self.brightness(value) as f32))]
    }
}

/// A volume in a slice view.
#[derive(Clone, Debug)]
pub struct VolumeLayer<'a> {
    /// The volume.
    pub image: &'a Image,
    /// Which of its frames.
    pub frame: usize,
    /// From the image's own space to the scene's, where a transform is above it.
    pub to_world: Transform,
    /// How values become colours.
    pub display: VolumeDisplay,
    /// 0 to 1.
    pub opacity: f64,
}

impl<'a> VolumeLayer<'a> {
    /// The image as it stands, opaque, its first frame.
    pub fn new(image: &'a Image, display: VolumeDisplay) -> Self {
        Self { image, frame: 0, to_world: Transform::identity(), display, opacity: 1.0 }
    }

    /// Coloured pixels, bottom row first; transparent outside.
    pub(super) fn pixels(
        &self,
        view_to_ras: &Affine<View, Ras>,
        size: [usize; 2],
        slab: Option<Slab>,
    ) -> Vec<Rgba8> {
        let count = size[0] * size[1];
        let Some(way) = Way::into_voxels(self.image.grid(), &self.to_world) else {
            return vec![[0; 4]; count];
        };
        let component = |c: usize| {
            let plane = |view_to_ras: &Affine<View, Ras>| {
                let course = way.course(view_to_ras, size);
                reslice_component(self.image, self.frame, c, &course, self.display.interpolation)
            };
            match slab {
                Some(slab) => slab.values(self.image.grid().min_spacing(), view_to_ras, plane),
                None => plane(view_to_ras),
            }
        };
        if self.image.meaning().is_color() && self.image.components() >= 3 {
            let channels: Vec<Vec<f32>> = (0..self.image.components().min(4)).map(component).collect();
            return (0..count).map(|n| self.rgb(channels.iter().map(|c| c[n]))).collect();
        }
        component(0).par_iter().with_min_len(1 << 14).map(|&v| self.display.color(v)).collect()
    }

    /// A colour voxel: window and level on each channel, the threshold on the mean.
    fn rgb(&self, channels: impl Iterator<Item = f32>) -> Rgba8 {
        let mut values = [0.0, 0.0, 0.0, f32::INFINITY];
        values.iter_mut().zip(channels).for_each(|(v, c)| *v = c);
        let mean = (values[0] + values[1] + values[2]) / 3.0;
        if !self.display.visible(mean) {
            return [0; 4];
        }
        let [r, g, b] = [values[0], values[1], values[2]].map(|v| to_byte(self.display.brightness(v) as f32));
        let alpha = if values[3].is_finite() {
            to_byte(self.display.window_level.position(f64::from(values[3])) as f32)
        } else {
            255
        };
        [r, g, b, alpha]
    }
}
