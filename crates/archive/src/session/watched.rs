//! What a reader took besides the file that it was given.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use microtome_formats::Source;
use microtome_image::Bytes;

use super::files::SharedSource;

/// A source that knows whether other files were read through it.
pub(super) struct Watched {
    source: SharedSource,
    others: AtomicBool,
}

impl Watched {
    pub fn new(source: SharedSource) -> Self {
        Self { source, others: AtomicBool::new(false) }
    }

    /// Whether any other file was read.
    pub fn read_others(&self) -> bool {
        self.others.load(Ordering::Relaxed)
    }
}

impl Source for Watched {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn bytes(&self) -> io::Result<Bytes> {
        self.source.bytes()
    }

    fn companion(&self, name: &str) -> io::Result<Bytes> {
        let bytes = self.source.companion(name)?;
        if name != self.source.name() {
            self.others.store(true, Ordering::Relaxed);
        }
        Ok(bytes)
    }

    fn neighbours(&self) -> io::Result<Vec<String>> {
        self.source.neighbours()
    }
}
