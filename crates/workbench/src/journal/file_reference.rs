//! Bulk data that stand in a file of the user's and need not be copied.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use microtome_image::{Bytes, Origin};
use microtome_scene::record::{Chunk, ChunkId};
use serde::{Deserialize, Serialize};

/// Less than this is copied.
const WORTH_REFERRING: usize = 1 << 20;

/// Where bulk data stand in a file, and how to tell that it is still the same file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FileReference {
    /// The file.
    pub(super) path: PathBuf,
    /// When it was changed last, since 1970.
    modified: Duration,
    /// Its length.
    length: u64,
    /// Where in it the data begin.
    offset: usize,
    /// How many bytes they are.
    pub(super) bytes: usize,
    /// Hash of samples of the data.
    samples: [u8; 32],
}

impl FileReference {
    /// The reference for a chunk that is mapped from a file which is still as it was.
    pub(super) fn of(chunk: &Chunk<'_>) -> Option<Self> {
        let (origin, offset) = chunk.origin()?;
        if chunk.length() < WORTH_REFERRING || origin.path.to_str().is_none() || !is_current(origin) {
            return None;
        }
        Some(Self {
            path: origin.path.clone(),
            modified: origin.modified?.duration_since(SystemTime::UNIX_EPOCH).ok()?,
            length: origin.length,
            offset,
            bytes: chunk.length(),
            samples: samples(&chunk.bytes()).0,
        })
    }

    /// The data, if the file is still the same.
    pub(super) fn read(&self) -> Option<Bytes> {
        let modified = SystemTime::UNIX_EPOCH.checked_add(self.modified)?;
        let origin = Origin { path: self.path.clone(), modified: Some(modified), length: self.length };
        if !is_current(&origin) {
            return None;
        }
        let bytes = Bytes::map(Path::new(&self.path)).ok()?;
        let bytes = bytes.slice(self.offset..self.offset.checked_add(self.bytes)?)?;
        (samples(&bytes).0 == self.samples).then_some(bytes)
    }
}

/// Whether a file is as it was when it was mapped, so far as its length and time tell.
pub(super) fn is_current(origin: &Origin) -> bool {
    let Ok(now) = fs::metadata(&origin.path) else { return false };
    now.len() == origin.length && origin.modified.is_some() && now.modified().ok() == origin.modified
}

/// The hash of some of the data, so that a large file need not be read for it: sixteen stretches, evenly spread.
fn samples(bytes: &[u8]) -> ChunkId {
    const STRETCHES: usize = 16;
    const LENGTH: usize = 4096;
    if bytes.len() <= STRETCHES * LENGTH {
        return ChunkId::of(bytes);
    }
    let step = (bytes.len() - LENGTH) / (STRETCHES - 1);
    let stretches: Vec<u8> =
        (0..STRETCHES).flat_map(|n| bytes[n * step..n * step + LENGTH].iter().copied()).collect();
    ChunkId::of(&stretches)
}
