//! Volume rendering by ray casting.

mod blocks;
mod cast;
mod composite;
mod data;
mod gradient;
mod isosurface;
mod lookup;
mod presets;
mod projection;
mod property;
mod warp;
mod wave;

pub(crate) use cast::{Caster, RayState, Row, caster};
pub use data::VolumeData;
pub(crate) use lookup::Highlights;
pub use presets::VolumePreset;
pub use property::{Shading, VolumeProperty};
pub(crate) use warp::{Beyond, warped};

use microtome_geometry::{Affine, Point, Ras, Vector};

/// What a ray shows of the values along it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Technique {
    /// Colours and opacities laid over each other, lit.
    #[default]
    Composite,
    /// The greatest value.
    MaximumIntensity,
    /// The least value.
    MinimumIntensity,
    /// The opaque, lit surface where values reach this one.
    Isosurface(f64),
}

/// A half space: the side of a plane to which its normal points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfSpace {
    /// A point of the plane.
    pub origin: Point<Ras>,
    /// The direction of the side that is kept.
    pub normal: Vector<Ras>,
}

impl HalfSpace {
    /// The inside of a box as six half spaces: its centre, the directions of its edges (unit length) and half their
    /// lengths, mm.
    pub fn of_box(center: Point<Ras>, axes: [Vector<Ras>; 3], half: [f64; 3]) -> [Self; 6] {
        std::array::from_fn(|n| {
            let (axis, side) = (axes[n / 2], if n % 2 == 0 { 1.0 } else { -1.0 });
            Self { origin: center + axis * (side * half[n / 2]), normal: axis * -side }
        })
    }
}

/// A volume in a 3D view.
#[derive(Clone, Debug)]
pub struct Volume<'a> {
    /// The voxels, made ready for rays.
    pub data: &'a VolumeData,
    /// Colours, opacities and lighting.
    pub property: VolumeProperty,
    /// What a ray shows of the values along it.
    pub technique: Technique,
    /// From the image's own space to the scene's.
    pub to_world: Affine<Ras, Ras>,
    /// Distance of samples along a ray, mm; `None` = half the mean spacing.
    pub sample_distance: Option<f64>,
    /// Only what lies in all of these is shown; in the scene's space.
    pub crop: Vec<HalfSpace>,
}

impl<'a> Volume<'a> {
    /// The volume as it stands, composited, whole.
    pub fn new(data: &'a VolumeData, property: VolumeProperty) -> Self {
        Self {
            data,
            property,
            technique: Technique::Composite,
            to_world: Affine::identity(),
            sample_distance: None,
            crop: Vec::new(),
        }
    }

    /// Distance of samples along a ray, mm.
    pub(crate) fn step(&self) -> f64 {
        let spacing = self.data.grid().spacing();
        let automatic = (spacing[0] + spacing[1] + spacing[2]) / 6.0;
        let step = self.sample_distance.unwrap_or(automatic);
        // A ray never takes more samples than a few per voxel nor more than a million, whatever is asked for.
        let all = self.data.grid().bounds().diagonal();
        let least = (self.data.grid().min_spacing().max(automatic * 1e-3) / 64.0).max(all * 1e-6);
        if step.is_finite() && step > least { step } else { least.max(1e-6) }
    }
}
