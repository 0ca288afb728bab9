//! Regions whose border is the zero level of a function that moves.

mod forces;
mod gradient;
mod sparse_field;

pub mod geodesic_active_contour;
pub mod shape_detection;
pub mod threshold_level_set;

use microtome_image::{Array, Buffer, Image, with_values};

use crate::kernels::pointwise;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;
use forces::Forces;
use sparse_field::{Limits, Rest, evolve};

/// The values of an image in single precision, `instead` where it holds no number. Images of that kind share
/// their memory.
fn single(image: &Image, instead: f32, progress: &Progress) -> Result<Buffer<f32>, Cancelled> {
    use microtome_image::Scalar;
    if let Array::Float32(values) = image.array()
        && !values.iter().any(|v| v.is_nan())
    {
        return Ok(values.clone());
    }
    with_values!(image.array(), values => pointwise::map(values, progress, |v| {
        let v = Scalar::to_f64(v) as f32;
        if v.is_nan() { instead } else { v }
    }))
}

/// Checks that two images can be worked on voxel by voxel.
fn matching(initial: &Image, feature: &Image) -> Result<(), OperationError> {
    scalar("input", initial)?;
    scalar("feature", feature)?;
    let refused = |why: String| Err(OperationError::Input { name: "feature".to_owned(), why });
    if feature.dims() != initial.dims() {
        return refused(format!(
            "its dimensions are {:?}, but the input's {:?}",
            feature.dims(),
            initial.dims()
        ));
    }
    if initial.array().len() >= u32::MAX as usize {
        return refused(format!("it has {} voxels or more", u32::MAX));
    }
    Ok(())
}

/// Lets the initial level set move until it comes to rest.
fn moved(
    initial: &Image,
    forces: &Forces<'_>,
    limits: Limits,
    progress: &Progress,
) -> Result<(Image, Rest), OperationError> {
    // What is not a number lies far outside.
    let values = single(initial, f32::MAX, progress)?;
    let (dims, spacing) = (initial.dims(), initial.grid().spacing());
    let (phi, rest) = evolve(&values, dims, spacing, forces, limits, progress)?;
    Ok((initial.with_array(Buffer::from(phi))?, rest))
}
