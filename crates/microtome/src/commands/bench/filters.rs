//! Filters from volume to volume.

use microtome_image::ScalarType;
use microtome_operations::Progress;
use microtome_operations::filters::smoothing::diffusion::{Diffusion, Kind, diffuse};
use microtome_operations::filters::smoothing::gaussian::{Gaussian, Method, smoothed};
use microtome_operations::filters::smoothing::median::median;

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("gauss_recursive", |inputs, _| gauss(inputs, Method::Recursive, ScalarType::Int16)),
    operation("gauss_discrete", |inputs, _| gauss(inputs, Method::Discrete, ScalarType::Float32)),
    operation("median3", |inputs, _| medians(inputs, 1)),
    operation("median5", |inputs, _| medians(inputs, 2)),
    operation("aniso_curvature", |inputs, _| diffused(inputs, Kind::Curvature)),
    operation("aniso_gradient", |inputs, _| diffused(inputs, Kind::Gradient)),
];

fn gauss(inputs: &Inputs, method: Method, scalar_type: ScalarType) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?.cast(scalar_type);
    let gaussian = Gaussian { sigma: 2.0, method, ..Gaussian::default() };
    Ok(Box::new(move || Ok(Outcome::Image(smoothed(&image, &gaussian, &Progress::ignored())?).into())))
}

fn medians(inputs: &Inputs, radius: u32) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?;
    Ok(Box::new(move || Ok(Outcome::Image(median(&image, [radius; 3], &Progress::ignored())?).into())))
}

fn diffused(inputs: &Inputs, kind: Kind) -> Result<Job, Failure> {
    let image = inputs.image("ct256")?.cast(ScalarType::Float32);
    let spacing = image.grid().spacing();
    let diffusion = Diffusion { kind, conductance: 3.0, iterations: 5, time_step: 0.0625, spacing };
    Ok(Box::new(move || Ok(Outcome::Image(diffuse(&image, diffusion, &Progress::ignored())?).into())))
}
