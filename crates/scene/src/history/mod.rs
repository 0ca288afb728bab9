//! Undo and redo by keeping values.
//!
//! Steps are not counted, but their memory is: what only the history holds, shared data once. Over its budget the history
//! moves its oldest steps to a [`StepStore`] on disk, and drops them where that is full, not there, or failing;
//! [`notices`](History::take_notices) tell what was dropped. A thread of the history's own does the writing.

mod ledger;
mod mover;
mod spill;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

pub use spill::StepStore;

use crate::id::NodeId;
use crate::rebase::{Conflict, Rebased};
use crate::record::Changes;
use crate::scene::Scene;
use crate::transaction::{Change, Transaction};
use ledger::{Allocation, Ledger, difference};
use mover::{Leaving, Mover};
use spill::Spilled;

/// One past change.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is called, for people.
    pub name: String,
    /// When it was made.
    pub time: SystemTime,
    gesture: Option<Gesture>,
    beyond: Beyond,
    /// What the change took out of the scene, and what it brought.
    removed: Vec<Allocation>,
    added: Vec<Allocation>,
}

/// The scene on the other side of a step: before it for one that can be undone, after it for one that can be redone.
#[derive(Clone, Debug)]
enum Beyond {
    Kept(Scene),
    /// On its way to the store; it is no longer counted.
    Leaving(Scene, Arc<Leaving>),
    Spilled(Arc<Spilled>),
}

impl Step {
    const fn kept(&self) -> Option<&Scene> {
        match &self.beyond {
            Beyond::Kept(scene) => Some(scene),
            Beyond::Leaving(..) | Beyond::Spilled(_) => None,
        }
    }

    fn disk_bytes(&self) -> u64 {
        match &self.beyond {
            Beyond::Kept(_) | Beyond::Leaving(..) => 0,
            Beyond::Spilled(spilled) => spilled.bytes(),
        }
    }
}

/// A continuous movement of the user's: all its changes make one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gesture(u64);

/// How much a history may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes in memory that only the history holds. What is on its way to the store, at most a quarter as much or one
    /// step, comes on top. Without a store the latest step and the next stay, whatever they need.
    pub memory: usize,
    /// Bytes in the store.
    pub disk: u64,
}

impl Default for Budget {
    /// 128 MiB in memory, 16 GiB on disk.
    fn default() -> Self {
        Self { memory: 128 << 20, disk: 16 << 30 }
    }
}

/// What a history holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes in memory that only the history holds, not the present scene: shared data once, mapped files and what is on
    /// its way to the store not at all.
    pub memory: usize,
    /// Bytes in the store.
    pub disk: u64,
}

/// What became of steps that people might miss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Steps were dropped because the budget was used up.
    Dropped {
        /// How many.
        steps: usize,
        /// The name of the one dropped last.
        latest: String,
    },
    /// A change was begun on an older scene than it was committed to, and the two did not simply come together.
    Conflicts {
        /// The step's name.
        name: String,
        /// How not.
        conflicts: Vec<Conflict>,
    },
    /// A step could not be written to the store.
    NotStored {
        /// Why.
        reason: String,
    },
    /// A step could not be read back from the store; it and all steps beyond it are gone.
    Lost {
        /// The step's name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dropped { steps, latest } => {
                write!(f, "{steps} steps up to \"{latest}\" can no longer be undone: the history is full")
            }
            Self::Conflicts { name, conflicts } => {
                let conflicts: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
                write!(f, "\"{name}\": {}", conflicts.join("; "))
            }
            Self::NotStored { reason } => write!(f, "the history could not be moved to disk: {reason}"),
            Self::Lost { name, reason } => write!(f, "\"{name}\" could not be read back: {reason}"),
        }
    }
}

/// A scene with its past and its future.
#[derive(Clone, Debug, Default)]
pub struct History {
    present: Scene,
    past: Vec<Step>,
    future: Vec<Step>,
    ledger: Ledger,
    budget: Budget,
    mover: Option<Arc<Mover>>,
    notices: Vec<Notice>,
    gestures: u64,
}

impl History {
    /// A history that begins with `scene`, with the usual budget and no store.
    pub fn new(scene: Scene) -> Self {
        let mut ledger = Ledger::default();
        let (_, all) = difference(&Changes::between(&Scene::default(), &scene));
        ledger.present(&[], &all);
        Self { present: scene, ledger, ..Self::default() }
    }

    /// The history with another budget and, where one is given, a store for what does not fit memory.
    pub fn with_budget(mut self, budget: Budget, store: Option<Arc<dyn StepStore>>) -> Self {
        self.budget = budget;
        self.mover = store.and_then(|store| match Mover::start(store) {
            Ok(mover) => Some(Arc::new(mover)),
            Err(error) => {
                self.notices.push(Notice::NotStored { reason: error.to_string() });
                None
            }
        });
        self.settle();
        self
    }

