//! Who holds which memory: the present scene, the history, or both.

use std::collections::HashMap;
use std::sync::Arc;

use crate::node::Node;
use crate::record::{Changes, each_chunk};

/// Shared memory: a node itself, or bulk data in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allocation {
    /// Address and length.
    identity: (usize, usize),
    /// Bytes of memory that it costs; none for mapped files.
    bytes: usize,
}

/// How often each allocation is in the present scene, and in how many steps' lists. An allocation that is in a list but not
/// in the scene is held by the history only.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    entries: HashMap<(usize, usize), Entry>,
    held: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    present: usize,
    listed: usize,
}

impl Entry {
    const fn is_held(self) -> bool {
        self.present == 0 && self.listed > 0
    }
}

impl Ledger {
    /// Bytes that only the history holds.
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// Notes what went out of the present scene and what came in.
    pub(super) fn present(&mut self, gone: &[Allocation], come: &[Allocation]) {
        come.iter().for_each(|allocation| self.change(allocation, |entry| entry.present += 1));
        gone.iter().for_each(|allocation| {
            self.change(allocation, |entry| entry.present = entry.present.saturating_sub(1));
        });
    }

    /// Notes what a step holds.
    pub(super) fn list(&mut self, allocations: &[Allocation]) {
        allocations.iter().for_each(|allocation| self.change(allocation, |entry| entry.listed += 1));
    }

    /// Notes that a step no longer holds it.
    pub(super) fn unlist(&mut self, allocations: &[Allocation]) {
        allocations.iter().for_each(|allocation| {
            self.change(allocation, |entry| entry.listed = entry.listed.saturating_sub(1));
        });
    }

    fn change(&mut self, allocation: &Allocation, change: impl FnOnce(&mut Entry)) {
        let entry = self.entries.entry(allocation.identity).or_default();
        let before = entry.is_held();
        change(entry);
        let after = *entry;
        if after.present == 0 && after.listed == 0 {
            self.entries.remove(&allocation.identity);
        }
        match (before, after.is_held()) {
            (false, true) => self.held += allocation.bytes,
            (true, false) => self.held -= allocation.bytes,
            _ => {}
        }
    }
}

/// What changes took out of the scene, and what they brought.
pub(super) fn difference(changes: &Changes) -> (Vec<Allocation>, Vec<Allocation>) {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for change in changes.nodes() {
        let old = change.before.as_ref().map(|node| chunks(node, &mut removed)).unwrap_or_default();
        let new = change.after.as_ref().map(|node| chunks(node, &mut added)).unwrap_or_default();
        // The same data stand mostly in the same order.
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[same..], &new[same..]);
        let same = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let (old, new) = (&old[..old.len() - same], &new[..new.len() - same]);
        let mut counts: HashMap<(usize, usize), isize> = HashMap::new();
        new.iter().for_each(|allocation| *counts.entry(allocation.identity).or_default() += 1);
        for allocation in old {
            let count = counts.entry(allocation.identity).or_default();
            *count -= 1;
            if *count < 0 {
                removed.push(*allocation);
            }
        }
        for allocation in new {
            let count = counts.entry(allocation.identity).or_default();
            if *count > 0 {
                *count -= 1;
                added.push(*allocation);
            }
        }
    }
    (removed, added)
}

/// The bulk data that a node holds. The node itself, which is never the same as another, goes to `nodes`.
fn chunks(node: &Arc<Node>, nodes: &mut Vec<Allocation>) -> Vec<Allocation> {
    let mut all = Vec::new();
    let own = each_chunk(node, |chunk| {
        let bytes = if chunk.origin().is_some() { 0 } else { chunk.length() };
        all.push(Allocation { identity: chunk.identity(), bytes });
    });
    let identity = (Arc::as_ptr(node) as usize, 0);
    nodes.push(Allocation { identity, bytes: own + size_of::<Node>() });
    all
}
