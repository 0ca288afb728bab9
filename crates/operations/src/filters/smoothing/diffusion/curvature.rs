//! Curvature anisotropic diffusion.

use microtome_image::Image;

use super::{Diffusion, Kind, diffuse, stable};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Smooths a volume by letting its contours shrink with their curvature, less where values change steeply, so that edges stay.
    ///
    /// Whitaker and Xue's modified curvature diffusion as ITK computes it: what flows between two voxels is multiplied by
    /// exp(-|g|² / (2 c² m)), g the gradient, c the conductance and m the mean squared gradient of the volume, found anew before
    /// every step. Time steps above the least spacing / 16 (1 / 16 without spacing) may not be stable. Computed in 32-bit floating
    /// point; whole numbers are rounded to the nearest, where Slicer cuts fractions off. Values that are not finite are refused.
    /// Memory: two copies of the volume in 32 bits.
    pub struct CurvatureAnisotropicDiffusion("curvature-anisotropic-diffusion", "Curvature anisotropic diffusion", "filters");
    inputs {
        /// The volume to smooth.
        input: Image,
    }
    parameters {
        /// How steep an edge must be to stay: gradients are compared to this many times the root mean square gradient.
        conductance: f64 = 1.0, minimum 0.0;
        /// How many steps are taken. More make the volume smoother.
        iterations: u32 = 1, maximum 10000;
        /// The length of a step in time.
        time_step: f64 = 0.0625, minimum 0.0, maximum 1.0;
        /// Whether gradients are per millimetre, rather than per voxel.
        use_image_spacing: bool = true;
    }
    outputs {
        /// The smoothed volume.
        output: Image,
    }
    values {
        /// The longest time step that is known to be stable.
        stable_time_step: f64,
    }
    example "Little steps are smoothed" {
        inputs { "input": { "dimensions": [6, 1, 1], "values": [0, 1, 0, 9, 10, 9] } }
        parameters { "iterations": 1 }
        gives { "output": { "values": [0.058141, 0.835551, 0.528114, 9.057962, 9.835551, 9.058142] } }
    }
}

impl Operation for CurvatureAnisotropicDiffusion {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let diffusion = Diffusion {
            kind: Kind::Curvature,
            conductance: self.conductance,
            iterations: self.iterations,
            time_step: self.time_step,
            spacing: if self.use_image_spacing { image.grid().spacing() } else { [1.0; 3] },
        };
        let output = diffuse(&image, diffusion, progress)?;
        Ok(Outputs { output, stable_time_step: stable(diffusion.spacing, image.dims()) })
    }
}
