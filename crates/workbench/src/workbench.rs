//! The scene, its history, and files in and out.

use std::path::Path;

use microtome_archive::{Error, OpenOptions, Opened, WriteOptions};
use microtome_scene::{History, Node, NodeId, Role, Scene, Transaction, UnknownNode};

/// The application without a window.
#[derive(Clone, Debug, Default)]
pub struct Workbench {
    history: History,
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

    /// Reads a file or a DICOM folder and adds what it holds to the scene, in one step.
    ///
    /// # Errors
    /// [`Error`] if nothing of it could be read; the scene is then as it was.
    pub fn open(&mut self, path: &Path, options: &OpenOptions) -> Result<Vec<Opening>, Error> {
        let opened = microtome_archive::open(path, options)?;
        let mut change = self.history.begin(format!("Open {}", path.display()));
        let openings = opened.into_iter().map(|opened| add(&mut change, opened)).collect();
        self.history.commit(change);
        Ok(openings)
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
