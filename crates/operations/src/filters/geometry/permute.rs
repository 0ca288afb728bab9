//! Permute axes: the axes of the grid in another order.

use microtome_image::Image;

use super::axes::Axes;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Puts the axes of a volume's grid in another order. Every voxel stays where it is in the patient.
    pub struct Permute("permute", "Permute axes", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// The old axes (0 for i, 1 for j, 2 for k) that the new i, j and k are.
        order: [u32; 3] = [0, 1, 2], maximum 2;
    }
    outputs {
        /// The volume with its axes in another order.
        output: Image,
    }
    values {}
    example "Rows become columns" {
        inputs { "input": { "dimensions": [2, 2, 1], "spacing": [1, 2, 1], "values": [1, 2, 3, 4] } }
        parameters { "order": [1, 0, 2] }
        gives { "output": { "spacing": [2, 1, 1], "values": [1, 3, 2, 4] } }
    }
}

impl Operation for Permute {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let from = self.order.map(|axis| axis as usize);
        if !(0..3).all(|axis| from.contains(&axis)) {
            return Err(
                crate::parameter_error("order", &self.order, "0, 1 and 2 are each needed once").into()
            );
        }
        Ok(Outputs { output: Axes { from, reversed: [false; 3] }.apply(&inputs.input, progress)? })
    }
}
