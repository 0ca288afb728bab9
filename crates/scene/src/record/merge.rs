//! Two changes of one value made into one: what both began with, what is merged in (*mine*), what is there (*theirs*).
//!
//! A value without parts is mine if I changed it, else theirs. Values with parts (members of a node, entries of a map, items
//! of a list that have names, blocks and voxels of a label map) merge part by part. What was removed there stays removed.
//! Where both changed one part, mine holds, and the [`Merging`] says so.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::Record;
use super::chunk::Chunk;
use super::writer::{ChunkSink, Writer};

/// What a merging found.
#[derive(Debug, Default)]
pub struct Merging {
    member: &'static str,
    clashes: Vec<&'static str>,
}

impl Merging {
    /// Goes on to a member.
    pub fn member(&mut self, name: &'static str) -> &mut Self {
        self.member = name;
        self
    }

    /// Notes that both sides changed the present member, and that only mine holds.
    pub fn clash(&mut self) {
        if !self.clashes.contains(&self.member) {
            self.clashes.push(self.member);
        }
    }

    /// The members of which only mine holds.
    pub(crate) fn into_clashes(self) -> Vec<&'static str> {
        self.clashes
    }

    /// Merges values that have no parts.
    pub fn whole<T: Record>(&mut self, base: &T, mine: &T, theirs: &T) -> T {
        let mine_bytes = identity(mine);
        let base_bytes = identity(base);
        if mine_bytes == base_bytes {
            return theirs.clone();
        }
        let their_bytes = identity(theirs);
        if their_bytes != base_bytes && their_bytes != mine_bytes {
            self.clash();
        }
        mine.clone()
    }

    /// Merges one part that any of the three may lack; `None` where it is to be gone.
    pub(super) fn part<T: Record>(
        &mut self,
        base: Option<&T>,
        mine: Option<&T>,
        theirs: Option<&T>,
    ) -> Option<T> {
        match (base, mine, theirs) {
            (Some(base), Some(mine), Some(theirs)) => Some(T::merge(base, mine, theirs, self)),
            (None, Some(mine), Some(theirs)) => {
                if identity(mine) != identity(theirs) {
                    self.clash();
                }
                Some(mine.clone())
            }
            (None, one, None) | (None, None, one) => one.cloned(),
            (Some(base), Some(kept), None) | (Some(base), None, Some(kept)) => {
                if identity(base) != identity(kept) {
                    self.clash();
                }
                None
            }
            (Some(_), None, None) => None,
        }
    }
}

/// A value's record with the addresses of bulk data in place of the data: equal where nobody wrote to it.
pub(crate) fn identity<T: Record>(value: &T) -> Vec<u8> {
    struct Addresses;
    impl ChunkSink for Addresses {
        fn put(&mut self, chunk: Chunk<'_>, out: &mut Vec<u8>) {
            let (address, length) = chunk.identity();
            out.extend_from_slice(&address.to_le_bytes());
            out.extend_from_slice(&length.to_le_bytes());
        }
    }
    let mut sink = Addresses;
    let mut out = Writer::new(&mut sink);
    value.put(&mut out);
    out.finish()
}

/// Merges lists: item by item where all items have names of their own, else as a whole.
pub(super) fn lists<T: Record>(
    base: &Vec<T>,
    mine: &Vec<T>,
    theirs: &Vec<T>,
    merging: &mut Merging,
) -> Vec<T> {
    let (Some(base_at), Some(mine_at), Some(theirs_at)) = (by_name(base), by_name(mine), by_name(theirs))
    else {
        return merging.whole(base, mine, theirs);
    };
    // Items that both sides added under one name are two where the name can change.
    let mut taken: HashSet<String> =
        base_at.keys().chain(mine_at.keys()).chain(theirs_at.keys()).cloned().collect();
    let mut renamed = mine.clone();
    for item in &mut renamed {
        let Some(name) = item.list_name() else { continue };
        let twice = !base_at.contains_key(&name) && theirs_at.contains_key(&name);
        if twice && identity(item) != identity(&theirs[theirs_at[&name]]) && item.rename_in_list(&mut taken) {
            taken.extend(item.list_name());
        }
    }
    let mine = renamed;
    let Some(mine_at) = by_name(&mine) else { return mine };
    let common = |list: &[T]| -> Vec<String> {
        let names = list.iter().filter_map(T::list_name);
        names.filter(|name| [&base_at, &mine_at, &theirs_at].iter().all(|at| at.contains_key(name))).collect()
    };
    let (order, my_order, their_order) = (common(base), common(&mine), common(theirs));
    let (mine_leads, they_moved) = (my_order != order, their_order != order);
    if mine_leads && they_moved && my_order != their_order {
        merging.clash();
    }
    // One side's order holds; what only the other side has comes before what follows it there.
    let (leading, following) = if mine_leads { (&mine, theirs) } else { (theirs, &mine) };
    let (leading_at, following_at) = if mine_leads { (&mine_at, &theirs_at) } else { (&theirs_at, &mine_at) };
    let mut after: HashMap<Option<String>, Vec<String>> = HashMap::new();
    let mut anchor = None;
    for name in following.iter().filter_map(T::list_name) {
        if leading_at.contains_key(&name) {
            anchor = Some(name);
        } else {
            after.entry(anchor.clone()).or_default().push(name);
        }
    }
    let mut names = Vec::with_capacity(leading.len());
    let mut waiting = after.remove(&None).unwrap_or_default();
    for name in leading.iter().filter_map(T::list_name) {
        if following_at.contains_key(&name) {
            names.append(&mut waiting);
            waiting = after.remove(&Some(name.clone())).unwrap_or_default();
        }
        names.push(name);
    }
    names.append(&mut waiting);
    let of =
        |list: &Vec<T>, at: &HashMap<String, usize>, name: &String| at.get(name).map(|at| list[*at].clone());
    let parts = names.iter().filter_map(|name| {
        let (base, mine) = (of(base, &base_at, name), of(&mine, &mine_at, name));
        merging.part(base.as_ref(), mine.as_ref(), of(theirs, &theirs_at, name).as_ref())
    });
    parts.collect()
}

/// Where each item stands; `None` unless all have names of their own.
fn by_name<T: Record>(list: &[T]) -> Option<HashMap<String, usize>> {
    let mut places = HashMap::with_capacity(list.len());
    for (at, item) in list.iter().enumerate() {
        if places.insert(item.list_name()?, at).is_some() {
            return None;
        }
    }
    Some(places)
}

/// The first of `make(1)`, `make(2)`, … that is not taken.
pub(crate) fn first_free<K: Eq + Hash>(taken: &HashSet<K>, make: impl Fn(u64) -> K) -> Option<K> {
    (1..u64::MAX).map(make).find(|key| !taken.contains(key))
}
