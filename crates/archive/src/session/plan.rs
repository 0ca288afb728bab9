//! What a saved scene consists of: which file holds which node, and what to do for it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use microtome_formats::{Compression, WriteOptions};
use microtome_scene::nodes::{Storage, StorageOptions, TransferState, Volume};
use microtome_scene::{Content, Node, NodeId, Role, Scene, Transaction};

use super::files::{Place, absolute, is_remote, plain, relative_name};
use super::kinds::{self, DataFile};
use super::leftovers::Leftovers;
use super::names::{Counts, Taken, file_name};
use super::origin::{Origin, Origins};
use super::take::CENTER;
use super::unsaved::{Unsaved, UnsavedReason};
use crate::bundle::is_reserved;

/// Where the parts of a saved scene go. Names are relative to the scene file's folder, with forward slashes.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The scene file; for a bundle, where it would be on disk.
    scene: PathBuf,
    /// What names of data files begin with: nothing, or a folder and a slash.
    data: String,
    /// What names of data files of hidden nodes begin with.
    private: String,
    /// Whether a file on disk that holds a node's data already stays where it is.
    in_place: bool,
    /// What stands there already.
    leftovers: Leftovers,
}

impl Layout {
    /// A scene file at `path` with its data files beside it.
    pub fn beside(path: &Path) -> Self {
        let scene = absolute(path);
        let private = format!("{}_Private/", base_name(path));
        Self { scene, data: String::new(), private, in_place: true, leftovers: Leftovers::default() }
    }

    /// The same over an earlier save of the scene, whose files may be written over.
    pub(crate) fn over(self, leftovers: Leftovers) -> Self {
        Self { leftovers, ..self }
    }

    /// The folder of hidden nodes' files.
    pub(crate) fn private_folder(&self) -> PathBuf {
        self.folder().join(&self.private)
    }

    /// What an earlier save of the scene left.
    pub(crate) const fn leftovers(&self) -> &Leftovers {
        &self.leftovers
    }

    /// A bundle at `path`: all data files go into it, into the folder `Data`.
    pub fn bundle(path: &Path) -> Self {
        Self { data: "Data/".to_owned(), in_place: false, ..Self::beside(path) }
    }

    /// The folder that names are relative to.
    pub fn folder(&self) -> &Path {
        self.scene.parent().unwrap_or(Path::new("."))
    }

    /// The scene file.
    pub fn scene(&self) -> &Path {
        &self.scene
    }
}

/// The scene's name for people: its file's, without the extension.
fn base_name(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().trim_end().to_owned()).unwrap_or_default()
}

/// What to do for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// Nothing: it is there, and holds what it should.
    Keep,
    /// Copy it, byte by byte.
    Copy(Place),
    /// Write the node's data.
    Write(WriteOptions),
    /// Nothing: no file can hold it.
    GiveUp,
}

/// A file of a saved scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// The node whose data it holds.
    pub node: NodeId,
    /// Its name, relative to the scene's folder, with forward slashes.
    pub name: String,
    /// What to do.
    pub what: Planned,
    /// The kinds of files that are left to try if this one cannot hold the data.
    others: Vec<DataFile>,
}

/// A scene ready to be written.
#[derive(Debug)]
pub struct Plan {
    /// The scene with storage nodes that name the files.
    pub scene: Scene,
    /// The files, in the order of the nodes.
    pub files: Vec<PlannedFile>,
    /// What will not be saved.
    pub unsaved: Vec<Unsaved>,
    names: Names,
}

impl Plan {
    /// Plans another kind of file for data that file number `at` cannot hold, or leaves them to the scene file. Says whether
    /// there is a way.
    pub(crate) fn another(&mut self, at: usize) -> bool {
        let Self { scene, files, names, .. } = self;
        let Some(file) = files.get_mut(at) else { return false };
        let Some(node) = scene.shared(&file.node).filter(|node| kinds::has_data(&node.content)).cloned()
        else {
            return false;
        };
        let mut change = scene.begin("Save");
        if file.others.is_empty() {
            if !kinds::fits_the_scene(&node.content) {
                return false;
            }
            file.what = Planned::Keep;
            // The node is in the scene.
            let _ = change.update(&file.node, |node| node.refer(Role::STORAGE, None));
        } else {
            let kind = file.others.remove(0);
            let stem = kinds::stem(last_part(&file.name)).to_owned();
            file.name = names.new_name(&node, &stem, &format!(".{}", kind.extension));
            if !matches!(file.what, Planned::Write(_)) {
                file.what = Planned::Write(WriteOptions {
                    compression: Compression::Fast,
                    ..WriteOptions::default()
                });
            }
            store(&mut change, &file.node, &node, node.reference(&Role::STORAGE), file.name.clone(), kind);
        }
        *scene = change.finish().0;
        true
    }

