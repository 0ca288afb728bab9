//! Nodes → scene text.

use std::collections::BTreeMap;

use microtome_scene::{Content, Node, NodeId};

use super::escape::{encode_attribute, encode_item};
use super::xml::Element;
use super::{classes, references, special};

/// The version of the format that is written: what Slicer 5.8.1 writes. Readers decide by it how to understand the file.
const VERSION: &str = "Slicer 5.8.1 33241";

/// The text of a scene file with those of the nodes that are to be saved, in their order.
pub fn write<'a>(nodes: impl Iterator<Item = (&'a NodeId, &'a Node)>) -> String {
    write_with(&BTreeMap::new(), nodes)
}

/// As [`write`](fn@write), where the root element has further attributes: those that a scene had when it was read, such as
/// `extensions` and `userTags`. The version is always this format's.
pub fn write_with<'a>(
    root: &BTreeMap<String, String>,
    nodes: impl Iterator<Item = (&'a NodeId, &'a Node)>,
) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let mut element = Element::new("MRML");
    element.set("version", VERSION);
    for (name, value) in root.iter().filter(|(name, _)| *name != "version") {
        element.set(name, value.clone());
    }
    if !root.contains_key(USER_TAGS) {
        element.set(USER_TAGS, "");
    }
    element.write_start(&mut text);
    for (id, node) in nodes.filter(|(_, node)| node.saved) {
        node_element(id, node).write(&mut text, 1);
    }
    text.push_str("</MRML>\n");
    text
}

/// The scene's own tags, which Slicer writes also where there are none.
const USER_TAGS: &str = "userTags";

/// The element of a node.
pub(super) fn node_element(id: &NodeId, node: &Node) -> Element {
    let mut element = Element::new(tag(node));
    element.set("id", id.as_str());
    element.set("name", node.name.clone());
    if !node.description.is_empty() {
        element.set("description", node.description.clone());
    }
    element.set("hideFromEditors", node.hidden.to_string());
    element.set("selectable", node.selectable.to_string());
    element.set("selected", node.selected.to_string());
    if let Some(tag) = &node.singleton {
        element.set("singletonTag", tag.clone());
    }
    let mut attributes: Vec<String> = node
        .attributes
        .iter()
        .map(|(name, value)| format!("{}:{}", encode_attribute(name), encode_item(value)))
        .collect();
    if matches!(node.content, Content::SubjectHierarchy(_))
        && !node.attributes.contains_key(HIERARCHY_VERSION)
    {
        attributes.push(format!("{HIERARCHY_VERSION}:2"));
    }
    if !attributes.is_empty() {
        element.set("attributes", attributes.join(";"));
    }
    let listed = node.references.iter().filter(|(role, _)| references::own_attribute(role).is_none());
    let listed = references::to_text(listed);
    if !listed.is_empty() {
        element.set("references", listed);
    }
    for role in node.references.keys() {
        let Some(separator) = references::own_attribute(role) else { continue };
        let targets: Vec<&str> = node.references(role).map(NodeId::as_str).collect();
        element.set(role.name(), targets.join(separator));
    }
    node.content.fields().visit(&mut |name, value| element.set(name, value));
    special::write(node, &mut element);
    let known: std::collections::BTreeSet<String> = element.names().map(str::to_owned).collect();
    for (name, value) in node.unknown.iter().filter(|(name, _)| !known.contains(name.as_str())) {
        element.set(name, value.clone());
    }
    element
}

const HIERARCHY_VERSION: &str = "SubjectHierarchyVersion";

fn tag(node: &Node) -> &str {
    match &node.content {
        Content::Other(other) if !other.tag.is_empty() => &other.tag,
        content => classes::tag_of(content.class()),
    }
}
