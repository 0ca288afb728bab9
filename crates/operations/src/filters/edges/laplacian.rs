//! Laplacian: how much a voxel differs from what is around it.

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
    /// Adds up the second derivatives of a volume along its axes, per square millimetre: below zero within what is brighter than its
    /// surroundings, zero in the middle of an edge.
    ///
    /// Without smoothing, derivatives are differences between neighbours. With a sigma, they are those of the volume smoothed
    /// with a (recursive) Gaussian. Beyond the border the nearest voxel goes on. Each component of a volume of several is taken by
    /// itself. Memory: the result; with a sigma, one more volume in 32 bits (64 for wide types).
    pub struct Laplacian("laplacian", "Laplacian", "filters");
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
        /// The Laplacian, as 32-bit floating point.
        output: Image,
    }
    values {}
    example "Around one bright voxel" {
        inputs { "input": { "dimensions": [3, 3, 1], "type": "uint8", "values": [0, 0, 0, 0, 10, 0, 0, 0, 0] } }
        parameters {}
        gives { "output": { "type": "float32", "values": [0, 10, 0, 10, -40, 10, 0, 10, 0] } }
    }
}

impl Operation for Laplacian {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        if self.sigma > 0.0 {
            return Ok(Outputs { output: of_gaussian(&image, self.sigma, Sum::Laplacian, progress)? });
        }
        let spacing = if self.use_spacing { image.grid().spacing() } else { [1.0; 3] };
        let scale = spacing.map(|spacing| if spacing > 0.0 { 1.0 / (spacing * spacing) } else { 0.0 });
        Ok(Outputs { output: around::filter(&image, &SecondDifferences { scale }, progress)? })
    }
}

/// The sum of the second differences along the axes, each multiplied by a factor.
struct SecondDifferences {
    scale: [f64; 3],
}

stencil!(SecondDifferences, run, |v| v, |v| v as f32);

#[inline(always)]
fn run<R: Real>(
    stencil: &SecondDifferences,
    rows: &Around<'_, R>,
    out: &mut [f32],
    narrow: impl Fn(R) -> f32,
) {
    let [x, y, z] = stencil.scale.map(real::<R>);
    let count = out.len();
    let row = rows[1][1];
    let (before, here, behind) = (&row[..count], &row[1..][..count], &row[2..][..count]);
    let [back_j, fore_j, back_k, fore_k] =
        [rows[1][0], rows[1][2], rows[0][1], rows[2][1]].map(|row| &row[1..][..count]);
    for i in 0..count {
        let v = here[i];
        let along = |back: R, fore: R, scale: R| ((fore - v) - (v - back)) * scale;
        out[i] = narrow(
            along(before[i], behind[i], x) + along(back_j[i], fore_j[i], y) + along(back_k[i], fore_k[i], z),
        );
    }
}
