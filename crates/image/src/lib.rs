//! Images: voxels on a [`Grid`](microtome_geometry::Grid), shared between snapshots and never changed in place.
//!
//! Two stores, one way to read. An [`Image`] is dense: one shared [`Array`] in memory or mapped from a file. A
//! [`Labelmap`] is made of 32³ blocks that are copied on write, where a uniform block costs one value. Both are a
//! [`Lattice`], and a [`Sampler`] reads any lattice between voxel centres.
//!
//! This crate knows nothing of file formats.

mod array;
mod blank;
mod bytes;
mod histogram;
mod image;
mod label_extent;
mod labelmap;
mod labels;
mod lattice;
mod sampler;
mod scalar;
mod statistics;
mod tally;

pub use array::{Array, Buffer, LengthError};
pub use blank::Blank;
pub use bytes::{Bytes, Origin};
pub use histogram::Histogram;
pub use image::{Image, ImageError, Meaning};
pub use label_extent::LabelExtent;
pub use labelmap::{Block, Labelmap};
pub use labels::{Labels, LabelsError};
pub use lattice::{DenseView, Lattice, Region};
pub use sampler::{Boundary, Interpolation, Sampler, Window};
pub use scalar::{Endian, Scalar, ScalarType};
pub use statistics::Statistics;
pub use tally::Tally;
