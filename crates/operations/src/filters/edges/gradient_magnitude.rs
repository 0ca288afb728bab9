//! Gradient magnitude: how steeply values change.

use microtome_image::Image;

use super::around::{self, Around, stencil};
use super::derivative::{Sum, of_gaussian};
use crate::declare::Operation;
use crate::filters::smoothing::separable::real;
use crate::kernels::real::Real;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Finds how steeply the values of a volume change: the length of the gradient, per millimetre.
    ///
    /// Without smoothing, derivatives are central differences between the neighbours of a voxel. With a sigma, they are
    /// those of the volume smoothed with a (recursive) Gaussian. Beyond the border the nearest voxel goes on. Each component
    /// of a volume of several is taken by itself. Memory: the result; with a sigma, one more volume in 32 bits (64 for wide types).
    pub struct GradientMagnitude("gradient-magnitude", "Gradient magnitude", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// The standard deviation of the Gaussian that the volume is smoothed with; 0 for none.
        sigma: f64 = 0.0, minimum 0.0, unit "mm";
        /// Whether differences are taken per millimetre rather than per voxel. It does not count with a sigma.
        use_spacing: bool = true;
    }
    outputs {
        /// The length of the gradient, as 32-bit floating point.
        output: Image,
    }
    values {}
    example "A ramp, whose slope is halved at its ends, on voxels of 2 mm" {
        inputs { "input": { "dimensions": [4, 1, 1], "spacing": [2, 1, 1], "type": "int16", "values": [0, 10, 20, 30] } }
        parameters {}
        gives { "output": { "type": "float32", "values": [2.5, 5, 5, 2.5] } }
    }
}

impl Operation for GradientMagnitude {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let output = if self.sigma > 0.0 {
            of_gaussian(&image, self.sigma, Sum::Length, progress)?
        } else {
            gradient_magnitude(&image, self.use_spacing, progress)?
        };
        Ok(Outputs { output })
    }
}

/// The length of the gradient by central differences, per mm or per voxel.
///
/// # Errors
/// [`OperationError::Cancelled`].
pub fn gradient_magnitude(
    image: &Image,
    use_spacing: bool,
    progress: &Progress,
) -> Result<Image, OperationError> {
    let spacing = if use_spacing { image.grid().spacing() } else { [1.0; 3] };
    let scale = spacing.map(|spacing| if spacing > 0.0 { 0.5 / spacing } else { 0.0 });
    around::filter(image, &CentralDifferences { scale }, progress)
}

/// The length of the gradient by central differences, each multiplied by a factor.
struct CentralDifferences {
    scale: [f64; 3],
}

stencil!(CentralDifferences, run, f32::sqrt, |v| v.sqrt() as f32);

#[inline(always)]
fn run<R: Real>(
    stencil: &CentralDifferences,
    rows: &Around<'_, R>,
    out: &mut [f32],
    root: impl Fn(R) -> f32,
) {
    let [x, y, z] = stencil.scale.map(real::<R>);
    let count = out.len();
    let row = rows[1][1];
    let (before, behind) = (&row[..count], &row[2..][..count]);
    let [back_j, fore_j, back_k, fore_k] =
        [rows[1][0], rows[1][2], rows[0][1], rows[2][1]].map(|row| &row[1..][..count]);
    for i in 0..count {
        let (x, y, z) =
            ((behind[i] - before[i]) * x, (fore_j[i] - back_j[i]) * y, (fore_k[i] - back_k[i]) * z);
        out[i] = root(x * x + y * y + z * z);
    }
}
