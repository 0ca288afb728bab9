//! Changes to a scene.

use std::collections::BTreeMap;
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
        let id = self.after.add(node);
        self.changes.insert(id.clone(), Change::Added);
        id
    }

    /// Adds a node under the identifier `id`, as a file gives it, or under a new one if that is taken; says which.
    pub fn add_as(&mut self, id: NodeId, node: impl Into<Arc<Node>>) -> NodeId {
        let id = self.after.add_as(id, node.into());
        self.changes.insert(id.clone(), Change::Added);
        id
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
            self.after.replace(id, Arc::new(node));
            self.changes.entry(id.clone()).or_insert(Change::Modified);
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
        self.after.remove(id);
        let added_here = self.changes.get(id) == Some(&Change::Added);
        if added_here {
            self.changes.remove(id);
        } else {
            self.changes.insert(id.clone(), Change::Removed);
        }
        let holders: Vec<NodeId> = self
            .after
            .nodes()
            .filter(|(_, node)| node.refers_to(id))
            .map(|(holder, _)| holder.clone())
            .collect();
        for holder in holders {
            self.update(&holder, |node| node.forget(id))?;
        }
        Ok(())
    }

    /// The next scene, and what changed in it, by identifier.
    pub fn finish(self) -> (Scene, Vec<(NodeId, Change)>) {
        (self.after, self.changes.into_iter().collect())
    }
}
