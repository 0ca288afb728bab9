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

/// Voxels may be this fraction of the smallest spacing apart and count as the same place.
const TOLERANCE: f64 = 1e-3;

/// Whether two images have voxels at the same places.
pub(crate) fn same_grid(image: &Image, reference: &Image) -> bool {
    image.grid().matches(reference.grid(), reference.grid().min_spacing() * TOLERANCE)
}

/// Checks that an input has voxels at the same places as another image.
///
/// # Errors
/// [`OperationError::Input`] naming the input and the dimensions of both.
pub(crate) fn require_same_grid(name: &str, image: &Image, reference: &Image) -> Result<(), OperationError> {
    if same_grid(image, reference) {
        return Ok(());
    }
    let why = format!(
        "its grid of {:?} voxels is not that of the other image, {:?} voxels; resample brings one onto the other",
        image.dims(),
        reference.dims()
    );
    Err(OperationError::Input { name: name.to_owned(), why })
}