    /// Notes that no file can hold the data that file number `at` was for.
    pub(crate) fn give_up(&mut self, at: usize, why: UnsavedReason) {
        let Some(file) = self.files.get_mut(at) else { return };
        file.what = Planned::GiveUp;
        let Some(node) = self.scene.shared(&file.node).cloned() else { return };
        if let Some(storage) = node.reference(&Role::STORAGE) {
            let mut change = self.scene.begin("Save");
            nothing_left(&mut change, storage);
            self.scene = change.finish().0;
        }
        self.unsaved.push(unsaved(&file.node, &node, why));
    }
}

fn unsaved(id: &NodeId, node: &Node, why: UnsavedReason) -> Unsaved {
    Unsaved { node: id.clone(), name: node.name.clone(), class: node.class().to_owned(), why }
}

/// Decides which file holds which node.
pub fn plan(scene: &Scene, origins: &Origins, layout: &Layout) -> Plan {
    let mut users: BTreeMap<&Place, usize> = BTreeMap::new();
    for origin in scene.nodes().filter_map(|(id, _)| origins.get(id)) {
        *users.entry(&origin.place).or_default() += 1;
    }
    let shared = users.into_iter().filter(|(_, users)| *users > 1).map(|(place, _)| place).collect();
    let mut planner = Planner {
        layout,
        shared,
        change: scene.begin("Save"),
        names: Names { layout: layout.clone(), taken: Taken::default(), counts: Counts::new() },
        files: Vec::new(),
        unsaved: Vec::new(),
    };
    let mut used: BTreeSet<NodeId> = BTreeSet::new();
    for (id, node) in scene.nodes().filter(|(_, node)| node.saved) {
        // Files state what is measured in the world, which changes with the transforms above.
        let measured = scene.measured(node);
        if let Cow::Owned(measured) = &measured {
            planner.update(id, |node| node.content = measured.content.clone());
        }
        let node = &*measured;
        let storage = node.references(&Role::STORAGE).find_map(|id| Some((id, as_storage(scene.node(id)?)?)));
        // Of several nodes with one storage node each gets its own, or one would name the other's file.
        let own = storage.and_then(|(id, _)| if used.insert(id.clone()) { None } else { scene.node(id) });
        let own = own.map(|storage| {
            let own = planner.change.add(storage.clone());
            planner.update(id, |node| node.refer(Role::STORAGE, Some(own.clone())));
            own
        });
        let storage = storage.map(|(id, storage)| (own.as_ref().unwrap_or(id), storage));
        planner.node(id, node, storage, origins.get(id));
    }
    let Planner { change, files, unsaved, names, .. } = planner;
    Plan { scene: change.finish().0, files, unsaved, names }
}

fn as_storage(node: &Node) -> Option<&Storage> {
    match &node.content {
        Content::Storage(storage) => Some(storage),
        _ => None,
    }
}

/// Whether a volume's file is not compressed: its voxels are still read from there. What is in a bundle already has been
/// put there as it should be.
fn is_raw_on_disk(node: &Node, origin: &Origin) -> bool {
    let Content::Volume(Volume { image: Some(image), .. }) = &node.content else { return false };
    matches!(origin.place, Place::Disk(_)) && image.array().is_mapped()
}

struct Planner<'a> {
    layout: &'a Layout,
    /// Files that several nodes came from: none of them may write over it.
    shared: BTreeSet<&'a Place>,
    change: Transaction,
    names: Names,
    files: Vec<PlannedFile>,
    unsaved: Vec<Unsaved>,
}

/// The names of files that are in use, and new ones.
#[derive(Debug)]
struct Names {
    layout: Layout,
    taken: Taken,
    counts: Counts,
}

