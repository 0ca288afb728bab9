//! Morphological gradient: how much values change around every voxel.

use microtome_image::{Array, Image, with_values};

use super::difference::less;
use super::element::Shape;
use super::grayscale::{Extreme, elements, extremes};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;

operation! {
    /// Gives every voxel the difference between the greatest and the least value that a shape around it covers.
    ///
    /// Exact for every type; values that are not numbers count as greater or, with a sign, less than all numbers. Differences
    /// beyond the type are its greatest value. Memory: the result and two volumes.
    pub struct MorphologicalGradient("morphological-gradient", "Morphological gradient", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// The shape around each voxel.
        shape: Shape = Shape::Ball;
        /// How far the shape reaches along i, j and k. A ball holds the voxels whose centres lie in the ellipsoid that reaches
        /// half a voxel farther.
        radius: [u32; 3] = [1, 1, 1], maximum 100, unit "voxel";
        /// How far it reaches in space, whatever the spacing, in the place of the radius in voxels. A ball then holds the voxels
        /// whose centres are not farther away.
        radius_mm: Option<f64> = None, minimum 0.0, unit "mm";
    }
    outputs {
        /// The differences.
        output: Image,
    }
    values {}
    example "An edge" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "int16", "values": [0, 0, 0, 5, 5, 5] } }
        parameters { "radius": [1, 0, 0] }
        gives { "output": { "type": "int16", "values": [0, 0, 5, 5, 0, 0] } }
    }
}

impl Operation for MorphologicalGradient {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let dims = image.dims();
        let elements = elements(&image, self.shape, self.radius, self.radius_mm)?;
        let (first, second) = (progress.step(0.0..0.45), progress.step(0.45..0.9));
        let array = with_values!(image.array(), values => {
            let upper = extremes(values, dims, &elements, &[Extreme::Greatest], false, &first)?;
            let lower = extremes(values, dims, &elements, &[Extreme::Least], false, &second)?;
            Array::from(less(&upper, &lower, &progress.step(0.9..1.0))?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
