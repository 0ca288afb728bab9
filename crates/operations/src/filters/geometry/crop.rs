//! Crop by voxels: fewer voxels at the sides of a volume.

use microtome_image::Image;

use super::window::{Beyond, window};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Takes voxels away from the sides of a volume. Those that are left stay where they are in the patient.
    pub struct Crop("crop", "Crop by voxels", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// How many voxels are taken away from the first on, along i, j and k.
        lower: [u32; 3] = [0, 0, 0], unit "voxels";
        /// How many voxels are taken away up to the last, along i, j and k.
        upper: [u32; 3] = [0, 0, 0], unit "voxels";
    }
    outputs {
        /// The smaller volume.
        output: Image,
    }
    values {}
    example "The first goes" {
        inputs { "input": { "dimensions": [3, 1, 1], "values": [1, 2, 3] } }
        parameters { "lower": [1, 0, 0] }
        gives { "output": { "dimensions": [2, 1, 1], "origin": [1, 0, 0], "values": [2, 3] } }
    }
}

impl Operation for Crop {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let old = inputs.input.dims();
        let mut dims = [0; 3];
        for a in 0..3 {
            let taken = self.lower[a] as usize + self.upper[a] as usize;
            dims[a] = old[a].saturating_sub(taken);
            if dims[a] == 0 {
                let why = format!("with the other side no voxel would be left of {old:?}");
                return Err(crate::parameter_error("lower", &self.lower, &why).into());
            }
        }
        let start = self.lower.map(|n| n as isize);
        Ok(Outputs { output: window(&inputs.input, start, dims, Beyond::Constant, 0.0, progress)? })
    }
}
