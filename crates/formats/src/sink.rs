//! Where writers put their bytes.

use std::collections::BTreeMap;
use std::io::{self, Seek, Write};

use microtome_image::ScalarType;

use crate::gzip::Compression;

/// A place for one or more files that come into being together.
pub trait Sink {
    /// Begins the file `name` and hands out its writer. Earlier files are complete by then. A name may have a folder before
    /// it, with a forward slash, which comes into being with the file.
    ///
    /// # Errors
    /// Whatever the system says.
    fn create(&mut self, name: &str) -> io::Result<&mut dyn SinkFile>;
}

/// A file being written.
pub trait SinkFile: Write + Seek + Send {}

impl<T: Write + Seek + Send> SinkFile for T {}

/// How to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// How hard to compress, where the format can.
    pub compression: Compression,
    /// Convert voxels to this type first.
    pub scalar_type: Option<ScalarType>,
    /// Whether a segmentation's label maps are cut to the box around its segments.
    pub crop_to_segments: bool,
}

/// Files in memory: for archive members and tests.
#[derive(Debug, Default)]
pub struct MemorySink {
    files: BTreeMap<String, io::Cursor<Vec<u8>>>,
}

impl MemorySink {
    /// The files written so far, by name.
    pub fn into_files(self) -> BTreeMap<String, Vec<u8>> {
        self.files.into_iter().map(|(name, cursor)| (name, cursor.into_inner())).collect()
    }
}

impl Sink for MemorySink {
    fn create(&mut self, name: &str) -> io::Result<&mut dyn SinkFile> {
        let file = self.files.entry(name.to_owned()).or_default();
        *file = io::Cursor::default();
        Ok(file)
    }
}
