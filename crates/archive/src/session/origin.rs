//! Where the data of nodes came from, so that what has not changed need not be written again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use microtome_scene::{Content, Node, NodeId};

use super::files::{Place, Stamp, absolute};

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
}

impl Origin {
    /// The origin of what has just been read from (or written to) a place; `node` is `None` where the file is not
    /// understood.
    pub fn new(place: Place, scene: &Path, node: Option<Arc<Node>>) -> Self {
        let stamp = Stamp::of(place.on_disk());
        Self { place, scene: absolute(scene), stamp, node }
    }

    /// The origin of what should be at a place, but is not there.
    pub fn missing(place: Place, scene: &Path) -> Self {
        Self { place, scene: absolute(scene), stamp: None, node: None }
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
