//! Operations that make images of images.

pub mod resample;
