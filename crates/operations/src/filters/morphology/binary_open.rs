//! Binary opening: thin parts of an object go.

use super::binary::{Values, changed};
use super::bitwise::{dilate, erode};
use super::element::Shape;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::value::LabelImage;

operation! {
    /// Removes what is thinner than a shape from an object: erosion, then dilation.
    ///
    /// The object keeps every voxel that some position of the shape within the object covers. It counts as going on beyond the
    /// border of the volume.
    ///
    /// Other values than those of the object stay. Memory: three bits a voxel and the result.
    pub struct BinaryOpen("binary-open", "Binary opening", "filters");
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
        /// The value of voxels that are not in the object any more.
        background: f64 = 0.0;
    }
    outputs {
        /// The label map with the changed object.
        output: LabelImage,
    }
    values {}
    example "What is narrower than three voxels goes" {
        inputs { "input": { "dimensions": [8, 1, 1], "type": "uint8", "values": [0, 1, 1, 1, 0, 1, 0, 2] } }
        parameters { "radius": [1, 0, 0] }
        gives { "output": { "type": "uint8", "values": [0, 1, 1, 1, 0, 0, 0, 2] } }
    }
}

impl Operation for BinaryOpen {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let elements =
            self.shape.elements(self.radius, self.radius_mm, image.dims(), image.grid().spacing())?;
        let values = Values { foreground: self.foreground, background: self.background };
        let output = changed(&image, values, progress, |bits, progress| {
            let eroded = erode(bits, &elements, true, &progress.step(0.0..0.5))?;
            dilate(eroded, &elements, false, &progress.step(0.5..1.0))
        })?;
        Ok(Outputs { output: LabelImage::new(output) })
    }
}
