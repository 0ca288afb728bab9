//! Files that come into being whole or not at all.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use microtome_formats::{Sink, SinkFile};

/// Files being written beside their targets, renamed into place by [`commit`](Self::commit) and removed if it is never
/// reached.
///
/// While they are written they are locked. What a killed process left unlocked in the folder is removed by the next one
/// that writes there.
pub struct AtomicFiles {
    folder: PathBuf,
    files: Vec<Pending>,
}

struct Pending {
    target: PathBuf,
    partial: PathBuf,
    file: PartialFile,
}

/// A file being written: buffered, and readable so that a writer can look at what it wrote.
pub struct PartialFile(BufWriter<File>);

impl PartialFile {
    /// Cuts off what stands behind the first `length` bytes.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.flush()?;
        self.0.get_ref().set_len(length)
    }
}

impl AtomicFiles {
    /// Files that will stand in `folder`.
    pub fn new(folder: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Self { folder: folder.to_owned(), files: Vec::new() }
    }

    /// Begins the file `name`.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn create_file(&mut self, name: &OsStr) -> io::Result<&mut PartialFile> {
        if self.files.is_empty() {
            remove_abandoned(&self.folder);
        }
        let target = self.folder.join(name);
        let (partial, file) = create_partial(&self.folder)?;
        let file = PartialFile(BufWriter::with_capacity(1 << 18, file));
        self.files.push(Pending { target, partial, file });
        let pending = self.files.last_mut().ok_or(io::ErrorKind::Other)?;
        // Replacing a file keeps who may read it.
        if let Ok(existing) = pending.target.metadata() {
            pending.file.0.get_ref().set_permissions(existing.permissions())?;
        }
        Ok(&mut pending.file)
    }

    /// How many files were begun.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// Leaves out all files but the first `count`.
    pub fn abandon(&mut self, count: usize) {
        self.files.drain(count.min(self.files.len())..).for_each(Pending::remove);
    }

    /// Puts all files in place, in the order in which they were begun, replacing what stood there.
    ///
    /// # Errors
    /// Whatever the system says; then what stood there before is still there, whole.
    pub fn commit(mut self) -> io::Result<()> {
        sync(&mut self.files)?;
        // Names may have folders before them, which come into being only now.
        let folders = || self.files.iter().filter_map(|file| file.target.parent()).collect::<BTreeSet<_>>();
        folders().into_iter().try_for_each(fs::create_dir_all)?;
        for pending in &self.files {
            fs::rename(&pending.partial, &pending.target)?;
        }
        sync_folder(&self.folder);
        folders().into_iter().filter(|folder| *folder != self.folder).for_each(sync_folder);
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
    files.create_file(name)?.write_all(bytes)?;
    files.commit()
}

/// How the names of files that are being written begin and end.
const PARTIAL: (&str, &str) = (".microtome-", ".partial");

/// A new file of a name that no other process or thread gives, locked as long as it is open.
fn create_partial(folder: &Path) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    const TRIES: usize = 16;
    for _ in 0..TRIES {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let (begin, end) = PARTIAL;
        let partial = folder.join(format!("{begin}{process}-{now:x}-{count}{end}"));
        let file = match OpenOptions::new().read(true).write(true).create_new(true).open(&partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            file => file?,
        };
        // A file system without locks never has its abandoned files taken for such, so writing goes on.
        let _ = file.try_lock();
        // Between its creation and its locking another process may have taken it for abandoned.
        if partial.exists() {
            return Ok((partial, file));
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "no name is free for a temporary file"))
}

/// Removes what processes left behind that were killed while they wrote: files whose lock nobody holds. What cannot be
/// removed is left for another time.
fn remove_abandoned(folder: &Path) {
    let (begin, end) = PARTIAL;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(begin) && name.ends_with(end));
        if ours
            && entry.file_type().is_ok_and(|kind| kind.is_file())
            && let Ok(file) = OpenOptions::new().write(true).open(entry.path())
            && file.try_lock().is_ok()
        {
            remove(&entry.path());
        }
    }
}

/// Waits until the files are on the disk. Many wait at the same time, which the disk does at once.
fn sync(files: &mut [Pending]) -> io::Result<()> {
    const AT_ONCE: usize = 32;
    fn each(files: &mut [Pending]) -> io::Result<()> {
        files.iter_mut().try_for_each(|pending| {
            pending.file.flush()?;
            pending.file.0.get_ref().sync_data()
        })
    }
    if files.len() < 2 {
        return each(files);
    }
    let share = files.len().div_ceil(AT_ONCE);
    thread::scope(|scope| {
        let waiting: Vec<_> = files.chunks_mut(share).map(|files| scope.spawn(|| each(files))).collect();
        let broken = |_| Err(io::Error::other("a thread that wrote a file broke down"));
        // All are waited for, whatever the first says.
        let done: Vec<io::Result<()>> =
            waiting.into_iter().map(|one| one.join().unwrap_or_else(broken)).collect();
        done.into_iter().collect()
    })
}

/// Makes the new names last through a power cut. Not every file system can; the files are in place all the same.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Removes what was left half done; that it may be gone already is fine.
fn remove(partial: &Path) {
    let _ = fs::remove_file(partial);
}

impl Drop for AtomicFiles {
    fn drop(&mut self) {
        self.abandon(0);
    }
}

impl Pending {
    fn remove(self) {
        // Not even tried to be written out: nobody will read it.
        drop(self.file.0.into_parts());
        remove(&self.partial);
    }
}

impl Sink for AtomicFiles {
    fn create(&mut self, name: &str) -> io::Result<&mut dyn SinkFile> {
        self.create_file(OsStr::new(name)).map(|file| file as &mut dyn SinkFile)
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for PartialFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Read for PartialFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.flush()?;
        self.0.get_mut().read(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let abandoned = folder.path().join(".microtome-1-2-3.partial");
        let foreign = folder.path().join(".other.partial");
        fs::write(&abandoned, b"half").unwrap();
        fs::write(&foreign, b"not ours").unwrap();
        let mut first = AtomicFiles::new(folder.path());
        first.create("a").unwrap().write_all(b"first").unwrap();
        assert!(!abandoned.exists() && foreign.exists());
        write_whole(&folder.path().join("b"), b"second").unwrap();
        first.commit().unwrap();
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".other.partial", "a", "b"]);
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"first");
    }

    #[test]
    fn without_a_commit_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = AtomicFiles::new(folder.path());
        files.create("a").unwrap().write_all(b"first").unwrap();
        drop(files);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
