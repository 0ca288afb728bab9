//! What takes one scene to another, as bytes.
//!
//! A changed node is written whole, but chunks that its earlier version has are named by their place in that version's
//! record, which costs about one byte each. So the record of a brush stroke holds the voxel blocks that it touched, and
//! only these; and what is read back shares memory with the scene that it is applied to.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use super::basic::{put_text, take_text};
use super::chunk::{Chunk, ChunkId, ChunkSource, ChunkStore, Shared};
use super::reader::{Input, Piece, PieceSource};
use super::writer::{ChunkSink, put_varint};
use super::{Malformed, Reader, Record, Writer};
use crate::id::NodeId;
use crate::node::Node;
use crate::scene::Scene;

/// A chunk longer than this is also looked for in other nodes than the one that it is written for. No block of a label map
/// is as long.
const WIDELY_SHARED: usize = 1 << 18;

/// No scene comes to have had as many nodes.
const MOST_SERIALS: u64 = 1 << 48;

/// How a chunk is named: as a new one, by its place among the whole scene's, or from here on by the distance of its place
/// among the same node's from the place behind the last one.
const NEW: u64 = 0;
const ELSEWHERE: u64 = 1;
const SAME_NODE: u64 = 2;

/// What happened to one node.
#[derive(Clone, Debug)]
pub struct NodeChange {
    /// Its place in the scene.
    serial: u64,
    /// The node.
    pub id: NodeId,
    /// As it was; `None` if there was none.
    pub before: Option<Arc<Node>>,
    /// As it is; `None` if it is gone.
    pub after: Option<Arc<Node>>,
}

/// What takes one scene to another.
#[derive(Clone, Debug)]
pub struct Changes {
    before: Scene,
    after: Scene,
    nodes: Vec<NodeChange>,
}

impl Changes {
    /// What takes `before` to `after`. Where the two share most of their nodes, this takes time only for the others.
    pub fn between(before: &Scene, after: &Scene) -> Self {
        let mut nodes = Vec::new();
        for (serial, old, new) in before.differences(after) {
            match (old, new) {
                // Another node in its place, which only scenes that never were one have.
                (Some(old), Some(new)) if old.id != new.id => {
                    nodes.push(NodeChange { serial, id: old.id, before: Some(old.node), after: None });
                    nodes.push(NodeChange { serial, id: new.id, before: None, after: Some(new.node) });
                }
                (old, new) => {
                    let Some(id) = new.as_ref().or(old.as_ref()).map(|entry| entry.id.clone()) else {
                        continue;
                    };
                    let (before, after) = (old.map(|entry| entry.node), new.map(|entry| entry.node));
                    nodes.push(NodeChange { serial, id, before, after });
                }
            }
        }
        Self { before: before.clone(), after: after.clone(), nodes }
    }

    /// The nodes that differ.
    pub fn nodes(&self) -> &[NodeChange] {
        &self.nodes
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.before.next_serial() == self.after.next_serial()
    }

    /// The changes as bytes; new chunks go to `store`.
    pub fn to_bytes(&self, store: &mut dyn ChunkStore) -> Vec<u8> {
        let mut sink =
            Naming { scene: &self.before, store, local: HashMap::new(), next: 0, everywhere: None };
        let mut bytes = Vec::new();
        put_varint(&mut bytes, self.after.next_serial());
        let counters = counter_changes(&self.before, &self.after);
        put_varint(&mut bytes, counters.len() as u64);
        let mut out = Writer::new(&mut sink);
        for (class, count) in counters {
            put_text(&class, &mut out);
            out.varint(count);
        }
        bytes.extend(out.finish());
        put_varint(&mut bytes, self.nodes.len() as u64);
        for change in &self.nodes {
            put_varint(&mut bytes, change.serial);
            sink.local = change.before.as_deref().map(places).unwrap_or_default();
            sink.next = 0;
            let mut out = Writer::new(&mut sink);
            change.id.put(&mut out);
            change.after.put(&mut out);
            bytes.extend(out.finish());
        }
        bytes
    }

    /// The scene that changes lead to from `before`, which must be the scene that they were found from.
    ///
    /// # Errors
    /// [`Malformed`] if the bytes are no changes, or a chunk is missing.
    pub fn apply(before: &Scene, bytes: &[u8], source: &mut dyn ChunkSource) -> Result<Scene, Malformed> {
        let mut finding = Finding {
            scene: before,
            source,
            node: None,
            local: None,
            next: 0,
            everywhere: None,
            made: HashMap::new(),
        };
        let mut scene = before.clone();
        let mut input = Reader::new(bytes, &mut finding);
        let next_serial = input.varint()?;
        if next_serial > MOST_SERIALS {
            return Err(Malformed::new("a node's place is too great"));
        }
        scene.set_next_serial(next_serial);
        for _ in 0..input.count()? {
            let class = take_text(&mut input)?;
            scene.set_counter(class, input.varint()?);
        }
        let count = input.count()?;
        let mut added = Vec::new();
        for _ in 0..count {
            let (serial, id) = (input.varint()?, NodeId::take(&mut input)?);
            input.begin(serial, &id);
            match Record::take(&mut input)? {
                Some(node) => added.push((serial, id, node)),
                None => scene.remove(&id),
            }
        }
        if input.remaining() > 0 {
            return Err(Malformed::new("it does not end where it should"));
        }
        // A node may have got another's name or place, so those that are gone go first.
        for (serial, id, node) in added {
            if serial >= next_serial || !scene.put_at(serial, id, node) {
                return Err(Malformed::new("a node's place is taken"));
            }
        }
        Ok(scene)
    }
}