impl Names {
    fn new_name(&mut self, node: &Node, base: &str, extension: &str) -> String {
        let Self { layout, taken, counts } = self;
        let folder = if node.hidden { &layout.private } else { &layout.data };
        let stays = |name: &str| {
            let path = layout.folder().join(name);
            layout.in_place && path.exists() && !layout.leftovers.may_go(&path)
        };
        let mut is_taken = |name: &str| {
            let name = format!("{folder}{name}");
            let others = kinds::members(&node.content, &name);
            std::iter::once(&name).chain(&others).any(|name| taken.has(name) || stays(name))
        };
        let name = format!("{folder}{}", file_name(base, extension, counts, &mut is_taken));
        taken.take(&name);
        kinds::members(&node.content, &name).iter().for_each(|other| {
            taken.take(other);
        });
        name
    }

    /// A folder for the files of one node, with a slash at its end.
    fn new_folder(&mut self, name: &str) -> String {
        let Self { layout, taken, counts } = self;
        let mut is_taken = |name: &str| {
            let name = format!("{}{name}", layout.data);
            taken.has(&name) || (layout.in_place && layout.folder().join(&name).exists())
        };
        let name = format!("{}{}", layout.data, file_name(name, "", counts, &mut is_taken));
        taken.take(&name);
        format!("{name}/")
    }
}

