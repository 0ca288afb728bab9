//! Pixel data: what it looks like, where its frames lie, how they are decoded and stored as voxels.

pub(crate) mod codec;
pub(crate) mod color;
pub(crate) mod format;
pub(crate) mod frames;
mod jpeg2000;
pub(crate) mod palette;
mod rle;
pub(crate) mod store;
