//! Bulk data beside the records.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use microtome_image::{Bytes, Origin};
use sha2::{Digest, Sha256};

use super::reader::Malformed;

/// The name of a chunk in a store: the SHA-256 of its bytes, or whatever else the store makes of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkId(pub [u8; 32]);

impl ChunkId {
    /// The name by content.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A name for a store that numbers its chunks.
    pub fn numbered(number: u64) -> Self {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_le_bytes());
        Self(id)
    }

    /// The number of a numbered chunk.
    pub fn number(&self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|n| self.0[n]))
    }
}

impl fmt::Debug for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A clone of shared data, of whatever type.
pub type Shared = Box<dyn Shareable>;

/// Data that values share by reference.
pub trait Shareable: Any + Send + Sync {
    /// Address that identifies the shared memory.
    fn address(&self) -> usize;

    /// How many bytes there are.
    fn length(&self) -> usize;

    /// The bytes.
    fn bytes(&self) -> Cow<'_, [u8]>;

    /// The file that the bytes are mapped from, and where in it they begin.
    fn origin(&self) -> Option<(&Origin, usize)> {
        None
    }

    /// A clone, which shares the memory.
    fn share(&self) -> Shared;
}

/// Shared data that a record refers to.
#[derive(Clone, Copy)]
pub struct Chunk<'a>(pub(super) &'a dyn Shareable);

impl Chunk<'_> {
    /// Address and length, which identify the shared memory for as long as anybody holds it.
    pub fn identity(&self) -> (usize, usize) {
        (self.0.address(), self.0.length())
    }

    /// How many bytes there are.
    pub fn length(&self) -> usize {
        self.0.length()
    }

    /// The bytes.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        self.0.bytes()
    }

    /// The file that the bytes are mapped from, and where in it they begin.
    pub fn origin(&self) -> Option<(&Origin, usize)> {
        self.0.origin()
    }

    /// A clone, which shares the memory.
    pub fn share(&self) -> Shared {
        self.0.share()
    }
}

/// Where chunks are written to.
pub trait ChunkStore {
    /// Keeps a chunk, once, and names it. A store that fails remembers that and says so when it is asked.
    fn chunk(&mut self, chunk: &Chunk<'_>) -> ChunkId;
}

/// Where chunks are read from.
pub trait ChunkSource {
    /// The bytes of a chunk.
    ///
    /// # Errors
    /// [`Malformed`] if it is not there.
    fn chunk(&mut self, id: &ChunkId) -> Result<Bytes, Malformed>;
}

/// A store and a source without any chunks.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoChunks;

impl ChunkStore for NoChunks {
    fn chunk(&mut self, _: &Chunk<'_>) -> ChunkId {
        ChunkId::numbered(0)
    }
}

impl ChunkSource for NoChunks {
    fn chunk(&mut self, _: &ChunkId) -> Result<Bytes, Malformed> {
        Err(Malformed::new("there is no such chunk"))
    }
}
