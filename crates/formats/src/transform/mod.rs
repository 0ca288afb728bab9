//! Transform formats.
//!
//! ITK's transform files, in three containers: [`text`] (`.tfm`, `.txt`), [`hdf5`] (`.h5`) and [`matlab`] (`.mat`). They
//! hold the map *from* the parent, in LPS, the direction in which images are resampled. Linear maps are inverted and
//! kept to the parent; warps are kept as they are.
//!
//! Displacement fields also come as images of vectors: [`displacement`] converts. Tracked tools are in the headers of
//! MetaImages: [`recording`].

pub mod displacement;
pub mod hdf5;
mod itk;
pub mod matlab;
pub mod recording;
pub mod text;
