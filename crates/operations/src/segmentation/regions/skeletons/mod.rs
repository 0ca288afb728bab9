//! Thinning, and what a thinned object tells.

mod code;
mod longest;
mod object;
mod simple;
mod subcycles;

pub mod binary_thinning;
pub mod skeleton;

use crate::registry::OperationError;
use microtome_image::Image;

/// Checks that 32 bits can number the voxels and a border of one voxel around them.
fn countable(image: &Image) -> Result<(), OperationError> {
    let padded = image.dims().into_iter().fold(1_usize, |n, d| n.saturating_mul(d + 2));
    if padded <= u32::MAX as usize {
        return Ok(());
    }
    Err(OperationError::Input {
        name: "input".to_owned(),
        why: format!("it has {} voxels or more", u32::MAX),
    })
}
