//! Resample, declared.

use microtome_geometry::{Affine, Grid, Transform};
use microtome_image::{Image, Interpolation, Meaning, Window};

use super::resample;
use crate::declare::Operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::{choice, operation};

choice! {
    /// How values between voxels are found.
    pub enum Method {
        /// The nearest voxel's value.
        Nearest = "nearest",
        /// Linear.
        Linear = "linear",
        /// Cubic B-spline through the voxels.
        BSpline = "bspline",
        /// Sinc, cut off by a window.
        Sinc = "sinc",
    }
}

choice! {
    /// The window of a windowed sinc.
    pub enum Shape {
        /// Hamming.
        Hamming = "hamming",
        /// Cosine.
        Cosine = "cosine",
        /// Welch.
        Welch = "welch",
        /// Lanczos.
        Lanczos = "lanczos",
        /// Blackman.
        Blackman = "blackman",
    }
}

operation! {
    /// Puts a volume on another grid: that of a reference volume, or its own with another spacing, or both; and moves it by a
    /// transform. Positions outside the volume get a value of their own. The type of the voxels stays; whole numbers are
    /// rounded.
    pub struct Resample("resample", "Resample", "filters");
    inputs {
        /// The volume or label map.
        input: Image,
        /// The volume whose grid the output has; nothing: the input.
        reference: Option<Image>,
        /// Moves the volume as a transform of the scene does, and as in Slicer: a transform file that a registration of a
        /// fixed to a moving volume wrote brings the moving one onto the fixed one. Nothing: the volume stays where it is.
        transform: Option<Transform>,
    }
    parameters {
        /// Distance between voxels along i, j and k, 0 to keep that of the grid; the first voxel stays where it is and as many
        /// follow as the old extent has room for, rounded. Nothing: as the grid has it.
        spacing: Option<[f64; 3]> = None, minimum 0.0, unit "mm";
        /// How values between voxels are found; nothing: the nearest for label maps, linear for all else.
        interpolation: Option<Method> = None;
        /// The window of a windowed sinc.
        window: Shape = Shape::Lanczos;
        /// Half width of a windowed sinc, in voxels.
        radius: u32 = 4, minimum 1, maximum 8;
        /// The value outside the volume.
        outside: f64 = 0.0;
    }
    outputs {
        /// The volume on the other grid.
        output: Image,
    }
    values {}
    example "Twice as many voxels of half the size" {
        inputs { "input": { "dimensions": [2, 1, 1], "values": [0, 4] } }
        parameters { "spacing": [0.5, 1, 1] }
        gives { "output": { "dimensions": [4, 1, 1], "spacing": [0.5, 1, 1], "values": [0, 2, 4, 4] } }
    }
}

impl Method {
    /// The interpolation, with a Lanczos window of three voxels where one is needed.
    pub const fn interpolation(self) -> Interpolation {
        self.windowed(Window::Lanczos, 3)
    }

    const fn windowed(self, window: Window, radius: u8) -> Interpolation {
        match self {
            Self::Nearest => Interpolation::Nearest,
            Self::Linear => Interpolation::Linear,
            Self::BSpline => Interpolation::CubicBSpline,
            Self::Sinc => Interpolation::WindowedSinc { window, radius },
        }
    }
}

impl Resample {
    fn interpolation(&self, image: &Image) -> Interpolation {
        let window = match self.window {
            Shape::Hamming => Window::Hamming,
            Shape::Cosine => Window::Cosine,
            Shape::Welch => Window::Welch,
            Shape::Lanczos => Window::Lanczos,
            Shape::Blackman => Window::Blackman,
        };
        match self.interpolation {
            None if image.meaning() == Meaning::Label => Interpolation::Nearest,
            None => Interpolation::Linear,
            Some(method) => method.windowed(window, self.radius as u8),
        }
    }
}

impl Operation for Resample {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let mut grid = *inputs.reference.as_ref().unwrap_or(&image).grid();
        if let Some(spacing) = self.spacing {
            grid = with_spacing(&grid, spacing).ok_or_else(|| {
                crate::parameter_error("spacing", &self.spacing, "every spacing must be 0 or above")
            })?;
        }
        // What moves a volume takes its positions to where they are seen; resampling asks the other way round.
        let transform = inputs.transform.unwrap_or_default().inverse().ok_or_else(|| {
            OperationError::Input { name: "transform".to_owned(), why: "it cannot be inverted".to_owned() }
        })?;
        let interpolation = self.interpolation(&image);
        let output = resample(&image, &grid, &transform, interpolation, self.outside, progress)?;
        progress.report(1.0)?;
        Ok(Outputs { output })
    }
}

/// The grid with another spacing (mm; 0 keeps what it is): the same axes and first voxel, and as many voxels as the old extent
/// has room for, rounded. `None` if a spacing is below zero or not finite, or an axis of the grid has no length.
pub fn with_spacing(grid: &Grid, spacing: [f64; 3]) -> Option<Grid> {
    let old = grid.spacing();
    let new: [f64; 3] = std::array::from_fn(|a| if spacing[a] == 0.0 { old[a] } else { spacing[a] });
    if !new.iter().chain(&old).all(|s| *s > 0.0 && s.is_finite()) {
        return None;
    }
    let dims = std::array::from_fn(|a| ((grid.dims()[a] as f64 * old[a] / new[a] + 0.5) as usize).max(1));
    let map = grid.ijk_to_ras();
    let [x, y, z] = std::array::from_fn(|a| map.column(a) * (new[a] / old[a]));
    Some(Grid::new(dims, Affine::from_columns(x, y, z, map.translation())))
}
