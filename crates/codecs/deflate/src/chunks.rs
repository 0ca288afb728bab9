//! Splitting content into chunks and compressing them on all cores.

use std::borrow::Cow;
use std::io;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::checksum::Checksum;
use crate::encode::{Encoder, Level};

/// Smallest and usual largest chunk; larger only where the index of a gzip member would overflow.
const SMALLEST: usize = 256 << 10;
const LARGEST: usize = 1 << 20;
/// Content up to this size is compressed with more care.
const SMALL: usize = 16 << 20;
/// Content smaller than this many largest chunks is cut finer, so that all cores find work.
const WANTED: usize = 16;

/// Content given in pieces that are compressed as if they lay end to end.
pub(crate) struct Content<'a> {
    parts: &'a [&'a [u8]],
    len: usize,
    chunk: usize,
}

/// One compressed chunk.
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    /// Content bytes.
    pub(crate) len: usize,
    /// Checksum of the content.
    pub(crate) checksum: u32,
}

impl<'a> Content<'a> {
    /// Chunks are cut so that there are at most `most_chunks`; their size depends on the content's length only.
    pub(crate) fn new(parts: &'a [&'a [u8]], most_chunks: usize) -> Self {
        let len = parts.iter().map(|part| part.len()).sum::<usize>();
        let mut chunk = (len / WANTED).next_power_of_two().clamp(SMALLEST, LARGEST);
        while len.div_ceil(chunk) > most_chunks {
            chunk *= 2;
        }
        Self { parts, len, chunk }
    }

    /// Total bytes.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Content bytes of every chunk but the last.
    pub(crate) fn chunk_size(&self) -> usize {
        self.chunk
    }

    /// Number of chunks: at least one, which may be empty.
    pub(crate) fn chunk_count(&self) -> usize {
        self.len.div_ceil(self.chunk).max(1)
    }

    /// The bytes of one chunk; copied only where the chunk spans several parts.
    fn chunk(&self, number: usize) -> Cow<'a, [u8]> {
        let start = number * self.chunk;
        let end = (start + self.chunk).min(self.len);
        let mut at = 0;
        let mut joined = Vec::new();
        for part in self.parts {
            let from = start.saturating_sub(at).min(part.len());
            let to = end.saturating_sub(at).min(part.len());
            let piece = &part[from..to];
            if piece.len() == end - start {
                return Cow::Borrowed(piece);
            }
            joined.extend_from_slice(piece);
            at += part.len();
        }
        Cow::Owned(joined)
    }

    /// Compresses all chunks and hands them to `sink` in order, a batch at a time, while the next batch is already being
    /// compressed: at no time do more than two batches of compressed chunks exist.
    pub(crate) fn compress(
        &self,
        level: Level,
        checksum: Checksum,
        mut sink: impl FnMut(Vec<Chunk>) -> io::Result<()> + Send,
    ) -> io::Result<()> {
        let encoders = Mutex::new(Vec::new());
        let batch_size = 8 * rayon::current_num_threads();
        let count = self.chunk_count();
        let mut ready = Vec::new();
        for first in (0..count).step_by(batch_size) {
            let batch = first..(first + batch_size).min(count);
            let work = || -> Vec<Chunk> {
                batch
                    .into_par_iter()
                    .with_max_len(1)
                    .map(|number| {
                        let reused = encoders.lock().ok().and_then(|mut idle| idle.pop());
                        let mut encoder = reused.unwrap_or_else(Encoder::new);
                        let data = self.chunk(number);
                        let chunk = Chunk {
                            bytes: encoder
                                .encode(&data, level, number + 1 == count, self.len <= SMALL)
                                .to_vec(),
                            len: data.len(),
                            checksum: checksum.of(&data),
                        };
                        if let Ok(mut idle) = encoders.lock() {
                            idle.push(encoder);
                        }
                        chunk
                    })
                    .collect()
            };
            let (written, next) = rayon::join(|| if ready.is_empty() { Ok(()) } else { sink(ready) }, work);
            written?;
            ready = next;
        }
        sink(ready)
    }
}

/// A compressed stream in memory, in pieces: container header, chunks, trailer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compressed {
    pub(crate) pieces: Vec<Vec<u8>>,
    pub(crate) checksum: u32,
    pub(crate) content_len: u64,
}

impl Compressed {
    /// Size of the stream in bytes.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// Whether the stream has no bytes at all; even empty content makes some.
    pub fn is_empty(&self) -> bool {
        self.pieces.iter().all(Vec::is_empty)
    }

    /// Checksum of the content: Adler-32 for zlib, CRC-32 otherwise (what a zip entry records).
    pub fn checksum(&self) -> u32 {
        self.checksum
    }

    /// Bytes of content.
    pub fn content_len(&self) -> u64 {
        self.content_len
    }

    /// Writes the stream.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_to(&self, writer: &mut impl io::Write) -> io::Result<()> {
        self.pieces.iter().try_for_each(|piece| writer.write_all(piece))
    }

    /// The stream as one vector.
    pub fn into_vec(self) -> Vec<u8> {
        self.pieces.concat()
    }

    /// Compresses `content` into pieces, without container header or trailer.
    pub(crate) fn body(content: &Content<'_>, level: Level, checksum: Checksum) -> Self {
        let mut result =
            Self { pieces: Vec::new(), checksum: checksum.empty(), content_len: content.len() as u64 };
        let collected = content.compress(level, checksum, |chunks| {
            for chunk in chunks {
                result.checksum = checksum.combine(result.checksum, chunk.checksum, chunk.len as u64);
                result.pieces.push(chunk.bytes);
            }
            Ok(())
        });
        debug_assert!(collected.is_ok(), "collecting in memory has no way to fail");
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_join_parts_and_lose_nothing() {
        let data: Vec<u8> = (0..600_000u32).map(|i| (i / 7) as u8).collect();
        for cuts in [vec![], vec![0], vec![352], vec![1, 2, 131_072, 262_144], vec![599_999, 600_000]] {
            let mut parts = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([data.len()]) {
                parts.push(&data[from..cut]);
                from = cut;
            }
            let content = Content::new(&parts, 1000);
            let joined: Vec<u8> =
                (0..content.chunk_count()).flat_map(|number| content.chunk(number).into_owned()).collect();
            assert!(joined == data);
        }
    }

    #[test]
    fn number_of_chunks_is_bounded() {
        let data = vec![0; 3 << 20];
        let parts = [&data[..]];
        let content = Content::new(&parts, 3);
        assert_eq!((content.chunk_count(), content.chunk_size()), (3, 1 << 20));
        assert_eq!(Content::new(&[], 3).chunk_count(), 1);
    }
}
