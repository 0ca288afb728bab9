//! What most algorithms ask of an image.

use microtome_image::Image;

use crate::registry::OperationError;

/// Checks that an input has one component and one frame.
///
/// # Errors
/// [`OperationError::Input`] naming the input and what it has.
pub(crate) fn scalar(name: &str, image: &Image) -> Result<(), OperationError> {
    let (components, frames) = (image.components(), image.frames());
    if components == 1 && frames == 1 {
        return Ok(());
    }
    let why = format!(
        "one value a voxel and one frame are needed, but it has {components} values and {frames} frames"
    );
    Err(OperationError::Input { name: name.to_owned(), why })
}