/// The counts of used identifiers that differ, by class; 0 for a class without.
fn counter_changes(before: &Scene, after: &Scene) -> Vec<(Arc<str>, u64)> {
    let old: HashMap<&Arc<str>, u64> = before.counters().collect();
    let new: HashMap<&Arc<str>, u64> = after.counters().collect();
    let mut changes: Vec<(Arc<str>, u64)> = after
        .counters()
        .filter(|(class, count)| old.get(class) != Some(count))
        .map(|(class, count)| (Arc::clone(class), count))
        .collect();
    changes.extend(old.keys().filter(|class| !new.contains_key(*class)).map(|class| (Arc::clone(class), 0)));
    changes.sort();
    changes
}

type Identity = (usize, usize);

/// Calls `see` with each chunk of a node; gives the length of the node's record without them.
pub(crate) fn each_chunk(node: &Node, see: impl FnMut(Chunk<'_>)) -> usize {
    struct Seeing<F>(F);
    impl<F: FnMut(Chunk<'_>)> ChunkSink for Seeing<F> {
        fn put(&mut self, chunk: Chunk<'_>, _: &mut Vec<u8>) {
            self.0(chunk);
        }
    }
    let mut sink = Seeing(see);
    let mut out = Writer::new(&mut sink);
    node.put(&mut out);
    out.len()
}

/// The chunks of a node by their place in its record.
fn places(node: &Node) -> HashMap<Identity, usize> {
    let mut places = HashMap::new();
    let mut place = 0;
    each_chunk(node, |chunk| {
        places.entry(chunk.identity()).or_insert(place);
        place += 1;
    });
    places
}

/// Names chunks while changes are written.
struct Naming<'s> {
    scene: &'s Scene,
    store: &'s mut dyn ChunkStore,
    local: HashMap<Identity, usize>,
    next: usize,
    everywhere: Option<HashMap<Identity, usize>>,
}

impl ChunkSink for Naming<'_> {
    fn put(&mut self, chunk: Chunk<'_>, out: &mut Vec<u8>) {
        if let Some(&place) = self.local.get(&chunk.identity()) {
            let distance = place as i64 - self.next as i64;
            put_varint(out, SAME_NODE + ((distance << 1) ^ (distance >> 63)) as u64);
            self.next = place + 1;
            return;
        }
        if chunk.length() > WIDELY_SHARED {
            let scene = self.scene;
            let everywhere = self.everywhere.get_or_insert_with(|| {
                let mut places = HashMap::new();
                let mut place = 0;
                each_wide_chunk(scene, |chunk| {
                    places.entry(chunk.identity()).or_insert(place);
                    place += 1;
                });
                places
            });
            if let Some(&place) = everywhere.get(&chunk.identity()) {
                put_varint(out, ELSEWHERE);
                put_varint(out, place as u64);
                return;
            }
        }
        put_varint(out, NEW);
        out.extend_from_slice(&self.store.chunk(&chunk).0);
    }
}

fn each_wide_chunk(scene: &Scene, mut see: impl FnMut(Chunk<'_>)) {
    for (_, node) in scene.nodes() {
        each_chunk(node, |chunk| {
            if chunk.length() > WIDELY_SHARED {
                see(chunk);
            }
        });
    }
}

/// Finds chunks while changes are read.
struct Finding<'s> {
    scene: &'s Scene,
    source: &'s mut dyn ChunkSource,
    node: Option<Arc<Node>>,
    local: Option<Vec<Shared>>,
    next: usize,
    everywhere: Option<Vec<Shared>>,
    made: HashMap<(ChunkId, TypeId), Shared>,
}

impl PieceSource for Finding<'_> {
    fn begin(&mut self, serial: u64, id: &NodeId) {
        self.node =
            self.scene.at(serial).filter(|entry| entry.id == *id).map(|entry| Arc::clone(&entry.node));
        (self.local, self.next) = (None, 0);
    }

    fn take(&mut self, kind: TypeId, input: &mut Input<'_>) -> Result<Piece, Malformed> {
        let missing = || Malformed::new("a chunk is named that the scene before does not have");
        match input.varint()? {
            NEW => {
                let id = ChunkId(input.array()?);
                match self.made.get(&(id, kind)) {
                    Some(value) => Ok(Piece::Shared(value.share())),
                    None => Ok(Piece::Bytes(self.source.chunk(&id)?, id)),
                }
            }
            ELSEWHERE => {
                let place = usize::try_from(input.varint()?).map_err(|_| missing())?;
                let scene = self.scene;
                let everywhere = self.everywhere.get_or_insert_with(|| {
                    let mut values = Vec::new();
                    each_wide_chunk(scene, |chunk| values.push(chunk.share()));
                    values
                });
                everywhere.get(place).map(|value| Piece::Shared(value.share())).ok_or_else(missing)
            }
            code => {
                let bits = code - SAME_NODE;
                let distance = (bits >> 1) as i64 ^ -((bits & 1) as i64);
                let place = (self.next as i64).checked_add(distance);
                let place = place.and_then(|place| usize::try_from(place).ok()).ok_or_else(missing)?;
                let node = self.node.as_deref();
                let local = self.local.get_or_insert_with(|| {
                    let mut values = Vec::new();
                    if let Some(node) = node {
                        each_chunk(node, |chunk| values.push(chunk.share()));
                    }
                    values
                });
                let value = local.get(place).ok_or_else(missing)?;
                self.next = place + 1;
                Ok(Piece::Shared(value.share()))
            }
        }
    }

    fn keep(&mut self, id: ChunkId, kind: TypeId, value: Shared) {
        self.made.insert((id, kind), value);
    }
}
