//! Threshold: label the voxels whose value lies within a range.

use microtome_image::{Array, Blank, Buffer, Image, Scalar, with_values};
use rayon::prelude::*;

use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Labels every voxel whose value lies between two bounds, the bounds included, and leaves the others 0.
    pub struct Threshold("threshold", "Threshold", "segmentation");
    inputs {
        /// The volume whose voxels are compared.
        input: Image,
    }
    parameters {
        /// The least value that is labelled; nothing: no lower bound.
        lower: Option<f64> = None;
        /// The greatest value that is labelled; nothing: no upper bound.
        upper: Option<f64> = None;
        /// The label of the voxels within the bounds.
        label: u32 = 1, minimum 1, maximum 255;
    }
    outputs {
        /// The label map.
        output: LabelImage,
    }
    values {
        /// How many voxels are labelled.
        voxels: u64,
    }
    example "The bounds are within" {
        inputs { "input": { "dimensions": [5, 1, 1], "type": "int16", "values": [-2, -1, 0, 1, 2] } }
        parameters { "lower": -1, "upper": 1 }
        gives { "output": { "type": "uint8", "values": [0, 1, 1, 1, 0] }, "voxels": 3 }
    }
}

impl Operation for Threshold {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        progress.report(0.0)?;
        let lower = self.lower.unwrap_or(f64::NEG_INFINITY);
        let upper = self.upper.unwrap_or(f64::INFINITY);
        let labels = threshold(image.array(), lower, upper, self.label as u8);
        let voxels = labels.par_iter().filter(|&&v| v != 0).count() as u64;
        progress.report(1.0)?;
        Ok(Outputs { output: LabelImage::new(image.with_array(labels)?), voxels })
    }
}

/// `label` for every value within `[lower, upper]` and 0 for the others; NaN is never within.
pub fn threshold(values: &Array, lower: f64, upper: f64, label: u8) -> Buffer<u8> {
    with_values!(values, values => of_values(values, lower, upper, label))
}

fn of_values<T: Scalar>(values: &[T], lower: f64, upper: f64, label: u8) -> Buffer<u8> {
    let mut labels = Blank::new(values.len());
    let (low, high) = if T::TYPE.is_integer() { (lower.ceil(), upper.floor()) } else { (lower, upper) };
    let (min, max) = T::TYPE.limits();
    if low > high || low > max || high < min {
        return labels.into();
    }
    // Comparing in the voxels' own type lets the loop run at memory speed. Bounds beyond the type are its limits.
    let bounds = (low >= min).then(|| T::from_f64(low)).zip((high <= max).then(|| T::from_f64(high)));
    let tasks = labels.par_chunks_mut(1 << 16).zip(values.par_chunks(1 << 16));
    match bounds {
        Some((low, high)) if T::TYPE.is_integer() && T::TYPE.size() < 8 => {
            tasks.for_each(|(labels, values)| {
                labels
                    .iter_mut()
                    .zip(values)
                    .for_each(|(l, &v)| *l = if v >= low && v <= high { label } else { 0 });
            })
        }
        _ => tasks.for_each(|(labels, values)| {
            for (l, v) in labels.iter_mut().zip(values) {
                let v = v.to_f64();
                *l = if v >= low && v <= high { label } else { 0 };
            }
        }),
    }
    labels.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: impl Into<Array>, lower: f64, upper: f64, expected: &[u8]) {
        assert_eq!(&*threshold(&values.into(), lower, upper, 1), expected);
    }

    #[test]
    fn bounds_are_included() {
        check(vec![-2_i16, -1, 0, 1, 2], -1.0, 1.0, &[0, 1, 1, 1, 0]);
        check(vec![0.5_f32, f32::NAN, 1.5], 0.5, 1.0, &[1, 0, 0]);
    }

    #[test]
    fn bounds_need_not_be_whole_or_within_the_type() {
        check(vec![0_u8, 1, 2, 255], 0.5, f64::INFINITY, &[0, 1, 1, 1]);
        check(vec![0_u8, 255], 300.0, 400.0, &[0, 0]);
        check(vec![0_u8, 255], -5.0, -1.0, &[0, 0]);
        check(vec![i64::MAX], f64::NEG_INFINITY, f64::INFINITY, &[1]);
        check(vec![1.0_f32, -1.0], f64::NEG_INFINITY, 0.0, &[0, 1]);
    }
}
