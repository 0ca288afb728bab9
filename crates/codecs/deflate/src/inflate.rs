//! Decoding raw DEFLATE streams: whole buffers through libdeflate, odd cases through a resumable decoder.

use libdeflater::{DecompressionError, Decompressor};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use crate::Error;

/// No DEFLATE stream holds more than this many bytes per byte: 258 bytes for each two bits.
const MOST_EXPANSION: usize = 1032;

/// The most content that `input` compressed bytes can hold.
pub(crate) fn most_content(input: usize) -> usize {
    input.saturating_add(1).saturating_mul(MOST_EXPANSION)
}

/// How much content the caller expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Exactly this many bytes, as an image header says. Less is [`Error::Short`]; more is left undecoded and
    /// reported by [`Inflated::more`].
    Exactly(usize),
    /// Not known, but no more than this many bytes. More is [`Error::TooLarge`].
    AtMost(usize),
}

/// Decoded content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflated {
    /// The content.
    pub bytes: Vec<u8>,
    /// Whether the stream goes on after the bytes that were asked for; then no checksum was compared.
    pub more: bool,
}

/// What decoding into a buffer of the caller came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Bytes of the buffer that hold content, from its start.
    pub len: usize,
    /// Whether the stream goes on after the buffer was full; then no checksum was compared.
    pub more: bool,
}

/// Where the resumable decoder stopped.
pub(crate) struct Stop {
    /// Compressed bytes used.
    pub(crate) input: usize,
    /// Content bytes written.
    pub(crate) produced: usize,
    pub(crate) end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// After the final block.
    Complete,
    /// The buffer is full and there is more.
    Full,
    /// The input ended first.
    Truncated,
    /// An impossible bit pattern.
    Corrupt,
}

/// Decodes a raw stream as far as possible: slower than libdeflate, but says where it stopped and why, and leaves in
/// `out` whatever could be decoded.
pub(crate) fn resumable(data: &[u8], out: &mut [u8]) -> Stop {
    let mut decoder = Box::<DecompressorOxide>::default();
    let (mut input, mut produced) = (0, 0);
    loop {
        let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, written) = decompress(&mut decoder, &data[input..], out, produced, flags);
        input += read;
        produced += written;
        let end = match status {
            TINFLStatus::Done => End::Complete,
            TINFLStatus::HasMoreOutput if produced >= out.len() => End::Full,
            TINFLStatus::HasMoreOutput if read > 0 || written > 0 => continue,
            TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => End::Truncated,
            _ => End::Corrupt,
        };
        return Stop { input, produced, end };
    }
}

/// Allocates for `size`, decodes with `decode`, and judges the amount.
///
/// `hint` is a guess of the content's length where the caller has none. No more is allocated than the input can expand to.
pub(crate) fn to_vec(
    input: usize,
    size: Size,
    hint: usize,
    mut decode: impl FnMut(&mut [u8]) -> Result<Filled, Error>,
) -> Result<Inflated, Error> {
    match size {
        Size::Exactly(expected) => {
            // Fresh zeroed memory comes from the system untouched: this does not write the buffer.
            let mut bytes = vec![0; expected.min(most_content(input))];
            let filled = decode(&mut bytes)?;
            if filled.len < expected {
                return Err(Error::Short { expected, found: filled.len });
            }
            Ok(Inflated { bytes, more: filled.more })
        }
        Size::AtMost(limit) => {
            let most = limit.min(most_content(input));
            let mut capacity = hint.max(input.saturating_mul(4)).max(4096).min(most);
            loop {
                let mut bytes = vec![0; capacity];
                let filled = decode(&mut bytes)?;
                if !filled.more {
                    bytes.truncate(filled.len);
                    return Ok(Inflated { bytes, more: false });
                }
                if capacity >= most {
                    return Err(Error::TooLarge { limit });
                }
                capacity = capacity.saturating_mul(4).min(most);
            }
        }
    }
}

/// Decodes one raw stream into `out`, trailing bytes ignored.
pub(crate) fn raw_into(data: &[u8], out: &mut [u8]) -> Result<Filled, Error> {
    match Decompressor::new().deflate_decompress(data, out) {
        Ok(len) => Ok(Filled { len, more: false }),
        Err(DecompressionError::InsufficientSpace | DecompressionError::BadData) => {
            let stop = resumable(data, out);
            stop.filled()
        }
    }
}

impl Stop {
    /// The outcome for a caller who cares about neither trailer nor following data.
    pub(crate) fn filled(&self) -> Result<Filled, Error> {
        let (input, produced) = (self.input, self.produced);
        match self.end {
            End::Complete => Ok(Filled { len: produced, more: false }),
            End::Full => Ok(Filled { len: produced, more: true }),
            End::Truncated => Err(Error::Truncated { input, produced }),
            End::Corrupt => Err(Error::Corrupt { input, produced }),
        }
    }
}
