//! What all nodes have in common.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::id::NodeId;
use crate::nodes::Content;

/// What one node is to another: the reference roles of Slicer's scenes. Modules make up their own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(Cow<'static, str>);

impl Role {
    /// The display nodes of a displayable node.
    pub const DISPLAY: Self = Self(Cow::Borrowed("display"));
    /// The storage node of a node with a file.
    pub const STORAGE: Self = Self(Cow::Borrowed("storage"));
    /// The transform that a node stands under.
    pub const TRANSFORM: Self = Self(Cow::Borrowed("transform"));
    /// The colour table of a display node. It may be a built-in one that is no node of the scene.
    pub const COLOR: Self = Self(Cow::Borrowed("colorNodeID"));
    /// The views that a display node is shown in; all if there are none.
    pub const VIEW: Self = Self(Cow::Borrowed("viewNodeRef"));
    /// The 3D views that a slice is shown in.
    pub const THREE_D_VIEW: Self = Self(Cow::Borrowed("threeDViewNodeRef"));
    /// The volume that gives a segmentation its grid.
    pub const REFERENCE_GEOMETRY: Self = Self(Cow::Borrowed("referenceImageGeometryRef"));
    /// The clipping of a display node.
    pub const CLIP: Self = Self(Cow::Borrowed("ClipNode"));
    /// What a clipping node clips with.
    pub const CLIPPING: Self = Self(Cow::Borrowed("clipping"));
    /// The transfer functions of a volume rendering.
    pub const VOLUME_PROPERTY: Self = Self(Cow::Borrowed("volumeProperty"));
    /// The region that a volume rendering is cropped to.
    pub const ROI: Self = Self(Cow::Borrowed("roi"));
    /// The model that a curve goes over or is drawn onto.
    pub const CURVE_SURFACE: Self = Self(Cow::Borrowed("shortestDistanceSurface"));

    /// The role called `name` in scene files.
    pub fn named(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// The name in scene files.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One reference to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The node.
    pub node: NodeId,
    /// What is said of the reference itself, by name.
    pub properties: BTreeMap<String, String>,
}

impl From<NodeId> for Reference {
    fn from(node: NodeId) -> Self {
        Self { node, properties: BTreeMap::new() }
    }
}

/// A node of the scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The name that people see; it need not be unique.
    pub name: String,
    /// Free text about the node.
    pub description: String,
    /// Whether lists and selectors leave the node out.
    pub hidden: bool,
    /// Whether people may select the node.
    pub selectable: bool,
    /// Whether the node is selected.
    pub selected: bool,
    /// A node of a class with this tag is the only one; it outlives the closing of a scene.
    pub singleton: Option<String>,
    /// Whether the node is written to scene files.
    pub saved: bool,
    /// Free properties by name, as scripts and DICOM loading set them.
    pub attributes: BTreeMap<String, String>,
    /// The nodes that this one refers to, by role, in order.
    pub references: BTreeMap<Role, Vec<Reference>>,
    /// What a scene file said of the node that no field of ours holds, by name. It is written back as it was.
    pub unknown: BTreeMap<String, String>,
    /// What the node is.
    pub content: Content,
}

impl Node {
    /// A node without attributes or references.
    pub fn new(name: impl Into<String>, content: impl Into<Content>) -> Self {
        let content = content.into();
        Self {
            name: name.into(),
            description: String::new(),
            hidden: content.is_hidden(),
            selectable: true,
            selected: false,
            singleton: None,
            saved: true,
            attributes: BTreeMap::new(),
            references: BTreeMap::new(),
            unknown: BTreeMap::new(),
            content,
        }
    }

    /// The node with a reference added.
    pub fn referring(mut self, role: Role, to: NodeId) -> Self {
        self.references.entry(role).or_default().push(to.into());
        self
    }

    /// The first node that this one refers to in `role`.
    pub fn reference(&self, role: &Role) -> Option<&NodeId> {
        self.references(role).next()
    }

    /// The nodes that this one refers to in `role`.
    pub fn references(&self, role: &Role) -> impl Iterator<Item = &NodeId> {
        self.references.get(role).into_iter().flatten().map(|reference| &reference.node)
    }

    /// Makes `to` the only node that this one refers to in `role`; `None` for no node.
    pub fn refer(&mut self, role: Role, to: Option<NodeId>) {
        match to {
            Some(to) => drop(self.references.insert(role, vec![to.into()])),
            None => drop(self.references.remove(&role)),
        }
    }

    /// Whether the node names `id` anywhere.
    pub fn refers_to(&self, id: &NodeId) -> bool {
        self.node_ids().any(|other| other == id)
    }

    /// The nodes that this one names anywhere.
    pub(crate) fn node_ids(&self) -> impl Iterator<Item = &NodeId> {
        self.references.values().flatten().map(|reference| &reference.node).chain(self.content.node_ids())
    }

    /// Renames every reference by `rename`; one that it gives no name for is dropped.
    pub fn rename_references(&mut self, rename: &dyn Fn(&NodeId) -> Option<NodeId>) {
        for all in self.references.values_mut() {
            all.retain_mut(|reference| match rename(&reference.node) {
                Some(id) => {
                    reference.node = id;
                    true
                }
                None => false,
            });
        }
        self.references.retain(|_, all| !all.is_empty());
        self.content.rename_node_ids(rename);
    }

    /// The node's class: its MRML class without the `vtkMRML` prefix and `Node` suffix.
    pub fn class(&self) -> &str {
        self.content.class()
    }
}
