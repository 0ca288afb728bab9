//! Shared bytes: in memory, or mapped from a file.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use memmap2::{Mmap, MmapMut};

/// An immutable run of bytes that clones and slices share.
#[derive(Clone)]
pub struct Bytes {
    store: Arc<Store>,
    range: Range<usize>,
}

/// The file that mapped bytes lie in, as it was when it was mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where it was; absolute if the system could say.
    pub path: PathBuf,
    /// When it was changed last, if the system says.
    pub modified: Option<SystemTime>,
    /// Its length in bytes.
    pub length: u64,
}

enum Store {
    Owned(Vec<u8>),
    Mapped(Mmap, Origin),
    /// Memory of our own that did not come from the allocator.
    Anonymous(MmapMut),
}

impl Store {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(map, _) => map,
            Self::Anonymous(map) => map,
        }
    }
}

impl Bytes {
    /// Maps a whole file into memory. Pages are read when they are touched, so mapping costs nothing by itself.
    ///
    /// # Errors
    /// Whatever the system says when the file is opened or mapped; a folder is an error too.
    pub fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?;
        if length.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        if !length.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        if length.len() == 0 {
            return Ok(Self::from(Vec::new()));
        }
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let origin = Origin { path: absolute, modified: length.modified().ok(), length: length.len() };
        Self::map_file(&file, origin)
    }

    #[allow(unsafe_code)]
    fn map_file(file: &File, origin: Origin) -> io::Result<Self> {
        // SAFETY: the map is private and read-only. Its bytes could change under us only if another program writes into
        // this very file; our own writers never do (they write beside it and rename). Every reader treats the bytes as
        // untrusted and copies a value out before it checks and uses it.
        let map = unsafe { Mmap::map(file)? };
        let range = 0..map.len();
        Ok(Self { store: Arc::new(Store::Mapped(map, origin)), range })
    }

    /// Anonymous memory as shared bytes.
    pub(crate) fn anonymous(map: MmapMut) -> Self {
        let range = 0..map.len();
        Self { store: Arc::new(Store::Anonymous(map)), range }
    }

    /// The part of these bytes at `range`, sharing the same memory; `None` where it reaches beyond the end.
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        if range.start > range.end || range.end > self.range.len() {
            return None;
        }
        let start = self.range.start + range.start;
        Some(Self { store: Arc::clone(&self.store), range: start..start + (range.end - range.start) })
    }

    /// Gives back the memory of the pages within `range` where these are mapped; they are read again when they are
    /// touched again. For data that is passed over once.
    pub fn release(&self, range: Range<usize>) {
        let Store::Mapped(map, _) = &*self.store else { return };
        let start = self.range.start.saturating_add(range.start).min(self.range.end);
        let end = self.range.start.saturating_add(range.end).min(self.range.end);
        release_pages(map, start, end);
    }

    /// Reads the pages within `range` in one go where these are mapped, which is cheaper than one by one as they are
    /// touched.
    pub(crate) fn prefetch(&self, range: Range<usize>) {
        let Store::Mapped(map, _) = &*self.store else { return };
        let start = self.range.start.saturating_add(range.start).min(self.range.end);
        let end = self.range.start.saturating_add(range.end).min(self.range.end);
        prefetch_pages(map, start, end);
    }

    /// The file that mapped bytes lie in, and where in it they begin.
    pub fn origin(&self) -> Option<(&Origin, usize)> {
        match &*self.store {
            Store::Mapped(_, origin) => Some((origin, self.range.start)),
            Store::Owned(_) | Store::Anonymous(_) => None,
        }
    }

    /// Whether the bytes lie in a file rather than in this process's own memory.
    pub fn is_mapped(&self) -> bool {
        matches!(*self.store, Store::Mapped(..))
    }
}

/// Whole pages between `start` and `end`.
#[cfg(unix)]
#[allow(unsafe_code)]
fn release_pages(map: &Mmap, start: usize, end: usize) {
    const PAGE: usize = 1 << 16;
    let (start, end) = (start.next_multiple_of(PAGE), end / PAGE * PAGE);
    if start < end {
        // SAFETY: the map is private, read-only and backed by a file, so that pages which are dropped come back with the
        // same bytes. Advice may fail without harm.
        let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, end - start) };
    }
}

#[cfg(not(unix))]
fn release_pages(_: &Mmap, _: usize, _: usize) {}

#[cfg(target_os = "linux")]
fn prefetch_pages(map: &Mmap, start: usize, end: usize) {
    if start < end {
        // Advice only: an older kernel that cannot follow it reads pages as they are touched.
        let _ = map.advise_range(memmap2::Advice::PopulateRead, start, end - start);
    }
}

#[cfg(not(target_os = "linux"))]
fn prefetch_pages(_: &Mmap, _: usize, _: usize) {}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.store.as_slice()[self.range.clone()]
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { store: Arc::new(Store::Owned(bytes)), range }
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_mapped() { "mapped" } else { "owned" };
        write!(f, "Bytes({} {kind})", self.len())
    }
}
