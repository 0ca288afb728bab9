//! The subject hierarchy: folders, patients, studies, and the nodes in them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Content, Volume, VolumeKind};
use crate::fields::node_type;
use crate::id::NodeId;
use crate::node::Node;

node_type! {
    /// A tree of items, each a folder, a patient, a study or a node of the scene.
    pub struct SubjectHierarchy {
        /// The items; parents stand before what is in them, children in their order.
        items: Vec<SubjectHierarchyItem>;
    }
}

/// An item of the hierarchy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubjectHierarchyItem {
    /// Positive, unique in the hierarchy.
    pub id: u64,
    /// The item that it is in; 0 for the whole scene.
    pub parent: u64,
    /// The node that it stands for; it has the node's name.
    pub node: Option<NodeId>,
    /// The name of an item without a node.
    pub name: String,
    /// What takes care of it (`Folder`, `Volumes`, …).
    pub owner: String,
    /// Whether it is unfolded.
    pub expanded: bool,
    /// Unique identifiers by the name of their system (`DICOM`, …), in order.
    pub uids: Vec<(String, String)>,
    /// What is said of it by name (`Level`, `DICOM.PatientName`, …), in order.
    pub attributes: Vec<(String, String)>,
}

impl SubjectHierarchy {
    /// The hierarchy as the one node of a scene that holds it.
    pub fn into_node(self) -> Node {
        let mut node = Node::new("SubjectHierarchy", self);
        // Without this, readers take it for one item of an old hierarchy.
        node.attributes.insert("SubjectHierarchyVersion".to_owned(), "2".to_owned());
        node
    }

    /// The item `id`.
    pub fn item(&self, id: u64) -> Option<&SubjectHierarchyItem> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The item that stands for a node.
    pub fn item_of(&self, node: &NodeId) -> Option<&SubjectHierarchyItem> {
        self.items.iter().find(|item| item.node.as_ref() == Some(node))
    }

    /// The items right under `parent` (0 for the top), in order.
    pub fn children(&self, parent: u64) -> impl Iterator<Item = &SubjectHierarchyItem> {
        self.items.iter().filter(move |item| item.parent == parent)
    }

    /// The item that stands for the whole scene.
    pub fn root(&self) -> Option<u64> {
        let is_root = |item: &&SubjectHierarchyItem| item.is_root();
        self.items.iter().find(is_root).map(|item| item.id)
    }

    /// The item that stands for the whole scene, made where there is none: all that stood at the top is in it then.
    pub fn make_root(&mut self) -> u64 {
        self.root().unwrap_or_else(|| {
            let id = self.free_id();
            self.items.iter_mut().filter(|item| item.parent == 0).for_each(|item| item.parent = id);
            let root = SubjectHierarchyItem {
                id,
                name: "Scene".to_owned(),
                expanded: true,
                attributes: vec![(LEVEL.to_owned(), "Scene".to_owned())],
                ..SubjectHierarchyItem::default()
            };
            self.items.insert(0, root);
            id
        })
    }

    /// Puts every item behind the one that it is in, and otherwise leaves the order. What is in no item, or in itself by a
    /// detour, comes to the top.
    pub fn put_in_order(&mut self) {
        let top = self.root().unwrap_or(0);
        let known: BTreeSet<u64> = self.items.iter().map(|item| item.id).collect();
        let mut children: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, item) in self.items.iter_mut().enumerate() {
            if item.parent != 0 && !known.contains(&item.parent) {
                item.parent = top;
            }
            children.entry(item.parent).or_default().push(at);
        }
        let mut order = Vec::with_capacity(self.items.len());
        let mut placed = vec![false; self.items.len()];
        let at_top = children.remove(&0).unwrap_or_default();
        let all = 0..self.items.len();
        // What is left after those at the top goes in circles: the first of each comes to the top.
        for (at, circles) in at_top.into_iter().map(|at| (at, false)).chain(all.map(|at| (at, true))) {
            if circles && !placed[at] {
                self.items[at].parent = top;
            }
            let mut pending = vec![at];
            while let Some(at) = pending.pop() {
                if !std::mem::replace(&mut placed[at], true) {
                    order.push(at);
                    pending.extend(children.remove(&self.items[at].id).unwrap_or_default().into_iter().rev());
                }
            }
        }
        let mut items: Vec<Option<SubjectHierarchyItem>> =
            std::mem::take(&mut self.items).into_iter().map(Some).collect();
        self.items = order.into_iter().filter_map(|at| items[at].take()).collect();
    }

    /// Renames the nodes that items stand for. An item without a new name goes; what was in it moves up, but for what is
    /// only a part of it, such as the segments of a segmentation.
    pub(crate) fn rename(&mut self, rename: &dyn Fn(&NodeId) -> Option<NodeId>) {
        let mut gone = BTreeMap::new();
        for item in &mut self.items {
            if let Some(node) = &item.node {
                match rename(node) {
                    Some(id) => item.node = Some(id),
                    None => drop(gone.insert(item.id, item.parent)),
                }
            }
        }
        if gone.is_empty() {
            return;
        }
        let parts = self.items.iter().filter(|item| gone.contains_key(&item.parent) && item.is_part());
        let parts: Vec<(u64, u64)> = parts.map(|item| (item.id, item.parent)).collect();
        gone.extend(parts);
        self.items.retain(|item| !gone.contains_key(&item.id));
        for item in &mut self.items {
            // As many steps as items are gone, so that a cycle ends.
            for _ in 0..gone.len() {
                let Some(above) = gone.get(&item.parent) else { break };
                item.parent = *above;
            }
        }
    }

    /// The hierarchy with other identifiers for items which it and `other` both have beyond those of `base`.
    pub(super) fn with_other_ids_than(&self, other: &Self, base: &Self) -> Self {
        let known: BTreeSet<u64> = base.items.iter().map(|item| item.id).collect();
        let theirs: BTreeMap<u64, &SubjectHierarchyItem> =
            other.items.iter().map(|item| (item.id, item)).collect();
        let mut next = self.free_id().max(other.free_id());
        let mut renamed = BTreeMap::new();
        for item in self.items.iter().filter(|item| !known.contains(&item.id)) {
            if theirs.get(&item.id).is_some_and(|other| *other != item) {
                renamed.insert(item.id, next);
                next = next.saturating_add(1);
            }
        }
        let mut hierarchy = self.clone();
        for item in &mut hierarchy.items {
            item.id = renamed.get(&item.id).copied().unwrap_or(item.id);
            item.parent = renamed.get(&item.parent).copied().unwrap_or(item.parent);
        }
        hierarchy
    }

    /// An identifier that no item has.
    pub fn free_id(&self) -> u64 {
        self.items.iter().map(|item| item.id).max().unwrap_or(0).saturating_add(1)
    }
}

