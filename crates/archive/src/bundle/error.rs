//! Why a zip archive is refused.

use std::io;

/// Why a zip archive, or a member of it, cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    /// The bytes are no zip archive.
    #[error("not a zip archive: {why}")]
    NotZip {
        /// What is missing.
        why: &'static str,
    },
    /// The archive's own records contradict each other or end too early.
    #[error("the zip archive is damaged: {why}")]
    Damaged {
        /// Which record, and what is wrong with it.
        why: String,
    },
    /// More members than any real scene has.
    #[error("the zip archive has {found} members, more than the {most} that are allowed")]
    TooMany {
        /// Members that it claims.
        found: u64,
        /// The limit.
        most: u64,
    },
    /// All compressed members together would not fit the memory.
    #[error(
        "the zip archive's members are {claimed} bytes when inflated, more than the {limit} that are allowed"
    )]
    TooLarge {
        /// The sum of what the members claim.
        claimed: u128,
        /// The limit.
        limit: u64,
    },
    /// A member that is refused.
    #[error("the zip archive's member \"{name}\" is refused: {why}")]
    Refused {
        /// The member, its odd characters escaped.
        name: String,
        /// Why.
        why: Refusal,
    },
    /// There is no such member.
    #[error("the zip archive has no member \"{name}\"")]
    Absent {
        /// The name that was asked for.
        name: String,
    },
    /// The archive holds no scene.
    #[error("the zip archive holds no .mrml scene")]
    NoScene,
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ZipError {
    /// A member refused, its name made fit to be shown.
    pub(super) fn refused(name: &str, why: Refusal) -> Self {
        Self::Refused { name: shown(name), why }
    }

    pub(super) fn damaged(why: impl Into<String>) -> Self {
        Self::Damaged { why: why.into() }
    }
}

impl From<ZipError> for io::Error {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => error,
            ZipError::Absent { .. } => Self::new(io::ErrorKind::NotFound, error),
            error => Self::new(io::ErrorKind::InvalidData, error),
        }
    }
}

impl From<ZipError> for microtome_formats::Error {
    fn from(error: ZipError) -> Self {
        Self::Io(error.into())
    }
}

/// A name with control characters escaped, shortened if long.
pub(super) fn shown(name: &str) -> String {
    const MOST: usize = 120;
    let mut text: String = name.chars().take(MOST).flat_map(char::escape_debug).collect();
    if name.chars().nth(MOST).is_some() {
        text.push('…');
    }
    text
}

/// What is wrong with a member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No name at all.
    #[error("it has no name")]
    NoName,
    /// The flag says UTF-8, the bytes say otherwise.
    #[error("its name is not the UTF-8 that it claims to be")]
    NotUtf8,
    /// A component `..`.
    #[error("\"..\" in its name leads out of the archive")]
    ParentFolder,
    /// A leading slash.
    #[error("its name is an absolute path")]
    Absolute,
    /// A leading `C:`.
    #[error("its name begins with a drive letter")]
    Drive,
    /// A backslash, which some systems take for a slash.
    #[error("its name contains a backslash")]
    Backslash,
    /// A NUL, where some systems end a name.
    #[error("its name contains a NUL character")]
    Nul,
    /// A component that Windows takes for a device.
    #[error("\"{0}\" in its name is a device on some systems")]
    Reserved(String),
    /// A symbolic link.
    #[error("it is a symbolic link")]
    Link,
    /// A device, pipe or socket.
    #[error("it is neither a file nor a folder (type {0:o})")]
    Special(u32),
    /// A file that would run with another's rights.
    #[error("it asks to run with another user's rights")]
    SetUser,
    /// A second member of the same name, upper and lower case taken for the same, or a file where another member needs a
    /// folder.
    #[error("its name clashes with that of \"{0}\"")]
    Duplicate(String),
    /// Two members share bytes of the archive.
    #[error("it shares its bytes with \"{0}\"")]
    Overlap(String),
    /// Encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// A compression method other than none and deflate.
    #[error("its compression method {0} is not supported")]
    Method(u16),
    /// A folder with content.
    #[error("it is a folder, but has content")]
    FolderWithContent,
    /// Compressed beyond what real data can be.
    #[error("{packed} bytes claim to hold {size}: more than {most} to one")]
    Ratio {
        /// Bytes in the archive.
        packed: u64,
        /// Bytes when inflated.
        size: u64,
        /// The limit.
        most: u64,
    },
    /// The archive's two records of the member contradict each other.
    #[error("its own header and the archive's directory contradict each other on its {0}")]
    Contradiction(&'static str),
    /// The content has another length than the archive says.
    #[error("it should hold {declared} bytes, but holds {}", held(*.declared, *.found))]
    Size {
        /// What the archive says.
        declared: u64,
        /// What there is; `None` for more than declared.
        found: Option<u64>,
    },
    /// The content is not what was put in.
    #[error("its checksum should be {declared:08x}, but is {found:08x}")]
    Checksum {
        /// What the archive says.
        declared: u32,
        /// Of the content.
        found: u32,
    },
    /// The compressed data cannot be decoded.
    #[error("its compressed data is damaged: {0}")]
    Compression(String),
}

fn held(declared: u64, found: Option<u64>) -> String {
    found.map_or_else(|| format!("more than {declared}"), |n| n.to_string())
}
