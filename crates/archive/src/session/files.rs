//! Where the data files of a scene are.

use std::fs::Metadata;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use microtome_formats::Source;

use crate::file_source::FileSource;

/// A source that can be read on any thread.
pub type SharedSource = Box<dyn Source + Send + Sync>;

/// The files that a scene names: a folder on disk, or an archive.
pub trait Files: Sync {
    /// The file that the scene calls `name`.
    ///
    /// # Errors
    /// Whatever the system says, and a refusal of what is not a file.
    fn source(&self, name: &str) -> io::Result<SharedSource>;

    /// Where the file that the scene calls `name` is, or should be.
    fn place(&self, name: &str) -> Place;

    /// Whether the file that the scene calls `name` is there, but not below the scene's own folder: by an absolute path, by
    /// `..`, or behind a symbolic link.
    fn is_outside(&self, name: &str) -> bool;
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A file on disk.
    Disk(PathBuf),
    /// A member of an archive.
    Member {
        /// The archive.
        archive: PathBuf,
        /// The member's path in it.
        name: String,
    },
}

impl Place {
    /// The file on disk that has to stay as it is for the place to hold what was read there.
    pub fn on_disk(&self) -> &Path {
        match self {
            Self::Disk(path) | Self::Member { archive: path, .. } => path,
        }
    }
}

/// What tells whether a file has been changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// That of the file at `path`; `None` if there is no such file.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok().filter(Metadata::is_file)?;
        Some(Self { length: metadata.len(), modified: metadata.modified().ok() })
    }
}

/// The folder of a scene file on disk. Scenes may name files anywhere, as Slicer lets them; see
/// [`is_outside`](Files::is_outside).
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    /// The same without symbolic links, if it is there.
    real: Option<PathBuf>,
}

impl Folder {
    /// The folder at `path`.
    pub fn new(path: &Path) -> Self {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let real = path.canonicalize().ok();
        Self { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()), real }
    }

    fn path(&self, name: &str) -> PathBuf {
        let local = name.strip_prefix("file://").map(|rest| rest.strip_prefix("localhost").unwrap_or(rest));
        plain(&self.path.join(local.unwrap_or(name)))
    }
}

impl Files for Folder {
    fn source(&self, name: &str) -> io::Result<SharedSource> {
        if is_remote(name) {
            let why = "it is on another machine, and nothing is fetched unasked";
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        let path = self.path(name);
        if !path.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        Ok(Box::new(FileSource::new(&path)))
    }

    fn place(&self, name: &str) -> Place {
        Place::Disk(self.path(name))
    }

    fn is_outside(&self, name: &str) -> bool {
        if is_remote(name) {
            return false;
        }
        match (&self.real, self.path(name).canonicalize()) {
            (Some(folder), Ok(path)) => !path.starts_with(folder),
            _ => false,
        }
    }
}

/// Whether a file's name is an address on the network.
pub(crate) fn is_remote(name: &str) -> bool {
    name.split_once("://").is_some_and(|(scheme, _)| scheme != "file" && scheme.len() > 1)
        || name.starts_with("slicer:")
}

/// The path without `.`, and without `..` where that is only another way to say it.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            // Behind a symbolic link `..` leads elsewhere than back.
            Component::ParentDir if !out.is_symlink() && out.file_name().is_some() => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

/// The path from the top, said in one way only.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// How a scene in `folder` names the file at `path`: relative where there is a way, with forward slashes.
pub(crate) fn relative_name(folder: &Path, path: &Path) -> String {
    let (folder, path) = (absolute(folder), absolute(path));
    let (mut from, mut to) = (folder.components().peekable(), path.components().peekable());
    let mut shared = 0;
    while let (Some(a), Some(b)) = (from.peek(), to.peek())
        && a == b
    {
        from.next();
        to.next();
        shared += 1;
    }
    if shared == 0 {
        return slashes(&path);
    }
    let up = from.map(|_| Component::ParentDir);
    slashes(&up.chain(to).collect::<PathBuf>())
}

fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy().into_owned();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_from_the_folder_to_the_file() {
        let name = |folder: &str, path: &str| relative_name(Path::new(folder), Path::new(path));
        assert_eq!(name("/a/b", "/a/b/c/d.nrrd"), "c/d.nrrd");
        assert_eq!(name("/a/b", "/a/x/../e.nrrd"), "../e.nrrd");
        assert_eq!(name("/a/b/.", "/q.nrrd"), "../../q.nrrd");
    }

    #[test]
    fn only_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let files = Folder::new(folder.path());
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("sub/a b.txt"), b"hi").unwrap();
        assert_eq!(&*files.source("./sub/../sub/a b.txt").unwrap().bytes().unwrap(), b"hi");
        for name in ["sub", "none", "http://example.org/a.nrrd", "", "a\0b"] {
            assert!(files.source(name).is_err(), "{name}");
        }
    }
}
