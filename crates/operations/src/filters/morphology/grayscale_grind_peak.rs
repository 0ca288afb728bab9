//! Grayscale grind peak: bright parts within dark ones go.

use microtome_image::{Array, Buffer, Image, with_values};

use super::grayscale::Extreme;
use super::reconstruction::{border, reconstruct};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;

operation! {
    /// Removes bright parts that dark ones enclose: no voxel stays brighter than the darkest that must be crossed from it to the
    /// border of the volume.
    ///
    /// Along an axis of one voxel there is no border. Values that are not numbers count as greater or, with a sign, less than all
    /// numbers. Memory: the result and a queue of voxels.
    pub struct GrayscaleGrindPeak("grayscale-grind-peak", "Grayscale grind peak", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// Whether neighbours by edge and corner count too, not only those by face.
        fully_connected: bool = false;
    }
    outputs {
        /// The volume without peaks.
        output: Image,
    }
    values {}
    example "A peak goes down to the higher of its feet" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "int16", "values": [9, 4, 8, 7, 2, 6] } }
        parameters {}
        gives { "output": { "type": "int16", "values": [9, 4, 4, 4, 2, 6] } }
    }
}

impl Operation for GrayscaleGrindPeak {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        progress.report(0.0)?;
        let (dims, full) = (image.dims(), self.fully_connected);
        let array = with_values!(image.array(), values => {
            let mut marker = border(values, dims, Extreme::Greatest);
            reconstruct(&mut marker, values, dims, full, Extreme::Greatest, progress)?;
            Array::from(Buffer::from(marker))
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
