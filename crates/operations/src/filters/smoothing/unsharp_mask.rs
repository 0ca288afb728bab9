//! Unsharp mask.

use microtome_image::{Array, Buffer, Image, Scalar, with_values};

use super::gaussian::{Gaussian, smoothed};
use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

operation! {
    /// Sharpens edges: adds a part of what blurring would take away.
    ///
    /// The result is v + amount d, where d is the voxel's value v less its value after a Gaussian, brought nearer to 0 by the
    /// threshold. Whole numbers are rounded to the nearest, and end at the limits of their type. Memory: the volume in 32 bits (64
    /// for types wider than 16 bits) and the result.
    pub struct UnsharpMask("unsharp-mask", "Unsharp mask", "filters");
    inputs {
        /// The volume to sharpen.
        input: Image,
    }
    parameters {
        /// The standard deviation of the Gaussian: how wide the details are that come out.
        sigma: f64 = 1.0, minimum 0.0, unit "mm";
        /// How much of the difference is added.
        amount: f64 = 0.5;
        /// Differences up to this do not count.
        threshold: f64 = 0.0, minimum 0.0;
    }
    outputs {
        /// The sharpened volume.
        output: Image,
    }
    values {}
    example "Where nothing changes, nothing is sharpened" {
        inputs { "input": { "dimensions": [3, 1, 1], "type": "int16", "values": [7, 7, 7] } }
        parameters {}
        gives { "output": { "type": "int16", "values": [7, 7, 7] } }
    }
}

impl Operation for UnsharpMask {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let gaussian = Gaussian { sigma: self.sigma, ..Gaussian::default() };
        let blurred = smoothed(&image, &gaussian, &progress.step(0.0..0.8))?;
        let progress = progress.step(0.8..1.0);
        let array = with_values!(image.array(), values => {
            match blurred.array().as_slice::<f32>() {
                Some(blurred) => Array::from(self.sharpened(values, blurred, &progress)?),
                None => {
                    let blurred = blurred.array().as_slice::<f64>().unwrap_or_default();
                    Array::from(self.sharpened(values, blurred, &progress)?)
                }
            }
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}

impl UnsharpMask {
    fn sharpened<T: Scalar, R: Scalar>(
        &self,
        values: &[T],
        blurred: &[R],
        progress: &Progress,
    ) -> Result<Buffer<T>, Cancelled> {
        pointwise::zip(values, blurred, progress, |value, blurred| {
            let value = value.to_f64();
            let difference = value - blurred.to_f64();
            let beyond = (difference.abs() - self.threshold).max(0.0).copysign(difference);
            T::from_f64(value + self.amount * beyond)
        })
    }
}
