//! Grayscale fill hole: dark parts within bright ones fill.

use microtome_image::{Array, Buffer, Image, with_values};

use super::grayscale::Extreme;
use super::reconstruction::{border, reconstruct};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;

operation! {
    /// Fills dark parts that bright ones enclose: no voxel stays darker than the brightest that must be crossed from it to the
    /// border of the volume.
    ///
    /// Along an axis of one voxel there is no border. Values that are not numbers count as greater or, with a sign, less than all
    /// numbers. Memory: the result and a queue of voxels.
    pub struct GrayscaleFillHole("grayscale-fill-hole", "Grayscale fill hole", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// Whether neighbours by edge and corner count too, not only those by face.
        fully_connected: bool = false;
    }
    outputs {
        /// The volume without holes.
        output: Image,
    }
    values {}
    example "A hole fills up to the lower of its walls" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "int16", "values": [0, 5, 1, 2, 7, 3] } }
        parameters {}
        gives { "output": { "type": "int16", "values": [0, 5, 5, 5, 7, 3] } }
    }
}

impl Operation for GrayscaleFillHole {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        progress.report(0.0)?;
        let (dims, full) = (image.dims(), self.fully_connected);
        let array = with_values!(image.array(), values => {
            let mut marker = border(values, dims, Extreme::Least);
            reconstruct(&mut marker, values, dims, full, Extreme::Least, progress)?;
            Array::from(Buffer::from(marker))
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
