//! The subject hierarchy: folders, patients, studies, and the nodes in them.

use std::collections::BTreeMap;

use super::Content;
use crate::fields::node_type;
use crate::id::NodeId;

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

    /// Renames the nodes that items stand for. An item without a new name goes; what was in it moves up.
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
        self.items.retain(|item| !gone.contains_key(&item.id));
        for item in &mut self.items {
            // As many steps as items are gone, so that a cycle ends.
            for _ in 0..gone.len() {
                let Some(above) = gone.get(&item.parent) else { break };
                item.parent = *above;
            }
        }
    }

    /// An identifier that no item has.
    pub fn free_id(&self) -> u64 {
        self.items.iter().map(|item| item.id).max().unwrap_or(0).saturating_add(1)
    }
}

/// Which part of the program takes care of an item for a node, by Slicer's names.
pub fn owner_of(content: &Content) -> &'static str {
    match content {
        Content::Volume(_) => "Volumes",
        Content::LabelVolume(_) => "LabelMaps",
        Content::Model(_) => "Models",
        Content::Segmentation(_) => "Segmentations",
        Content::Markups(_) => "Markups",
        Content::Transform(_) => "Transforms",
        Content::Table(_) => "Tables",
        Content::Text(_) => "Texts",
        Content::PlotChart(_) | Content::PlotSeries(_) => "Plots",
        Content::FolderDisplay(_) => "Folder",
        _ => "Default",
    }
}

impl SubjectHierarchyItem {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Unique identifiers by system.
    pub fn uids_by_system(&self) -> BTreeMap<&str, &str> {
        self.uids.iter().map(|(system, uid)| (system.as_str(), uid.as_str())).collect()
    }
}
