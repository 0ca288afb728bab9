//! Writing scenes to the journal's file.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use microtome_scene::Scene;
use microtome_scene::record::{Changes, Chunk, ChunkId, ChunkStore, Shareable};
use serde::{Deserialize, Serialize};

use super::file_reference::{FileReference, is_current};
use super::log::{Kind, Log};

/// The journal's file in its folder.
pub(super) const JOURNAL: &str = "journal";

/// The file that takes its place when it is written anew.
const NEW: &str = "journal.new";

/// How many names of steps are kept for people to see.
pub(super) const NAMES: usize = 100;

/// What is said of a step, before its changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StepInfo {
    /// When, since 1970.
    pub(super) time: Duration,
    /// How many steps of the user's it holds, and the names of the last of them.
    pub(super) steps: usize,
    /// See above.
    pub(super) names: Vec<String>,
    /// Whether it begins from an empty scene, and tells all steps that are not saved.
    pub(super) whole: bool,
}

/// Steps of the user's.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    /// How many.
    pub(super) count: usize,
    /// The names of the last ones.
    pub(super) names: Vec<String>,
}

impl Steps {
    /// Adds later steps.
    pub(super) fn extend(&mut self, later: Self) {
        self.count = self.count.saturating_add(later.count);
        self.names.extend(later.names);
        let surplus = self.names.len().saturating_sub(NAMES);
        self.names.drain(..surplus);
    }
}

/// The journal of one program.
#[derive(Debug)]
pub(super) struct Keeper {
    folder: PathBuf,
    log: Log,
    /// The scene as it is written.
    scene: Scene,
    unsaved: Steps,
    /// Files that hold data which the journal only refers to.
    referred: Vec<Referred>,
    /// The length from which on the journal is written anew.
    limit: u64,
    /// How much it may grow, beside twice what it begins with.
    room: u64,
}

/// Data in a file, kept so that they can be copied should the file change.
struct Referred {
    id: ChunkId,
    data: Box<dyn Shareable>,
}

impl std::fmt::Debug for Referred {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.id.fmt(f)
    }
}

impl Keeper {
    /// A journal of an empty scene.
    pub(super) fn create(folder: &Path, room: u64) -> io::Result<Self> {
        let log = Log::create(&folder.join(JOURNAL))?;
        let mut keeper = Self {
            folder: folder.to_owned(),
            log,
            scene: Scene::default(),
            unsaved: Steps::default(),
            referred: Vec::new(),
            limit: 0,
            room,
        };
        keeper.set_limit();
        Ok(keeper)
    }

    /// Writes what leads to `scene`.
    pub(super) fn write(&mut self, scene: Scene, steps: Steps) -> io::Result<()> {
        let info = StepInfo { time: now(), steps: steps.count, names: steps.names.clone(), whole: false };
        append_step(&mut self.log, &mut self.referred, &self.scene, &scene, &info)?;
        self.scene = scene;
        self.unsaved.extend(steps);
        if self.log.length() > self.limit && self.compact().is_err() {
            // It is whole as it is. To be tried again when it has grown as much once more.
            self.set_limit();
            let _ = fs::remove_file(self.folder.join(NEW));
        }
        Ok(())
    }

    /// Notes that all up to here is saved elsewhere.
    pub(super) fn saved(&mut self) -> io::Result<()> {
        let mark = self.log.mark();
        self.log.append(Kind::Saved, &[]).inspect_err(|_| self.log.rewind(mark))?;
        self.unsaved = Steps::default();
        Ok(())
    }

    /// Writes the journal anew, of the scene as it is.
    fn compact(&mut self) -> io::Result<()> {
        let path = self.folder.join(NEW);
        let mut log = Log::create(&path)?;
        let mut referred = Vec::new();
        let Steps { count, names } = self.unsaved.clone();
        let info = StepInfo { time: now(), steps: count, names, whole: true };
        append_step(&mut log, &mut referred, &Scene::default(), &self.scene, &info)?;
        log.sync()?;
        fs::rename(&path, self.folder.join(JOURNAL))?;
        sync_folder(&self.folder);
        (self.log, self.referred) = (log, referred);
        self.set_limit();
        Ok(())
    }

