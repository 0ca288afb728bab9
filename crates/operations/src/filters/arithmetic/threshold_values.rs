//! Threshold values: replace what lies beyond bounds, keep the rest.

use microtome_image::{Image, Scalar, with_values};

use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::{choice, operation};

choice! {
    /// Which values are replaced.
    pub enum Side {
        /// Those below the threshold.
        Below = "below",
        /// Those above the threshold.
        Above = "above",
        /// Those outside the bounds.
        Outside = "outside",
    }
}

operation! {
    /// Gives one value to all voxels below a threshold, above it, or outside two bounds, and leaves the others as they are.
    ///
    /// Values equal to a threshold or bound are kept. To label voxels instead, use `threshold`.
    pub struct ThresholdValues("threshold-values", "Threshold values", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// Which values are replaced: those below or above the threshold, or outside the bounds.
        threshold_type: Side = Side::Outside;
        /// The threshold for "below" and "above".
        threshold: f64 = 128.0;
        /// The least value that "outside" keeps.
        lower: f64 = 1.0;
        /// The greatest value that "outside" keeps.
        upper: f64 = 200.0;
        /// The value that replaces others.
        outside_value: f64 = 0.0;
        /// Whether the values are replaced that would be kept, and the others kept.
        negate: bool = false;
    }
    outputs {
        /// The volume with some values replaced.
        output: Image,
    }
    values {}
    example "What is outside the bounds becomes 0" {
        inputs { "input": { "dimensions": [4, 1, 1], "type": "int16", "values": [0, 1, 200, 201] } }
        parameters {}
        gives { "output": { "type": "int16", "values": [0, 1, 200, 0] } }
    }
}

impl Operation for ThresholdValues {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        if self.threshold_type == Side::Outside && self.lower > self.upper {
            return Err(crate::parameter_error("lower", &self.lower, "it is above the upper bound").into());
        }
        let replaced = |v: f64| {
            let beyond = match self.threshold_type {
                Side::Below => v < self.threshold,
                Side::Above => v > self.threshold,
                Side::Outside => !(v >= self.lower && v <= self.upper),
            };
            beyond != self.negate
        };
        let output = with_values!(image.array(), values => {
            let outside = Scalar::from_f64(self.outside_value);
            let kept = pointwise::map(values, progress, |v| if replaced(v.to_f64()) { outside } else { v })?;
            image.with_array(kept)?
        });
        Ok(Outputs { output })
    }
}
