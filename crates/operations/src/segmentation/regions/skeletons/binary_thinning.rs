//! Binary thinning: an object reduced to curves.

use microtome_image::{Array, Scalar, with_values};

use super::countable;
use super::object::Object;
use super::simple::thin;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Reduces objects, the voxels that are not 0, to curves one voxel wide along their middle, which are
    /// connected as the objects are: voxels that are not needed for that are taken away from one side after
    /// the other (Lee, Kashyap, Chu, 1994). In a single slice, the usual skeleton of an area.
    ///
    /// Memory: input, output, one byte a voxel, and 4 bytes for each voxel of the objects.
    pub struct BinaryThinning("binary-thinning", "Binary thinning", "segmentation");
    inputs {
        /// The objects: voxels that are not 0.
        input: LabelImage,
    }
    parameters {}
    outputs {
        /// 1 on the curves.
        output: LabelImage,
    }
    values {
        /// How many voxels the curves have.
        voxels: u64,
    }
    example "A bar becomes a line" {
        inputs {
            "input": { "dimensions": [5, 3, 1], "type": "uint8", "values": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }
        }
        parameters {}
        gives { "output": { "values": [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0] }, "voxels": 5 }
    }
}

impl Operation for BinaryThinning {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input.into_image();
        scalar("input", &image)?;
        countable(&image)?;
        let mut object =
            with_values!(image.array(), values => Object::new(values, image.dims(), |v| v.to_f64() != 0.0));
        thin(&mut object, progress)?;
        let voxels = object.all().len() as u64;
        let labels = Array::UInt8(object.labels(1).into());
        Ok(Outputs { output: LabelImage::new(image.with_array(labels)?), voxels })
    }
}