    /// Waits until all steps that are on their way to the store are there.
    pub fn wait(&mut self) {
        if let Some(mover) = &self.mover {
            mover.wait();
        }
        self.settle();
    }

    /// The scene as it is now.
    pub const fn present(&self) -> &Scene {
        &self.present
    }

    /// Begins a change of the present scene.
    pub fn begin(&self, name: impl Into<String>) -> Transaction {
        self.present.begin(name)
    }

    /// Makes a change real: one step to undo. What could be redone is forgotten. A change of nothing makes no step.
    ///
    /// A change that was begun on another scene than the present one, as by a job that ran meanwhile, is made on the present
    /// one (see [`Transaction::rebase`]); the notices tell of conflicts.
    pub fn commit(&mut self, transaction: Transaction) -> Vec<(NodeId, Change)> {
        self.commit_as(transaction, None)
    }

    /// Begins a continuous movement, whose changes [`commit_gesture`](Self::commit_gesture) makes one step of.
    pub const fn begin_gesture(&mut self) -> Gesture {
        self.gestures += 1;
        Gesture(self.gestures)
    }

    /// Makes a change real as part of a gesture. If the latest step is of the same gesture, it becomes longer and takes on
    /// the change's name; a gesture that leads back to where it began is no step.
    pub fn commit_gesture(&mut self, transaction: Transaction, gesture: Gesture) -> Vec<(NodeId, Change)> {
        self.commit_as(transaction, Some(gesture))
    }

    fn commit_as(&mut self, transaction: Transaction, gesture: Option<Gesture>) -> Vec<(NodeId, Change)> {
        let name = transaction.name().to_owned();
        let Rebased { transaction, conflicts, .. } = transaction.rebase(&self.present);
        if !conflicts.is_empty() {
            self.notices.push(Notice::Conflicts { name: name.clone(), conflicts });
        }
        let (scene, changes) = transaction.finish();
        if !changes.is_empty() {
            self.push(name, scene, gesture);
        }
        changes
    }

    /// Puts another scene in the place of the present one, in one step called `name`.
    pub fn replace(&mut self, name: impl Into<String>, scene: Scene) {
        self.push(name.into(), scene, None);
    }

    fn push(&mut self, name: String, scene: Scene, gesture: Option<Gesture>) {
        for step in std::mem::take(&mut self.future) {
            self.release(&step, Side::Future);
        }
        let (mut removed, mut added) = difference(&Changes::between(&self.present, &scene));
        self.ledger.present(&removed, &added);
        let mut before = std::mem::replace(&mut self.present, scene);
        let continues = |step: &Step| gesture.is_some() && step.gesture == gesture && step.kept().is_some();
        if let Some(step) = self.past.pop_if(|step| continues(step)) {
            self.release(&step, Side::Past);
            if let Beyond::Kept(scene) = step.beyond {
                before = scene;
            }
            let whole = Changes::between(&before, &self.present);
            (removed, added) = difference(&whole);
            if whole.nodes().is_empty() || before == self.present {
                return;
            }
        }
        self.ledger.list(&removed);
        let beyond = Beyond::Kept(before);
        self.past.push(Step { name, time: SystemTime::now(), gesture, beyond, removed, added });
        self.settle();
    }

    /// Goes one step back; `None` at the beginning, else the step's name.
    pub fn undo(&mut self) -> Option<&str> {
        self.go(Side::Past)
    }

    /// Goes one step forward again; `None` at the end, else the step's name.
    pub fn redo(&mut self) -> Option<&str> {
        self.go(Side::Future)
    }

    fn go(&mut self, to: Side) -> Option<&str> {
        let mut step = self.steps(to).pop()?;
        let scene = match &step.beyond {
            Beyond::Kept(scene) | Beyond::Leaving(scene, _) => {
                let scene = scene.clone();
                self.release(&step, to);
                scene
            }
            Beyond::Spilled(spilled) => match spilled.read(&self.present) {
                Ok(scene) => {
                    let (before, after) = match to {
                        Side::Past => (&scene, &self.present),
                        Side::Future => (&self.present, &scene),
                    };
                    (step.removed, step.added) = difference(&Changes::between(before, after));
                    scene
                }
                Err(reason) => {
                    // What lies beyond it is known only by its difference from this one.
                    self.steps(to).clear();
                    self.notices.push(Notice::Lost { name: step.name, reason });
                    return None;
                }
            },
        };
        step.beyond = Beyond::Kept(std::mem::replace(&mut self.present, scene));
        let (gone, come) = match to {
            Side::Past => (&step.added, &step.removed),
            Side::Future => (&step.removed, &step.added),
        };
        self.ledger.present(gone, come);
        self.ledger.list(gone);
        self.steps(to.other()).push(step);
        self.settle();
        match to {
            Side::Past => self.future.last(),
            Side::Future => self.past.last(),
        }
        .map(|step| step.name.as_str())
    }

