//! The scene, its history, and files in and out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use microtome_archive::bundle::is_bundle;
use microtome_archive::session::{OpenedScene, Origins, SaveOptions, Unsaved, open_scene, save_scene_with};
use microtome_archive::{Error, OpenOptions, Opened, WriteOptions, mrml, session};
use microtome_scene::{
    Budget, Change, Gesture, History, Node, NodeId, Role, Scene, Transaction, UnknownNode,
};

use crate::default_display::add_shown;
use crate::hierarchy;
use crate::journal::{Journal, JournalError, Recovered, Recovery, StepFolder};
use crate::provenance::Provenance;
use crate::segment_surfaces::SurfaceCache;

/// The application without a window.
#[derive(Debug, Default)]
pub struct Workbench {
    history: History,
    /// What outlives the program, if anything shall.
    journal: Option<Journal>,
    /// Where the data of nodes came from.
    origins: Origins,
    /// What scene files said of themselves, besides the version.
    root: BTreeMap<String, String>,
    without_provenance: bool,
    /// Surfaces that were made for pictures.
    surfaces: SurfaceCache,
}

impl Clone for Workbench {
    /// A workbench of the same scene and history, without a journal.
    fn clone(&self) -> Self {
        let Self { history, journal: _, origins, root, without_provenance, surfaces: _ } = self;
        Self {
            history: history.clone(),
            journal: None,
            origins: origins.clone(),
            root: root.clone(),
            without_provenance: *without_provenance,
            surfaces: SurfaceCache::default(),
        }
    }
}

/// A node that came from a file.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The node.
    pub id: NodeId,
    /// Partial trouble on the way: one sentence each.
    pub warnings: Vec<String>,
}

/// What came from one file.
#[derive(Clone, Debug, Default)]
pub struct Openings {
    /// The nodes.
    pub nodes: Vec<Opening>,
    /// Partial trouble that is no single node's: one sentence each.
    pub warnings: Vec<String>,
}

