//! Add volumes: the sum of two volumes.

use microtome_image::Image;

use super::combine::{Sign, combine};
use super::onto::Order;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Adds two volumes voxel by voxel.
    ///
    /// The second volume is brought onto the grid of the first where its own is another, with 0 where it does not reach.
    /// The result has the type of the first volume and ends at that type's limits: nothing wraps around.
    pub struct Add("add", "Add volumes", "filters");
    inputs {
        /// The first volume.
        input: Image,
        /// The second volume.
        input2: Image,
    }
    parameters {
        /// The order of the B-spline that finds values of the second volume between its voxels: 0 is the nearest voxel,
        /// 1 linear, 3 cubic.
        order: Order = Order::Linear;
    }
    outputs {
        /// The sum.
        output: Image,
    }
    values {}
    example "Sums end at the limit of the type" {
        inputs {
            "input": { "dimensions": [3, 1, 1], "type": "uint8", "values": [1, 2, 200] },
            "input2": { "dimensions": [3, 1, 1], "type": "uint8", "values": [3, 3, 100] }
        }
        parameters {}
        gives { "output": { "type": "uint8", "values": [4, 5, 255] } }
    }
}

impl Operation for Add {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let output = combine(&inputs.input, inputs.input2, self.order, Sign::Add, progress)?;
        Ok(Outputs { output })
    }
}
