//! What programs that were killed left behind.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use microtome_image::Bytes;
use microtome_scene::record::{Changes, ChunkId, ChunkSource, Malformed};
use microtome_scene::{Content, Node, Scene};

use super::file_reference::FileReference;
use super::keeper::{JOURNAL, Steps, parse_step};
use super::log::{End, Entries, Kind};
use super::session;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another version of the program wrote it.
    #[error("{}: written by another version of the program, which alone can read it", path.display())]
    OtherVersion {
        /// The journal.
        path: PathBuf,
    },
    /// It is no journal.
    #[error("{}: not a journal", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
}

impl JournalError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Work that a program left behind when it was killed. As long as this exists, no other program is offered it.
#[derive(Debug)]
pub struct Recovery {
    folder: PathBuf,
    /// Held until this is dropped.
    _lock: session::Lock,
    /// When the last step was written.
    pub latest: SystemTime,
    /// How many steps are not saved anywhere.
    pub steps: usize,
    /// The names of the last of them, at most 100.
    pub names: Vec<String>,
}

/// Work that is back.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The scene as it was.
    pub scene: Scene,
    /// What could not be recovered: one sentence each.
    pub notes: Vec<String>,
}

impl Recovery {
    /// What is left in a session's folder; `None` if the program still runs or nothing was left unsaved.
    pub(super) fn of(folder: &Path) -> Result<Option<Self>, JournalError> {
        let path = folder.join(JOURNAL);
        if !path.is_file() {
            return Ok(None);
        }
        let Some(lock) = session::take_lock(folder).map_err(JournalError::io(folder))? else {
            return Ok(None);
        };
        let bytes = Bytes::map(&path).map_err(JournalError::io(&path))?;
        let (mut unsaved, mut latest) = (Steps::default(), Duration::ZERO);
        for entry in Entries::of(bytes.clone()).into_iter().flatten() {
            match entry.kind {
                Kind::Step => {
                    let Some((info, _)) = parse_step(&bytes[entry.payload]) else { break };
                    if info.whole {
                        unsaved = Steps::default();
                    }
                    unsaved.extend(Steps { count: info.steps, names: info.names });
                    latest = info.time;
                }
                Kind::Saved => unsaved = Steps::default(),
                Kind::Chunk | Kind::File | Kind::Substitute => {}
            }
        }
        let Steps { count: steps, names } = unsaved;
        let latest = SystemTime::UNIX_EPOCH.checked_add(latest).unwrap_or(SystemTime::UNIX_EPOCH);
        let recovery = Self { folder: folder.to_owned(), _lock: lock, latest, steps, names };
        if steps == 0 {
            recovery.discard()?;
            return Ok(None);
        }
        Ok(Some(recovery))
    }

    /// The scene of the last step that is whole. The journal stays until it is [discarded](Self::discard).
    ///
    /// # Errors
    /// [`JournalError`] if the journal cannot be read at all.
    pub fn recover(&self) -> Result<Recovered, JournalError> {
        let path = self.folder.join(JOURNAL);
        let bytes = Bytes::map(&path).map_err(JournalError::io(&path))?;
        let Some(mut entries) = Entries::of(bytes.clone()) else {
            return Err(JournalError::NotAJournal { path });
        };
        if !entries.is_ours() {
            return Err(JournalError::OtherVersion { path });
        }
        let mut parts = Parts::default();
        let mut scene = Scene::default();
        let mut notes = Vec::new();
        let mut steps = Vec::new();
        for entry in entries.by_ref() {
            let payload = bytes.slice(entry.payload).unwrap_or_else(|| Bytes::from(Vec::new()));
            match entry.kind {
                Kind::Chunk => drop(parts.chunks.insert(entry.id, payload)),
                Kind::File => {
                    if let Ok(reference) = serde_json::from_slice(&payload) {
                        parts.files.insert(entry.id, reference);
                    }
                }
                Kind::Substitute => {
                    if let Some((old, new)) = payload.split_first_chunk::<32>()
                        && let Ok(new) = new.try_into()
                    {
                        parts.substitutes.insert(ChunkId(*old), ChunkId(new));
                    }
                }
                Kind::Step => steps.push((entry.id, payload)),
                Kind::Saved => {}
            }
        }
        if entries.end() == End::Torn {
            notes.push("the last change was not written to its end and is left out".to_owned());
        }
        let mut damaged = entries.end() == End::Broken;
        for (id, payload) in steps {
            let next = match parse_step(&payload).filter(|_| ChunkId::of(&payload) == id) {
                Some((info, record)) => {
                    let start = if info.whole { Scene::default() } else { scene.clone() };
                    Changes::apply(&start, record, &mut parts)
                }
                None => Err(Malformed::new("its hash is wrong")),
            };
            match next {
                Ok(next) => scene = next,
                Err(_) => {
                    damaged = true;
                    break;
                }
            }
        }
        if damaged {
            notes.push("the journal is damaged: changes after the damage are lost".to_owned());
        }
        let scene = without_missing(scene, &parts, &mut notes);
        Ok(Recovered { scene, notes })
    }

