//! Intensity windowing: one range of values becomes another, and what is outside ends there.

use microtome_image::{Image, Scalar, with_values};

use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::{operation, parameter_error};

operation! {
    /// Scales and shifts the values in a window so that they fill another range; those below and above the window become the ends of
    /// that range.
    ///
    /// Results are rounded to the nearest value that the type of the input has.
    pub struct IntensityWindowing("intensity-windowing", "Intensity windowing", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// The lower end of the window.
        window_minimum: f64 = 0.0;
        /// The upper end of the window.
        window_maximum: f64 = 255.0;
        /// What the lower end, and all below, becomes.
        output_minimum: f64 = 0.0;
        /// What the upper end, and all above, becomes.
        output_maximum: f64 = 255.0;
    }
    outputs {
        /// The volume with new values, of the type of the input.
        output: Image,
    }
    values {}
    example "A window from 100 to 200" {
        inputs { "input": { "dimensions": [4, 1, 1], "type": "int16", "values": [-7, 100, 150, 900] } }
        parameters { "window-minimum": 100, "window-maximum": 200, "output-maximum": 10 }
        gives { "output": { "type": "int16", "values": [0, 0, 5, 10] } }
    }
}

impl Operation for IntensityWindowing {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let (low, high) = (self.window_minimum, self.window_maximum);
        if low >= high {
            let why = "it is not below the window maximum";
            return Err(parameter_error("window-minimum", &low, why).into());
        }
        let (bottom, top) = (self.output_minimum, self.output_maximum);
        let slope = (top - bottom) / (high - low);
        let windowed = |v: f64| {
            if v <= low {
                bottom
            } else if v >= high {
                top
            } else {
                bottom + (v - low) * slope
            }
        };
        let output = with_values!(image.array(), values => {
            image.with_array(pointwise::map(values, progress, each(windowed))?)?
        });
        Ok(Outputs { output })
    }
}

/// A function of numbers as one of values of a type.
pub(super) fn each<T: Scalar>(f: impl Fn(f64) -> f64) -> impl Fn(T) -> T {
    move |v| T::from_f64(f(v.to_f64()))
}
