//! Changes to a scene.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::id::NodeId;
use crate::node::Node;
use crate::scene::Scene;

/// A node that a transaction names does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scene has no node {id}")]
pub struct UnknownNode {
    /// The name.
    pub id: NodeId,
}

/// What happened to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// Something in it is different.
    Modified,
    /// It is gone.
    Removed,
}

/// A change being made: it takes one scene value to the next. Nothing is visible to anyone until it is committed.
#[derive(Clone, Debug)]
pub struct Transaction {
    name: String,
    before: Scene,
    after: Scene,
    changes: BTreeMap<NodeId, Change>,
}

impl Transaction {
    pub(crate) fn new(scene: Scene, name: String) -> Self {
        Self { name, before: scene.clone(), after: scene, changes: BTreeMap::new() }
    }

    /// What the change is called, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scene as it is so far.
    pub const fn scene(&self) -> &Scene {
        &self.after
    }

    /// The scene from which the change began.
    pub const fn before(&self) -> &Scene {
        &self.before
    }

    /// Adds a node and gives it its identifier.
    pub fn add(&mut self, node: Node) -> NodeId {
        self.add_shared(Arc::new(node))
    }

    pub(crate) fn add_shared(&mut self, node: Arc<Node>) -> NodeId {
        let id = self.after.add(node);
        self.note_added(&id);
        id
    }

    /// Adds a node under the identifier `id`, as a file gives it, or under a new one if that is taken; says which.
    pub fn add_as(&mut self, id: NodeId, node: impl Into<Arc<Node>>) -> NodeId {
        let id = self.after.add_as(id, node.into());
        self.note_added(&id);
        id
    }

    /// Takes note of an added node, which may follow one of the same identifier that was removed.
    fn note_added(&mut self, id: &NodeId) {
        let change = if self.before.node(id).is_some() { Change::Modified } else { Change::Added };
        self.changes.insert(id.clone(), change);
    }

    /// Puts a node in the place of the node `id`, which is there.
    pub(crate) fn set(&mut self, id: &NodeId, node: Arc<Node>) {
        self.after.replace(id, node);
        self.changes.entry(id.clone()).or_insert(Change::Modified);
    }

    /// Uses up the identifiers that `other` has used up.
    pub(crate) fn use_up_counters(&mut self, other: &Scene) {
        self.after.use_up_counters(other);
    }

    /// Changes the node `id`. A node that `edit` leaves equal does not count as changed.
    ///
    /// # Errors
    /// [`UnknownNode`] if there is none.
    pub fn update(&mut self, id: &NodeId, edit: impl FnOnce(&mut Node)) -> Result<(), UnknownNode> {
        let old = self.after.shared(id).ok_or_else(|| UnknownNode { id: id.clone() })?;
        let mut node = Node::clone(old);
        edit(&mut node);
        if node != **old {
            self.set(id, Arc::new(node));
        }
        Ok(())
    }

    /// Removes the node `id`, and every reference to it.
    ///
    /// # Errors
    /// [`UnknownNode`] if there is none.
    pub fn remove(&mut self, id: &NodeId) -> Result<(), UnknownNode> {
        if self.after.node(id).is_none() {
            return Err(UnknownNode { id: id.clone() });
        }
        self.remove_all(std::slice::from_ref(id));
        Ok(())
    }

    /// Removes those of the nodes that there are, and every reference to them, in one pass over the scene.
    pub fn remove_all(&mut self, ids: &[NodeId]) {
        let mut gone = HashSet::with_capacity(ids.len());
        for id in ids.iter().filter(|id| self.after.node(id).is_some()) {
            if self.before.node(id).is_some() {
                self.changes.insert(id.clone(), Change::Removed);
            } else {
                self.changes.remove(id);
            }
            gone.insert(id);
        }
        if gone.is_empty() {
            return;
        }
        gone.iter().for_each(|id| self.after.remove(id));
        let holders = self.after.nodes().filter(|(_, node)| node.node_ids().any(|id| gone.contains(id)));
        let holders: Vec<NodeId> = holders.map(|(holder, _)| holder.clone()).collect();
        for holder in holders {
            if let Some(node) = self.after.node(&holder) {
                let mut node = node.clone();
                node.rename_references(&|id| (!gone.contains(id)).then(|| id.clone()));
                self.set(&holder, Arc::new(node));
            }
        }
    }

    /// What has changed so far, by identifier.
    pub fn changes(&self) -> impl Iterator<Item = (&NodeId, Change)> {
        self.changes.iter().map(|(id, change)| (id, *change))
    }

    /// The next scene, and what changed in it, by identifier.
    pub fn finish(self) -> (Scene, Vec<(NodeId, Change)>) {
        (self.after, self.changes.into_iter().collect())
    }
}
