//! Binary closing: gaps of an object fill.

use super::binary::{Values, changed};
use super::bitwise::{dilate, erode, framed, inner};
use super::element::{Shape, radius};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::value::LabelImage;

operation! {
    /// Fills what is thinner than a shape between parts of an object: dilation, then erosion.
    ///
    /// Other values than those of the object stay. Memory: three bits a voxel and the result.
    pub struct BinaryClose("binary-close", "Binary closing", "filters");
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
        /// Whether there are voxels without object beyond the border, into which the object can grow before it shrinks. If not,
        /// it counts as going on beyond the border wherever it comes near, and grows together with it.
        safe_border: bool = true;
    }
    outputs {
        /// The label map with the changed object.
        output: LabelImage,
    }
    values {}
    example "A gap of one voxel fills, one of three does not" {
        inputs { "input": { "dimensions": [9, 1, 1], "type": "uint8", "values": [0, 1, 1, 0, 1, 0, 0, 0, 1] } }
        parameters { "radius": [1, 0, 0] }
        gives { "output": { "type": "uint8", "values": [0, 1, 1, 1, 1, 0, 0, 0, 1] } }
    }
}

impl Operation for BinaryClose {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let elements =
            self.shape.elements(self.radius, self.radius_mm, image.dims(), image.grid().spacing())?;
        let values = Values { foreground: self.foreground, background: self.foreground };
        let output = changed(&image, values, progress, |bits, progress| {
            let margin = if self.safe_border { radius(&elements) } else { [0; 3] };
            let framed = framed(&bits, margin);
            let dilated = dilate(framed, &elements, false, &progress.step(0.0..0.5))?;
            let eroded = erode(dilated, &elements, true, &progress.step(0.5..1.0))?;
            Ok(inner(&eroded, margin))
        })?;
        Ok(Outputs { output: LabelImage::new(output) })
    }
}
