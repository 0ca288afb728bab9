//! A change that was begun on an older scene, made on a newer one.
//!
//! A job works on a snapshot while people go on. What it did is found by comparing the snapshot with what it made of it, and
//! done again on the scene as it is by then:
//!
//! - Nodes are merged, not replaced: each member, each field, each entry of a list whose items have names, each voxel of a
//!   label map on its own. Where both sides changed the same, the later commit holds, as ever.
//! - A node that is gone by then stays gone. A node that the change removes goes, even if it was changed meanwhile.
//! - An added node whose identifier is used by then gets another one, and the change's own references follow. A singleton
//!   that both sides added is one node.
//! - References to what is gone by then are dropped.
//!
//! Whatever did not simply come together is told as a [`Conflict`]. Changes of different things come to the same scene in
//! either order, but for the order of the nodes that they add. Nodes that only one side touched are shared, not copied.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::id::NodeId;
use crate::node::Node;
use crate::nodes::Content;
use crate::record::{Merging, Record, identity};
use crate::scene::Scene;
use crate::transaction::{Change, Transaction};

/// Where a change and what happened meanwhile did not simply come together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// A node that the change changes had been removed: that part of the change is left out.
    Gone {
        /// The node.
        id: NodeId,
    },
    /// A node that the change removes had been changed: it is removed.
    RemovedChanged {
        /// The node.
        id: NodeId,
    },
    /// Both changed the same members of a node: the later change holds.
    Overwritten {
        /// The node.
        id: NodeId,
        /// The members.
        members: Vec<&'static str>,
    },
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone { id } => write!(f, "{id} had been removed meanwhile and stays so"),
            Self::RemovedChanged { id } => write!(f, "{id} is removed, with what had been changed meanwhile"),
            Self::Overwritten { id, members } => {
                write!(f, "{id} had been changed meanwhile too: {} replaced", members.join(", "))
            }
        }
    }
}

/// A change on a newer scene than it was begun on.
#[derive(Clone, Debug)]
pub struct Rebased {
    /// The change, begun on the newer scene.
    pub transaction: Transaction,
    /// Added nodes whose identifiers were used meanwhile, and the identifiers that they have now.
    pub renamed: BTreeMap<NodeId, NodeId>,
    /// What did not simply come together.
    pub conflicts: Vec<Conflict>,
}

impl Transaction {
    /// The change as if it had been begun on `scene`. This takes time for what differs only.
    pub fn rebase(self, scene: &Scene) -> Rebased {
        if self.before().is_same(scene) {
            return Rebased { transaction: self, renamed: BTreeMap::new(), conflicts: Vec::new() };
        }
        let before = self.before().clone();
        let mut rebase = Rebase { scene, begun: self.scene().clone(), before, renamed: BTreeMap::new() };
        let mut result = Transaction::new(scene.clone(), self.name().to_owned());
        let mut conflicts = Vec::new();
        let (after, changes) = self.finish();
        let mut added: Vec<(u64, NodeId)> = Vec::new();
        let (mut modified, mut removed) = (Vec::new(), Vec::new());
        for (id, change) in changes {
            match change {
                Change::Added => added.extend(after.serial(&id).map(|serial| (serial, id))),
                Change::Modified => modified.push(id),
                Change::Removed => removed.push(id),
            }
        }
        added.sort();
        result.use_up_counters(&after);
        // All get their places first, since they may refer to each other.
        let mut places = Vec::new();
        for (_, id) in added {
            let Some(node) = after.shared(&id) else { continue };
            if rebase.is_common_singleton(&id, node) {
                modified.push(id);
                continue;
            }
            let place = if rebase.is_used(&id, node) {
                let place = result.add_shared(Arc::clone(node));
                rebase.renamed.insert(id, place.clone());
                place
            } else {
                result.add_as(id, Arc::clone(node))
            };
            places.push((place, node));
        }
        for (place, node) in places {
            if let Some(node) = rebase.with_own_references(node) {
                result.set(&place, Arc::new(node));
            }
        }
        for id in modified {
            conflicts.extend(rebase.modify(&mut result, id));
        }
        let mut gone = Vec::new();
        for id in removed {
            let Some(now) = scene.shared(&id) else { continue };
            if rebase.before.shared(&id).is_none_or(|then| !unchanged(then, now)) {
                conflicts.push(Conflict::RemovedChanged { id: id.clone() });
            }
            gone.push(id);
        }
        result.remove_all(&gone);
        Rebased { transaction: result, renamed: rebase.renamed, conflicts }
    }
}

