//! Binary dilation: an object grows.

use super::binary::{Values, changed};
use super::bitwise::dilate;
use super::element::Shape;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::value::LabelImage;

operation! {
    /// Lets an object grow by a shape: it gets every voxel that the shape around one of its voxels covers, whatever was there.
    ///
    /// Other values than those of the object stay. Memory: three bits a voxel and the result.
    pub struct BinaryDilate("binary-dilate", "Binary dilation", "filters");
    inputs {
        /// The label map.
        input: LabelImage,
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
        /// The value of the object.
        foreground: f64 = 1.0;
        /// Whether the object goes on beyond the border of the volume, and grows inwards from there.
        boundary_to_foreground: bool = false;
    }
    outputs {
        /// The label map with the changed object.
        output: LabelImage,
    }
    values {}
    example "One voxel more on both sides" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "uint8", "values": [0, 0, 1, 0, 2, 2] } }
        parameters { "radius": [1, 0, 0] }
        gives { "output": { "type": "uint8", "values": [0, 1, 1, 1, 2, 2] } }
    }
}

impl Operation for BinaryDilate {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let elements =
            self.shape.elements(self.radius, self.radius_mm, image.dims(), image.grid().spacing())?;
        let values = Values { foreground: self.foreground, background: self.foreground };
        let output = changed(&image, values, progress, |bits, progress| {
            dilate(bits, &elements, self.boundary_to_foreground, progress)
        })?;
        Ok(Outputs { output: LabelImage::new(output) })
    }
}
