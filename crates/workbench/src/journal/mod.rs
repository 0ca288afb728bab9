//! The journal: work outlives the program.
//!
//! Beside a running workbench, a thread writes each new state of the scene to a file of the program's own: the nodes that
//! changed, and bulk data once. When the program is killed, the next one finds the file, whose lock is then free, and
//! [offers](Journal::recoverable) the work. Nothing that the caller does waits for the disk.
//!
//! States that come faster than they can be written are written together, so that the thread never falls behind. What the
//! system was given survives the program; what was synced, every two seconds, survives a power failure.

mod file_reference;
mod keeper;
mod log;
mod recovery;
mod session;
mod steps;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use microtome_scene::Scene;

use keeper::{Keeper, Steps};
pub use recovery::{JournalError, Recovered, Recovery};
use session::Lock;
pub use steps::StepFolder;

/// How often a journal writes, and how long it may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The time between two writes, at least.
    pub write: Duration,
    /// The time between two waits for the disk, at least.
    pub sync: Duration,
    /// Bytes that the file may grow before it is written anew, beside twice what it begins with.
    pub room: u64,
}

impl Default for Pace {
    /// Writes five times a second, waits for the disk every two seconds, and has room for 64 MiB.
    fn default() -> Self {
        Self { write: Duration::from_millis(200), sync: Duration::from_secs(2), room: 64 << 20 }
    }
}

/// A journal that is being written.
///
/// Dropping it leaves its files, so that the work is offered again; [`close`](Self::close) removes them.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Held as long as this program runs.
    _lock: Lock,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    done: Condvar,
}

/// What the journal's thread is told, and what it tells.
#[derive(Debug, Default)]
struct State {
    /// The latest state that is not written.
    scene: Option<Scene>,
    /// The steps that led to it.
    steps: Steps,
    /// Whether all before those steps is saved.
    saved: bool,
    stop: bool,
    /// How often a flush was asked for, and how often it was done.
    asked: u64,
    answered: u64,
    trouble: Option<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    /// Begins a journal of `scene` in a folder of its own under `parent`.
    ///
    /// # Errors
    /// [`JournalError`] if the system refuses.
    pub fn create(parent: &Path, scene: &Scene) -> Result<Self, JournalError> {
        Self::with_pace(parent, scene, Pace::default())
    }

