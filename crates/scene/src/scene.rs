//! The persistent map of nodes.

use std::collections::HashSet;
use std::sync::Arc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use microtome_geometry::Transform;

use crate::id::NodeId;
use crate::node::{Node, Role};
use crate::nodes::Content;
use crate::transaction::Transaction;

/// A node in its place.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: NodeId,
    pub(crate) node: Arc<Node>,
}

impl PartialEq for Entry {
    /// Whether both are the very same node, without a look into it.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && Arc::ptr_eq(&self.node, &other.node)
    }
}

/// A scene: nodes in the order in which they were added. Cloning is O(1).
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Nodes by serial number, which keeps their order.
    nodes: OrdMap<u64, Entry>,
    serials: OrdMap<NodeId, u64>,
    next_serial: u64,
    /// How many identifiers each class has used up; they are never used again.
    counters: OrdMap<Arc<str>, u64>,
}

impl Scene {
    /// Begins a change, named for people (`Threshold`, `Move F-1`).
    pub fn begin(&self, name: impl Into<String>) -> Transaction {
        Transaction::new(self.clone(), name.into())
    }

    /// The node `id`.
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        Some(self.shared(id)?)
    }

    /// The node `id`, to keep.
    pub fn shared(&self, id: &NodeId) -> Option<&Arc<Node>> {
        Some(&self.nodes.get(self.serials.get(id)?)?.node)
    }

    /// All nodes, in the order in which they were added.
    pub fn nodes(&self) -> impl Iterator<Item = (&NodeId, &Node)> {
        self.nodes.values().map(|entry| (&entry.id, &*entry.node))
    }

    /// All nodes, to keep, in the order in which they were added.
    pub fn shared_nodes(&self) -> impl Iterator<Item = (&NodeId, &Arc<Node>)> {
        self.nodes.values().map(|entry| (&entry.id, &entry.node))
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The first node that `id` refers to in `role`.
    pub fn referenced(&self, id: &NodeId, role: &Role) -> Option<(&NodeId, &Node)> {
        let target = self.node(id)?.reference(role)?;
        let entry = self.nodes.get(self.serials.get(target)?)?;
        Some((&entry.id, &entry.node))
    }

    /// The map from the node's own coordinates to the world, through every transform that it stands under. A cycle of
    /// transforms ends where it would begin again.
    pub fn to_world(&self, id: &NodeId) -> Transform {
        let mut parts = Vec::new();
        let mut seen = HashSet::from([id.clone()]);
        let mut current = id.clone();
        while let Some((parent, node)) = self.referenced(&current, &Role::TRANSFORM) {
            let Content::Transform(transform) = &node.content else { break };
            if !seen.insert(parent.clone()) {
                break;
            }
            parts.push(transform.to_parent());
            current = parent.clone();
        }
        match parts.len() {
            0 => Transform::identity(),
            1 => parts.swap_remove(0),
            _ => Transform::Composite(parts),
        }
    }

    /// A free identifier for a node of `class`.
    fn new_id(&mut self, class: &str) -> NodeId {
        loop {
            let count = self.count(class).wrapping_add(1);
            self.counters.insert(class.into(), count);
            let id = NodeId::from(format!("vtkMRML{class}Node{count}"));
            if !self.serials.contains_key(&id) {
                return id;
            }
        }
    }

    /// Adds a node: a singleton under the identifier of its tag, others under a new one.
    pub(crate) fn add(&mut self, node: Arc<Node>) -> NodeId {
        let id = match &node.singleton {
            Some(tag) => {
                let id = NodeId::from(format!("vtkMRML{}Node{tag}", node.class()));
                if self.serials.contains_key(&id) { self.new_id(node.class()) } else { id }
            }
            None => self.new_id(node.class()),
        };
        self.insert(id.clone(), node);
        id
    }

    /// Adds a node under a given identifier; if that is taken, under a new one.
    pub(crate) fn add_as(&mut self, id: NodeId, node: Arc<Node>) -> NodeId {
        let id = if self.serials.contains_key(&id) { self.new_id(node.class()) } else { id };
        self.insert(id.clone(), node);
        id
    }

    fn insert(&mut self, id: NodeId, node: Arc<Node>) {
        self.serials.insert(id.clone(), self.next_serial);
        self.nodes.insert(self.next_serial, Entry { id, node });
        self.next_serial += 1;
    }

    pub(crate) fn replace(&mut self, id: &NodeId, node: Arc<Node>) {
        if let Some(serial) = self.serials.get(id) {
            self.nodes.insert(*serial, Entry { id: id.clone(), node });
        }
    }

    /// The places in which `after` differs: what stands there in `self`, and in `after`.
    pub(crate) fn differences(&self, after: &Self) -> Vec<(u64, Option<Entry>, Option<Entry>)> {
        let differences = self.nodes.diff(&after.nodes).map(|item| match item {
            DiffItem::Add(serial, new) => (*serial, None, Some(new.clone())),
            DiffItem::Update { old: (serial, old), new: (_, new) } => {
                (*serial, Some(old.clone()), Some(new.clone()))
            }
            DiffItem::Remove(serial, old) => (*serial, Some(old.clone()), None),
        });
        differences.collect()
    }

    /// What stands in a place.
    pub(crate) fn at(&self, serial: u64) -> Option<&Entry> {
        self.nodes.get(&serial)
    }

    /// Puts a node in its place; whether no other node stands there or has the name.
    pub(crate) fn put_at(&mut self, serial: u64, id: NodeId, node: Arc<Node>) -> bool {
        let taken = self.nodes.get(&serial).is_some_and(|entry| entry.id != id)
            || self.serials.get(&id).is_some_and(|other| *other != serial);
        if !taken {
            self.serials.insert(id.clone(), serial);
            self.nodes.insert(serial, Entry { id, node });
        }
        !taken
    }

    /// The place of the next node.
    pub(crate) const fn next_serial(&self) -> u64 {
        self.next_serial
    }

    pub(crate) const fn set_next_serial(&mut self, serial: u64) {
        self.next_serial = serial;
    }

    /// Whether this is the very same scene, without a look at the nodes.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.nodes.ptr_eq(&other.nodes)
            && self.next_serial == other.next_serial
            && self.counters.ptr_eq(&other.counters)
    }

    /// The place of the node `id`.
    pub(crate) fn serial(&self, id: &NodeId) -> Option<u64> {
        self.serials.get(id).copied()
    }

    /// How many identifiers a class has used up.
    pub(crate) fn count(&self, class: &str) -> u64 {
        self.counters.get(class).copied().unwrap_or(0)
    }

    /// Uses up the identifiers that `other` has used up.
    pub(crate) fn use_up_counters(&mut self, other: &Self) {
        for (class, count) in &other.counters {
            if *count > self.count(class) {
                self.counters.insert(Arc::clone(class), *count);
            }
        }
    }

    /// How many identifiers each class has used up.
    pub(crate) fn counters(&self) -> impl Iterator<Item = (&Arc<str>, u64)> {
        self.counters.iter().map(|(class, count)| (class, *count))
    }

    pub(crate) fn set_counter(&mut self, class: &str, count: u64) {
        match count {
            0 => self.counters.remove(class),
            _ => self.counters.insert(class.into(), count),
        };
    }

    pub(crate) fn remove(&mut self, id: &NodeId) {
        if let Some(serial) = self.serials.remove(id) {
            self.nodes.remove(&serial);
        }
    }
}

impl PartialEq for Scene {
    /// Equal when both hold equal nodes under the same identifiers in the same order.
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Entry, b: &Entry| a == b || a.id == b.id && a.node == b.node;
        self.len() == other.len() && self.nodes.values().zip(other.nodes.values()).all(|(a, b)| same(a, b))
    }
}
