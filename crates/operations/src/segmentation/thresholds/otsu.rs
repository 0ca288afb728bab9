//! Otsu's threshold.

use microtome_image::Image;
use rayon::prelude::*;

use super::between_classes::last_bins;
use super::histogram::{Bins, Reach};
use super::labelling::{check, clear_outside, count_below};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::value::LabelImage;

operation! {
    /// Finds the threshold between dark and bright voxels for which the two classes are furthest apart, and labels the bright
    /// ones: those above it.
    ///
    /// The histogram is ITK's: bins of equal width from the least value to just above the greatest, for 8-bit volumes over all
    /// values of the type. The threshold is the upper edge of the last dark bin; in a volume of whole numbers, what is behind
    /// its decimal point is dropped.
    pub struct Otsu("otsu", "Otsu threshold", "segmentation");
    inputs {
        /// The volume.
        input: Image,
        /// Where it is not 0, voxels count and are labelled; nothing: everywhere.
        mask: Option<LabelImage>,
    }
    parameters {
        /// How many bins the histogram has.
        bins: u32 = 256, minimum 2, maximum 65536;
        /// The label of the bright voxels.
        label: u32 = 1, minimum 1, maximum 255;
        /// Whether the middle of the last dark bin is the threshold.
        bin_midpoint: bool = false;
    }
    outputs {
        /// The label map.
        output: LabelImage,
    }
    values {
        /// The greatest value that is dark.
        threshold: f64,
        /// How many voxels are labelled.
        voxels: u64,
    }
    example "Dark and bright" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "int16", "values": [1, 2, 1, 9, 8, 9] } }
        parameters { "bins": 4 }
        gives { "output": { "values": [0, 0, 0, 1, 1, 1] }, "threshold": 3, "voxels": 3 }
    }
}

impl Operation for Otsu {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: image, mask } = inputs;
        let mask = mask.map(LabelImage::into_image);
        check(&image, mask.as_ref())?;
        progress.report(0.0)?;
        let threshold = self.threshold(&image, mask.as_ref())?;
        progress.report(0.6)?;
        let (labels, voxels) = above(&image, mask.as_ref(), threshold, self.label as u8)?;
        progress.report(1.0)?;
        Ok(Outputs { output: LabelImage::new(labels), threshold, voxels })
    }
}

impl Otsu {
    /// The threshold alone.
    ///
    /// # Errors
    /// [`OperationError::Input`] where there is no value.
    pub fn threshold(&self, image: &Image, mask: Option<&Image>) -> Result<f64, OperationError> {
        let bins = Bins::new(image.array(), mask.map(Image::array), self.bins as usize, Reach::Type)?;
        let last = last_bins(&bins, 1, false).first().copied().unwrap_or_default();
        let threshold = if self.bin_midpoint { bins.middle(last) } else { bins.upper(last) };
        Ok(in_type(image, threshold))
    }
}

/// A threshold as a value of the image's type: towards 0 for whole numbers, rounded for others.
pub(super) fn in_type(image: &Image, threshold: f64) -> f64 {
    use microtome_image::ScalarType::{Float32, Float64};
    match image.scalar_type() {
        Float64 => threshold,
        Float32 => f64::from(threshold as f32),
        _ => threshold.trunc(),
    }
}

/// A label map of the voxels above a threshold, and how many they are.
///
/// # Errors
/// [`OperationError::Image`], if the label map would not be an image.
pub fn above(
    image: &Image,
    mask: Option<&Image>,
    threshold: f64,
    label: u8,
) -> Result<(Image, u64), OperationError> {
    let mut labels = count_below(image.array(), &[threshold]).into_vec();
    if let Some(mask) = mask {
        clear_outside(&mut labels, mask.array());
    }
    let voxels = labels.par_chunks(1 << 18).map(|part| part.iter().map(|&l| u64::from(l)).sum::<u64>()).sum();
    if label != 1 {
        labels.iter_mut().for_each(|l| *l *= label);
    }
    Ok((image.with_array(labels)?, voxels))
}
