//! Real files as sources for readers.

use std::io;
use std::path::{Component, Path, PathBuf};

use microtome_formats::Source;
use microtome_image::Bytes;

/// A file on disk, and the files in its folder.
pub struct FileSource {
    path: PathBuf,
    name: String,
}

impl FileSource {
    /// The file at `path`.
    pub fn new(path: &Path) -> Self {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Self { path: path.to_owned(), name }
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }
}

impl Source for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> io::Result<Bytes> {
        Bytes::map(&self.path)
    }

    fn companion(&self, name: &str) -> io::Result<Bytes> {
        // A data file must not make us read just any file: only what lies in its own folder or below.
        let inside =
            Path::new(name).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
        if !inside || name.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the name leads out of the file's folder",
            ));
        }
        Bytes::map(&self.folder().join(name))
    }

    fn neighbours(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in self.folder().read_dir()? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}
