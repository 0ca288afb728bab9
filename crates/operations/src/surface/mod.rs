//! Operations that make and change meshes.

pub mod extract_surface;
pub mod isosurface;
pub mod taubin;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[Entry::of::<extract_surface::ExtractSurface>()];
