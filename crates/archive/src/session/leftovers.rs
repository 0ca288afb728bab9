//! The data files that an earlier save of the same scene made.
//!
//! A scene file that is written anew may name fewer files than the one before, and a session that knows nothing of the
//! earlier one would give new names to all. So the files that only the scene file at this very path names are written over,
//! as the scene file itself is. Slicer empties the folder of hidden nodes' files on each save; here only data files go that
//! no scene names. All other files stay.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use microtome_formats::Source;
use microtome_scene::Content;

use super::files::{Files, Folder, Place, absolute, is_remote};
use super::kinds::is_data_file;
use super::origin::Origins;
use crate::file_source::FileSource;
use crate::mrml;

/// Where more scenes stand in one folder than this, none is looked at: nothing is then a leftover.
const MOST_SCENES: usize = 256;
/// A scene file beyond this is not read.
const LONGEST: u64 = 256 << 20;

/// What stands in the folder of a scene file that is about to be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leftovers {
    /// Files that the scene file names as it was before, no other scene nearby, and that no node's data come from.
    own: BTreeSet<PathBuf>,
    /// Files that other scenes nearby name; `None` if these could not all be read.
    foreign: Option<BTreeSet<PathBuf>>,
}

impl Leftovers {
    /// Those of the scene file at `scene`, if one is there. `origins` are of all nodes that there were: what data come from
    /// is not written over by other data.
    pub fn of(scene: &Path, origins: &Origins) -> Self {
        let scene = absolute(scene);
        let Some(mut own) = fs::metadata(&scene).ok().and_then(|_| named_files(&scene)) else {
            return Self::default();
        };
        let foreign = files_of_others(&scene);
        match &foreign {
            Some(foreign) => own.retain(|path| !foreign.contains(path)),
            None => own.clear(),
        }
        for path in origins.files() {
            own.remove(path);
        }
        Self { own, foreign }
    }

    /// Whether new data may take the place of the file at `path`.
    pub fn may_go(&self, path: &Path) -> bool {
        self.own.contains(path)
    }

    /// Removes the data files in the folder `private` that neither the saved scene (`named`) names, nor another, and that no
    /// node comes from; then the folder, if it is empty.
    pub fn clear(&self, private: &Path, named: &BTreeSet<PathBuf>, origins: &Origins) {
        let Some(foreign) = &self.foreign else { return };
        let private = absolute(private);
        let origins: BTreeSet<&Path> = origins.files().collect();
        for entry in fs::read_dir(&private).into_iter().flatten().flatten() {
            let path = private.join(entry.file_name());
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let used = named.contains(&path) || foreign.contains(&path) || origins.contains(path.as_path());
            if is_file && !used && is_data_file(&entry.file_name().to_string_lossy()) {
                // What cannot be removed is only a waste of room.
                let _ = fs::remove_file(&path);
            }
        }
        // A folder that is not empty stays.
        let _ = fs::remove_dir(private);
    }
}

/// The files that a scene file names; `None` if it cannot be read.
fn named_files(scene: &Path) -> Option<BTreeSet<PathBuf>> {
    if fs::metadata(scene).ok()?.len() > LONGEST {
        return None;
    }
    let document = mrml::read(&FileSource::new(scene).bytes().ok()?).ok()?;
    let folder = Folder::new(scene.parent()?);
    let mut files = BTreeSet::new();
    for (_, node) in &document.nodes {
        let Content::Storage(storage) = &node.content else { continue };
        for name in storage.file.iter().chain(&storage.members).filter(|name| !is_remote(name)) {
            if let Place::Disk(path) = folder.place(name) {
                files.insert(path);
            }
        }
    }
    Some(files)
}

/// The files that other scenes name which stand beside this one or a folder above.
fn files_of_others(scene: &Path) -> Option<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    let mut count = 0;
    for folder in scene.ancestors().skip(1).take(2) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            let is_scene = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("mrml"));
            if !is_scene || path == scene {
                continue;
            }
            count += 1;
            if count > MOST_SCENES {
                return None;
            }
            files.append(&mut named_files(&path)?);
        }
    }
    Some(files)
}
