//! Why a path could not become nodes, or a node a file.

use std::io;
use std::path::PathBuf;

/// Why a path could not be opened or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<microtome_formats::Error>,
    },
    /// A DICOM file or series could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Dicom {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: Box<microtome_dicom::Error>,
    },
    /// The system does not let us at the path.
    #[error("cannot open {}: {}", path.display(), plain(source))]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder without any DICOM image.
    #[error("cannot read {}: the folder holds no DICOM images ({examined} files examined)", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
        /// Files looked at.
        examined: usize,
    },
    /// A scene file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Scene {
        /// The file.
        path: PathBuf,
        /// Why.
        source: crate::mrml::XmlError,
    },
    /// A bundle could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<crate::bundle::ZipError>,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<microtome_formats::Error>,
    },
}

/// What the system says, without its error number.
fn plain(error: &io::Error) -> String {
    // Ours say more than their kind.
    if let Some(own) = error.get_ref() {
        return own.to_string();
    }
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
