//! What is different between two scenes.

mod content;
mod voxels;

use std::collections::{BTreeMap, BTreeSet};

use microtome_scene::{Content, Node, NodeId, Scene};
use serde::Serialize;

pub use content::{FieldDifference, NodeDifference};
pub use voxels::{SegmentDifference, VoxelDifference};

/// What is different between two scenes, A and B.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SceneDifference {
    /// Nodes that are only in A.
    pub only_in_a: Vec<NodeName>,
    /// Nodes that are only in B.
    pub only_in_b: Vec<NodeName>,
    /// Nodes that are in both, and not equal.
    pub changed: Vec<NodeDifference>,
}

impl SceneDifference {
    /// Whether there is no difference.
    pub fn is_empty(&self) -> bool {
        self.only_in_a.is_empty() && self.only_in_b.is_empty() && self.changed.is_empty()
    }
}

/// A node by its names.
#[derive(Clone, Debug, Serialize)]
pub struct NodeName {
    /// Its identifier.
    pub id: String,
    /// Its class.
    pub class: String,
    /// The name that people see.
    pub name: String,
}

impl NodeName {
    fn of(id: &NodeId, node: &Node) -> Self {
        Self { id: id.to_string(), class: node.class().to_owned(), name: node.name.clone() }
    }
}

/// Finds what is different between two scenes. Nodes are the same node if class and identifier are, else if class and
/// name are. Of two single files the data are compared, whatever they are called and whatever else their headers say.
/// Where a scene keeps its data is no difference.
pub fn diff(a: &Scene, b: &Scene) -> SceneDifference {
    let (a, b) = (Side::new(a), Side::new(b));
    let mut pairs: BTreeMap<&NodeId, &NodeId> = BTreeMap::new();
    if let (Some((id, node)), Some((_, other))) = (a.single_file(), b.single_file()) {
        let other = Node { name: node.name.clone(), attributes: node.attributes.clone(), ..other.clone() };
        let changed = content::compare(NodeName::of(id, node), node, &other, &|_, _| true);
        return SceneDifference { changed: changed.into_iter().collect(), ..SceneDifference::default() };
    }
    for (id, node) in &a.nodes {
        if b.nodes.get(id).is_some_and(|other| other.class() == node.class()) && !pairs.contains_key(id) {
            pairs.insert(id, id);
        }
    }
    let mut taken: BTreeSet<&NodeId> = pairs.values().copied().collect();
    let mut by_name: BTreeMap<(&str, &str), Vec<&NodeId>> = BTreeMap::new();
    for (id, node) in b.nodes.iter().rev().filter(|(id, _)| !taken.contains(*id)) {
        by_name.entry((node.class(), &node.name)).or_default().push(id);
    }
    for (id, node) in &a.nodes {
        if !pairs.contains_key(id)
            && let Some(other) = by_name.get_mut(&(node.class(), node.name.as_str())).and_then(Vec::pop)
        {
            pairs.insert(id, other);
            taken.insert(other);
        }
    }
    let same = |x: &NodeId, y: &NodeId| pairs.get(x).map_or(x == y, |pair| *pair == y);
    let mut found = SceneDifference::default();
    for (id, node) in &a.nodes {
        match pairs.get(id).and_then(|other| b.nodes.get(*other)) {
            Some(other) => found.changed.extend(content::compare(NodeName::of(id, node), node, other, &same)),
            None => found.only_in_a.push(NodeName::of(id, node)),
        }
    }
    let only_in_b = b.nodes.iter().filter(|(id, _)| !taken.contains(*id));
    found.only_in_b = only_in_b.map(|(id, node)| NodeName::of(id, node)).collect();
    found
}

/// What is different between the content of the node `id` and another content.
pub(crate) fn compare_content(id: &NodeId, node: &Node, other: &Content) -> NodeDifference {
    let other = Node { content: other.clone(), ..node.clone() };
    let name = || NodeName::of(id, node);
    content::compare(name(), node, &other, &|a, b| a == b).unwrap_or_else(|| NodeDifference::none(name()))
}

/// The nodes of one scene that count.
struct Side<'a> {
    nodes: BTreeMap<&'a NodeId, &'a Node>,
}

impl<'a> Side<'a> {
    fn new(scene: &'a Scene) -> Self {
        let counts = |node: &Node| node.saved && !matches!(node.content, Content::Storage(_));
        Self { nodes: scene.nodes().filter(|(_, node)| counts(node)).collect() }
    }

    /// The node with data of a scene that was read from a single file: it and how it is shown are all there is.
    fn single_file(&self) -> Option<(&'a NodeId, &'a Node)> {
        let (mut data, mut shown) = (None, 0);
        for (id, node) in &self.nodes {
            match &node.content {
                Content::SubjectHierarchy(_) => {}
                content if content.display().is_some() => shown += 1,
                content if content.has_data() && data.is_none() => data = Some((*id, *node)),
                _ => return None,
            }
        }
        data.filter(|_| shown <= 1)
    }
}
