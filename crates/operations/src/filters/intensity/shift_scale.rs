//! Shift and scale.

use microtome_image::{Image, ScalarType};

use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Adds a number to every value, then multiplies it by another.
    ///
    /// Results are rounded to the nearest value that the type has.
    pub struct ShiftScale("shift-scale", "Shift and scale", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// What is added to every value.
        shift: f64 = 0.0;
        /// What the sum is multiplied by.
        scale: f64 = 1.0;
        /// The type of the result; without it, that of the input.
        r#type: Option<ScalarType> = None;
    }
    outputs {
        /// The volume with new values.
        output: Image,
    }
    values {}
    example "First the shift, then the scale" {
        inputs { "input": { "dimensions": [3, 1, 1], "type": "int16", "values": [0, 1, -4] } }
        parameters { "shift": 2, "scale": 10 }
        gives { "output": { "type": "int16", "values": [20, 30, -20] } }
    }
}

impl Operation for ShiftScale {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        progress.report(0.0)?;
        let to = self.r#type.unwrap_or(image.scalar_type());
        let scaled = image.array().rescale(self.scale, self.shift * self.scale, to);
        Ok(Outputs { output: image.with_array(scaled)? })
    }
}
