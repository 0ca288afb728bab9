//! Label maps from thresholds.

use microtome_image::{Array, Blank, Buffer, Image, Scalar, with_values};
use rayon::prelude::*;

use crate::registry::OperationError;
use crate::single::{require_same_grid, scalar};

/// Checks a volume and its mask.
///
/// # Errors
/// [`OperationError::Input`] for several components or frames, and a mask on another grid.
pub(super) fn check(image: &Image, mask: Option<&Image>) -> Result<(), OperationError> {
    scalar("input", image)?;
    let Some(mask) = mask else { return Ok(()) };
    scalar("mask", mask)?;
    require_same_grid("mask", mask, image)
}

/// How many of the thresholds (rising) each value lies above; 0 for NaN.
pub(super) fn count_below(values: &Array, thresholds: &[f64]) -> Buffer<u8> {
    with_values!(values, values => of_values(values, thresholds))
}

fn of_values<T: Scalar>(values: &[T], thresholds: &[f64]) -> Buffer<u8> {
    let mut labels = Blank::new(values.len());
    let tasks = labels.par_chunks_mut(1 << 16).zip(values.par_chunks(1 << 16));
    let (min, max) = T::TYPE.limits();
    if T::TYPE.is_integer() && T::TYPE.size() < 8 {
        // In the voxels' own type: above a threshold is above the whole number below it.
        let whole: Vec<T> = thresholds
            .iter()
            .map(|t| t.floor())
            .filter(|t| *t < max)
            .map(|t| T::from_f64(t.max(min)))
            .collect();
        let always = thresholds.iter().filter(|t| t.floor() < min).count();
        let whole = &whole[always.min(whole.len())..];
        tasks.for_each(|(labels, values)| {
            labels.fill(always as u8);
            for threshold in whole {
                labels.iter_mut().zip(values).for_each(|(l, v)| *l += u8::from(v > threshold));
            }
        });
    } else {
        tasks.for_each(|(labels, values)| {
            for (label, value) in labels.iter_mut().zip(values) {
                let value = value.to_f64();
                *label = thresholds.iter().map(|t| u8::from(value > *t)).sum();
            }
        });
    }
    labels.into()
}

/// Sets labels to 0 where the mask is 0.
pub(super) fn clear_outside(labels: &mut [u8], mask: &Array) {
    with_values!(mask, mask => {
        for (label, mask) in labels.iter_mut().zip(mask.iter()) {
            let mask = mask.to_f64();
            if mask == 0.0 || mask.is_nan() {
                *label = 0;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_counted_in_every_type() {
        let check = |values: Array, thresholds: &[f64], expected: &[u8]| {
            assert_eq!(&*count_below(&values, thresholds), expected);
        };
        check(vec![-3_i16, 0, 1, 2, 9].into(), &[0.0, 1.5], &[0, 0, 1, 2, 2]);
        check(vec![0_u8, 1, 255].into(), &[-1.0, 0.5, 255.0, 300.0], &[1, 2, 2]);
        check(vec![0.5_f32, f32::NAN, 2.0].into(), &[0.25, 1.0], &[1, 0, 2]);
        check(vec![-5_i64, 5].into(), &[-6.0, 0.0], &[1, 2]);
        check(vec![-128_i8, 127].into(), &[-128.5, -127.5], &[1, 2]);
    }
}