impl Planner<'_> {
    fn node(
        &mut self,
        id: &NodeId,
        node: &Node,
        storage: Option<(&NodeId, &Storage)>,
        origin: Option<&Origin>,
    ) {
        // The file was not read, so what little there is in the node comes from the scene, or from its user since.
        let unread = origin.is_some_and(|origin| !origin.is_read());
        let (has_data, fits) = (kinds::has_data(&node.content), kinds::fits_the_scene(&node.content));
        if has_data && !(unread && fits) {
            // Slicer no longer reads what annotations were kept in.
            let readable = storage.is_some_and(|(_, storage)| !storage.class.starts_with("Annotation"));
            match (origin, storage) {
                (Some(origin), Some(storage)) if readable && origin.holds(node) => {
                    self.unchanged(id, node, storage, origin);
                }
                (Some(origin), None) if origin.holds(node) && self.named_again(id, node, origin) => {}
                (None, None) if fits => {}
                (None, Some((_, storage))) if fits && storage.file.is_none() => self.without_file(id),
                _ => self.write(id, node, storage, origin),
            }
            return;
        }
        let (Some(storage), Some(origin)) = (storage, origin) else { return };
        if origin.is_read() && !origin.holds(node) {
            self.nothing_left(storage.0);
        } else if origin.is_file() {
            self.unchanged(id, node, storage, origin);
        } else {
            self.missing(storage, origin);
        }
    }

    /// The file holds what it should.
    fn unchanged(
        &mut self,
        id: &NodeId,
        node: &Node,
        (storage_id, storage): (&NodeId, &Storage),
        origin: &Origin,
    ) {
        // Texts and tables are not read from outside a scene's folder unasked.
        let follows = |path: &Path| {
            kinds::is_free_text(&node.content) && origin.is_read() && !path.starts_with(self.layout.folder())
        };
        if let (true, Place::Disk(path)) = (self.layout.in_place, &origin.place)
            && !follows(path)
        {
            let name = self.name_again(storage.file.as_deref(), path, origin);
            let members = storage.members.iter().map(|member| self.member_again(member, origin)).collect();
            self.names.taken.take(&name);
            self.plan(id, name.clone(), Planned::Keep);
            self.point(storage_id, name, members);
            return;
        }
        let own_name = last_part(storage.file.as_deref().unwrap_or_default()).to_owned();
        if origin.is_read() && storage.options.use_compression.0 && is_raw_on_disk(node, origin) {
            self.write(id, node, Some((storage_id, storage)), Some(origin));
            return;
        }
        if !stands_alone(node, &own_name, storage, origin) {
            if origin.is_read() {
                self.write(id, node, Some((storage_id, storage)), Some(origin));
            } else {
                self.copy_all(id, (storage_id, storage), origin);
            }
            return;
        }
        let extension = &own_name[kinds::stem(&own_name).len()..];
        let name = self.names.new_name(node, kinds::stem(&own_name), extension);
        self.plan(id, name.clone(), Planned::Copy(origin.place.clone()));
        let members = if storage.members.is_empty() { Vec::new() } else { vec![name.clone()] };
        self.point(storage_id, name, members);
    }

    /// The file that an earlier save made holds what it should, and gets another storage node. Says whether it can.
    fn named_again(&mut self, id: &NodeId, node: &Node, origin: &Origin) -> bool {
        let path = match &origin.place {
            Place::Disk(path) => path.to_string_lossy().into_owned(),
            Place::Member { name, .. } => name.clone(),
        };
        let own_name = last_part(&path).to_owned();
        let Some(kind) = kinds::same_file(&node.content, &own_name) else { return false };
        let (name, what) = match &origin.place {
            Place::Disk(path) if self.layout.in_place => {
                let name = relative_name(self.layout.folder(), path);
                self.names.taken.take(&name);
                (name, Planned::Keep)
            }
            place if stands_alone(node, &own_name, &Storage::default(), origin) => {
                let stem = kinds::stem(&own_name);
                (self.names.new_name(node, stem, &own_name[stem.len()..]), Planned::Copy(place.clone()))
            }
            _ => return false,
        };
        self.plan(id, name.clone(), what);
        self.store(id, node, None, name, kind);
        true
    }

    /// Copies files that nobody here understands into a folder of their own, where they stand to each other as they did.
    fn copy_all(&mut self, id: &NodeId, (storage_id, storage): (&NodeId, &Storage), origin: &Origin) {
        let folder = self.names.new_folder(id.as_str());
        let mut taken = Taken::default();
        let mut moved = Vec::new();
        let main = storage.file.as_deref().unwrap_or_default();
        for file in storage.file.iter().chain(&storage.members) {
            if file.is_empty() {
                moved.push(String::new());
                continue;
            }
            if origin.forbids(file) {
                continue;
            }
            let name = format!("{folder}{}", beside(main, file));
            if taken.take(&name) {
                self.plan(id, name.clone(), Planned::Copy(sibling(storage, origin, file)));
            }
            moved.push(name);
        }
        if !moved.is_empty() {
            let main = moved.remove(0);
            self.point(storage_id, main, moved);
        }
    }

    /// The data has to be written: over the file that this very scene has for it, else to a new one.
    fn write(
        &mut self,
        id: &NodeId,
        node: &Node,
        storage: Option<(&NodeId, &Storage)>,
        origin: Option<&Origin>,
    ) {
        let own = origin.and_then(|origin| self.own_file(node, origin));
        let Some((name, kind)) = own.or_else(|| self.new_file(node, storage, origin)) else {
            if kinds::fits_the_scene(&node.content) {
                self.without_file(id);
            } else {
                self.unsaved.push(unsaved(id, node, UnsavedReason::NoFormat));
            }
            return;
        };
        self.names.taken.take(&name);
        let compressed = storage.is_none_or(|(_, storage)| storage.options.use_compression.0);
        let compression = if compressed { Compression::Fast } else { Compression::None };
        let crop_to_segments =
            storage.is_some_and(|(_, storage)| storage.options.crop_to_segments == Some(true));
        let options = WriteOptions { compression, crop_to_segments, ..WriteOptions::default() };
        self.plan(id, name.clone(), Planned::Write(options));
        self.store(id, node, storage.map(|(id, _)| id), name, kind);
    }

    /// The file of this very scene, if it can be written again.
    fn own_file(&self, node: &Node, origin: &Origin) -> Option<(String, DataFile)> {
        let Place::Disk(path) = &origin.place else { return None };
        let inside = path.starts_with(self.layout.folder()) && origin.scene == self.layout.scene;
        let kind = kinds::same_file(&node.content, &path.to_string_lossy())?;
        let alone = !self.shared.contains(&origin.place);
        let free = self.layout.in_place && inside && alone && origin.is_read();
        free.then(|| (relative_name(self.layout.folder(), path), kind))
            .filter(|(name, _)| !self.names.taken.has(name))
    }

    fn new_file(
        &mut self,
        node: &Node,
        storage: Option<(&NodeId, &Storage)>,
        origin: Option<&Origin>,
    ) -> Option<(String, DataFile)> {
        let old = storage.and_then(|(_, storage)| storage.file.as_deref());
        let old = old.filter(|_| origin.is_some_and(Origin::is_read)).map(last_part);
        let again = old.filter(|_| matches!(node.content, Content::Table(_)));
        let again = again.and_then(|name| kinds::same_file(&node.content, name));
        let kind = again.or_else(|| kinds::new_file(&node.content))?;
        let base = old.map(kinds::stem).filter(|base| !base.is_empty()).unwrap_or(&node.name).to_owned();
        Some((self.names.new_name(node, &base, &format!(".{}", kind.extension)), kind))
    }

    /// How this scene names a file that stays where it is.
    fn name_again(&self, old: Option<&str>, path: &Path, origin: &Origin) -> String {
        match old {
            Some(old) if origin.scene.parent() == self.layout.scene.parent() || is_remote(old) => {
                old.to_owned()
            }
            // What was absolute stays so.
            Some(old) if Path::new(old).is_absolute() => old.to_owned(),
            _ => relative_name(self.layout.folder(), path),
        }
    }

    fn member_again(&self, member: &str, origin: &Origin) -> String {
        if member.is_empty() {
            return String::new();
        }
        let folder = origin.scene.parent().unwrap_or(Path::new("."));
        self.name_again(Some(member), &folder.join(member), origin)
    }

    /// The file was not there; the scene goes on saying where it should be.
    fn missing(&mut self, (id, storage): (&NodeId, &Storage), origin: &Origin) {
        if let (Some(old), Place::Disk(path)) = (storage.file.as_deref(), &origin.place) {
            let name = self.name_again(Some(old), path, origin);
            let members = storage.members.iter().map(|member| self.member_again(member, origin)).collect();
            self.point(id, name, members);
        }
    }

    fn plan(&mut self, id: &NodeId, name: String, what: Planned) {
        let others = self.change.scene().node(id).map(|node| {
            let first = kinds::same_file(&node.content, &name);
            kinds::other_files(&node.content, first)
        });
        self.files.push(PlannedFile { node: id.clone(), name, what, others: others.unwrap_or_default() });
    }

    fn update(&mut self, id: &NodeId, edit: impl FnOnce(&mut Node)) {
        // The nodes that are planned for are those of the scene.
        let _ = self.change.update(id, edit);
    }

    fn storage(&mut self, id: &NodeId, edit: impl FnOnce(&mut Storage)) {
        self.update(id, |node| {
            if let Content::Storage(storage) = &mut node.content {
                edit(storage);
            }
        });
    }

    /// Makes a storage node name files.
    fn point(&mut self, id: &NodeId, name: String, members: Vec<String>) {
        self.storage(id, |storage| (storage.file, storage.members) = (Some(name), members));
    }

    /// Says that there was nothing to write.
    fn nothing_left(&mut self, id: &NodeId) {
        nothing_left(&mut self.change, id);
    }

    /// Leaves the data to the scene file.
    fn without_file(&mut self, id: &NodeId) {
        self.update(id, |node| node.refer(Role::STORAGE, None));
    }

    fn store(&mut self, id: &NodeId, node: &Node, storage: Option<&NodeId>, name: String, kind: DataFile) {
        store(&mut self.change, id, node, storage, name, kind);
    }
}

