//! Writing a scene file and the data files beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use microtome_formats::{Error as FormatError, Sink, Source};
use microtome_image::Bytes;
use microtome_scene::{Content, Node, Role, Scene};

use super::files::{Files, Folder, Place, is_remote};
use super::leftovers::Leftovers;
use super::origin::{Origin, Origins};
use super::plan::{Layout, Plan, Planned, PlannedFile, plan};
use super::unsaved::{Fault, Unsaved, UnsavedReason};
use crate::atomic::{AtomicFiles, write_whole};
use crate::bundle::{Limits, MemberSource, Packed, Zip, is_bundle, save_bundle};
use crate::error::Error;
use crate::file_source::FileSource;
use crate::mrml;
use crate::save::write_of_scene;

/// How many files wait, open, to be put in place together. Systems bound how many a program may have.
const TOGETHER: usize = 400;

/// How a scene is saved.
#[derive(Clone, Debug, Default)]
pub struct SaveOptions {
    /// A small picture of the scene, as the bytes of a PNG file: bundles have it beside their scene file, where file
    /// managers and Slicer look for it.
    pub thumbnail: Option<Vec<u8>>,
    /// What the scene file says of itself, besides the version: attributes of its root element.
    pub root: BTreeMap<String, String>,
}

/// As [`save_scene_with`], with no options.
///
/// # Errors
/// As [`save_scene_with`].
pub fn save_scene(scene: &Scene, origins: &mut Origins, path: &Path) -> Result<Vec<Unsaved>, Error> {
    save_scene_with(scene, origins, path, &SaveOptions::default())
}

/// Writes the scene file `path` (a bundle with all data in it, if that is its extension), and beside it the data that no
/// file holds yet; says what could not be saved. `origins` learns where data is now.
///
/// The folder of `path` has to be there. Files come into being whole, the scene file last. A data file that another scene may use is never written over: changed
/// data that came from there goes to a new file. Data that the usual format cannot hold go to a file of another; only where
/// none can, the node is saved without them, and all others with theirs.
///
/// # Errors
/// [`Error::Write`] if the system refuses; the scene file that stood there before is then still there.
pub fn save_scene_with(
    scene: &Scene,
    origins: &mut Origins,
    path: &Path,
    options: &SaveOptions,
) -> Result<Vec<Unsaved>, Error> {
    check_folder(path)?;
    if is_bundle(path) {
        return save_bundle(scene, origins, path, options);
    }
    let layout = Layout::beside(path).over(Leftovers::of(path, origins));
    let mut plan = plan(scene, origins, &layout);
    write_files(&mut plan, &layout)?;
    let text = mrml::write_with(&options.root, plan.scene.nodes());
    let failed = |source| Error::Write { path: path.to_owned(), source: Box::new(FormatError::Io(source)) };
    write_whole(path, text.as_bytes()).map_err(failed)?;
    let place = |name: &str| Place::Disk(layout.folder().join(name));
    let named = named_files(&plan.scene, &layout);
    let unsaved = note_origins(plan, origins, &layout, place);
    layout.leftovers().clear(&layout.private_folder(), &named, origins);
    Ok(unsaved)
}

/// Refuses to write into a folder that is not there, before anything is written: whether it were made would depend on what
/// the scene holds.
fn check_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let trouble = match folder.metadata() {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => io::Error::new(io::ErrorKind::NotADirectory, format!("{} is no folder", folder.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            io::Error::new(io::ErrorKind::NotFound, format!("there is no folder {}", folder.display()))
        }
        Err(error) => error,
    };
    Err(Error::Write { path: path.to_owned(), source: Box::new(FormatError::Io(trouble)) })
}

/// Notes where the data of a saved scene are now; says what was not saved.
pub(crate) fn note_origins(
    plan: Plan,
    origins: &mut Origins,
    layout: &Layout,
    place: impl Fn(&str) -> Place,
) -> Vec<Unsaved> {
    for file in plan.files {
        let read = match &file.what {
            Planned::Keep | Planned::GiveUp => continue,
            Planned::Write(_) => true,
            Planned::Copy(_) => origins.get(&file.node).is_some_and(Origin::is_read),
        };
        let node = plan.scene.shared(&file.node).filter(|_| read).map(Arc::clone);
        origins.set(file.node, Origin::new(place(&file.name), layout.scene(), node));
    }
    plan.unsaved
}

/// The files that nodes of a scene name. A storage node that no node has any more names none.
fn named_files(scene: &Scene, layout: &Layout) -> BTreeSet<PathBuf> {
    let folder = Folder::new(layout.folder());
    let storages = scene.nodes().flat_map(|(_, node)| node.references(&Role::STORAGE));
    let names = storages.filter_map(|id| match &scene.node(id)?.content {
        Content::Storage(storage) => Some(storage.file.iter().chain(&storage.members)),
        _ => None,
    });
    let path = |name: &String| match folder.place(name) {
        Place::Disk(path) => Some(path),
        Place::Member { .. } => None,
    };
    names.flatten().filter(|name| !is_remote(name)).filter_map(path).collect()
}

