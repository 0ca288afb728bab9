//! What is different between two scenes.

mod content;
mod member;
mod normal;
mod voxels;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use microtome_scene::{Content, Node, NodeId, Scene};
use serde::Serialize;

use crate::workbench::Workbench;

pub use content::{FieldDifference, NodeDifference};
pub use voxels::{SegmentDifference, VoxelDifference};

/// What is different between two scenes, A and B.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SceneDifference {
    /// What the scene files say of themselves that is not equal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub root: Vec<FieldDifference>,
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
        self.root.is_empty()
            && self.only_in_a.is_empty()
            && self.only_in_b.is_empty()
            && self.changed.is_empty()
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

/// Finds what is different between what two workbenches opened: their scenes, and what the scene files say of themselves.
pub fn diff_opened(a: &Workbench, b: &Workbench) -> SceneDifference {
    let (in_a, in_b) = (a.root_attributes(), b.root_attributes());
    let names: BTreeSet<&String> = in_a.keys().chain(in_b.keys()).collect();
    let told = |name: &String| FieldDifference {
        field: name.clone(),
        // An empty one is none.
        a: in_a.get(name).filter(|value| !value.is_empty()).cloned(),
        b: in_b.get(name).filter(|value| !value.is_empty()).cloned(),
    };
    let root = names.into_iter().map(told).filter(|field| field.a != field.b).collect();
    SceneDifference { root, ..diff(a.scene(), b.scene()) }
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
    nodes: BTreeMap<&'a NodeId, Cow<'a, Node>>,
}

impl<'a> Side<'a> {
    fn new(scene: &'a Scene) -> Self {
        let counts = |node: &Node| node.saved && !matches!(node.content, Content::Storage(_));
        let nodes = scene.nodes().filter(|(_, node)| counts(node));
        // What is measured follows from where things are, whichever file says it.
        Self { nodes: nodes.map(|(id, node)| (id, scene.measured(node))).collect() }
    }

    /// The node with data of a scene that was read from a single file: it and how it is shown are all there is.
    fn single_file(&self) -> Option<(&'a NodeId, &Node)> {
        let (mut data, mut shown) = (None, 0);
        for (id, node) in &self.nodes {
            match &node.content {
                Content::SubjectHierarchy(_) => {}
                content if content.display().is_some() => shown += 1,
                content if content.has_data() && data.is_none() => data = Some((*id, &**node)),
                _ => return None,
            }
        }
        data.filter(|_| shown <= 1)
    }
}

#[cfg(test)]
mod tests {
    use microtome_records::{Column, ColumnValues, Segment, Segmentation, Table};
    use microtome_scene::nodes::{self, SequenceItem};

    use super::*;

    fn scene(content: impl Into<Content>) -> Scene {
        let mut change = Scene::default().begin("Build");
        change.add_as("n".into(), Node::new("n", content));
        // A second node: a scene, not a single file.
        change.add_as("m".into(), Node::new("m", nodes::Model { mesh: Default::default() }));
        change.finish().0
    }

    fn fields(a: impl Into<Content>, b: impl Into<Content>) -> Vec<String> {
        let found = diff(&scene(a), &scene(b));
        found.changed.into_iter().flat_map(|node| node.fields).map(|field| field.field).collect()
    }

    fn table(properties: &[(&str, &str)]) -> nodes::Table {
        let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let values = ColumnValues::Text(vec!["x".to_owned()]);
        let column = Column { name: "a".to_owned(), values, properties: properties.collect() };
        nodes::Table::from(Table { columns: vec![column] })
    }

    fn sequence(stem: &str, lines: usize) -> nodes::Sequence {
        let text = nodes::Text { text: "line\n".repeat(lines), ..Default::default() };
        let item = SequenceItem::new("0", Node::new(format!("{stem}_0000"), text));
        nodes::Sequence { items: vec![item], ..Default::default() }
    }

    #[test]
    fn what_files_say_in_several_ways_is_equal() {
        let properties = [("unit", "mm"), ("nullValue", "0"), ("title", "")];
        assert!(fields(table(&properties), table(&[properties[1], properties[0]])).is_empty());
        assert!(fields(sequence("one", 2), sequence("other", 2)).is_empty());
        let segmentation = |contained: &[&str]| {
            let contained = contained.iter().map(|name| (*name).to_owned()).collect();
            let segments = vec![Segment { id: "s".to_owned(), ..Segment::default() }];
            nodes::Segmentation::from(Segmentation { segments, contained, ..Segmentation::default() })
        };
        assert!(fields(segmentation(&[]), segmentation(&["Binary labelmap"])).is_empty());
        let line = |value| {
            let points = [[0.0; 3], [3.0, 4.0, 0.0]].map(|position| microtome_records::ControlPoint {
                position: position.into(),
                ..Default::default()
            });
            let mut line = nodes::Markups::of_kind(nodes::MarkupsKind::Line);
            line.points = points.to_vec();
            line.measurements[0].value = value;
            line
        };
        assert!(fields(line(None), line(Some(5.0))).is_empty());
    }

    #[test]
    fn every_difference_has_a_reason() {
        assert_eq!(fields(table(&[("unit", "mm")]), table(&[])), ["properties of column a"]);
        assert_eq!(fields(sequence("one", 2), sequence("one", 3)), ["item 0: text"]);
        let browser = |postfix: &str| nodes::SequenceBrowser {
            postfixes: vec![postfix.to_owned()],
            ..nodes::SequenceBrowser::default()
        };
        assert_eq!(fields(browser("a"), browser("b")), ["postfixes"]);
        let markups = |fixed_points| nodes::Markups { fixed_points, ..nodes::Markups::default() };
        assert_eq!(fields(markups(true), markups(false)), ["fixed points"]);
    }
}
