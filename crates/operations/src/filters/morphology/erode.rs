//! Grayscale erosion: the least value around every voxel.

use microtome_image::{Array, Image, with_values};

use super::element::Shape;
use super::grayscale::{Extreme, elements, extremes};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;

operation! {
    /// Gives every voxel the least value that a shape around it covers: what is bright shrinks.
    ///
    /// Exact for every type; values that are not numbers count as greater or, with a sign, less than all numbers. Beyond the
    /// border there is nothing. Memory: the result, for a box no more, else a small part of the volume.
    pub struct Erode("erode", "Grayscale erosion", "filters");
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
        /// The eroded volume.
        output: Image,
    }
    values {}
    example "Bright voxels shrink" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "int16", "values": [0, 5, 6, 7, 0, 3] } }
        parameters { "radius": [1, 0, 0] }
        gives { "output": { "type": "int16", "values": [0, 0, 5, 0, 0, 0] } }
    }
}

impl Operation for Erode {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let elements = elements(&image, self.shape, self.radius, self.radius_mm)?;
        let array = with_values!(image.array(), values => {
            Array::from(extremes(values, image.dims(), &elements, &[Extreme::Least], false, progress)?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
