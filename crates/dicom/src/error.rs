//! Why DICOM bytes could not become data.

use std::io;

use dicom_core::Tag;
use microtome_image::ImageError;

use crate::dictionary::keyword;

/// Why DICOM bytes could not become data. The path is added by whoever opened the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not DICOM at all.
    #[error("not a DICOM file: {why}")]
    NotDicom {
        /// What is wrong with the beginning of the file.
        why: &'static str,
    },
    /// The file ends inside an element.
    #[error("the DICOM file is cut short: {what} needs bytes up to {needed}, but there are {found}")]
    Truncated {
        /// Which part.
        what: String,
        /// Where that part ends, in bytes from the start of the dataset.
        needed: u64,
        /// Bytes present.
        found: u64,
    },
    /// The elements break a rule of PS3.5.
    #[error("the DICOM file is damaged at byte {offset}: {why}")]
    Damaged {
        /// Bytes from the start of the dataset.
        offset: usize,
        /// The rule broken.
        why: &'static str,
    },
    /// An attribute without which the image cannot be read is absent.
    #[error("attribute {} {tag} is missing", keyword(*.tag))]
    Missing {
        /// The attribute.
        tag: Tag,
    },
    /// An attribute's value cannot be.
    #[error("attribute {} {tag} is \"{value}\": {why}", keyword(*.tag))]
    Value {
        /// The attribute.
        tag: Tag,
        /// Its value in this file, shortened if long.
        value: String,
        /// What it should be.
        why: String,
    },
    /// An object that is right but has no pixels (a plan, a structure set, a directory).
    #[error("it holds no image: it is {name} ({uid})")]
    NoImage {
        /// Name of its SOP class.
        name: String,
        /// SOP Class UID; empty if the object names none.
        uid: String,
    },
    /// The file is right, but this program cannot read such a one.
    #[error("DICOM: {what} is not supported")]
    Unsupported {
        /// The feature.
        what: String,
    },
    /// The file claims more pixels than it can hold.
    #[error("the DICOM file claims {claimed} bytes of pixels, more than {limit} can be")]
    TooLarge {
        /// Bytes claimed.
        claimed: u128,
        /// The most that it could be.
        limit: u128,
    },
    /// Compressed pixels are damaged.
    #[error("frame {frame}: the {codec} data cannot be decoded: {why}")]
    Codec {
        /// The compression.
        codec: &'static str,
        /// Number of the frame in the file, from 1.
        frame: usize,
        /// What the decoder says.
        why: String,
    },
    /// A deflated dataset is damaged.
    #[error("the deflated dataset is damaged: {0}")]
    Deflate(#[from] microtome_deflate::Error),
    /// Files that cannot be one image together.
    #[error("the files do not make one image: {why}")]
    Mismatch {
        /// Which attribute differs, and how.
        why: String,
    },
    /// The parts do not make an image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// One of several files failed.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which one.
        path: std::path::PathBuf,
        /// Why.
        source: Box<Error>,
    },
}

impl Error {
    /// A [`Value`](Self::Value) error, its value shortened to a readable length.
    pub fn value(tag: Tag, value: impl ToString, why: impl Into<String>) -> Self {
        let full = value.to_string();
        let mut short: String = full.chars().take(80).collect();
        if short.len() < full.len() {
            short.push('…');
        }
        Self::Value { tag, value: short, why: why.into() }
    }

    /// An [`Unsupported`](Self::Unsupported) error.
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }

    /// The same error, said of the file at `path`.
    pub fn of_file(self, path: &std::path::Path) -> Self {
        match self {
            Self::File { .. } => self,
            other => Self::File { path: path.to_owned(), source: Box::new(other) },
        }
    }
}
