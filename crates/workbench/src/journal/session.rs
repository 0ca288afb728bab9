//! A folder for each running program.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder's lock, held until this is dropped.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // A program that this one is just starting has the file open as well for a moment, so closing it is not enough.
        let _ = self.0.unlock();
    }
}

/// Makes a folder of this program's own in `parent`, and locks it.
pub(super) fn create(parent: &Path) -> io::Result<(PathBuf, Lock)> {
    fs::create_dir_all(parent)?;
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let process = std::process::id();
    for attempt in 0..1000_u32 {
        let folder = parent.join(format!("{time}-{process}-{attempt}"));
        match fs::create_dir(&folder) {
            Ok(()) => {
                let lock = take_lock(&folder)?.ok_or(io::ErrorKind::AlreadyExists)?;
                return Ok((folder, lock));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Locks a folder; `None` if a running program has it.
pub(super) fn take_lock(folder: &Path) -> io::Result<Option<Lock>> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
