//! Writing steps to their store in the background, so that no commit waits for a disk.

use std::io;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use super::spill::{Spilled, StepStore};
use crate::scene::Scene;

/// A step on its way to the store.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    done: OnceLock<Result<Arc<Spilled>, String>>,
}

impl Leaving {
    /// How it went, once it is there.
    pub(super) fn done(&self) -> Option<&Result<Arc<Spilled>, String>> {
        self.done.get()
    }
}

struct Job {
    neighbour: Scene,
    scene: Scene,
    bytes: usize,
    leaving: Arc<Leaving>,
}

/// The thread that writes steps.
#[derive(Debug)]
pub(super) struct Mover {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    queue: Arc<Queue>,
}

/// What is on its way.
#[derive(Debug, Default)]
struct Queue {
    load: Mutex<Load>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Load {
    jobs: usize,
    bytes: usize,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mover {
    /// A thread that writes to `store`.
    pub(super) fn start(store: Arc<dyn StepStore>) -> io::Result<Self> {
        let (jobs, orders) = mpsc::channel::<Job>();
        let queue = Arc::new(Queue::default());
        let theirs = Arc::clone(&queue);
        let thread = thread::Builder::new().name("history".to_owned()).spawn(move || {
            for Job { neighbour, scene, bytes, leaving } in orders {
                // Nobody waits for a step that was undone or dropped.
                if Arc::strong_count(&leaving) > 1 {
                    let written = Spilled::write(&neighbour, &scene, Arc::clone(&store));
                    let written = written.map(Arc::new).map_err(|error| error.to_string());
                    // It is set nowhere else.
                    let _ = leaving.done.set(written);
                }
                drop((neighbour, scene, leaving));
                let mut load = theirs.lock();
                load.jobs -= 1;
                load.bytes -= bytes;
                theirs.changed.notify_all();
            }
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), queue })
    }

    /// Takes on a step of about `bytes` bytes. Waits where more than `most` would be on their way.
    pub(super) fn send(&self, neighbour: Scene, scene: Scene, bytes: usize, most: usize) -> Arc<Leaving> {
        let full = |load: &mut Load| load.jobs > 0 && load.bytes.saturating_add(bytes) > most;
        let load = self.queue.changed.wait_while(self.queue.lock(), full);
        let mut load = load.unwrap_or_else(PoisonError::into_inner);
        load.jobs += 1;
        load.bytes += bytes;
        drop(load);
        let leaving = Arc::new(Leaving::default());
        let job = Job { neighbour, scene, bytes, leaving: Arc::clone(&leaving) };
        if self.jobs.as_ref().is_none_or(|jobs| jobs.send(job).is_err()) {
            let _ = leaving.done.set(Err("the thread that writes has ended".to_owned()));
        }
        leaving
    }

    /// Waits until nothing is on its way.
    pub(super) fn wait(&self) {
        let busy = |load: &mut Load| load.jobs > 0;
        drop(self.queue.changed.wait_while(self.queue.lock(), busy));
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Then no step is left behind in the store.
            let _ = thread.join();
        }
    }
}
