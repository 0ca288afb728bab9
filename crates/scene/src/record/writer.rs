//! Writing records.

use super::chunk::{Chunk, Shareable};

/// Data shorter than this stand in the record itself.
pub(super) const INLINE: usize = 512;

/// What becomes of the chunks of a record.
pub(super) trait ChunkSink {
    /// Takes note of a chunk and writes to `out` how the reader finds it.
    fn put(&mut self, chunk: Chunk<'_>, out: &mut Vec<u8>);
}

/// A record being written.
pub struct Writer<'s> {
    bytes: Vec<u8>,
    sink: &'s mut dyn ChunkSink,
}

impl<'s> Writer<'s> {
    pub(super) fn new(sink: &'s mut dyn ChunkSink) -> Self {
        Self { bytes: Vec::new(), sink }
    }

    /// The bytes written.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// How many bytes are written so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Writes one byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Writes bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a number in as few bytes as it needs, seven bits each (LEB128).
    pub fn varint(&mut self, number: u64) {
        put_varint(&mut self.bytes, number);
    }

    /// Writes shared data: in place if short, else as a chunk.
    pub fn bulk(&mut self, data: &dyn Shareable) {
        let length = data.length();
        self.varint(length as u64);
        if length < INLINE {
            self.raw(&data.bytes());
        } else {
            self.sink.put(Chunk(data), &mut self.bytes);
        }
    }
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
