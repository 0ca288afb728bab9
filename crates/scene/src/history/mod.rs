//! Undo and redo by keeping values.
//!
//! Steps are not counted, but their memory is: what only the history holds, shared data once. Over its budget the history
//! moves its oldest steps to a [`StepStore`] on disk, and drops them where that is full, not there, or failing;
//! [`notices`](History::take_notices) tell what was dropped.

mod ledger;
mod spill;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

pub use spill::StepStore;

use crate::id::NodeId;
use crate::record::Changes;
use crate::scene::Scene;
use crate::transaction::{Change, Transaction};
use ledger::{Allocation, Ledger, difference};
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
    Spilled(Arc<Spilled>),
}

impl Step {
    const fn kept(&self) -> Option<&Scene> {
        match &self.beyond {
            Beyond::Kept(scene) => Some(scene),
            Beyond::Spilled(_) => None,
        }
    }

    fn disk_bytes(&self) -> u64 {
        match &self.beyond {
            Beyond::Kept(_) => 0,
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
    /// Bytes in memory that only the history holds. The latest step and the next stay in memory whatever they need.
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
    /// Bytes in memory that only the history holds, not the present scene; shared data once, mapped files not at all.
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
    store: Option<Arc<dyn StepStore>>,
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
        (self.budget, self.store) = (budget, store);
        self.settle();
        self
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
        let (scene, changes) = transaction.finish();
        if changes.is_empty() {
            return changes;
        }
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
                return changes;
            }
        }
        self.ledger.list(&removed);
        let beyond = Beyond::Kept(before);
        self.past.push(Step { name, time: SystemTime::now(), gesture, beyond, removed, added });
        self.settle();
        changes
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
            Beyond::Kept(scene) => {
                self.release(&step, to);
                scene.clone()
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
        if self.ledger.held() > self.budget.memory {
            // A little further, so that not every step writes one.
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

    /// Moves the oldest step of a side that is in memory to the store, or drops it; `false` if only the nearest is left.
    fn spill(&mut self, side: Side) -> bool {
        let steps = self.steps(side);
        let Some(at) = steps.iter().position(|step| step.kept().is_some()) else { return false };
        let Some(next) = steps.get(at + 1).and_then(Step::kept).cloned() else { return false };
        let step = steps[at].clone();
        let Some(store) = self.store.clone() else { return self.drop_oldest(side) };
        let Some(scene) = step.kept() else { return false };
        match Spilled::write(&next, scene, store) {
            Ok(spilled) => {
                self.release(&step, side);
                let stored = Beyond::Spilled(Arc::new(spilled));
                self.steps(side)[at] = Step { beyond: stored, removed: Vec::new(), added: Vec::new(), ..step };
                true
            }
            Err(error) => {
                let reason = error.to_string();
                if !self.notices.iter().any(|notice| matches!(notice, Notice::NotStored { .. })) {
                    self.notices.push(Notice::NotStored { reason });
                }
                // Those that are stored lie beyond it.
                while self.steps(side).first().is_some_and(|step| step.kept().is_none()) {
                    self.drop_oldest(side);
                }
                self.drop_oldest(side)
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
        match self.notices.last_mut() {
            Some(Notice::Dropped { steps, latest }) => {
                *steps += 1;
                *latest = step.name;
            }
            _ => self.notices.push(Notice::Dropped { steps: 1, latest: step.name }),
        }
        true
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
