//! Fractional label maps: how much of each voxel belongs to a segment, a layer for each.

use microtome_image::{Array, Image, Meaning, with_values};
use microtome_records::Segmentation;

use super::NAME;
use crate::error::Error;

/// Gives every segment its layer of `image` as an image of its own.
///
/// # Errors
/// None that a frame of an image could cause.
pub(super) fn take(segmentation: &mut Segmentation, image: &Image) -> Result<(), Error> {
    let length = image.frame_len();
    for segment in &mut segmentation.segments {
        let Some(place) = segment.place.take() else { continue };
        let array = with_values!(image.array(), values => {
            let start = place.layer.saturating_mul(length);
            values.get(start..start.saturating_add(length)).map(|values| Array::from(values.to_vec()))
        });
        if let Some(array) = array {
            segment.fractional = Some(Image::new(*image.grid(), 1, 1, Meaning::Scalar, array)?);
        }
    }
    Ok(())
}

/// The segments' images as frames of one, in the order of the segments that have one.
///
/// # Errors
/// [`Error::CannotHold`] if they have different grids or types, or there are none.
pub(super) fn put(segmentation: &Segmentation) -> Result<Image, Error> {
    let cannot = |what: &str| Error::CannotHold { format: NAME, what: what.to_owned() };
    let images: Vec<&Image> = segmentation.segments.iter().filter_map(|s| s.fractional.as_ref()).collect();
    let first = *images.first().ok_or_else(|| cannot("fractional segments without voxels"))?;
    let alike = |image: &&Image| image.grid() == first.grid() && image.scalar_type() == first.scalar_type();
    if !images.iter().all(alike) {
        return Err(cannot("fractional segments on different grids or of different types"));
    }
    let bytes: Vec<u8> = images.iter().flat_map(|image| image.array().as_bytes()).copied().collect();
    let count = first.array().len().saturating_mul(images.len());
    let endian = microtome_image::Endian::NATIVE;
    let array = Array::from_bytes(bytes.into(), first.scalar_type(), count, endian)?;
    Ok(Image::new(*first.grid(), 1, images.len(), Meaning::Scalar, array)?)
}
