//! A sample patient made by our own code: a torso as CT sees it and as MR sees it.
//!
//! Everything is computed from shapes with known sizes and places, so that tests and demonstrations have a truth to
//! compare with. The same arguments give the same voxels on every machine and any number of threads.
//!
//! This crate knows nothing of files and of the scene.

mod anatomy;
mod noise;
mod scan;
mod shape;
mod tissue;
mod torso;

pub use anatomy::Anatomy;
pub use scan::{Modality, scan};
pub use shape::{Ball, Shape, Tube};
pub use tissue::Tissue;
pub use torso::{LESION, Lesion, MR_OFFSET, ct_grid, mr_grid, oblique_ct_grid, torso};
