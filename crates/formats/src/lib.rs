//! File formats: pairs of pure functions between bytes and data.
//!
//! A reader gets its bytes from a [`Source`], a writer puts them into a [`Sink`]; nothing here opens a path, so the
//! same code reads files, archive members and the hostile bytes of a fuzzer. Nothing here knows the scene.
//!
//! [`FORMATS`] is the one table of formats: [`detect`] finds the reader for some bytes, by content first and by
//! extension second, [`for_writing`] the writer for a file name.
//!
//! Memory is RAS: every reader and writer converts at its own edge.

mod data;
mod error;
mod gzip;
pub mod image;
mod json;
pub mod markups;
pub mod mesh;
pub mod plain_text;
pub mod segmentation;
mod sink;
mod source;
pub mod table;
mod table_of_formats;
pub mod terminology;
mod text;
pub mod transform;
pub mod volume_property;
pub mod vtk;

pub use data::{
    ColorTableData, Data, ImageData, Kind, Loaded, MarkupsData, MeshData, Metadata, SegmentationData,
    TableData, TextData, TransformData, VolumePropertyData, Warning,
};
pub use error::Error;
pub use gzip::{Compression, inflated_head};
pub use sink::{MemorySink, Sink, SinkFile, WriteOptions};
pub use source::{MemorySource, ReadOptions, Source};
pub use table_of_formats::{FORMATS, Format, Match, Writer, detect, for_writing};
