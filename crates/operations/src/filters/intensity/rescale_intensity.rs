//! Rescale intensity: the range of values becomes another.

use microtome_image::{Image, ScalarType, Statistics};

use crate::declare::Operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::{operation, parameter_error};

operation! {
    /// Scales and shifts all values so that the least becomes one number and the greatest another.
    ///
    /// Results are rounded to the nearest value that the type has. A volume of one value everywhere becomes the minimum.
    pub struct RescaleIntensity("rescale-intensity", "Rescale intensity", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// What the least value becomes.
        output_minimum: f64 = 0.0;
        /// What the greatest value becomes.
        output_maximum: f64 = 255.0;
        /// The type of the result; without it, that of the input.
        r#type: Option<ScalarType> = None;
    }
    outputs {
        /// The rescaled volume.
        output: Image,
    }
    values {}
    example "From 0 to 255" {
        inputs { "input": { "dimensions": [3, 1, 1], "type": "int16", "values": [-100, 0, 300] } }
        parameters { "type": "uint8" }
        gives { "output": { "type": "uint8", "values": [0, 64, 255] } }
    }
}

impl Operation for RescaleIntensity {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        if self.output_minimum > self.output_maximum {
            let why = "it is above the output maximum";
            return Err(parameter_error("output-minimum", &self.output_minimum, why).into());
        }
        progress.report(0.0)?;
        let range = Statistics::of(image.array());
        progress.report(0.4)?;
        let width = range.max - range.min;
        let slope = if width > 0.0 { (self.output_maximum - self.output_minimum) / width } else { 0.0 };
        let least = if range.min.is_finite() { range.min } else { 0.0 };
        let scaled = image.array().rescale(
            slope,
            self.output_minimum - least * slope,
            self.r#type.unwrap_or(image.scalar_type()),
        );
        Ok(Outputs { output: image.with_array(scaled)? })
    }
}
