//! Operations that make and change meshes.

pub mod extract_surface;
pub mod isosurface;
pub mod taubin;
