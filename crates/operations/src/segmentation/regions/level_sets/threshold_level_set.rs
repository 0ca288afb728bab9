//! Threshold level set: a smooth surface around voxels within bounds.

use microtome_image::Image;

use super::forces::Forces;
use super::sparse_field::Limits;
use super::{matching, moved, single};
use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::operation;
use crate::parameter::parameter_error;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Moves a surface, the zero level of a function that is negative inside: it grows over voxels whose
    /// value lies between two bounds, the faster the farther the value is from these, draws back from all
    /// others, and is smoothed by its curvature.
    ///
    /// Sparse field method with three layers to each side. The result holds distances in millimetres near the
    /// surface, and four times the least spacing, with the sign of the side, farther away. Threshold it at 0
    /// for the region.
    ///
    /// Memory: inputs, output, and one volume of 32-bit numbers.
    pub struct ThresholdLevelSet("threshold-level-set", "Threshold level set", "segmentation");
    inputs {
        /// The initial level set: negative inside, positive outside.
        input: Image,
        /// The volume to segment, on the same voxels.
        feature: Image,
    }
    parameters {
        /// The least value within.
        lower: f64 = 0.0;
        /// The greatest value within.
        upper: f64 = 255.0;
        /// How strongly the surface grows.
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
    example "At the bound nothing moves" {
        inputs {
            "input": { "dimensions": [6, 1, 1], "values": [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] },
            "feature": { "dimensions": [6, 1, 1], "values": [255, 255, 255, 255, 255, 255] }
        }
        parameters {}
        gives { "elapsed-iterations": 1, "rms-change": 0 }
    }
}

impl Operation for ThresholdLevelSet {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let (initial, feature) = (inputs.input, inputs.feature);
        matching(&initial, &feature)?;
        if self.upper < self.lower || self.upper.is_nan() || self.lower.is_nan() {
            return Err(parameter_error("upper", &self.upper, "it must not be below the lower bound").into());
        }
        let values = single(&feature, f32::MAX, &progress.step(0.0..0.02))?;
        let (lower, upper) = (self.lower as f32, self.upper as f32);
        let middle = (upper - lower) / 2.0 + lower;
        let speed = pointwise::map(&values, &progress.step(0.02..0.05), |v: f32| {
            if v < middle { v - lower } else { upper - v }
        })?;
        drop(values);
        let sign = if self.reverse_expansion_direction { -1.0 } else { 1.0 };
        let forces = Forces {
            propagation: sign * self.propagation_scaling,
            curvature: self.curvature_scaling,
            advection: 0.0,
            speed: &speed,
            speed_bends: false,
            at_surface: true,
            field: None,
        };
        let limits = Limits { iterations: self.number_of_iterations, rms: self.maximum_rms_error };
        let (output, rest) = moved(&initial, &forces, limits, &progress.step(0.05..1.0))?;
        Ok(Outputs { output, elapsed_iterations: rest.iterations, rms_change: rest.rms })
    }
}
