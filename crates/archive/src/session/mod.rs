//! Scenes with their data files: opening, and deciding what to write where on saving.
//!
//! [`open_scene`] reads a scene file and the files that it names; [`save_scene`] writes them. Both go through [`Files`] and
//! [`plan`], which know folders as well as archives.

mod data;
mod files;
mod kinds;
mod leftovers;
mod load;
mod names;
mod origin;
mod plan;
mod proxies;
mod save;
mod series;
mod take;
mod unsaved;
mod watched;

use std::path::Path;

use crate::bundle::{is_bundle, open_bundle};
use crate::error::Error;
use crate::file_source::FileSource;
use crate::open::OpenOptions;
use microtome_formats::Source;

pub use files::{Files, Folder, Place, SharedSource};
pub use load::{OpenedScene, load};
pub use origin::{Origin, Origins};
pub use plan::{Layout, Plan, Planned, PlannedFile, plan};
pub(crate) use save::{Copier, note_origins, write_each, write_planned};
pub use save::{SaveOptions, save_scene, save_scene_with};
pub(crate) use unsaved::Fault;
pub use unsaved::{Unsaved, UnsavedReason};

/// Reads a scene file (`.mrml`, or `.mrb`, `.zip` with one) and the data files that it names, these in parallel.
///
/// # Errors
/// [`Error`] if the scene file itself cannot be read. A missing or broken data file is a warning of its node.
pub fn open_scene(path: &Path, options: &OpenOptions) -> Result<OpenedScene, Error> {
    if is_bundle(path) {
        return open_bundle(path, options);
    }
    let failed = |source| Error::Open { path: path.to_owned(), source };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(failed(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is not a file")));
    }
    let bytes = FileSource::new(path).bytes().map_err(failed)?;
    let document =
        crate::mrml::read(&bytes).map_err(|source| Error::Scene { path: path.to_owned(), source })?;
    let files = Folder::new(path.parent().unwrap_or(Path::new(".")));
    Ok(load(document, &files, path, options))
}

/// Whether a file is a scene, by its name or its beginning. The scene of a sequence is none.
pub fn is_scene(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if name.ends_with(".seq.mrml") {
        return false;
    }
    let begins = || path.is_file() && FileSource::new(path).bytes().is_ok_and(|bytes| begins_a_scene(&bytes));
    name.ends_with(".mrml") || begins()
}

fn begins_a_scene(bytes: &[u8]) -> bool {
    const LOOK: usize = 1024;
    let head = &bytes[..bytes.len().min(LOOK)];
    let text = head.trim_ascii_start();
    text.starts_with(b"<MRML")
        || (text.starts_with(b"<?xml") && memchr::memmem::find(head, b"<MRML").is_some())
}
