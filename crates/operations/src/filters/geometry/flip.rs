//! Flip volume: mirror the voxels along some axes.

use microtome_image::Image;

use super::axes::Axes;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Mirrors a volume along some of its axes, about its centre: the geometry stays and the voxels change places.
    ///
    /// With `keep-in-place` it is the other way round: every voxel stays where it is in the patient, and the axes of the grid are
    /// turned round.
    pub struct Flip("flip", "Flip volume", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// Whether the voxels are mirrored along i.
        i: bool = false;
        /// Whether the voxels are mirrored along j.
        j: bool = false;
        /// Whether the voxels are mirrored along k.
        k: bool = false;
        /// Whether the geometry turns with the voxels, so that the picture of the patient stays the same.
        keep_in_place: bool = false;
    }
    outputs {
        /// The mirrored volume.
        output: Image,
    }
    values {}
    example "A row read from its end" {
        inputs { "input": { "dimensions": [3, 1, 1], "type": "int16", "values": [1, 2, 3] } }
        parameters { "i": true }
        gives { "output": { "type": "int16", "origin": [0, 0, 0], "values": [3, 2, 1] } }
    }
}

impl Operation for Flip {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let axes = Axes { from: [0, 1, 2], reversed: [self.i, self.j, self.k] };
        let flipped = axes.apply(&inputs.input, progress)?;
        let output = if self.keep_in_place { flipped } else { flipped.with_grid(*inputs.input.grid())? };
        Ok(Outputs { output })
    }
}
