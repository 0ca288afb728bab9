//! Shape detection: a surface that grows until it meets edges.

use microtome_image::Image;

use super::forces::Forces;
use super::sparse_field::Limits;
use super::{matching, moved, single};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Moves a surface, the zero level of a function that is negative inside: it grows where the feature
    /// image is high and stops where that is near 0, and is smoothed by its curvature (Malladi, Sethian,
    /// Vemuri, 1995). The feature image is an edge potential, near 1 within regions and near 0 at edges.
    ///
    /// Sparse field method with three layers to each side. The result holds distances in millimetres near the
    /// surface, and four times the least spacing, with the sign of the side, farther away. Threshold it at 0
    /// for the region.
    ///
    /// Memory: inputs, output, and one byte a voxel.
    pub struct ShapeDetection("shape-detection", "Shape detection level set", "segmentation");
    inputs {
        /// The initial level set: negative inside, positive outside.
        input: Image,
        /// The feature image, on the same voxels: about 1 where the surface should move on, about 0 at edges.
        feature: Image,
    }
    parameters {
        /// How strongly the surface grows; negative: it shrinks.
        propagation_scaling: f64 = 1.0;
        /// How strongly it is smoothed.
        curvature_scaling: f64 = 1.0;
        /// It stops when the root mean square change of a step is below this.
        maximum_rms_error: f64 = 0.02, minimum 0;
        /// It stops after this many steps.
        number_of_iterations: u32 = 1000;
        /// Whether the sign of propagation is turned.
        reverse_expansion_direction: bool = false;
    }
    outputs {
        /// The level set: negative inside, positive outside.
        output: Image,
    }
    values {
        /// How many steps it took.
        elapsed_iterations: u32,
        /// The root mean square change of the last step.
        rms_change: f64,
    }
    example "Where the feature is 0 nothing moves" {
        inputs {
            "input": { "dimensions": [6, 1, 1], "values": [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] },
            "feature": { "dimensions": [6, 1, 1], "values": [0, 0, 0, 0, 0, 0] }
        }
        parameters {}
        gives { "elapsed-iterations": 1, "rms-change": 0 }
    }
}

impl Operation for ShapeDetection {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let (initial, feature) = (inputs.input, inputs.feature);
        matching(&initial, &feature)?;
        let speed = single(&feature, 0.0, &progress.step(0.0..0.05))?;
        let sign = if self.reverse_expansion_direction { -1.0 } else { 1.0 };
        let forces = Forces {
            propagation: sign * self.propagation_scaling,
            curvature: self.curvature_scaling,
            advection: 0.0,
            speed: &speed,
            speed_bends: true,
            at_surface: false,
            field: None,
        };
        let limits = Limits { iterations: self.number_of_iterations, rms: self.maximum_rms_error };
        let (output, rest) = moved(&initial, &forces, limits, &progress.step(0.05..1.0))?;
        Ok(Outputs { output, elapsed_iterations: rest.iterations, rms_change: rest.rms })
    }
}
