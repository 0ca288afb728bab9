//! Steps that are kept outside memory.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use microtome_image::Bytes;

use crate::record::{Changes, Chunk, ChunkId, ChunkSource, ChunkStore, Malformed};
use crate::scene::Scene;

/// A place outside memory for steps of a history. What it is given need not outlive the program.
pub trait StepStore: fmt::Debug + Send + Sync {
    /// Keeps what `write` writes, and gives it a number.
    ///
    /// # Errors
    /// What `write` says, or the system; nothing is kept then.
    fn keep(&self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<u64>;

    /// What is kept under a number.
    ///
    /// # Errors
    /// Whatever the system says.
    fn fetch(&self, number: u64) -> io::Result<Vec<u8>>;

    /// Forgets what is kept under a number.
    fn discard(&self, number: u64);
}

/// A scene in a store, as the changes that lead to it from its neighbour.
///
/// First the chunks, each with its length before it, then the changes, then the changes' length.
#[derive(Debug)]
pub(super) struct Spilled {
    number: u64,
    bytes: u64,
    store: Arc<dyn StepStore>,
}

impl Spilled {
    /// Writes what leads from `neighbour` to `scene`.
    pub(super) fn write(neighbour: &Scene, scene: &Scene, store: Arc<dyn StepStore>) -> io::Result<Self> {
        let changes = Changes::between(neighbour, scene);
        let mut bytes = 0;
        let number = store.keep(&mut |out| {
            let mut chunks = ChunkWriter { out, known: HashMap::new(), written: 0, failed: None };
            let record = changes.to_bytes(&mut chunks);
            chunks.write(&record)?;
            chunks.write(&(record.len() as u64).to_le_bytes())?;
            bytes = chunks.written;
            chunks.failed.map_or(Ok(()), Err)
        })?;
        Ok(Self { number, bytes, store })
    }

    /// How much of the store it needs.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The scene, from the neighbour that it was written with.
    pub(super) fn read(&self, neighbour: &Scene) -> Result<Scene, String> {
        let bytes = Bytes::from(self.store.fetch(self.number).map_err(|error| error.to_string())?);
        let parts = Parts::of(bytes).ok_or("it is not whole")?;
        let record = parts.record.clone();
        Changes::apply(neighbour, &record, &mut { parts }).map_err(|error| error.to_string())
    }
}

impl Drop for Spilled {
    fn drop(&mut self) {
        self.store.discard(self.number);
    }
}

struct ChunkWriter<'o> {
    out: &'o mut dyn Write,
    known: HashMap<(usize, usize), ChunkId>,
    written: u64,
    failed: Option<io::Error>,
}

impl ChunkWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

impl ChunkStore for ChunkWriter<'_> {
    fn chunk(&mut self, chunk: &Chunk<'_>) -> ChunkId {
        if let Some(id) = self.known.get(&chunk.identity()) {
            return *id;
        }
        let id = ChunkId::numbered(self.known.len() as u64);
        self.known.insert(chunk.identity(), id);
        if self.failed.is_none() {
            let bytes = chunk.bytes();
            let done = self.write(&(bytes.len() as u64).to_le_bytes()).and_then(|()| self.write(&bytes));
            self.failed = done.err();
        }
        id
    }
}

struct Parts {
    chunks: Vec<Bytes>,
    record: Bytes,
}

impl Parts {
    fn of(bytes: Bytes) -> Option<Self> {
        let number = |at: usize| {
            let bytes = bytes.get(at..at.checked_add(8)?)?;
            usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
        };
        let end = bytes.len().checked_sub(8)?;
        let begin = end.checked_sub(number(end)?)?;
        let mut chunks = Vec::new();
        let mut at = 0;
        while at < begin {
            let from = at.checked_add(8)?;
            at = from.checked_add(number(at)?).filter(|at| *at <= begin)?;
            chunks.push(bytes.slice(from..at)?);
        }
        Some(Self { chunks, record: bytes.slice(begin..end)? })
    }
}

impl ChunkSource for Parts {
    fn chunk(&mut self, id: &ChunkId) -> Result<Bytes, Malformed> {
        let chunk = usize::try_from(id.number()).ok().and_then(|number| self.chunks.get(number));
        // A copy: a part would hold all of what was read.
        chunk.map(|bytes| Bytes::from(bytes.to_vec())).ok_or_else(|| Malformed::new("a chunk is missing"))
    }
}
