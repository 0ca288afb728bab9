use thiserror::Error;

/// Why compressed data could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The data does not begin with a gzip member header (RFC 1952 §2.3).
    #[error("not gzip data: it does not begin with 1f 8b 08")]
    NotGzip,
    /// The data does not begin with a zlib header (RFC 1950 §2.2).
    #[error("not zlib data: the first two bytes are not a valid header")]
    NotZlib,
    /// The stream needs something that its reader cannot have, such as a preset dictionary.
    #[error("unsupported compressed data: {0}")]
    Unsupported(&'static str),
    /// The data ends inside the compressed stream.
    #[error("compressed data is cut off after {input} bytes, which hold {produced} bytes of content")]
    Truncated {
        /// Compressed bytes present.
        input: usize,
        /// Content bytes that could be decoded.
        produced: usize,
    },
    /// A bit pattern that no compressor makes.
    #[error("compressed data is corrupt near byte {input} (after {produced} bytes of content)")]
    Corrupt {
        /// Compressed bytes read before the fault was noticed.
        input: usize,
        /// Content bytes decoded before it.
        produced: usize,
    },
    /// The content does not have the checksum (CRC-32 or Adler-32) that its trailer promises.
    #[error("checksum mismatch: the trailer says {expected:08x}, the content has {found:08x}")]
    ChecksumMismatch {
        /// From the trailer.
        expected: u32,
        /// Of the decoded content.
        found: u32,
    },
    /// The content does not have the length (modulo 2^32) that the gzip trailer promises.
    #[error("length mismatch: the trailer says {expected} bytes (modulo 2^32), the content has {found}")]
    LengthMismatch {
        /// From the trailer.
        expected: u32,
        /// Of the decoded content.
        found: u64,
    },
    /// The stream is intact but holds less than the caller needs.
    #[error("compressed data holds {found} bytes, {expected} are needed")]
    Short {
        /// What the caller asked for.
        expected: usize,
        /// What the stream holds.
        found: usize,
    },
    /// The content is larger than the caller allows.
    #[error("compressed data holds more than the permitted {limit} bytes")]
    TooLarge {
        /// The caller's limit in bytes.
        limit: usize,
    },
}
