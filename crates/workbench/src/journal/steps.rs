//! Steps of the history that do not fit memory, as files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use microtome_scene::StepStore;

/// A folder with a file for each step. It is of no use to any other program, nor to a later one.
#[derive(Debug)]
pub struct StepFolder {
    folder: PathBuf,
    next: AtomicU64,
}

impl StepFolder {
    /// A store in a new or empty folder.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), next: AtomicU64::new(0) })
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string())
    }
}

impl StepStore for StepFolder {
    fn keep(&self, write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut file = BufWriter::with_capacity(1 << 18, File::create(self.path(number))?);
        let written = write(&mut file).and_then(|()| file.flush());
        if written.is_err() {
            self.discard(number);
        }
        written.map(|()| number)
    }

    fn fetch(&self, number: u64) -> io::Result<Vec<u8>> {
        fs::read(self.path(number))
    }

    fn discard(&self, number: u64) {
        // That the whole folder may be gone already is fine.
        let _ = fs::remove_file(self.path(number));
    }
}
