//! Files ⇄ nodes: which reader serves which path, and which node a file becomes.
//!
//! [`open`] reads a file or a DICOM folder into nodes; [`save`] writes a node's content to a file, whole or not at all.
//! This is the only crate that opens paths for data.

mod atomic;
mod error;
mod file_source;
mod node;
mod open;
mod save;

pub use atomic::{AtomicFiles, write_whole};
pub use error::Error;
pub use file_source::FileSource;
pub use microtome_formats::{Compression, Kind, WriteOptions};
pub use open::{OpenOptions, Opened, open};
pub use save::{check_target, save};