    /// As [`create`](Self::create), as often and as long as `pace` says.
    ///
    /// # Errors
    /// [`JournalError`] if the system refuses.
    pub fn with_pace(parent: &Path, scene: &Scene, pace: Pace) -> Result<Self, JournalError> {
        let (folder, lock) = session::create(parent).map_err(JournalError::io(parent))?;
        let keeper = Keeper::create(&folder, pace.room).map_err(JournalError::io(&folder))?;
        let shared = Arc::new(Shared::default());
        if !scene.is_empty() {
            shared.lock().scene = Some(scene.clone());
        }
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || run(keeper, &theirs, pace))
            .map_err(JournalError::io(&folder))?;
        Ok(Self { folder, shared, thread: Some(thread), _lock: lock })
    }

    /// Work that programs left under `parent` when they were killed, the latest first. What cannot be read, such as the
    /// folder of a program that just begins, is left alone.
    ///
    /// # Errors
    /// [`JournalError`] if the folder exists but cannot be listed.
    pub fn recoverable(parent: &Path) -> Result<Vec<Recovery>, JournalError> {
        let entries = match fs::read_dir(parent) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(JournalError::io(parent)(error)),
        };
        let mut all: Vec<Recovery> =
            entries.filter_map(|entry| Recovery::of(&entry.ok()?.path()).ok().flatten()).collect();
        all.sort_by_key(|recovery| std::cmp::Reverse(recovery.latest));
        Ok(all)
    }

    /// The folder of this program's own, for what need not outlive it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Notes that a step called `name` made the scene what it is. Returns at once.
    pub fn record(&self, name: &str, scene: &Scene) {
        let mut state = self.shared.lock();
        state.scene = Some(scene.clone());
        state.steps.extend(Steps { count: 1, names: vec![name.to_owned()] });
        self.shared.wake.notify_one();
    }

    /// Notes that the scene is saved: until the next step there is nothing to recover.
    pub fn saved(&self) {
        let mut state = self.shared.lock();
        state.saved = true;
        state.steps = Steps::default();
        self.shared.wake.notify_one();
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// [`JournalError`] with what the system says.
    pub fn flush(&self) -> Result<(), JournalError> {
        let mut state = self.shared.lock();
        state.asked += 1;
        let asked = state.asked;
        self.shared.wake.notify_one();
        while state.answered < asked && !self.has_ended() {
            let waited = self.shared.done.wait_timeout(state, Duration::from_millis(100));
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        match self.trouble() {
            Some(trouble) => Err(JournalError::io(&self.folder)(io::Error::other(trouble))),
            None => Ok(()),
        }
    }

    /// Why the journal cannot be written at present, if it cannot. It is tried again all the time.
    pub fn trouble(&self) -> Option<String> {
        if self.has_ended() {
            return Some("the journal's thread has ended".to_owned());
        }
        self.shared.lock().trouble.clone()
    }

    fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends the journal and removes it: nothing is left to recover.
    ///
    /// # Errors
    /// [`JournalError`] if its files cannot be removed.
    pub fn close(mut self) -> Result<(), JournalError> {
        self.stop();
        fs::remove_dir_all(&self.folder).map_err(JournalError::io(&self.folder))
    }

    fn stop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to write.
            let _ = thread.join();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The journal's thread.
fn run(mut keeper: Keeper, shared: &Shared, pace: Pace) {
    /// How long there may be nothing to do.
    const IDLE: Duration = Duration::from_secs(3600);
    let (mut synced, mut dirty) = (Instant::now(), false);
    loop {
        let wait = if dirty {
            pace.sync.saturating_sub(synced.elapsed())
        } else if keeper.refers() {
            pace.sync
        } else {
            IDLE
        };
        let idle = |state: &mut State| {
            state.scene.is_none() && !state.saved && !state.stop && state.asked == state.answered
        };
        let (mut state, _) =
            shared.wake.wait_timeout_while(shared.lock(), wait, idle).unwrap_or_else(PoisonError::into_inner);
        let (scene, steps) = (state.scene.take(), std::mem::take(&mut state.steps));
        let (saved, stop, asked) = (std::mem::take(&mut state.saved), state.stop, state.asked);
        let urgent = stop || asked != state.answered;
        drop(state);

        dirty |= scene.is_some() || saved;
        let written = write(&mut keeper, scene.as_ref(), &steps, saved);
        let unwritten = written.is_err();
        let done = written.and_then(|()| {
            dirty |= keeper.check_files()?;
            if dirty && (urgent || synced.elapsed() >= pace.sync) {
                keeper.sync()?;
                (synced, dirty) = (Instant::now(), false);
            }
            Ok(())
        });

        let mut state = shared.lock();
        let failed = done.is_err();
        state.trouble = done.err().map(|error| error.to_string());
        if unwritten {
            // To be tried again, unless there is a newer state already.
            state.scene = state.scene.take().or(scene);
            if !state.saved {
                let later = std::mem::replace(&mut state.steps, steps);
                state.steps.extend(later);
                state.saved = saved;
            }
        }
        state.answered = asked;
        shared.done.notify_all();
        if stop {
            break;
        }
        let pause = if failed { pace.sync } else { pace.write };
        let rest = |state: &mut State| !state.stop && state.asked == state.answered;
        drop(shared.wake.wait_timeout_while(state, pause, rest));
    }
}

fn write(keeper: &mut Keeper, scene: Option<&Scene>, steps: &Steps, saved: bool) -> io::Result<()> {
    if saved {
        keeper.saved()?;
    }
    if let Some(scene) = scene {
        keeper.write(scene.clone(), steps.clone())?;
    }
    Ok(())
}
