//! Scenes in archives (`.mrb`, `.zip`).
//!
//! ```text
//! My Scene/                      the name of the bundle
//! My Scene/My Scene.mrml
//! My Scene/My Scene.png          a small picture, if there is one
//! My Scene/Data/…                files of the nodes
//! My Scene/My Scene_Private/…    files of hidden nodes
//! ```

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use microtome_deflate::Level;
use microtome_formats::{Compression, Error as FormatError, MemorySink};
use microtome_image::Bytes;
use microtome_scene::{Node, Scene};

use super::error::ZipError;
use super::member_source::MemberSource;
use super::name::is_reserved;
use super::zip_read::Zip;
use super::zip_write::ZipWriter;
use crate::atomic::AtomicFiles;
use crate::error::Error;
use crate::mrml::{self, Document};
use crate::open::OpenOptions;
use crate::session::{
    Copier, Fault, Files, Layout, OpenedScene, Origins, Place, Plan, Planned, PlannedFile, SaveOptions,
    SharedSource, Unsaved, load, note_origins, plan, write_each, write_planned,
};

/// Whether a path is that of a bundle, by its name. The scene of a sequence is none.
pub fn is_bundle(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    (name.ends_with(".mrb") && !name.ends_with(".seq.mrb")) || name.ends_with(".zip")
}

/// Reads the scene of a bundle and the data files that it names, these in parallel. Nothing is unpacked to disk.
///
/// # Errors
/// [`Error::Bundle`] if the archive is refused or holds no scene, [`Error::Scene`] if its scene cannot be read. A missing or
/// broken data file is a warning of its node.
pub fn open_bundle(path: &Path, options: &OpenOptions) -> Result<OpenedScene, Error> {
    let bytes = Bytes::map(path).map_err(|source| Error::Open { path: path.to_owned(), source })?;
    read_bundle(bytes, path, options)
}

/// Reads the scene of a bundle whose bytes these are; `path` is where it is.
///
/// # Errors
/// As [`open_bundle`].
pub fn read_bundle(bytes: Bytes, path: &Path, options: &OpenOptions) -> Result<OpenedScene, Error> {
    let failed = |source| Error::Bundle { path: path.to_owned(), source: Box::new(source) };
    let inside = options.archives.inside(bytes.len(), options);
    let zip = Arc::new(Zip::new(bytes, &options.archives).map_err(failed)?);
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let bundle = Bundle::new(zip, &place).map_err(failed)?;
    let document = bundle.document(path)?;
    let mut opened = load(document, &bundle, &place, &inside);
    if bundle.scenes > 1 {
        let message = format!("the bundle holds {} scenes; this is {}", bundle.scenes, bundle.scene);
        opened.warnings.push((None, message));
    }
    Ok(opened)
}

/// Writes a scene and all its data as a bundle, whole or not at all; says what could not be saved. Data that did not change
/// since it was read is copied as it is. `origins` learns where data is now.
///
/// # Errors
/// [`Error::Write`]; what stood at `path` before is then still there.
pub(crate) fn save_bundle(
    scene: &Scene,
    origins: &mut Origins,
    path: &Path,
    options: &SaveOptions,
) -> Result<Vec<Unsaved>, Error> {
    let layout = Layout::bundle(path);
    let mut plan = plan(scene, origins, &layout);
    let folder = folder_name(path);
    let failed = |source| Error::Write { path: path.to_owned(), source: Box::new(FormatError::Io(source)) };
    let name = path.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
    let mut files = AtomicFiles::new(path.parent().unwrap_or(Path::new(".")));
    let target = files.create_file(name).map_err(failed)?;
    let cut =
        write_scene(&mut plan, &folder, options, &mut *target).map_err(|Unwritten { file, source }| {
            let path = file.map_or_else(|| path.to_owned(), |name| path.join(name));
            Error::Write { path, source }
        })?;
    if let Some(length) = cut {
        target.truncate(length).map_err(failed)?;
    }
    files.commit().map_err(failed)?;
    let archive = layout.scene().to_owned();
    let place = |name: &str| Place::Member { archive: archive.clone(), name: format!("{folder}/{name}") };
    Ok(note_origins(plan, origins, &layout, place))
}

/// The folder in the archive: the bundle's name without its extension. What could mean a place outside to any system
/// becomes `_`.
fn folder_name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    match stem.trim_end().replace(['\\', ':'], "_").as_str() {
        "" | "." | ".." => "Scene".to_owned(),
        name if is_reserved(name) => format!("_{name}"),
        name => name.to_owned(),
    }
}

/// Why an archive could not be written.
#[derive(Debug)]
pub(crate) struct Unwritten {
    /// Which file of the scene, where it is for one.
    pub file: Option<String>,
    /// Why.
    pub source: Box<FormatError>,
}

