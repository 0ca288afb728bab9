//! Anisotropic diffusion: less noise, and edges kept.

mod conductance;
pub mod curvature;
mod field;
pub mod gradient;
mod steps;

use microtome_image::{Array, Image, with_values};

use super::components;
use crate::progress::Progress;
use crate::registry::OperationError;

pub use conductance::Kind;
pub use steps::Diffusion;

/// An image after its values have diffused.
///
/// # Errors
/// [`OperationError::Input`] for values that are not finite, [`OperationError::Cancelled`].
pub fn diffuse(image: &Image, diffusion: Diffusion, progress: &Progress) -> Result<Image, OperationError> {
    let array = with_values!(image.array(), values => {
        Array::from(components::each(image, values, progress, |values, progress| {
            steps::diffuse(values, image.dims(), diffusion, progress)
        })?)
    });
    Ok(image.with_array(array)?)
}

/// The longest time step that is known to be stable.
fn stable(spacing: [f64; 3], dims: [usize; 3]) -> f64 {
    let axes = dims.iter().filter(|&&n| n > 1).count() as i32;
    spacing.into_iter().fold(f64::INFINITY, f64::min) / 2.0_f64.powi(axes + 1)
}
