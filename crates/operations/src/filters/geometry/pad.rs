//! Pad volume: more voxels around it.

use microtome_image::Image;

use super::window::{Beyond, window};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Adds voxels at the sides of a volume. Those that it had stay where they are in the patient.
    pub struct Pad("pad", "Pad volume", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// How many voxels are added before the first along i, j and k.
        lower: [u32; 3] = [0, 0, 0], maximum 100000, unit "voxels";
        /// How many voxels are added behind the last along i, j and k.
        upper: [u32; 3] = [0, 0, 0], maximum 100000, unit "voxels";
        /// What the added voxels are: one value, the nearest voxel, the volume mirrored, or the volume once more.
        mode: Beyond = Beyond::Constant;
        /// The value of added voxels in the mode "constant".
        value: f64 = 0.0;
    }
    outputs {
        /// The larger volume.
        output: Image,
    }
    values {}
    example "One more on the left, mirrored, and two on the right" {
        inputs { "input": { "dimensions": [3, 1, 1], "values": [1, 2, 3] } }
        parameters { "lower": [1, 0, 0], "upper": [2, 0, 0], "mode": "mirror" }
        gives { "output": { "dimensions": [6, 1, 1], "origin": [-1, 0, 0], "values": [1, 1, 2, 3, 3, 2] } }
    }
}

impl Operation for Pad {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let old = inputs.input.dims();
        let start = self.lower.map(|n| -(n as isize));
        let dims = std::array::from_fn(|a| old[a] + self.lower[a] as usize + self.upper[a] as usize);
        Ok(Outputs { output: window(&inputs.input, start, dims, self.mode, self.value, progress)? })
    }
}
