//! Transfer functions and lighting of a volume.

use microtome_image::{Image, Meaning, ScalarType, Statistics};
use microtome_records as records;

use super::presets::VolumePreset;
use crate::color::{ColorFunction, OpacityFunction};
use crate::slice::VolumeDisplay;

/// Phong lighting by a lamp at the camera, from both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shading {
    /// Light that reaches everything.
    pub ambient: f32,
    /// Light scattered by surfaces that face the lamp.
    pub diffuse: f32,
    /// Brightness of highlights.
    pub specular: f32,
    /// Sharpness of highlights.
    pub power: f32,
}

/// How a volume's values become colour and opacity.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeProperty {
    /// Opacity of a value, per unit distance.
    pub opacity: OpacityFunction,
    /// Factor on opacity by the length of the gradient (value per mm); `None` = 1.
    pub gradient_opacity: Option<OpacityFunction>,
    /// Colour of a value.
    pub color: ColorFunction,
    /// Lighting; `None` shows the colours as they are.
    pub shading: Option<Shading>,
    /// The nearest voxel's value instead of trilinear interpolation.
    pub nearest: bool,
    /// The distance that opacities refer to, mm.
    pub unit_distance: f64,
}

impl From<&records::VolumeProperty> for VolumeProperty {
    fn from(given: &records::VolumeProperty) -> Self {
        let opacity = |points: &[records::OpacityPoint]| OpacityFunction::bent(points.iter().copied());
        let shading = Shading {
            ambient: given.ambient as f32,
            diffuse: given.diffuse as f32,
            specular: given.specular as f32,
            power: given.specular_power as f32,
        };
        Self {
            opacity: opacity(&given.scalar_opacity),
            gradient_opacity: (!given.gradient_opacity.is_empty()).then(|| opacity(&given.gradient_opacity)),
            color: ColorFunction::bent(given.color.iter().copied()),
            shading: given.shade.then_some(shading),
            nearest: !given.linear_interpolation,
            unit_distance: 1.0,
        }
    }
}

impl VolumeProperty {
    /// The property of a built-in preset; case does not matter.
    pub fn preset(name: &str) -> Option<Self> {
        VolumePreset::named(name).map(|p| p.property.clone())
    }

    /// The property that an image gets when it is first shown in 3D; `None` for label maps and colour images.
    pub fn automatic(image: &Image) -> Option<Self> {
        if image.meaning() == Meaning::Label || image.meaning().is_color() {
            return None;
        }
        let statistics = Statistics::of(image.array());
        let range = statistics.max - statistics.min;
        let name = match range {
            _ if image.scalar_type() == ScalarType::UInt8 => "US-Fetal",
            r if r > 50.0 && r < 1500.0 => "MR-Default",
            r if (1500.0..10000.0).contains(&r) => "CT-Chest-Contrast-Enhanced",
            _ => {
                return Some(Self::from_display(
                    &VolumeDisplay::automatic(image),
                    (statistics.min, statistics.max),
                ));
            }
        };
        Self::preset(name)
    }

    /// The property that looks like a slice view's display of values in `range`, in the colours of its window: opaque
    /// within the threshold or, where there is none, more and more opaque from the window's lower end to its upper one.
    pub fn from_display(display: &VolumeDisplay, range: (f64, f64)) -> Self {
        let wl = display.window_level;
        let (low, high) = (wl.level - wl.window.abs() / 2.0, wl.level + wl.window.abs() / 2.0);
        let opacity = match display.threshold {
            None => vec![(low, 0.0), (high, 1.0)],
            Some((from, to)) => {
                let mut points = vec![(range.0.min(from), 0.0), (from, 0.0), (from, 1.0), (to, 1.0)];
                if to < range.1 {
                    points.extend([(to, 0.0), (range.1, 0.0)]);
                }
                points
            }
        };
        // Colours of the window at up to 50 places, where a straight line from the last one would be wrong.
        let at = |n: usize| {
            let v = low + (high - low) * n as f64 / 49.0;
            let [r, g, b, _] = VolumeDisplay { threshold: None, ..display.clone() }.color(v as f32);
            (v, [r, g, b].map(|c| f64::from(c) / 255.0))
        };
        let mut colors = vec![at(0)];
        for n in 1..49 {
            let (last, here, next) = (colors[colors.len() - 1], at(n), at(n + 1));
            let t = (here.0 - last.0) / (next.0 - last.0);
            let off: f64 = (0..3).map(|c| (last.1[c] + (next.1[c] - last.1[c]) * t - here.1[c]).abs()).sum();
            if off > 0.25 || n % 16 == 0 {
                colors.push(here);
            }
        }
        colors.push(at(49));
        Self {
            opacity: OpacityFunction::from_pairs(&opacity),
            gradient_opacity: None,
            color: ColorFunction::new(colors),
            shading: Some(Shading { ambient: 0.3, diffuse: 0.6, specular: 0.5, power: 40.0 }),
            nearest: false,
            unit_distance: 1.0,
        }
    }

    /// The property with its inner points moved along the value axis, as the shift slider does.
    pub fn shifted(&self, shift: f64) -> Self {
        let opacity = self.opacity.points().iter();
        let color = self.color.points().iter();
        Self {
            opacity: OpacityFunction::bent(opacity.map(|&p| moved(p, self.opacity.range(), shift))),
            color: ColorFunction::bent(color.map(|&p| moved(p, self.color.range(), shift))),
            ..self.clone()
        }
    }
}

/// A point moved along the value axis if it lies inside the range.
fn moved<const N: usize>(
    point: records::TransferPoint<N>,
    range: Option<(f64, f64)>,
    shift: f64,
) -> records::TransferPoint<N> {
    let inner = range.is_some_and(|(a, b)| point.x > a && point.x < b);
    records::TransferPoint { x: if inner { point.x + shift } else { point.x }, ..point }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::WindowLevel;

    #[test]
    fn a_display_becomes_opacities_and_colours() {
        let mut display = VolumeDisplay::grey(WindowLevel { window: 100.0, level: 50.0 });
        let ramp = VolumeProperty::from_display(&display, (-20.0, 300.0));
        assert_eq!(
            [-20.0, 0.0, 50.0, 100.0, 300.0].map(|v| ramp.opacity.at(v)[0]),
            [0.0, 0.0, 0.5, 1.0, 1.0]
        );
        assert!((ramp.color.at(50.0)[0] - 0.5).abs() < 0.01);
        display.threshold = Some((40.0, 60.0));
        let band = VolumeProperty::from_display(&display, (-20.0, 300.0));
        assert_eq!([39.9, 40.0, 59.9, 60.1].map(|v| band.opacity.at(v)[0]), [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn the_first_look_follows_type_and_range() {
        use microtome_geometry::{Grid, Point};
        let grid = Grid::axis_aligned([2, 1, 1], [1.0; 3], Point::zero());
        let of = |image: Image| VolumeProperty::automatic(&image);
        let preset = VolumeProperty::preset;
        assert_eq!(of(Image::scalar(grid, vec![0_u8, 255]).unwrap()), preset("US-Fetal"));
        assert_eq!(of(Image::scalar(grid, vec![0_i16, 800]).unwrap()), preset("MR-Default"));
        assert_eq!(
            of(Image::scalar(grid, vec![-1000_i16, 2000]).unwrap()),
            preset("CT-Chest-Contrast-Enhanced")
        );
        assert_eq!(of(Image::scalar(grid, vec![0_u8, 3]).unwrap().with_meaning(Meaning::Label)), None);
        assert!(of(Image::scalar(grid, vec![0.0_f32, 1.0]).unwrap()).is_some());
    }
}
