//! Labels as whole numbers, while they are being made.

use microtome_image::{Array, Blank, Image, ScalarType, with_values};

use crate::kernels::pointwise;
use crate::progress::Progress;
use crate::registry::OperationError;

/// One label a voxel.
pub type Labels = Blank<u32>;

/// Checks that 32 bits can number the voxels.
///
/// # Errors
/// [`OperationError::Input`] naming the input.
pub(super) fn countable(name: &str, image: &Image) -> Result<(), OperationError> {
    if image.array().len() < u32::MAX as usize {
        return Ok(());
    }
    Err(OperationError::Input { name: name.to_owned(), why: format!("it has {} voxels or more", u32::MAX) })
}

/// The labels in the narrower type that holds all up to `most`.
pub(super) fn narrow(labels: Labels, most: u32) -> Array {
    if most > u32::from(u16::MAX) {
        return Array::UInt32(labels.into());
    }
    match pointwise::map(&labels, &Progress::ignored(), |label| label as u16) {
        Ok(narrow) => Array::UInt16(narrow),
        Err(_) => Array::UInt32(labels.into()),
    }
}

/// The labels of an image.
///
/// # Errors
/// [`OperationError::Input`] naming the input where a value is not a whole number from 0 to 4294967294.
pub(super) fn read(name: &str, image: &Image) -> Result<Labels, OperationError> {
    let mut labels = Blank::new(image.array().len());
    let wrong = with_values!(image.array(), values => {
        labels.iter_mut().zip(values.iter()).find_map(|(label, value)| {
            let value = microtome_image::Scalar::to_f64(*value);
            *label = value as u32;
            (f64::from(*label) != value || *label == u32::MAX).then_some(value)
        })
    });
    match wrong {
        None => Ok(labels),
        Some(value) => Err(OperationError::Input {
            name: name.to_owned(),
            why: format!("labels are whole numbers from 0 to {}, but it holds {value}", u32::MAX - 1),
        }),
    }
}

/// The labels in a type that held them before.
pub(super) fn restore(labels: Labels, scalar_type: ScalarType) -> Array {
    match scalar_type {
        ScalarType::UInt32 => Array::UInt32(labels.into()),
        other => Array::UInt32(labels.into()).cast(other),
    }
}
