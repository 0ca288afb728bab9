//! Sigmoid: a window with soft ends.

use microtome_image::{Image, with_values};

use super::intensity_windowing::each;
use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::{operation, parameter_error};

operation! {
    /// Puts values through an S-shaped curve, which brings out a range of them and softly flattens all others:
    /// minimum + (maximum - minimum) / (1 + exp(-(value - beta) / alpha)).
    ///
    /// Results are rounded to the nearest value that the type of the input has.
    pub struct Sigmoid("sigmoid", "Sigmoid", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// How wide the range is; below 0, dark becomes bright.
        alpha: f64 = 1.0;
        /// The middle of the range.
        beta: f64 = 0.0;
        /// What values far below the range become.
        output_minimum: f64 = 0.0;
        /// What values far above the range become.
        output_maximum: f64 = 255.0;
    }
    outputs {
        /// The volume with new values, of the type of the input.
        output: Image,
    }
    values {}
    example "Around 100" {
        inputs { "input": { "dimensions": [3, 1, 1], "type": "uint8", "values": [0, 100, 200] } }
        parameters { "alpha": 10, "beta": 100, "output-maximum": 100 }
        gives { "output": { "type": "uint8", "values": [0, 50, 100] } }
    }
}

impl Operation for Sigmoid {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        if self.alpha == 0.0 {
            return Err(parameter_error("alpha", &self.alpha, "it must not be 0").into());
        }
        let (bottom, height) = (self.output_minimum, self.output_maximum - self.output_minimum);
        let curve = |v: f64| bottom + height / (1.0 + (-(v - self.beta) / self.alpha).exp());
        let output = with_values!(image.array(), values => {
            image.with_array(pointwise::map(values, progress, each(curve))?)?
        });
        Ok(Outputs { output })
    }
}
