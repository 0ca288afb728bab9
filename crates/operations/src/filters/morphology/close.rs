//! Grayscale closing: small dark parts go.

use microtome_image::{Array, Image, with_values};

use super::element::Shape;
use super::grayscale::{Extreme, elements, extremes};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;

operation! {
    /// Fills dark parts that a shape does not fit into: dilation, then erosion.
    ///
    /// Exact for every type; values that are not numbers count as greater or, with a sign, less than all numbers. Memory: the
    /// result and one volume, which is larger than the input by the radius on every side where the border is safe.
    pub struct Close("close", "Grayscale closing", "filters");
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
        /// Whether there is room beyond the border for the shape to reach into. If not, the volume ends at its border for it.
        safe_border: bool = true;
    }
    outputs {
        /// The closed volume.
        output: Image,
    }
    values {}
    example "A gap narrower than three voxels fills" {
        inputs { "input": { "dimensions": [8, 1, 1], "type": "int16", "values": [9, 4, 3, 4, 9, 0, 9, 9] } }
        parameters { "radius": [1, 0, 0] }
        gives { "output": { "type": "int16", "values": [9, 4, 4, 4, 9, 9, 9, 9] } }
    }
}

impl Operation for Close {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let elements = elements(&image, self.shape, self.radius, self.radius_mm)?;
        let array = with_values!(image.array(), values => {
            Array::from(extremes(values, image.dims(), &elements, &[Extreme::Greatest, Extreme::Least], self.safe_border, progress)?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