impl Workbench {
    /// A workbench with an empty scene.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) const fn surfaces(&self) -> &SurfaceCache {
        &self.surfaces
    }

    /// The scene as it is now.
    pub const fn scene(&self) -> &Scene {
        self.history.present()
    }

    /// The scene with its past and future.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Keeps a journal under `folder`, so that work outlives the program, and there the part of the history that does not
    /// fit memory.
    ///
    /// # Errors
    /// [`JournalError`] if the system refuses.
    pub fn with_journal(mut self, folder: &Path) -> Result<Self, JournalError> {
        let journal = Journal::create(folder, self.scene())?;
        let steps = StepFolder::create(&journal.folder().join("steps"));
        let steps = steps.map_err(|source| JournalError::Io { path: journal.folder().to_owned(), source })?;
        self.history = self.history.with_budget(Budget::default(), Some(Arc::new(steps)));
        self.journal = Some(journal);
        Ok(self)
    }

    /// Brings back the work of a program that was killed, in place of the present scene and in one step. Says what could
    /// not be brought back. The work is safe in this program's own journal then, if it keeps one, and can be discarded.
    ///
    /// # Errors
    /// [`JournalError`] if what was left cannot be read, or this program's own journal cannot be written.
    pub fn recover(&mut self, recovery: &Recovery) -> Result<Vec<String>, JournalError> {
        let Recovered { scene, notes } = recovery.recover()?;
        self.history.replace("Recover", scene);
        self.record("Recover");
        self.journal.as_ref().map_or(Ok(()), Journal::flush)?;
        Ok(notes)
    }

    /// Ends the work without a trace in the journal: nothing is left to recover.
    ///
    /// # Errors
    /// [`JournalError`] if its files cannot be removed.
    pub fn close(self) -> Result<(), JournalError> {
        // The history keeps steps in the journal's folder.
        drop(self.history);
        self.journal.map_or(Ok(()), Journal::close)
    }

    /// Goes one step back; `None` at the beginning, else the step's name.
    pub fn undo(&mut self) -> Option<String> {
        let name = self.history.undo()?.to_owned();
        self.record(&format!("Undo {name}"));
        Some(name)
    }

    /// Goes one step forward again; `None` at the end, else the step's name.
    pub fn redo(&mut self) -> Option<String> {
        let name = self.history.redo()?.to_owned();
        self.record(&format!("Redo {name}"));
        Some(name)
    }

    /// Begins a continuous movement of the user's, all of whose changes make one step.
    pub const fn begin_gesture(&mut self) -> Gesture {
        self.history.begin_gesture()
    }

    /// Makes a change real as part of a gesture.
    pub fn commit_gesture(&mut self, mut change: Transaction, gesture: Gesture) -> Vec<(NodeId, Change)> {
        hierarchy::complete(&mut change);
        let name = change.name().to_owned();
        let changes = self.history.commit_gesture(change, gesture);
        if !changes.is_empty() {
            self.record(&name);
        }
        changes
    }

    /// What people should know since this was asked last: steps that can no longer be undone, a journal that cannot be
    /// written. One sentence each.
    pub fn take_notices(&mut self) -> Vec<String> {
        let trouble = self.journal.as_ref().and_then(Journal::trouble);
        let trouble =
            trouble.map(|trouble| format!("work cannot be kept for the case of a crash: {trouble}"));
        self.history.take_notices().iter().map(ToString::to_string).chain(trouble).collect()
    }

    fn record(&self, name: &str) {
        if let Some(journal) = &self.journal {
            journal.record(name, self.scene());
        }
    }

    /// Whether nodes that operations make say where they came from; they do by default. Finding out costs one pass over
    /// the inputs.
    pub const fn keep_provenance(&mut self, keep: bool) {
        self.without_provenance = !keep;
    }

    pub(crate) const fn keeps_provenance(&self) -> bool {
        !self.without_provenance
    }

    /// The node `id` of the present scene.
    ///
    /// # Errors
    /// [`UnknownNode`] if there is none.
    pub fn node(&self, id: &NodeId) -> Result<&Node, UnknownNode> {
        self.scene().node(id).ok_or_else(|| UnknownNode { id: id.clone() })
    }

    /// Reads a file, a DICOM folder or a scene with its data files, and adds what it holds to the scene, in one step.
    ///
    /// # Errors
    /// [`Error`] if nothing of it could be read; the scene is then as it was.
    pub fn open(&mut self, path: &Path, options: &OpenOptions) -> Result<Openings, Error> {
        if is_bundle(path) || session::is_scene(path) {
            let opened = open_scene(path, options)?;
            return Ok(self.import(format!("Open {}", path.display()), opened));
        }
        let opened = microtome_archive::open(path, options)?;
        let mut change = self.history.begin(format!("Open {}", path.display()));
        let nodes = opened.into_iter().map(|opened| add(&mut change, opened)).collect();
        self.commit(change);
        Ok(Openings { nodes, warnings: Vec::new() })
    }

    /// Adds a scene file's nodes to the scene, in one step called `name`.
    fn import(&mut self, name: String, opened: OpenedScene) -> Openings {
        let OpenedScene { nodes, warnings, origins, root, .. } = opened;
        self.add_root(root);
        let mut change = self.history.begin(name);
        let mut places = BTreeMap::new();
        for (at, (id, _)) in nodes.iter().enumerate() {
            places.entry(id.clone()).or_insert(at);
        }
        let imported = mrml::import(&mut change, nodes);
        self.commit(change);
        let mut found = Openings::default();
        let openings = &mut found.nodes;
        let mut numbers: BTreeMap<NodeId, usize> = BTreeMap::new();
        for id in &imported.ids {
            numbers.entry(id.clone()).or_insert_with(|| {
                openings.push(Opening { id: id.clone(), warnings: Vec::new() });
                openings.len() - 1
            });
        }
        let renamed = warnings.into_iter().map(|(id, message)| {
            let id = id.and_then(|id| imported.ids.get(*places.get(&id)?)).cloned();
            (id, message)
        });
        for (id, message) in renamed.chain(imported.warnings) {
            let at = id.and_then(|id| numbers.get(&id)).copied();
            match at.and_then(|at| openings.get_mut(at)) {
                Some(opening) => opening.warnings.push(message),
                None => found.warnings.push(message),
            }
        }
        for (at, origin) in origins {
            if let Some(id) = imported.ids.get(at) {
                self.origins.set(id.clone(), origin);
            }
        }
        found
    }

    /// What the scene files that were opened say of themselves, besides the version: attributes of the root element, such as
    /// `extensions` and `userTags`. They are written again.
    pub const fn root_attributes(&self) -> &BTreeMap<String, String> {
        &self.root
    }

    /// Adds what a scene file says of itself to what others said. Lists grow by what is new; of all else the first stays.
    fn add_root(&mut self, root: BTreeMap<String, String>) {
        for (name, value) in root {
            let separator = match name.as_str() {
                "userTags" => ' ',
                "extensions" => ';',
                _ => {
                    self.root.entry(name).or_insert(value);
                    continue;
                }
            };
            let known = self.root.entry(name).or_default();
            for item in value.split(separator).filter(|item| !item.is_empty()) {
                if !known.split(separator).any(|other| other == item) {
                    if !known.is_empty() {
                        known.push(separator);
                    }
                    known.push_str(item);
                }
            }
        }
    }

    /// Writes the scene to a bundle (`.mrb`) with all data and a small picture of it, or to a scene file (`.mrml`) and, beside
    /// it, the data that no file holds yet. Says which nodes' data no format can hold; all others are saved.
    ///
    /// # Errors
    /// [`Error`] if the system refuses; the scene file that was there still is.
    pub fn save_scene(&mut self, path: &Path) -> Result<Vec<Unsaved>, Error> {
        let thumbnail = if is_bundle(path) { self.thumbnail() } else { None };
        let options = SaveOptions { thumbnail, root: self.root.clone() };
        let unsaved = save_scene_with(self.history.present(), &mut self.origins, path, &options)?;
        if unsaved.is_empty()
            && let Some(journal) = &self.journal
        {
            journal.saved();
            // What stands in its way is told with the notices.
            let _ = journal.flush();
        }
        Ok(unsaved)
    }

    /// Adds one node to the scene, in one step called `name`.
    pub fn add(&mut self, name: &str, node: Node) -> NodeId {
        let mut change = self.history.begin(name);
        let id = add_shown(&mut change, node);
        self.commit(change);
        id
    }

    /// Writes what a node holds to a file, and how it is shown where the format can. Where it came from only scenes say.
    ///
    /// # Errors
    /// [`Error`] if the format cannot hold it or the system refuses.
    pub fn save(&self, node: &Node, path: &Path, options: &WriteOptions) -> Result<(), Error> {
        let display = node.reference(&Role::DISPLAY).and_then(|id| self.scene().node(id));
        // The inputs of what made it are not in the file.
        let alone = Provenance::without(&self.measured(node));
        microtome_archive::save_shown(&alone, display, path, options)
    }

    /// Writes several markups into one file, and how each is shown.
    ///
    /// # Errors
    /// [`Error`] if one of the nodes is no markups, the format holds but one, or the system refuses.
    pub fn save_together(&self, nodes: &[&Node], path: &Path) -> Result<(), Error> {
        let measured: Vec<_> = nodes.iter().map(|node| self.measured(node)).collect();
        let display = |node: &Node| self.scene().node(node.reference(&Role::DISPLAY)?);
        let shown: Vec<_> = measured.iter().map(|node| (&**node, display(node))).collect();
        microtome_archive::save_together(&shown, path)
    }

    /// Begins a change of the scene, named for people.
    pub fn begin(&self, name: impl Into<String>) -> Transaction {
        self.history.begin(name)
    }

    /// Makes a change real: one step to undo. Nodes that came with it get their items in the subject hierarchy. Says what
    /// changed.
    pub fn commit(&mut self, mut change: Transaction) -> Vec<(NodeId, Change)> {
        hierarchy::complete(&mut change);
        let name = change.name().to_owned();
        let changes = self.history.commit(change);
        if !changes.is_empty() {
            self.record(&name);
        }
        changes
    }
}

fn add(change: &mut Transaction, opened: Opened) -> Opening {
    let Opened { mut node, display, warnings } = opened;
    if let Some(display) = display {
        let display = change.add(display);
        node = node.referring(Role::DISPLAY, display);
    }
    Opening { id: add_shown(change, node), warnings: warnings.into_iter().map(|w| w.message).collect() }
}

/// Whether a path is that of a whole scene: a bundle or a scene file, which need not be there yet.
pub fn is_scene(path: &Path) -> bool {
    is_bundle(path) || session::is_scene(path)
}
