//! Writing a scene file and the data files beside it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use microtome_formats::{Error as FormatError, Sink, Source};
use microtome_image::Bytes;
use microtome_scene::{Content, Node, NodeId, Scene};

use super::files::Place;
use super::origin::{Origin, Origins};
use super::plan::{Layout, Plan, Planned, PlannedFile, plan};
use crate::atomic::{AtomicFiles, write_whole};
use crate::bundle::{Limits, MemberSource, Zip, is_bundle, save_bundle};
use crate::error::Error;
use crate::file_source::FileSource;
use crate::mrml;
use crate::save::write_node;

/// How many files wait, open, to be put in place together. Systems bound how many a program may have.
const TOGETHER: usize = 400;

/// Writes the scene file `path` (a bundle with all data in it, if that is its extension), and beside it the data that no
/// file holds yet; says what could not be saved. `origins`
/// learns where data is now.
///
/// Files come into being whole, the scene file last. A data file that another scene may use is never written over: changed
/// data that came from there goes to a new file.
///
/// # Errors
/// [`Error::Write`]; the scene file that stood there before is then still there.
pub fn save_scene(scene: &Scene, origins: &mut Origins, path: &Path) -> Result<Vec<(NodeId, String)>, Error> {
    if is_bundle(path) {
        return save_bundle(scene, origins, path);
    }
    let layout = Layout::beside(path);
    let Plan { scene: to_save, files, warnings } = plan(scene, origins, &layout);
    let mut copier = Copier::default();
    let mut waiting: BTreeMap<PathBuf, AtomicFiles> = BTreeMap::new();
    let mut count = 0;
    for file in files.iter().filter(|file| file.what != Planned::Keep) {
        let target = layout.folder().join(&file.name);
        let failed = |source| Error::Write { path: target.clone(), source: Box::new(source) };
        let (Some(folder), Some(node)) = (target.parent(), to_save.node(&file.node)) else { continue };
        if !waiting.contains_key(folder) {
            std::fs::create_dir_all(folder).map_err(FormatError::Io).map_err(failed)?;
        }
        let sink = waiting.entry(folder.to_owned()).or_insert_with(|| AtomicFiles::new(folder));
        write_planned(node, file, &mut copier, sink).map_err(failed)?;
        count += 1;
        if count % TOGETHER == 0 {
            commit(&mut waiting)?;
        }
    }
    commit(&mut waiting)?;
    let text = mrml::write(to_save.nodes());
    let failed = |source| Error::Write { path: path.to_owned(), source: Box::new(FormatError::Io(source)) };
    write_whole(path, text.as_bytes()).map_err(failed)?;
    for file in files.into_iter().filter(|file| file.what != Planned::Keep) {
        let read = match &file.what {
            Planned::Write(_) => true,
            _ => origins.get(&file.node).is_some_and(Origin::is_read),
        };
        let node = scene.shared(&file.node).filter(|_| read).map(Arc::clone);
        let place = Place::Disk(layout.folder().join(&file.name));
        origins.set(file.node, Origin::new(place, layout.scene(), node));
    }
    Ok(warnings)
}

fn commit(waiting: &mut BTreeMap<PathBuf, AtomicFiles>) -> Result<(), Error> {
    for (folder, files) in std::mem::take(waiting) {
        files
            .commit()
            .map_err(|error| Error::Write { path: folder, source: Box::new(FormatError::Io(error)) })?;
    }
    Ok(())
}

/// Writes one file of a plan, without its folders.
///
/// # Errors
/// If the format cannot hold the node's data, the file to copy is gone, or the sink refuses.
pub fn write_planned(
    node: &Node,
    file: &PlannedFile,
    copier: &mut Copier,
    sink: &mut dyn Sink,
) -> Result<(), FormatError> {
    let name = file.name.rsplit('/').next().unwrap_or(&file.name);
    match &file.what {
        Planned::Keep => Ok(()),
        Planned::Copy(place) => {
            let bytes = copier.bytes(place)?;
            Ok(sink.create(name)?.write_all(&bytes)?)
        }
        Planned::Write(options) => match &node.content {
            Content::Text(text) => Ok(sink.create(name)?.write_all(text.text.as_bytes())?),
            _ => write_node(node, name, options, sink),
        },
    }
}

/// Reads files to copy; keeps archives open from one to the next.
#[derive(Debug, Default)]
pub struct Copier {
    archives: BTreeMap<PathBuf, Arc<Zip>>,
}

impl Copier {
    /// The bytes of the file at a place.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn bytes(&mut self, place: &Place) -> io::Result<Bytes> {
        match place {
            Place::Disk(path) => FileSource::new(path).bytes(),
            Place::Member { archive, name } => MemberSource::new(&self.archive(archive)?, name)?.bytes(),
        }
    }

    /// An archive that members are copied from.
    ///
    /// # Errors
    /// If it cannot be opened, or is refused.
    pub fn archive(&mut self, path: &Path) -> io::Result<Arc<Zip>> {
        if let Some(zip) = self.archives.get(path) {
            return Ok(Arc::clone(zip));
        }
        // It was accepted when it was opened; copying inflates nothing.
        let limits = Limits { inflated: u64::MAX, ratio: u64::MAX, ..Limits::MODEST };
        let zip = Zip::open(path, &limits).map_err(io::Error::other)?;
        Ok(Arc::clone(self.archives.entry(path.to_owned()).or_insert(Arc::new(zip))))
    }
}
