//! VTK's own formats: the legacy `.vtk` text and binary files, and the XML family `.vtp`, `.vtu`, `.vti`.
//!
//! Both families hold the same data sets, so they share everything but the syntax: a data set is what either parser
//! makes and what either writer takes; it becomes a mesh or an image here. Coordinates are LPS unless the file says
//! `SPACE=RAS`, see [`crate::mesh::space`]; images are always LPS.
//!
//! Field data of one text each are metadata under their own names; other field data stand under `vtk/field/<name>`.

mod cells;
mod dataset;
mod fields;
mod image;
mod legacy;
mod mesh;
mod names;
mod xml;

pub(crate) use dataset::{Field, Values};
pub(crate) use fields::{from_metadata, packed, unpacked};
pub use legacy::FORMAT as LEGACY;
pub(crate) use xml::{block, escaped, read_block};

pub use xml::{IMAGE_DATA, POLY_DATA, UNSTRUCTURED_GRID};