/// Makes a storage node, an old or a new one, say what was written.
fn store(
    change: &mut Transaction,
    id: &NodeId,
    node: &Node,
    storage: Option<&NodeId>,
    name: String,
    kind: DataFile,
) {
    let coordinates = matches!(node.content, Content::Model(_) | Content::Markups(_));
    let coordinate_system = coordinates.then(|| "LPS".to_owned());
    let members = kinds::members(&node.content, &name);
    // The nodes that are planned for are those of the scene.
    match storage {
        Some(storage) => drop(change.update(storage, |node| {
            // They said how the former file was to be read.
            for name in [CENTER, "UseOrientationFromFile", "singleFile"] {
                node.unknown.remove(name);
            }
            if let Content::Storage(storage) = &mut node.content {
                kind.storage.clone_into(&mut storage.class);
                (storage.file, storage.members) = (Some(name), members);
                storage.options.write_state = TransferState::Idle;
                storage.options.coordinate_system = coordinate_system;
            }
        })),
        None => {
            let options = StorageOptions { coordinate_system, ..StorageOptions::default() };
            let class = kind.storage.to_owned();
            let storage = Storage { class, file: Some(name), members, options, ..Storage::default() };
            let storage = change.add(Node::new(kind.storage, storage));
            drop(change.update(id, |node| node.refer(Role::STORAGE, Some(storage))));
        }
    }
}