    /// The steps that can be undone, the oldest first.
    pub fn past(&self) -> &[Step] {
        &self.past
    }

    /// The steps that can be redone, the next one last.
    pub fn future(&self) -> &[Step] {
        &self.future
    }

    /// What the history holds.
    pub fn usage(&self) -> Usage {
        let disk = self.past.iter().chain(&self.future).map(Step::disk_bytes).sum();
        Usage { memory: self.ledger.held(), disk }
    }

    /// What became of steps since this was asked last.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    const fn steps(&mut self, side: Side) -> &mut Vec<Step> {
        match side {
            Side::Past => &mut self.past,
            Side::Future => &mut self.future,
        }
    }

    /// Strikes from the ledger what a step on `side` holds.
    fn release(&mut self, step: &Step, side: Side) {
        if step.kept().is_some() {
            self.ledger.unlist(match side {
                Side::Past => &step.removed,
                Side::Future => &step.added,
            });
        }
    }

    /// Moves or drops steps until the budget is kept.
    fn settle(&mut self) {
        self.collect(Side::Past);
        self.collect(Side::Future);
        if self.ledger.held() > self.budget.memory {
            // A little further, so that not every step moves one.
            let aim = self.budget.memory / 4 * 3;
            while self.ledger.held() > aim && (self.spill(Side::Past) || self.spill(Side::Future)) {}
        }
        while self.usage().disk > self.budget.disk {
            let side = if self.past.first().is_some_and(|step| step.kept().is_none()) {
                Side::Past
            } else {
                Side::Future
            };
            if !self.drop_oldest(side) {
                break;
            }
        }
    }

    /// Sends the oldest step of a side that is in memory to the store, or drops it where there is none; `false` if there is
    /// nothing to be done.
    fn spill(&mut self, side: Side) -> bool {
        let Some(mover) = self.mover.clone() else { return self.drop_oldest(side) };
        let steps = self.steps(side);
        let Some(at) = steps.iter().position(|step| step.kept().is_some()) else { return false };
        let last = at + 1 == steps.len();
        let next = steps.get(at + 1).and_then(Step::kept).cloned();
        let step = steps[at].clone();
        // A gesture may go on.
        if last && step.gesture.is_some() {
            return false;
        }
        let (Some(neighbour), Some(scene)) =
            (next.or_else(|| last.then(|| self.present.clone())), step.kept())
        else {
            return false;
        };
        let before = self.ledger.held();
        self.release(&step, side);
        let bytes = before - self.ledger.held();
        let leaving = mover.send(neighbour, scene.clone(), bytes, self.budget.memory / 4);
        self.steps(side)[at].beyond = Beyond::Leaving(scene.clone(), leaving);
        true
    }

    /// Takes note of the steps of a side that have arrived in the store.
    fn collect(&mut self, side: Side) {
        let mut failed = None;
        for (at, step) in self.steps(side).iter_mut().enumerate() {
            let Beyond::Leaving(_, leaving) = &step.beyond else { continue };
            match leaving.done() {
                Some(Ok(spilled)) => {
                    step.beyond = Beyond::Spilled(Arc::clone(spilled));
                    (step.removed, step.added) = (Vec::new(), Vec::new());
                }
                Some(Err(reason)) => failed = Some((at, reason.clone())),
                None => {}
            }
        }
        if let Some((at, reason)) = failed {
            self.notices.retain(|notice| !matches!(notice, Notice::NotStored { .. }));
            self.notices.push(Notice::NotStored { reason });
            // Those beyond it lead to nothing without it.
            let gone: Vec<Step> = self.steps(side).drain(..=at).collect();
            for step in gone {
                self.release(&step, side);
                self.tell_dropped(step.name);
            }
        }
    }

    /// Drops the step of a side that is farthest from the present, unless it is the nearest as well.
    fn drop_oldest(&mut self, side: Side) -> bool {
        if self.steps(side).len() < 2 {
            return false;
        }
        let step = self.steps(side).remove(0);
        self.release(&step, side);
        self.tell_dropped(step.name);
        true
    }

    fn tell_dropped(&mut self, name: String) {
        match self.notices.last_mut() {
            Some(Notice::Dropped { steps, latest }) => {
                *steps += 1;
                *latest = name;
            }
            _ => self.notices.push(Notice::Dropped { steps: 1, latest: name }),
        }
    }
}

/// Where a step lies from the present.
#[derive(Clone, Copy, Debug)]
enum Side {
    Past,
    Future,
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Past => Self::Future,
            Self::Future => Self::Past,
        }
    }
}