fn write_files(plan: &mut Plan, layout: &Layout) -> Result<(), Error> {
    let mut copier = Copier::default();
    let mut waiting: BTreeMap<PathBuf, AtomicFiles> = BTreeMap::new();
    let mut count = 0;
    write_each(plan, |node, file| {
        let target = layout.folder().join(&file.name);
        let folder = target.parent().unwrap_or(layout.folder()).to_owned();
        if !waiting.contains_key(&folder) {
            std::fs::create_dir_all(&folder)?;
        }
        let sink = waiting.entry(folder.clone()).or_insert_with(|| AtomicFiles::new(&folder));
        let before = sink.count();
        write_planned(node, file, &mut copier, sink).inspect_err(|_| sink.abandon(before))?;
        count += 1;
        if count % TOGETHER == 0 {
            for (_, files) in std::mem::take(&mut waiting) {
                files.commit()?;
            }
        }
        Ok(())
    })
    .map_err(|(name, source)| Error::Write { path: layout.folder().join(name), source })?;
    for (folder, files) in waiting {
        files
            .commit()
            .map_err(|error| Error::Write { path: folder, source: Box::new(FormatError::Io(error)) })?;
    }
    Ok(())
}

/// Has `write` write each file of a plan that is not there yet: where it says that the file cannot hold the data, another
/// kind of file, until one can or none is left.
///
/// # Errors
/// What the system says, and of which file.
pub(crate) fn write_each(
    plan: &mut Plan,
    mut write: impl FnMut(&Node, &PlannedFile) -> Result<(), Fault>,
) -> Result<(), (String, Box<FormatError>)> {
    for at in 0..plan.files.len() {
        let mut first = None;
        while let Some(file) = plan.files.get(at).filter(|file| file.what != Planned::Keep) {
            let Some(node) = plan.scene.node(&file.node) else { break };
            match write(node, file) {
                Ok(()) => break,
                Err(Fault::System(error)) => return Err((file.name.clone(), Box::new(error))),
                Err(Fault::Node(why)) => {
                    let why = first.take().unwrap_or(why);
                    if !plan.another(at) {
                        plan.give_up(at, why);
                        break;
                    }
                    first = Some(why);
                }
            }
        }
    }
    Ok(())
}

/// Writes one file of a plan, without its folders.
///
/// # Errors
/// If the format cannot hold the node's data, the file to copy is gone, or the sink refuses.
pub(crate) fn write_planned(
    node: &Node,
    file: &PlannedFile,
    copier: &mut Copier,
    sink: &mut dyn Sink,
) -> Result<(), Fault> {
    let name = file.name.rsplit('/').next().unwrap_or(&file.name);
    match &file.what {
        Planned::Keep | Planned::GiveUp => Ok(()),
        Planned::Copy(place) => {
            let bytes = copier.bytes(place)?;
            Ok(sink.create(name)?.write_all(&bytes)?)
        }
        Planned::Write(options) => match &node.content {
            Content::Text(text) => Ok(sink.create(name)?.write_all(text.text.as_bytes())?),
            _ => Ok(write_of_scene(node, name, options, sink)?),
        },
    }
}

/// Reads files to copy; keeps archives open from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Copier {
    archives: BTreeMap<PathBuf, Arc<Zip>>,
}

impl Copier {
    /// The bytes of the file at a place.
    ///
    /// # Errors
    /// [`Fault::Node`] if it cannot be read.
    pub fn bytes(&mut self, place: &Place) -> Result<Bytes, Fault> {
        let bytes = match place {
            Place::Disk(path) => FileSource::new(path).bytes(),
            Place::Member { archive, name } => {
                self.archive(archive).and_then(|zip| MemberSource::new(&zip, name)?.bytes())
            }
        };
        bytes.map_err(unreadable)
    }

    /// A member of an archive, as it is there.
    ///
    /// # Errors
    /// [`Fault::Node`] if it cannot be read.
    pub fn member(&mut self, archive: &Path, name: &str) -> Result<Packed, Fault> {
        let find = |zip: Arc<Zip>| {
            let member = zip.find(name).ok_or(io::ErrorKind::NotFound)?;
            Ok(zip.packed(member)?)
        };
        self.archive(archive).and_then(find).map_err(unreadable)
    }

    fn archive(&mut self, path: &Path) -> io::Result<Arc<Zip>> {
        if let Some(zip) = self.archives.get(path) {
            return Ok(Arc::clone(zip));
        }
        // It was accepted when it was opened; copying inflates nothing.
        let limits = Limits { inflated: u64::MAX, ratio: u64::MAX, ..Limits::MODEST };
        let zip = Zip::open(path, &limits).map_err(io::Error::other)?;
        Ok(Arc::clone(self.archives.entry(path.to_owned()).or_insert(Arc::new(zip))))
    }
}

fn unreadable(error: io::Error) -> Fault {
    Fault::Node(UnsavedReason::Unreadable(error))
}
