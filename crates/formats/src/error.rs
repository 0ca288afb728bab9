//! Why bytes could not become data, or data bytes.

use std::io;

use microtome_image::{ImageError, LengthError};
use microtome_mesh::MeshError;

/// Why bytes could not become data, or data bytes. The path is added by whoever opened the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not of this format at all.
    #[error("not a {format} file: {why}")]
    NotThisFormat {
        /// The format's name.
        format: &'static str,
        /// What is wrong with the beginning of the file.
        why: String,
    },
    /// No format fits the bytes or the name.
    #[error("the format is not known: {why}")]
    UnknownFormat {
        /// What was looked at.
        why: String,
    },
    /// A field's value cannot be.
    #[error("{format} field \"{field}\" is \"{value}\": {why}")]
    Field {
        /// The format's name.
        format: &'static str,
        /// The field, as the format calls it.
        field: String,
        /// Its value in this file, shortened if long.
        value: String,
        /// What it should be.
        why: String,
    },
    /// A field that the format requires is absent.
    #[error("{format} field \"{field}\" is missing")]
    Missing {
        /// The format's name.
        format: &'static str,
        /// The field, as the format calls it.
        field: String,
    },
    /// The file ends too early.
    #[error("the {format} file is cut short: {what} needs {expected} bytes, but there are {found}")]
    Truncated {
        /// The format's name.
        format: &'static str,
        /// Which part.
        what: &'static str,
        /// Bytes needed.
        expected: u64,
        /// Bytes present.
        found: u64,
    },
    /// The file is right, but this program cannot read or write such a one.
    #[error("{format}: {what} is not supported")]
    Unsupported {
        /// The format's name.
        format: &'static str,
        /// The feature.
        what: String,
    },
    /// The file claims more data than it can hold, or than the reader's limit.
    #[error("the {format} file claims {claimed} bytes of {what}, more than {limit} can be")]
    TooLarge {
        /// The format's name.
        format: &'static str,
        /// Which part.
        what: &'static str,
        /// Bytes claimed.
        claimed: u128,
        /// The most that it could be.
        limit: u128,
    },
    /// Another file that belongs to this one cannot be had.
    #[error("its data file \"{name}\" cannot be read: {source}")]
    Companion {
        /// Its name, as this file says it.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// Compressed data is damaged.
    #[error("{format}: the compressed data is damaged: {why}")]
    Compression {
        /// The format's name.
        format: &'static str,
        /// What the decompressor says.
        why: String,
    },
    /// The data cannot be held by this format.
    #[error("{format} cannot hold {what}")]
    CannotHold {
        /// The format's name.
        format: &'static str,
        /// What it lacks room for.
        what: String,
    },
    /// The parts do not make an image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The voxel bytes do not fit.
    #[error(transparent)]
    Length(#[from] LengthError),
    /// The parts do not make a mesh.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    /// A [`Field`](Self::Field) error, its value shortened to a readable length.
    pub fn field(
        format: &'static str,
        field: impl Into<String>,
        value: &str,
        why: impl Into<String>,
    ) -> Self {
        let mut short: String = value.chars().take(80).collect();
        if short.len() < value.len() {
            short.push('…');
        }
        Self::Field { format, field: field.into(), value: short, why: why.into() }
    }
}
