//! The scene, its history, and files in and out.

use std::collections::BTreeMap;
use std::path::Path;

use microtome_archive::bundle::{is_bundle, open_bundle, save_bundle};
use microtome_archive::session::{OpenedScene, Origins, open_scene, save_scene};
use microtome_archive::{Error, OpenOptions, Opened, WriteOptions, mrml, session};
use microtome_scene::{History, Node, NodeId, Role, Scene, Transaction, UnknownNode};

/// The application without a window.
#[derive(Clone, Debug, Default)]
pub struct Workbench {
    history: History,
    /// Where the data of nodes came from.
    origins: Origins,
    without_provenance: bool,
}

/// A node that came from a file.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The node.
    pub id: NodeId,
    /// Partial trouble on the way: one sentence each.
    pub warnings: Vec<String>,
}

impl Workbench {
    /// A workbench with an empty scene.
    pub fn new() -> Self {
        Self::default()
    }

    /// The scene as it is now.
    pub const fn scene(&self) -> &Scene {
        self.history.present()
    }

    /// The scene with its past and future.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The history, to undo and redo.
    pub const fn history_mut(&mut self) -> &mut History {
        &mut self.history
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
    pub fn open(&mut self, path: &Path, options: &OpenOptions) -> Result<Vec<Opening>, Error> {
        if is_bundle(path) || session::is_scene(path) {
            let open = if is_bundle(path) { open_bundle } else { open_scene };
            let opened = open(path, options)?;
            return Ok(self.import(format!("Open {}", path.display()), opened));
        }
        let opened = microtome_archive::open(path, options)?;
        let mut change = self.history.begin(format!("Open {}", path.display()));
        let openings = opened.into_iter().map(|opened| add(&mut change, opened)).collect();
        self.history.commit(change);
        Ok(openings)
    }

    /// Adds a scene file's nodes to the scene, in one step called `name`. What is wrong with no single node is told with
    /// the first.
    fn import(&mut self, name: String, opened: OpenedScene) -> Vec<Opening> {
        let OpenedScene { nodes, warnings, origins, .. } = opened;
        let mut change = self.history.begin(name);
        let mut places = BTreeMap::new();
        for (at, (id, _)) in nodes.iter().enumerate() {
            places.entry(id.clone()).or_insert(at);
        }
        let imported = mrml::import(&mut change, nodes);
        self.history.commit(change);
        let mut openings: Vec<Opening> = Vec::new();
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
            let at = id.and_then(|id| numbers.get(&id)).copied().unwrap_or(0);
            if let Some(opening) = openings.get_mut(at) {
                opening.warnings.push(message);
            }
        }
        for (at, origin) in origins {
            if let Some(id) = imported.ids.get(at) {
                self.origins.set(id.clone(), origin);
            }
        }
        openings
    }

    /// Writes the scene to a bundle (`.mrb`) with all data, or to a scene file (`.mrml`) and, beside it, the data that no
    /// file holds yet. Says what could not be saved.
    ///
    /// # Errors
    /// [`Error`] if the system refuses or a format cannot hold a node's data; the scene file that was there still is.
    pub fn save_scene(&mut self, path: &Path) -> Result<Vec<String>, Error> {
        let save = if is_bundle(path) { save_bundle } else { save_scene };
        let warnings = save(self.history.present(), &mut self.origins, path)?;
        Ok(warnings.into_iter().map(|(_, message)| message).collect())
    }

    /// Adds one node to the scene, in one step called `name`.
    pub fn add(&mut self, name: &str, node: Node) -> NodeId {
        let mut change = self.history.begin(name);
        let id = change.add(node);
        self.history.commit(change);
        id
    }

    /// Writes what a node holds to a file, and how it is shown where the format can.
    ///
    /// # Errors
    /// [`Error`] if the format cannot hold it or the system refuses.
    pub fn save(&self, node: &Node, path: &Path, options: &WriteOptions) -> Result<(), Error> {
        let display = node.reference(&Role::DISPLAY).and_then(|id| self.scene().node(id));
        microtome_archive::save_shown(node, display, path, options)
    }

    pub(crate) fn begin(&self, name: impl Into<String>) -> Transaction {
        self.history.begin(name)
    }

    pub(crate) fn commit(&mut self, change: Transaction) {
        self.history.commit(change);
    }
}

fn add(change: &mut Transaction, opened: Opened) -> Opening {
    let Opened { mut node, display, warnings } = opened;
    if let Some(display) = display {
        let display = change.add(display);
        node = node.referring(Role::DISPLAY, display);
    }
    Opening { id: change.add(node), warnings: warnings.into_iter().map(|w| w.message).collect() }
}

/// Whether a path is that of a whole scene: a bundle or a scene file, which need not be there yet.
pub fn is_scene(path: &Path) -> bool {
    is_bundle(path) || session::is_scene(path)
}