    /// Removes what was left behind.
    ///
    /// # Errors
    /// [`JournalError`] if the system refuses.
    pub fn discard(self) -> Result<(), JournalError> {
        fs::remove_dir_all(&self.folder).map_err(JournalError::io(&self.folder))
    }
}

/// What a journal holds, by name.
#[derive(Debug, Default)]
struct Parts {
    chunks: HashMap<ChunkId, Bytes>,
    files: HashMap<ChunkId, FileReference>,
    substitutes: HashMap<ChunkId, ChunkId>,
    /// Addresses of zeros that stand for data whose file is gone, and the file.
    missing: HashMap<usize, PathBuf>,
}

impl ChunkSource for Parts {
    fn chunk(&mut self, id: &ChunkId) -> Result<Bytes, Malformed> {
        let id = self.substitutes.get(id).unwrap_or(id);
        if let Some(bytes) = self.chunks.get(id) {
            // A copy, since the journal will be removed.
            let bytes = bytes.to_vec();
            return if ChunkId::of(&bytes) == *id {
                Ok(Bytes::from(bytes))
            } else {
                Err(Malformed::new("a chunk's hash is wrong"))
            };
        }
        let file = self.files.get(id).ok_or_else(|| Malformed::new("a chunk is missing"))?;
        if let Some(bytes) = file.read() {
            return Ok(bytes);
        }
        // The rest of the scene need not be lost with it: zeros stand in until it is whole.
        let room = Vec::<u8>::new().try_reserve_exact(file.bytes);
        room.map_err(|_| Malformed::new("a missing file is too large"))?;
        // Memory that nobody looks at is not taken from the system.
        let zeros = Bytes::from(vec![0; file.bytes]);
        self.missing.insert(zeros.as_ptr() as usize, file.path.clone());
        Ok(zeros)
    }
}

/// The scene with volumes whose file is gone as volumes without data.
fn without_missing(scene: Scene, parts: &Parts, notes: &mut Vec<String>) -> Scene {
    let mut change = scene.begin("Recover");
    let mut files = BTreeSet::new();
    for (id, node) in scene.nodes() {
        if parts.misses(&node.content, &mut files) {
            let emptied = change.update(id, |node| parts.empty(&mut node.content));
            debug_assert!(emptied.is_ok(), "the node was just found");
        }
    }
    notes.extend(
        files
            .into_iter()
            .map(|path| format!("{} is gone or changed: volumes from it are without voxels", path.display())),
    );
    change.finish().0
}

impl Parts {
    /// Whether files are gone which a node, or one in it, has voxels from; adds them to `files`.
    fn misses<'p>(&'p self, content: &Content, files: &mut BTreeSet<&'p Path>) -> bool {
        match content {
            Content::Volume(volume) => {
                let image = volume.image.as_ref();
                let file = image.and_then(|image| self.missing.get(&image.array().identity()));
                files.extend(file.map(PathBuf::as_path));
                file.is_some()
            }
            // All are looked at, so that all files are told.
            Content::Sequence(sequence) => {
                sequence.items.iter().filter(|item| self.misses(&item.node.content, files)).count() > 0
            }
            Content::SceneView(view) => {
                view.nodes.iter().filter(|(_, node)| self.misses(&node.content, files)).count() > 0
            }
            _ => false,
        }
    }

    /// Takes the voxels away that stand in for missing ones.
    fn empty(&self, content: &mut Content) {
        let empty_shared = |node: &mut Arc<Node>| {
            if self.misses(&node.content, &mut BTreeSet::new()) {
                self.empty(&mut Arc::make_mut(node).content);
            }
        };
        match content {
            Content::Volume(volume) => volume.image = None,
            Content::Sequence(sequence) => {
                sequence.items.iter_mut().for_each(|item| empty_shared(&mut item.node));
            }
            Content::SceneView(view) => view.nodes.iter_mut().for_each(|(_, node)| empty_shared(node)),
            _ => {}
        }
    }
}
