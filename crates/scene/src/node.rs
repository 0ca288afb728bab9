//! What all nodes have in common.

use std::collections::BTreeMap;

use crate::id::NodeId;
use crate::nodes::Content;

/// What one node is to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The display nodes of a displayable node.
    Display,
    /// The transform that a node stands under.
    Transform,
    /// The colour table of a display node.
    Color,
}

/// A node of the scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The name that people see; it need not be unique.
    pub name: String,
    /// Free text about the node.
    pub description: String,
    /// Free properties by name, as scripts and DICOM loading set them.
    pub attributes: BTreeMap<String, String>,
    /// The nodes that this one refers to, by role, in order.
    pub references: BTreeMap<Role, Vec<NodeId>>,
    /// What the node is.
    pub content: Content,
}

impl Node {
    /// A node without attributes or references.
    pub fn new(name: impl Into<String>, content: impl Into<Content>) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            attributes: BTreeMap::new(),
            references: BTreeMap::new(),
            content: content.into(),
        }
    }

    /// The node with a reference added.
    pub fn referring(mut self, role: Role, to: NodeId) -> Self {
        self.references.entry(role).or_default().push(to);
        self
    }

    /// The first node that this one refers to in `role`.
    pub fn reference(&self, role: Role) -> Option<&NodeId> {
        self.references.get(&role)?.first()
    }

    /// The node's class: its MRML class without the `vtkMRML` prefix and `Node` suffix.
    pub fn class(&self) -> &'static str {
        self.content.class()
    }
}
