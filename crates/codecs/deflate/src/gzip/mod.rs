//! gzip members (RFC 1952), as in `.nii.gz` and NRRD files.
//!
//! # The index
//!
//! [`compress`] and [`write`](fn@write) make one ordinary member. Its content is cut into chunks that are compressed without
//! reference to each other, and an *extra field* of the header (RFC 1952 §2.3.1.1), which every reader skips, says where
//! they lie:
//!
//! | bytes | meaning |
//! | --- | --- |
//! | 2 | the letters `MT` |
//! | 2 | length of what follows in this subfield, 12 + 4 n |
//! | 8 | bytes of content in all |
//! | 4 | bytes of content in every chunk but the last |
//! | 4 n | compressed bytes of each of the n chunks |
//!
//! Numbers are little-endian. The first chunk begins right after the header; each ends on a byte boundary, the last with
//! the final block, the others with an empty stored block. [`decompress`] uses the index to decode the chunks on all
//! cores; it checks everything against it and reads the member in sequence should anything disagree.

mod header;
mod read;
mod write;

pub use read::{decompress, decompress_into, decompress_prefix, is_gzip};
pub use write::{compress, write};
