//! Operations that make images of images.

pub mod arithmetic;
pub mod edges;
pub mod geometry;
pub mod intensity;
pub mod morphology;
pub mod resample;
pub mod smoothing;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[Entry::of::<resample::Resample>()];
