//! Regions that grow.

use microtome_image::Array;
use microtome_operations::Progress;
use microtome_operations::segmentation::regions::fast_marching::solver::{March, arrival_times};
use microtome_operations::segmentation::regions::watershed::{Watershed, watershed};

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("fast_marching", |inputs, _| marched(inputs)),
    operation("watershed", |inputs, _| parted(inputs)),
];

fn marched(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("speed256")?;
    let march = March { spacing: image.grid().spacing(), normalization: 1.0, stop: f64::INFINITY };
    Ok(Box::new(move || {
        let times = arrival_times(image.array(), image.dims(), &[[128; 3]], march, &Progress::ignored())?;
        Ok(Outcome::Image(image.with_array(times)?).into())
    }))
}

fn parted(inputs: &Inputs) -> Result<Job, Failure> {
    let image = inputs.image("grad256")?;
    let parameters = Watershed { level: 10.0, mark_watershed_line: false, fully_connected: false };
    Ok(Box::new(move || {
        let (labels, _) = watershed(&image, &parameters, &Progress::ignored())?;
        Ok(Outcome::Image(image.with_array(Array::UInt32(labels.into()))?).into())
    }))
}
