//! Normalize: mean 0, variance 1.

use microtome_image::{Array, Image, Scalar, ScalarType, Statistics, with_values};
use rayon::prelude::*;

use crate::declare::Operation;
use crate::kernels::pointwise::TASK;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Scales and shifts all values so that their mean is 0 and their variance 1.
    ///
    /// The variance is that of a sample (divided by the count less 1). Values that are not numbers do not count. A volume of one value
    /// everywhere becomes 0.
    pub struct Normalize("normalize", "Normalize", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {}
    outputs {
        /// The normalized volume, as 32-bit floating point.
        output: Image,
    }
    values {
        /// The mean that the values had.
        mean: f64,
        /// The standard deviation that they had.
        standard_deviation: f64,
    }
    example "Three values" {
        inputs { "input": { "dimensions": [3, 1, 1], "type": "int16", "values": [10, 20, 30] } }
        parameters {}
        gives { "output": { "type": "float32", "values": [-1, 0, 1] }, "mean": 20, "standard-deviation": 10 }
    }
}

impl Operation for Normalize {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        progress.report(0.0)?;
        let statistics = Statistics::of(image.array());
        let mean = statistics.mean();
        progress.report(0.3)?;
        let squares = squares(image.array(), mean);
        progress.report(0.6)?;
        let variance = squares / (statistics.count.max(2) - 1) as f64;
        let standard_deviation = variance.sqrt();
        let slope = if standard_deviation > 0.0 { 1.0 / standard_deviation } else { 0.0 };
        let shift = if mean.is_finite() { -mean * slope } else { 0.0 };
        let normalized = image.array().rescale(slope, shift, ScalarType::Float32);
        Ok(Outputs { output: image.with_array(normalized)?, mean, standard_deviation })
    }
}

/// The sum of the squares of the distances from the mean, in parts of fixed length.
fn squares(array: &Array, mean: f64) -> f64 {
    let of = |distance: f64| if distance.is_nan() { 0.0 } else { distance * distance };
    let parts: Vec<f64> = with_values!(array, values => values
        .par_chunks(TASK)
        .map(|values| values.iter().map(|v| of(v.to_f64() - mean)).sum())
        .collect());
    parts.into_iter().sum()
}
