//! Where readers get their bytes.

use std::collections::BTreeMap;
use std::io;

use microtome_image::Bytes;

/// A file to read, and the files beside it that it may name.
pub trait Source {
    /// The file's name without folders, for sniffing by extension and for finding companions.
    fn name(&self) -> &str;

    /// The file's bytes; mapped where possible, so that looking at a header costs no more than the header.
    ///
    /// # Errors
    /// Whatever the system says.
    fn bytes(&self) -> io::Result<Bytes>;

    /// The bytes of another file, named relative to this one's folder.
    ///
    /// # Errors
    /// Whatever the system says, and a refusal of names that lead out of the folder.
    fn companion(&self, name: &str) -> io::Result<Bytes>;

    /// Names of the files in the same folder, sorted; empty where there is no folder.
    ///
    /// # Errors
    /// Whatever the system says.
    fn neighbours(&self) -> io::Result<Vec<String>>;
}

/// How to read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The most bytes of voxels or points that a file may claim. Compressed data is bounded besides by what its size
    /// can inflate to.
    pub max_bytes: u64,
    /// Whether a file that is one of a numbered stack (`slice_001.png`) brings the whole stack.
    pub numbered_stack: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { max_bytes: 1 << 40, numbered_stack: false }
    }
}

/// Files in memory: for archive members and tests.
#[derive(Clone, Debug, Default)]
pub struct MemorySource {
    name: String,
    files: BTreeMap<String, Bytes>,
}

impl MemorySource {
    /// One file of the given name.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let name = name.into();
        Self { files: BTreeMap::from([(name.clone(), bytes.into())]), name }
    }

    /// With another file beside it.
    pub fn with_companion(mut self, name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.files.insert(name.into(), bytes.into());
        self
    }
}

impl Source for MemorySource {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> io::Result<Bytes> {
        self.companion(&self.name)
    }

    fn companion(&self, name: &str) -> io::Result<Bytes> {
        self.files.get(name).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn neighbours(&self) -> io::Result<Vec<String>> {
        Ok(self.files.keys().cloned().collect())
    }
}
