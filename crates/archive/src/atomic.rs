//! Files that come into being whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use microtome_formats::{Sink, SinkFile};

/// Files being written beside their targets, renamed into place by [`commit`](Self::commit) and removed if it is never
/// reached.
pub struct AtomicFiles {
    folder: PathBuf,
    files: Vec<Pending>,
}

struct Pending {
    target: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
}

impl AtomicFiles {
    /// Files that will stand in `folder`.
    pub fn new(folder: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Self { folder: folder.to_owned(), files: Vec::new() }
    }

    /// Puts all files in place, replacing what stood there.
    ///
    /// # Errors
    /// Whatever the system says; then what stood there before is still there, whole.
    pub fn commit(mut self) -> io::Result<()> {
        for pending in &mut self.files {
            io::Write::flush(&mut pending.file)?;
            pending.file.get_ref().sync_data()?;
        }
        for pending in self.files.drain(..) {
            let renamed = fs::rename(&pending.partial, &pending.target);
            if renamed.is_err() {
                remove(&pending.partial);
            }
            renamed?;
        }
        Ok(())
    }
}

/// Writes one file whole or not at all.
///
/// # Errors
/// Whatever the system says; then what stood there before is still there, whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut files = AtomicFiles::new(path.parent().unwrap_or(Path::new(".")));
    io::Write::write_all(files.create(&name.to_string_lossy())?, bytes)?;
    files.commit()
}

/// Removes what was left half done; that it may be gone already is fine.
fn remove(partial: &Path) {
    let _ = fs::remove_file(partial);
}

impl Drop for AtomicFiles {
    fn drop(&mut self) {
        self.files.iter().for_each(|pending| remove(&pending.partial));
    }
}

impl Sink for AtomicFiles {
    fn create(&mut self, name: &str) -> io::Result<&mut dyn SinkFile> {
        let target = self.folder.join(name);
        let partial = self.folder.join(format!(".{name}.{}.partial", std::process::id()));
        let file = File::create_new(&partial).or_else(|error| match error.kind() {
            // Left by an earlier process of the same number that was killed.
            io::ErrorKind::AlreadyExists => File::create(&partial),
            _ => Err(error),
        })?;
        // Replacing a file keeps who may read it.
        if let Ok(existing) = target.metadata() {
            file.set_permissions(existing.permissions())?;
        }
        self.files.push(Pending { target, partial, file: BufWriter::with_capacity(1 << 18, file) });
        self.files
            .last_mut()
            .map(|pending| &mut pending.file as &mut dyn SinkFile)
            .ok_or(io::ErrorKind::Other.into())
    }
}
