//! The journal's file: entries one after the other.
//!
//! A header (what it is, and the fingerprint of the records in it), then entries: a head with kind, sequence number, length
//! and SHA-256 of the payload, eight bytes that check the head, the payload. Whatever is wrong with an entry, those before
//! it hold.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use microtome_image::Bytes;
use microtome_scene::record::{ChunkId, fingerprint};

const MAGIC: &[u8; 8] = b"mtjrnl1\n";
const HEADER: usize = MAGIC.len() + 32;
const HEAD: usize = 1 + 8 + 8 + 32;
const CHECK: usize = 8;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Bulk data, under the name of their hash.
    Chunk = 1,
    /// Where bulk data stand in another file, under the name of this entry's hash.
    File = 2,
    /// Other bulk data to take for an earlier name: both names.
    Substitute = 3,
    /// What took the scene to its next state.
    Step = 4,
    /// All up to here is saved elsewhere.
    Saved = 5,
}

impl Kind {
    fn of(number: u8) -> Option<Self> {
        [Self::Chunk, Self::File, Self::Substitute, Self::Step, Self::Saved]
            .into_iter()
            .find(|kind| *kind as u8 == number)
    }
}

/// A journal that is written.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// Where the next entry goes; what stands behind it is left from an entry that failed.
    length: u64,
    sequence: u64,
    /// Names of what is written.
    known: HashSet<ChunkId>,
    /// Those written since the last mark.
    recent: Vec<ChunkId>,
}

/// A state of a log to go back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    length: u64,
    sequence: u64,
}

impl Log {
    /// A new, empty journal.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        file.write_all(MAGIC)?;
        file.write_all(&fingerprint().0)?;
        Ok(Self { file, length: HEADER as u64, sequence: 0, known: HashSet::new(), recent: Vec::new() })
    }

    /// Bytes that it has.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// Whether something is written under a name.
    pub(super) fn knows(&self, id: &ChunkId) -> bool {
        self.known.contains(id)
    }

    /// Adds an entry and gives its name.
    pub(super) fn append(&mut self, kind: Kind, payload: &[u8]) -> io::Result<ChunkId> {
        let id = ChunkId::of(payload);
        self.append_as(kind, id, payload)?;
        Ok(id)
    }

    /// Adds an entry whose payload's hash is known.
    pub(super) fn append_as(&mut self, kind: Kind, id: ChunkId, payload: &[u8]) -> io::Result<()> {
        let mut head = Vec::with_capacity(HEAD + CHECK);
        head.push(kind as u8);
        head.extend_from_slice(&self.sequence.to_le_bytes());
        head.extend_from_slice(&(payload.len() as u64).to_le_bytes());
        head.extend_from_slice(&id.0);
        let check = ChunkId::of(&head);
        head.extend_from_slice(&check.0[..CHECK]);
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(&head)?;
        self.file.write_all(payload)?;
        self.length += (head.len() + payload.len()) as u64;
        self.sequence += 1;
        if self.known.insert(id) {
            self.recent.push(id);
        }
        Ok(())
    }

    /// The present state.
    pub(super) fn mark(&mut self) -> Mark {
        self.recent.clear();
        Mark { length: self.length, sequence: self.sequence }
    }

    /// Goes back to the state of the last mark.
    pub(super) fn rewind(&mut self, mark: Mark) {
        (self.length, self.sequence) = (mark.length, mark.sequence);
        for id in self.recent.drain(..) {
            self.known.remove(&id);
        }
        // Only tidier: what stands behind the end is not read for valid entries.
        let _ = self.file.set_len(self.length);
    }

    /// Waits until all is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// An entry that was read.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// The hash of its payload.
    pub(super) id: ChunkId,
    /// Where its payload stands.
    pub(super) payload: Range<usize>,
}

/// How a journal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With its last entry.
    Whole,
    /// Within an entry, as when a program is killed.
    Torn,
    /// With something that is no entry.
    Broken,
}

/// A journal that is read.
#[derive(Debug)]
pub(super) struct Entries {
    bytes: Bytes,
    at: usize,
    sequence: u64,
    end: End,
}

impl Entries {
    /// The entries of a journal's bytes; `None` if they are none.
    pub(super) fn of(bytes: Bytes) -> Option<Self> {
        let whole = bytes.starts_with(MAGIC) && bytes.len() >= HEADER;
        whole.then_some(Self { bytes, at: HEADER, sequence: 0, end: End::Whole })
    }

    /// Whether this program can read the records in it.
    pub(super) fn is_ours(&self) -> bool {
        self.bytes[MAGIC.len()..HEADER] == fingerprint().0
    }

    /// How it ended, once all entries are read.
    pub(super) const fn end(&self) -> End {
        self.end
    }

    fn read(&mut self) -> Result<Entry, End> {
        let rest = &self.bytes[self.at..];
        if rest.is_empty() {
            return Err(End::Whole);
        }
        let (head, rest) = rest.split_at_checked(HEAD).ok_or(End::Torn)?;
        let (check, rest) = rest.split_at_checked(CHECK).ok_or(End::Torn)?;
        if ChunkId::of(head).0[..CHECK] != *check {
            return Err(End::Broken);
        }
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|n| head[at + n]));
        let (kind, sequence, length) = (Kind::of(head[0]).ok_or(End::Broken)?, number(1), number(9));
        if sequence != self.sequence {
            return Err(End::Broken);
        }
        let length = usize::try_from(length).ok().filter(|length| *length <= rest.len()).ok_or(End::Torn)?;
        let begin = self.at + HEAD + CHECK;
        let payload = begin..begin + length;
        let id = ChunkId(std::array::from_fn(|n| head[17 + n]));
        self.at = payload.end;
        self.sequence += 1;
        Ok(Entry { kind, id, payload })
    }
}

impl Iterator for Entries {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.end != End::Whole {
            return None;
        }
        match self.read() {
            Ok(entry) => Some(entry),
            Err(end) => {
                self.end = end;
                None
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_found_no_room_leaves_the_others_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut log = Log::create(&path).unwrap();
        let first = log.append(Kind::Chunk, b"first").unwrap();
        let mark = log.mark();
        // A device that is always full.
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let file = std::mem::replace(&mut log.file, full);
        assert!(log.append(Kind::Step, b"second").is_err());
        log.rewind(mark);
        log.file = file;
        // What was half written before there was no more room.
        log.file.write_all(&[7; 300]).unwrap();
        let third = log.append(Kind::Step, &[9; 100]).unwrap();
        assert!(log.knows(&first) && !log.knows(&ChunkId::of(b"second")));
        let mut entries = Entries::of(Bytes::map(&path).unwrap()).unwrap();
        let ids: Vec<ChunkId> = entries.by_ref().map(|entry| entry.id).collect();
        assert_eq!(ids, [first, third]);
        assert!(entries.is_ours());
    }
}
