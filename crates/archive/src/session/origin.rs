//! Where the data of nodes came from, so that what has not changed need not be written again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use microtome_scene::{Content, Node, NodeId};

use super::files::{Files, Folder, Place, Stamp, absolute};

/// Where a node's data came from, or where its scene says that it is.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The file.
    pub place: Place,
    /// The scene file that says so.
    pub scene: PathBuf,
    /// What the file was like; `None` if there was none.
    stamp: Option<Stamp>,
    /// The node as the file has it; `None` if the file could not be read or nobody here understands it.
    node: Option<Arc<Node>>,
    /// Whether the file names others that belong to it.
    has_others: bool,
    /// Whether files may be taken from outside the scene's folder, whatever they are.
    anywhere: bool,
}

impl Origin {
    /// The origin of what has just been read from (or written to) a place; `node` is `None` where the file is not
    /// understood.
    pub fn new(place: Place, scene: &Path, node: Option<Arc<Node>>) -> Self {
        let stamp = Stamp::of(place.on_disk());
        Self { place, scene: absolute(scene), stamp, node, has_others: false, anywhere: false }
    }

    /// The origin of what should be at a place, but is not there.
    pub fn missing(place: Place, scene: &Path) -> Self {
        Self { stamp: None, ..Self::new(place, scene, None) }
    }

    /// The same of a file with which others were read.
    pub(crate) fn with_others(self, has_others: bool) -> Self {
        Self { has_others, ..self }
    }

    /// The same where files may be taken from anywhere.
    pub(crate) fn anywhere(self, anywhere: bool) -> Self {
        Self { anywhere, ..self }
    }

    /// Whether other files belong to the file.
    pub(crate) const fn has_others(&self) -> bool {
        self.has_others
    }

    /// Whether a file that the scene calls `name` must not be taken along: it is outside the scene's folder, and nobody has
    /// allowed that.
    pub(crate) fn forbids(&self, name: &str) -> bool {
        let folder = || Folder::new(self.scene.parent().unwrap_or(Path::new(".")));
        !self.anywhere && matches!(self.place, Place::Disk(_)) && folder().is_outside(name)
    }

    /// Whether there was a file.
    pub const fn is_file(&self) -> bool {
        self.stamp.is_some()
    }

    /// Whether the file was read.
    pub const fn is_read(&self) -> bool {
        self.node.is_some()
    }

    /// Whether the file still holds what `node` holds: neither has changed.
    pub fn holds(&self, node: &Node) -> bool {
        self.stamp.is_some()
            && self.stamp == Stamp::of(self.place.on_disk())
            && self.node.as_ref().is_some_and(|old| same_data(&old.content, &node.content))
    }
}

/// Whether two nodes hold the same data, of that which stands in files. Shared data is not looked at.
fn same_data(a: &Content, b: &Content) -> bool {
    match (a, b) {
        (Content::Volume(a), Content::Volume(b)) => a.image == b.image && a.diffusion == b.diffusion,
        (Content::LabelVolume(a), Content::LabelVolume(b)) => a.labels == b.labels,
        (Content::Model(a), Content::Model(b)) => a.mesh == b.mesh,
        (Content::Transform(a), Content::Transform(b)) => {
            a.map == b.map && a.maps_to_parent == b.maps_to_parent
        }
        (Content::Table(a), Content::Table(b)) => a.table == b.table,
        (Content::Text(a), Content::Text(b)) => a.text == b.text,
        (Content::ProceduralColor(a), Content::ProceduralColor(b)) => a.points == b.points,
        (Content::ColorTable(a), Content::ColorTable(b)) => a.colors == b.colors,
        (a, b) => a == b,
    }
}

/// The origins of a scene's nodes, those included that are no longer in it and may come back.
#[derive(Clone, Debug, Default)]
pub struct Origins(BTreeMap<NodeId, Origin>);

impl Origins {
    /// Where the data of a node came from.
    pub fn get(&self, id: &NodeId) -> Option<&Origin> {
        self.0.get(id)
    }

    /// Notes where the data of a node came from.
    pub fn set(&mut self, id: NodeId, origin: Origin) {
        self.0.insert(id, origin);
    }

    /// The files on disk that data of any node came from.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.values().filter_map(|origin| match &origin.place {
            Place::Disk(path) => Some(path.as_path()),
            Place::Member { .. } => None,
        })
    }
}
