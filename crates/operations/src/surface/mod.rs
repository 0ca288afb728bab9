//! Operations that make and change meshes.
