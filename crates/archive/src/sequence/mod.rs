//! Sequences ⇄ files: volumes and grid transforms over time in one image ([`frames`]), linear transforms in the header of
//! a MetaImage ([`poses`]), anything else as a scene of its own.

mod frames;
mod poses;

pub(crate) use frames::{from_image, is_sequence, to_image};
pub(crate) use poses::{from_recording, is_recording, to_recording};
