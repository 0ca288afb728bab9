//! Mesh formats.
