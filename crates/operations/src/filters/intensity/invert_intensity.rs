//! Invert intensity: dark becomes bright.

use microtome_image::Image;

use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Takes every value off a maximum, so that dark becomes bright and bright becomes dark.
    ///
    /// What the type cannot hold becomes the nearest value that it can.
    pub struct InvertIntensity("invert-intensity", "Invert intensity", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// What every value is taken off.
        maximum: f64 = 255.0;
    }
    outputs {
        /// The inverted volume, of the type of the input.
        output: Image,
    }
    values {}
    example "Bytes" {
        inputs { "input": { "dimensions": [3, 1, 1], "type": "uint8", "values": [0, 100, 255] } }
        parameters {}
        gives { "output": { "type": "uint8", "values": [255, 155, 0] } }
    }
}

impl Operation for InvertIntensity {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        progress.report(0.0)?;
        let inverted = image.array().rescale(-1.0, self.maximum, image.scalar_type());
        Ok(Outputs { output: image.with_array(inverted)? })
    }
}
