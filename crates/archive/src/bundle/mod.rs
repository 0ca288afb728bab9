//! Bundles: scenes with all their data in one zip archive, and the archives themselves.
//!
//! The archive reader is our own, because three things are wanted that general ones do not give together: members that
//! are served in place from the mapped file (a stored volume of any size opens without being read), members copied from
//! bundle to bundle without being inflated and compressed again, and an archive judged as a whole before anything of it is
//! used: places that overlap, names that clash, claims that the memory does not justify. Compression itself is the
//! [`microtome_deflate`] engine's. Nothing is ever unpacked to disk under a member's own name.
//!
//! Read are members that are stored or deflated, with or without large (64-bit) records, of one-part archives. Written are
//! the same; stored members stand at multiples of 64 bytes.

mod block_sums;
mod directory;
mod error;
mod limits;
mod member_source;
mod name;
mod records;
mod scene;
mod zip_read;
mod zip_write;

pub use error::{Refusal, ZipError};
pub use limits::Limits;
pub use member_source::MemberSource;
pub(crate) use name::is_reserved;
pub use records::Method;
pub(crate) use scene::{Bundle, save_bundle, write_scene};
pub use scene::{is_bundle, open_bundle, read_bundle};
pub use zip_read::{Member, Packed, Zip};
pub use zip_write::{Members, ZipWriter};
