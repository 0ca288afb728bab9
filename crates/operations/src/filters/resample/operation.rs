//! Resample, declared.

use microtome_geometry::{Grid, Point, Transform};
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
    /// Puts a volume on another grid: that of a reference volume, or its own with another spacing, or both. Positions
    /// outside the volume get a value of their own. The type of the voxels stays; whole numbers are rounded.
    pub struct Resample("resample", "Resample", "filters");
    inputs {
        /// The volume or label map.
        input: Image,
        /// The volume whose grid the output has; nothing: the input.
        reference: Option<Image>,
        /// Takes each position of the output to the position of the input whose value it gets (RAS mm, as resampling
        /// transforms do: the inverse of how the image moves); nothing: the same position.
        transform: Option<Transform>,
    }
    parameters {
        /// Distance between voxels along i, j and k; the grid keeps its centre and covers all that it covered. Nothing:
        /// as the grid has it.
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
        gives { "output": { "dimensions": [4, 1, 1], "spacing": [0.5, 1, 1], "values": [0, 1, 3, 4] } }
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
                crate::parameter_error("spacing", &self.spacing, "every spacing must be above 0")
            })?;
        }
        let transform = inputs.transform.unwrap_or_default();
        let interpolation = self.interpolation(&image);
        let output = resample(&image, &grid, &transform, interpolation, self.outside, progress)?;
        progress.report(1.0)?;
        Ok(Outputs { output })
    }
}

/// The grid with another spacing (mm): the same axes and centre, and as many voxels as cover the same extent. `None` if a
/// spacing is not above zero or an axis of the grid has no length.
pub fn with_spacing(grid: &Grid, spacing: [f64; 3]) -> Option<Grid> {
    let old = grid.spacing();
    if !spacing.iter().chain(&old).all(|s| *s > 0.0 && s.is_finite()) {
        return None;
    }
    // A size that only rounding makes larger than a whole number is that number.
    let dims: [usize; 3] = std::array::from_fn(|a| {
        (((grid.dims()[a] as f64 * old[a] / spacing[a]) - 1e-6).ceil() as usize).max(1)
    });
    let map = grid.ijk_to_ras();
    let columns: [_; 3] = std::array::from_fn(|a| map.column(a) * (spacing[a] / old[a]));
    let [x, y, z] = columns;
    let half: [f64; 3] = dims.map(|d| (d as f64 - 1.0) / 2.0);
    let origin = grid.center() + (x * -half[0] + y * -half[1] + z * -half[2]);
    Some(Grid::new(
        dims,
        microtome_geometry::Affine::from_columns(x, y, z, Point::from_array(origin.coords())),
    ))
}
