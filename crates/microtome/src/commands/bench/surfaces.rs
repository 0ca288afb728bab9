//! Surfaces of volumes.

use microtome_operations::Progress;
use microtome_operations::surface::isosurface::{Options, Surface, isosurface};

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("surface_binary", |inputs, _| extracted(inputs, "mask256", 0.5)),
    operation("surface_ct", |inputs, _| extracted(inputs, "ct256", 200.0)),
];

fn extracted(inputs: &Inputs, name: &str, value: f64) -> Result<Job, Failure> {
    let image = inputs.image(name)?;
    Ok(Box::new(move || {
        let progress = Progress::ignored();
        let surface = isosurface(image.array(), image.grid(), value, Options::default(), &progress)?;
        let Surface { points, triangles, .. } = surface;
        Ok(Outcome::Triangles { points, triangles }.into())
    }))
}
