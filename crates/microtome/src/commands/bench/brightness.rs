//! Gradients and bias fields.

use microtome_image::{Array, ScalarType};
use microtome_operations::Progress;
use microtome_operations::filters::edges::gradient_magnitude::gradient_magnitude;
use microtome_operations::filters::intensity::n4::N4BiasCorrection;
use microtome_operations::segmentation::threshold::threshold;

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("gradient_magnitude", |inputs, _| gradient(inputs)),
    operation("n4", |inputs, _| corrected(inputs)),
];

fn gradient(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?.cast(ScalarType::Float32);
    Ok(Box::new(move || {
        let found = gradient_magnitude(&image, true, &Progress::ignored())?;
        Ok(Outcome::Image(found).into())
    }))
}

fn corrected(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("mr256")?;
    let parameters = N4BiasCorrection { convergence_threshold: 0.001, ..N4BiasCorrection::default() };
    Ok(Box::new(move || {
        let mask = image.with_array(Array::from(threshold(
            image.array(),
            f64::from(60.0_f32.next_up()),
            f64::INFINITY,
            1,
        )))?;
        let field = parameters.estimate(&image, Some(&mask), None, &Progress::ignored())?;
        Ok(Outcome::Image(field.correct(&image, &Progress::ignored())?).into())
    }))
}
