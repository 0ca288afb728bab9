//! Reading records.

use std::any::{Any, TypeId};
use std::borrow::Cow;

use microtome_image::Bytes;

use super::chunk::{ChunkId, Shareable, Shared};
use super::writer::INLINE;
use crate::id::NodeId;

/// Bytes that are not the record that they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a record cannot be read: {what}")]
pub struct Malformed {
    /// What is wrong.
    pub what: Cow<'static, str>,
}

impl Malformed {
    /// A record with this fault.
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into() }
    }
}

/// Bytes being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'r> {
    rest: &'r [u8],
}

impl<'r> Input<'r> {
    fn raw(&mut self, count: usize) -> Result<&'r [u8], Malformed> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| Malformed::new("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.raw(N)?.try_into().map_err(|_| Malformed::new("it ends too early"))
    }

    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed::new("a number has more than 64 bits"))
    }
}

/// A chunk as it is found.
pub(super) enum Piece {
    /// As a value that exists.
    Shared(Shared),
    /// As bytes, under a name.
    Bytes(Bytes, ChunkId),
}

/// Where the chunks of a record are found.
pub(super) trait PieceSource {
    /// Begins with a node that may share chunks with what stood in its place before.
    fn begin(&mut self, serial: u64, id: &NodeId);

    /// The chunk of the given length and type that stands next in `input`.
    fn take(&mut self, kind: TypeId, input: &mut Input<'_>) -> Result<Piece, Malformed>;

    /// Keeps what was made of a chunk, so that the next record that names it shares it.
    fn keep(&mut self, id: ChunkId, kind: TypeId, value: Shared);
}

/// A record being read.
pub struct Reader<'r> {
    input: Input<'r>,
    source: &'r mut dyn PieceSource,
    depth: usize,
}

impl<'r> Reader<'r> {
    pub(super) fn new(bytes: &'r [u8], source: &'r mut dyn PieceSource) -> Self {
        Self { input: Input { rest: bytes }, source, depth: 0 }
    }

    /// Begins with the node `id` in the place `serial`.
    pub(super) fn begin(&mut self, serial: u64, id: &NodeId) {
        self.source.begin(serial, id);
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.input.rest.len()
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`Malformed`] if there are fewer.
    pub fn raw(&mut self, count: usize) -> Result<&'r [u8], Malformed> {
        self.input.raw(count)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`Malformed`] if there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.input.array()
    }

    /// The next number.
    ///
    /// # Errors
    /// [`Malformed`] at the end, or for more than 64 bits.
    pub fn varint(&mut self) -> Result<u64, Malformed> {
        self.input.varint()
    }

    /// The next number, as a size.
    ///
    /// # Errors
    /// As [`varint`](Self::varint), or if it is greater than this machine's sizes.
    pub fn size(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.varint()?).map_err(|_| Malformed::new("a size is too great"))
    }

    /// The length of a list that follows. No element has less than one byte, so that it cannot be more than are left.
    ///
    /// # Errors
    /// [`Malformed`] if it is.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let count = self.size()?;
        if count > self.remaining() {
            Err(Malformed::new("a list is longer than its record"))
        } else {
            Ok(count)
        }
    }

    /// Reads what may hold others of its kind, at most `deepest` deep.
    ///
    /// # Errors
    /// What `read` says, or [`Malformed`] if it is deeper.
    pub fn nested<T>(
        &mut self,
        deepest: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        if self.depth >= deepest {
            return Err(Malformed::new(format!("it is nested more than {deepest} deep")));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Reads shared data, which `make` makes of bytes if they are not in memory yet.
    ///
    /// # Errors
    /// What `make` says, or [`Malformed`] if they are not to be found or of another type.
    pub fn bulk<B: Shareable>(
        &mut self,
        make: impl FnOnce(Bytes) -> Result<B, Malformed>,
    ) -> Result<B, Malformed> {
        let length = self.size()?;
        if length < INLINE {
            return make(Bytes::from(self.raw(length)?.to_vec()));
        }
        let value = match self.source.take(TypeId::of::<B>(), &mut self.input)? {
            Piece::Shared(shared) => {
                let shared: Box<dyn Any> = shared;
                *shared.downcast::<B>().map_err(|_| Malformed::new("a chunk is of another type"))?
            }
            Piece::Bytes(bytes, id) => {
                let value = make(bytes)?;
                self.source.keep(id, TypeId::of::<B>(), value.share());
                value
            }
        };
        if value.length() == length { Ok(value) } else { Err(Malformed::new("a chunk has another length")) }
    }
}
