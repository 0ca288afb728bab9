//! Tile volume: copies of a volume beside each other.

use microtome_image::Image;

use super::window::{Beyond, window};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Puts copies of a volume beside each other along its axes.
    pub struct Tile("tile", "Tile volume", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// How many copies stand along i, j and k.
        layout: [u32; 3] = [2, 2, 1], minimum 1, maximum 1000;
    }
    outputs {
        /// The copies; the first stands where the volume was.
        output: Image,
    }
    values {}
    example "Two copies in a row" {
        inputs { "input": { "dimensions": [2, 1, 1], "values": [1, 2] } }
        parameters { "layout": [2, 1, 1] }
        gives { "output": { "dimensions": [4, 1, 1], "values": [1, 2, 1, 2] } }
    }
}

impl Operation for Tile {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let old = inputs.input.dims();
        let dims = std::array::from_fn(|a| old[a].saturating_mul(self.layout[a] as usize));
        Ok(Outputs { output: window(&inputs.input, [0; 3], dims, Beyond::Wrap, 0.0, progress)? })
    }
}