fn unchanged(then: &Arc<Node>, now: &Arc<Node>) -> bool {
    Arc::ptr_eq(then, now) || identity(then) == identity(now)
}

/// What a rebase looks things up in.
struct Rebase<'s> {
    /// The scene that the change is to be made on.
    scene: &'s Scene,
    /// The scene that it was begun on, and what it made of it.
    before: Scene,
    begun: Scene,
    renamed: BTreeMap<NodeId, NodeId>,
}

impl Rebase<'_> {
    /// Whether both sides added a singleton.
    fn is_common_singleton(&self, id: &NodeId, node: &Node) -> bool {
        let there = self.scene.node(id);
        node.singleton.is_some()
            && there.is_some_and(|there| there.singleton == node.singleton && there.class() == node.class())
    }

    /// Whether an added node's identifier is used, or was and is used up.
    fn is_used(&self, id: &NodeId, node: &Node) -> bool {
        let class = node.class();
        let given_out = self.before.count(class).saturating_add(1)..=self.scene.count(class);
        let number =
            || id.as_str().strip_prefix("vtkMRML")?.strip_prefix(class)?.strip_prefix("Node")?.parse().ok();
        self.scene.node(id).is_some() || number().is_some_and(|number: u64| given_out.contains(&number))
    }

    /// Whether a node was removed meanwhile.
    fn is_gone(&self, id: &NodeId) -> bool {
        self.before.node(id).is_some() && self.scene.node(id).is_none()
    }

    /// The node with references as they are to be on the newer scene; `None` if they are already.
    fn with_own_references(&self, node: &Node) -> Option<Node> {
        let stale = |id: &NodeId| self.renamed.contains_key(id) || self.is_gone(id);
        node.node_ids().any(stale).then(|| {
            let mut node = node.clone();
            node.rename_references(&|id| {
                let id = self.renamed.get(id).unwrap_or(id);
                (!self.is_gone(id)).then(|| id.clone())
            });
            node
        })
    }

    /// Merges what the change made of a node into what it is by now.
    fn modify(&self, result: &mut Transaction, id: NodeId) -> Option<Conflict> {
        let (mine, theirs) = (self.begun.shared(&id)?, self.scene.shared(&id));
        let Some(theirs) = theirs.filter(|theirs| theirs.class() == mine.class() || self.is_untouched(&id))
        else {
            return Some(Conflict::Gone { id });
        };
        let own = self.with_own_references(mine).map_or_else(|| Arc::clone(mine), Arc::new);
        let base = match self.before.shared(&id) {
            Some(base) if Arc::ptr_eq(base, theirs) => {
                result.set(&id, own);
                return None;
            }
            Some(base) => Arc::clone(base),
            // A singleton that both added began as an empty node.
            None => Arc::new(Node::new("", Content::of_class(mine.class())?)),
        };
        let mut merging = Merging::default();
        let merged = Node::merge(&base, &own, theirs, &mut merging);
        if merged != **theirs {
            result.set(&id, Arc::new(merged));
        }
        let members = merging.into_clashes();
        (!members.is_empty()).then_some(Conflict::Overwritten { id, members })
    }

    fn is_untouched(&self, id: &NodeId) -> bool {
        match (self.before.shared(id), self.scene.shared(id)) {
            (Some(then), Some(now)) => Arc::ptr_eq(then, now),
            _ => false,
        }
    }
}