impl<E: Into<FormatError>> From<E> for Unwritten {
    fn from(error: E) -> Self {
        Self { file: None, source: Box::new(error.into()) }
    }
}

/// Writes an archive with the scene, a picture of it and the files of a plan in `folder`. The scene file comes last, when it
/// is known what each format could hold. Gives the length to which the file has to be cut, if it became longer than the
/// archive.
///
/// # Errors
/// If the system refuses.
pub(crate) fn write_scene<F: Read + Write + Seek + Send>(
    plan: &mut Plan,
    folder: &str,
    SaveOptions { thumbnail, root }: &SaveOptions,
    file: F,
) -> Result<Option<u64>, Unwritten> {
    let mut zip = ZipWriter::new(file);
    let mut copier = Copier::default();
    zip.folder(folder)?;
    if let Some(picture) = thumbnail {
        zip.store(&format!("{folder}/{folder}.png"), picture)?;
    }
    let mut folders: Vec<&str> =
        plan.files.iter().filter_map(|file| Some(file.name.rsplit_once('/')?.0)).collect();
    folders.sort_unstable();
    folders.dedup();
    for inner in folders {
        zip.folder(&format!("{folder}/{inner}"))?;
    }
    let write = |node: &Node, file: &PlannedFile| {
        let before = zip.count()?;
        let written = write_file(&mut zip, node, file, folder, &mut copier);
        if matches!(written, Err(Fault::Node(_))) {
            zip.take_back(before)?;
        }
        written
    };
    write_each(plan, write).map_err(|(name, source)| Unwritten { file: Some(name), source })?;
    let text = mrml::write_with(root, plan.scene.nodes());
    zip.deflate(&format!("{folder}/{folder}.mrml"), text.as_bytes(), Level::Fast)?;
    Ok(zip.finish_with_length()?.1)
}

fn write_file<F: Read + Write + Seek + Send>(
    zip: &mut ZipWriter<F>,
    node: &Node,
    file: &PlannedFile,
    folder: &str,
    copier: &mut Copier,
) -> Result<(), Fault> {
    let name = format!("{folder}/{}", file.name);
    match &file.what {
        Planned::Copy(Place::Member { archive, name: old }) => {
            zip.copy(&name, &copier.member(archive, old)?).map_err(FormatError::from)?;
        }
        Planned::Copy(place @ Place::Disk(_)) => {
            put(zip, &name, &copier.bytes(place)?, Compression::Fast)?;
        }
        Planned::Write(options) => {
            let inner = &name[..name.rfind('/').map_or(0, |at| at + 1)];
            if is_compressed(&name) {
                write_planned(node, file, copier, &mut zip.members(inner))?;
                zip.finish_member()?;
            } else {
                let mut files = MemorySink::default();
                write_planned(node, file, copier, &mut files)?;
                let files = files.into_files();
                let folders: BTreeSet<&str> =
                    files.keys().filter_map(|name| Some(name.rsplit_once('/')?.0)).collect();
                for folder in folders {
                    zip.folder(&format!("{inner}{folder}")).map_err(FormatError::from)?;
                }
                for (name, content) in files {
                    put(zip, &format!("{inner}{name}"), &content, options.compression)?;
                }
            }
        }
        Planned::Keep | Planned::GiveUp => {}
    }
    Ok(())
}

/// Adds a file: compressed, unless it is so already or should not be.
fn put<F: Read + Write + Seek + Send>(
    zip: &mut ZipWriter<F>,
    name: &str,
    content: &[u8],
    compression: Compression,
) -> io::Result<()> {
    let level = match compression {
        Compression::None => None,
        _ if is_compressed(name) => None,
        Compression::Fast => Some(Level::Fast),
        Compression::Best => Some(Level::Best),
    };
    match level {
        Some(level) => zip.deflate(name, content, level)?,
        None => zip.store(name, content)?,
    }
    Ok(())
}

/// Whether files of this name are compressed by their own format, or are to be used in place.
fn is_compressed(name: &str) -> bool {
    const COMPRESSED: [&str; 16] = [
        ".nrrd", ".gz", ".mgz", ".mha", ".zraw", ".vtp", ".vtu", ".vti", ".png", ".jpg", ".jpeg", ".mrb",
        ".zip", ".zst", ".bz2", ".raw",
    ];
    let lower = name.to_ascii_lowercase();
    COMPRESSED.iter().any(|extension| lower.ends_with(extension))
}

/// An archive and the scene in it.
pub(crate) struct Bundle {
    zip: Arc<Zip>,
    place: PathBuf,
    /// The scene's path in the archive.
    scene: String,
    /// The scene's folder, with a slash at its end; empty for the archive's top.
    folder: String,
    /// How many scenes could have been meant.
    scenes: usize,
}

