//! Files ⇄ nodes: which reader serves which path, and which node a file becomes.
//!
//! [`open`] reads a file or a DICOM folder into nodes; [`save`] writes a node's content to a file, whole or not at all.
//! Whole scenes are files that name others: [`mrml`] is their text, [`session`] finds, reads and writes the data files,
//! [`bundle`] has all in one archive.
//!
//! This is the only crate that opens paths for data.

mod atomic;
pub mod bundle;
mod color_function;
mod diffusion;
mod error;
mod file_source;
mod labels;
pub mod mrml;
mod node;
mod open;
mod save;
mod sequence;
pub mod session;
mod shown;

pub use atomic::{AtomicFiles, write_whole};
pub use error::Error;
pub use file_source::FileSource;
pub use labels::{label_map_of, segmentation_of, transform_of};
pub use microtome_formats::{Compression, Kind, WriteOptions};
pub use open::{OpenOptions, Opened, open};
pub use save::{check_target, holds_several, is_format_of, save, save_shown, save_together};
