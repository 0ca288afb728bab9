//! Image formats.

pub mod analyze;
mod byte_order;
mod content;
mod data_files;
mod fields;
pub mod gipl;
mod hex;
pub mod metaimage;
pub mod mgh;
pub mod mrc;
pub mod nifti;
pub mod nrrd;
mod pair;
mod permute;
pub mod raster;
mod text_numbers;
pub(crate) mod voxels;