/// The attribute that says at which level of the hierarchy an item is: `Scene`, `Folder`, `Patient`, `Study`.
const LEVEL: &str = "Level";

/// Attributes of nodes that are to have no item.
const EXCLUDED: [&str; 2] =
    ["SubjectHierarchy.ExcludeFromTree", "SubjectHierarchy.ExcludeFromPotentialNodesList"];

/// Whether the hierarchy shows a node: by itself, without anyone putting it there.
pub fn is_in_hierarchy(node: &Node) -> bool {
    let is_shown = match &node.content {
        Content::ColorTable(_) | Content::ProceduralColor(_) | Content::VolumeProperty(_) => false,
        Content::PlotChart(_) | Content::PlotSeries(_) | Content::SequenceBrowser(_) => true,
        content => content.has_data(),
    };
    is_shown && node.saved && !node.hidden && !EXCLUDED.iter().any(|name| node.attributes.contains_key(*name))
}

/// Which part of the program takes care of an item for a node, by Slicer's names.
pub fn owner_of(content: &Content) -> &'static str {
    match content {
        Content::Volume(Volume { kind: VolumeKind::DiffusionTensor, .. }) => "DiffusionTensorVolumes",
        Content::Volume(_) => "Volumes",
        Content::LabelVolume(_) => "LabelMaps",
        Content::Model(_) => "Models",
        Content::Segmentation(_) => "Segmentations",
        Content::Markups(_) => "Markups",
        Content::Transform(_) => "Transforms",
        Content::Table(_) => "Tables",
        Content::Text(_) => "Texts",
        Content::PlotChart(_) | Content::PlotSeries(_) => "Plots",
        Content::ColorLegendDisplay(_) => "ColorLegend",
        Content::FolderDisplay(_) => "Folder",
        _ => "Default",
    }
}

impl SubjectHierarchyItem {
    /// A folder at a level (`Folder`, `Patient`, `Study`).
    pub fn folder(name: impl Into<String>, level: &str) -> Self {
        Self {
            name: name.into(),
            owner: "Folder".to_owned(),
            expanded: true,
            attributes: vec![(LEVEL.to_owned(), level.to_owned())],
            ..Self::default()
        }
    }

    /// The item of a node.
    pub fn of(id: NodeId, content: &Content) -> Self {
        Self { node: Some(id), owner: owner_of(content).to_owned(), expanded: true, ..Self::default() }
    }

    /// Which level of the hierarchy it is.
    pub fn level(&self) -> Option<&str> {
        self.attribute(LEVEL)
    }

    /// Whether it stands for the whole scene.
    pub fn is_root(&self) -> bool {
        self.parent == 0 && self.node.is_none() && self.level() == Some("Scene")
    }

    /// Whether it stands for a part of the node that it is in.
    fn is_part(&self) -> bool {
        self.node.is_none() && self.owner == "Segments"
    }

    /// The unique identifier in a system (`DICOM`, …).
    pub fn uid(&self, system: &str) -> Option<&str> {
        self.uids.iter().find(|(s, _)| s == system).map(|(_, uid)| uid.as_str())
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: u64, parent: u64) -> SubjectHierarchyItem {
        SubjectHierarchyItem { id, parent, ..SubjectHierarchyItem::default() }
    }

    #[test]
    fn items_come_behind_what_they_are_in() {
        let mut tree = SubjectHierarchy {
            items: vec![item(3, 4), item(4, 98), item(5, 6), item(6, 5), item(7, 7), item(8, 99)],
        };
        let root = tree.make_root();
        assert_eq!(root, 9);
        tree.put_in_order();
        let order: Vec<(u64, u64)> = tree.items.iter().map(|item| (item.id, item.parent)).collect();
        // 98 and 99 are nowhere, 5 and 6 are in each other, 7 is in itself.
        assert_eq!(order, [(9, 0), (4, 9), (3, 4), (8, 9), (5, 9), (6, 5), (7, 9)]);
        assert_eq!(tree.make_root(), 9);
    }

    #[test]
    fn segments_go_with_their_segmentation_and_others_move_up() {
        let mut segmentation = item(3, 2);
        segmentation.node = Some("a".into());
        let mut segment = item(4, 3);
        segment.owner = "Segments".into();
        let mut tree = SubjectHierarchy { items: vec![item(2, 0), segmentation, segment, item(5, 3)] };
        tree.rename(&|id| (id.as_str() != "a").then(|| id.clone()));
        assert_eq!(tree.items, [item(2, 0), item(5, 2)]);
    }
}