impl Bundle {
    /// The scene with the fewest folders around it, the first of several; deeper ones are of sequences.
    ///
    /// # Errors
    /// [`ZipError::NoScene`].
    pub(crate) fn new(zip: Arc<Zip>, place: &Path) -> Result<Self, ZipError> {
        let is_scene = |name: &&str| {
            let last = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
            // Files that begin so are another system's notes on the file.
            last.ends_with(".mrml") && !last.starts_with("._")
        };
        let names = || zip.members().iter().map(super::Member::name).filter(is_scene);
        let depth = |name: &str| name.matches('/').count();
        let least = names().map(depth).min().ok_or(ZipError::NoScene)?;
        let scenes = names().filter(|name| depth(name) == least).count();
        let scene = names().find(|name| depth(name) == least).unwrap_or_default().to_owned();
        let folder = scene[..scene.rfind('/').map_or(0, |at| at + 1)].to_owned();
        Ok(Self { zip, place: place.to_owned(), scene, folder, scenes })
    }

    /// What the scene file says; `path` is what messages name.
    ///
    /// # Errors
    /// [`Error::Bundle`] if it cannot be inflated, [`Error::Scene`] if it is no scene.
    pub(crate) fn document(&self, path: &Path) -> Result<Document, Error> {
        let failed = |source| Error::Bundle { path: path.to_owned(), source: Box::new(source) };
        let absent = || ZipError::Absent { name: self.scene.clone() };
        let member = self.zip.find(&self.scene).ok_or_else(absent).map_err(failed)?;
        let text = self.zip.content(member).map_err(failed)?;
        mrml::read(&text).map_err(|source| Error::Scene { path: path.to_owned(), source })
    }

    /// The path in the archive of a file that the scene names; `None` for one that leads out of it.
    fn member(&self, name: &str) -> Option<String> {
        let mut parts: Vec<String> =
            self.folder.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        for component in Path::new(name).components() {
            match component {
                Component::CurDir => {}
                Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
                Component::ParentDir => drop(parts.pop()?),
                Component::RootDir | Component::Prefix(_) => return None,
            }
        }
        Some(parts.join("/"))
    }
}

impl Files for Bundle {
    fn source(&self, name: &str) -> io::Result<SharedSource> {
        let leads_out = || {
            let why = "the name leads out of the bundle";
            io::Error::new(io::ErrorKind::PermissionDenied, why)
        };
        let member = self.member(name).ok_or_else(leads_out)?;
        Ok(Box::new(MemberSource::new(&self.zip, &member)?))
    }

    fn place(&self, name: &str) -> Place {
        let name = self.member(name).unwrap_or_else(|| name.to_owned());
        Place::Member { archive: self.place.clone(), name }
    }

    fn is_outside(&self, _: &str) -> bool {
        // There is no way out of an archive.
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Limits;

    fn bundle(names: &[&str]) -> Result<Bundle, ZipError> {
        let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
        names.iter().for_each(|name| zip.store(name, b"<MRML/>").unwrap());
        let bytes = zip.finish().unwrap().into_inner();
        Bundle::new(Arc::new(Zip::new(bytes.into(), &Limits::MODEST)?), Path::new("a.mrb"))
    }

    #[test]
    fn the_scene_is_the_one_with_the_fewest_folders_around_it() {
        let found =
            bundle(&["a/Data/seq/seq.mrml", "__MACOSX/._b.mrml", "a/b.mrml", "a/c.mrml", "x.txt"]).unwrap();
        assert_eq!((found.scene.as_str(), found.folder.as_str(), found.scenes), ("a/b.mrml", "a/", 2));
        assert_eq!(bundle(&["b.MRML"]).unwrap().folder, "");
        assert!(matches!(bundle(&["x.txt"]), Err(ZipError::NoScene)));
    }

    #[test]
    fn names_lead_nowhere_but_into_the_archive() {
        let found = bundle(&["a/b.mrml", "top.txt", "a/Data/x.txt"]).unwrap();
        for name in ["Data/x.txt", "./Data/../Data/x.txt", "../top.txt", "../a/Data/x.txt"] {
            assert!(found.source(name).is_ok(), "{name}");
        }
        for name in ["../../etc/passwd", "/etc/passwd", "Data", "", "x.txt", "Data/../../../a/b.mrml"] {
            assert!(found.source(name).is_err(), "{name}");
        }
    }

    #[test]
    fn any_bundle_has_a_folder() {
        let name = |path: &str| folder_name(Path::new(path));
        assert_eq!(name("/x/My Scene .mrb"), "My Scene");
        assert_eq!(name("C: scan\\1.mrb"), "C_ scan_1");
        assert_eq!(name("...mrb"), "Scene");
        assert_eq!(name("con.mrb"), "_con");
    }
}