/// Makes a storage node say that there was nothing to write.
fn nothing_left(change: &mut Transaction, storage: &NodeId) {
    // It is in the scene.
    let _ = change.update(storage, |node| {
        if let Content::Storage(storage) = &mut node.content {
            (storage.file, storage.members) = (None, Vec::new());
            storage.options.write_state = TransferState::SkippedNoData;
        }
    });
}

/// The part of a name behind its folders.
fn last_part(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// Whether a file is all there is: it names no others.
fn stands_alone(node: &Node, name: &str, storage: &Storage, origin: &Origin) -> bool {
    const ALONE: [&str; 22] = [
        "nrrd", "nii", "gz", "mha", "mgh", "mgz", "vtk", "vtp", "vtu", "stl", "ply", "json", "fcsv", "h5",
        "tfm", "txt", "tsv", "csv", "ctbl", "vp", "png", "mrb",
    ];
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let single = extension.is_some_and(|extension| ALONE.contains(&extension.as_str()));
    let members = &storage.members;
    let listed = members.is_empty() || (members.len() == 1 && storage.file.as_ref() == members.first());
    single && listed && !origin.has_others() && kinds::members(&node.content, name).is_empty()
}

/// How the file called `file` stands to the one called `main`: its path from the other's folder, where it is below that;
/// else its own name alone.
fn beside(main: &str, file: &str) -> String {
    let (main, file) = (main.replace('\\', "/"), file.replace('\\', "/"));
    let folder = &main[..main.rfind('/').map_or(0, |at| at + 1)];
    let below = file.strip_prefix(folder).and_then(|below| joined("", below));
    let name = below.filter(|below| !below.is_empty()).unwrap_or_else(|| last_part(&file).to_owned());
    // As names in archives may be.
    let portable = |part: &str| if is_reserved(part) { format!("_{part}") } else { part.to_owned() };
    name.split('/').map(portable).collect::<Vec<_>>().join("/")
}

/// The path of `name` from `folder`, without `.` and `..`; `None` if it leads out of what they start from.
fn joined(folder: &str, name: &str) -> Option<String> {
    if name.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The place of another file of the same storage node.
fn sibling(storage: &Storage, origin: &Origin, file: &str) -> Place {
    if storage.file.as_deref() == Some(file) {
        return origin.place.clone();
    }
    match &origin.place {
        Place::Disk(_) => {
            let folder = origin.scene.parent().unwrap_or(Path::new("."));
            Place::Disk(plain(&folder.join(file)))
        }
        Place::Member { archive, name } => {
            let main = storage.file.as_deref().unwrap_or_default();
            let scene = joined("", main).and_then(|main| name.strip_suffix(&main).map(str::to_owned));
            let from_scene = scene.and_then(|scene| joined(&scene, file));
            let beside =
                || format!("{}{}", name.strip_suffix(last_part(name)).unwrap_or_default(), last_part(file));
            Place::Member { archive: archive.clone(), name: from_scene.unwrap_or_else(beside) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_places_to_each_other() {
        assert_eq!(beside("Data/a.vtm", "Data/a/0.vtp"), "a/0.vtp");
        assert_eq!(beside("a.vtm", "./a/../b/0.vtp"), "b/0.vtp");
        assert_eq!(beside("Data/a.vtm", "Other/0.vtp"), "0.vtp");
        assert_eq!(beside("Data/a.vtm", "Data/../../0.vtp"), "0.vtp");
        assert_eq!(beside("/x/a.vtm", "/etc/passwd"), "passwd");
        assert_eq!(beside("a.vtm", "aux/0.vtp"), "_aux/0.vtp");
        assert_eq!(joined("s/", "../../a"), None);
    }
}
