//! What a save could not do.

use std::io;

use microtome_formats::Error as FormatError;
use microtome_scene::NodeId;

/// A node whose data stand in none of the files that a save wrote. All other nodes are saved.
#[derive(Debug, thiserror::Error)]
#[error("the data of \"{name}\" ({class}) are not saved: {why}")]
pub struct Unsaved {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Its class.
    pub class: String,
    /// Why.
    pub why: UnsavedReason,
}

/// Why a node's data are not saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsavedReason {
    /// No kind of file is for data of this class.
    #[error("there is no file format for them")]
    NoFormat,
    /// Every format that could hold such data refused these; this is what the first said.
    #[error(transparent)]
    Refused(Box<FormatError>),
    /// The file that they were to be copied from cannot be read, and they are in no other place.
    #[error("the file that holds them cannot be read: {0}")]
    Unreadable(io::Error),
}

/// Why one file of a scene could not be written.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The node's data do not fit; other files can be written.
    Node(UnsavedReason),
    /// The system refuses to write.
    System(FormatError),
}

impl From<FormatError> for Fault {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Io(_) => Self::System(error),
            error => Self::Node(UnsavedReason::Refused(Box::new(error))),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::System(error.into())
    }
}