    const fn set_limit(&mut self) {
        self.limit = self.log.length().saturating_mul(3).saturating_add(self.room);
    }

    /// Copies data from files that are no longer what they were. The old file is still mapped.
    pub(super) fn check_files(&mut self) -> io::Result<bool> {
        // A file may hold many of the data.
        let mut files: HashMap<(PathBuf, Option<SystemTime>), bool> = HashMap::new();
        let mut current = |referred: &Referred| {
            referred.data.origin().is_some_and(|(origin, _)| {
                *files.entry((origin.path.clone(), origin.modified)).or_insert_with(|| is_current(origin))
            })
        };
        let (mut at, mut changed) = (0, false);
        while at < self.referred.len() {
            if current(&self.referred[at]) {
                at += 1;
                continue;
            }
            let mark = self.log.mark();
            let referred = &self.referred[at];
            let bytes = referred.data.bytes();
            let id = ChunkId::of(&bytes);
            let copied =
                if self.log.knows(&id) { Ok(()) } else { self.log.append_as(Kind::Chunk, id, &bytes) };
            let names = [referred.id.0, id.0].concat();
            copied
                .and_then(|()| self.log.append(Kind::Substitute, &names))
                .inspect_err(|_| self.log.rewind(mark))?;
            self.referred.swap_remove(at);
            changed = true;
        }
        Ok(changed)
    }

    /// Whether there are files to look after.
    pub(super) const fn refers(&self) -> bool {
        !self.referred.is_empty()
    }

    /// Waits until all is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.log.sync()
    }
}

/// Writes one step; on an error the log is as it was.
fn append_step(
    log: &mut Log,
    referred: &mut Vec<Referred>,
    before: &Scene,
    after: &Scene,
    info: &StepInfo,
) -> io::Result<()> {
    let mark = log.mark();
    let count = referred.len();
    let mut chunks = Chunks { log, referred, failed: None };
    let record = Changes::between(before, after).to_bytes(&mut chunks);
    let failed = chunks.failed.take();
    let written = failed.map_or(Ok(()), Err).and_then(|()| {
        let info = serde_json::to_vec(info)?;
        let mut payload = (info.len() as u64).to_le_bytes().to_vec();
        payload.extend_from_slice(&info);
        payload.extend_from_slice(&record);
        log.append(Kind::Step, &payload).map(drop)
    });
    if written.is_err() {
        log.rewind(mark);
        referred.truncate(count);
    }
    written
}

/// What a step's payload says of it, and the changes behind that.
pub(super) fn parse_step(payload: &[u8]) -> Option<(StepInfo, &[u8])> {
    let (length, rest) = payload.split_first_chunk::<8>()?;
    let (info, record) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    Some((serde_json::from_slice(info).ok()?, record))
}

/// Writes chunks to the log, each once.
struct Chunks<'l> {
    log: &'l mut Log,
    referred: &'l mut Vec<Referred>,
    failed: Option<io::Error>,
}

impl Chunks<'_> {
    fn put(&mut self, chunk: &Chunk<'_>) -> io::Result<ChunkId> {
        if let Some(reference) = FileReference::of(chunk) {
            let payload = serde_json::to_vec(&reference)?;
            let id = ChunkId::of(&payload);
            if !self.log.knows(&id) {
                self.log.append_as(Kind::File, id, &payload)?;
                self.referred.push(Referred { id, data: chunk.share() });
            }
            return Ok(id);
        }
        let bytes = chunk.bytes();
        let id = ChunkId::of(&bytes);
        if !self.log.knows(&id) {
            self.log.append_as(Kind::Chunk, id, &bytes)?;
        }
        Ok(id)
    }
}

impl ChunkStore for Chunks<'_> {
    fn chunk(&mut self, chunk: &Chunk<'_>) -> ChunkId {
        if self.failed.is_none() {
            match self.put(chunk) {
                Ok(id) => return id,
                Err(error) => self.failed = Some(error),
            }
        }
        // The step is not written then.
        ChunkId::numbered(0)
    }
}

/// The time, since 1970.
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// Makes sure that a renamed file is found under its new name after a power failure, where the system can.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
