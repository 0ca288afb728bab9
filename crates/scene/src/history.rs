//! Undo and redo by keeping values.

use std::time::SystemTime;

use crate::id::NodeId;
use crate::scene::Scene;
use crate::transaction::{Change, Transaction};

/// One past change.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is called, for people.
    pub name: String,
    /// When it was made.
    pub time: SystemTime,
    /// The scene on the other side of it: before it for a step that can be undone, after it for one that can be redone.
    scene: Scene,
}

/// A scene with its past and its future.
#[derive(Clone, Debug, Default)]
pub struct History {
    present: Scene,
    past: Vec<Step>,
    future: Vec<Step>,
}

impl History {
    /// A history that begins with `scene`.
    pub const fn new(scene: Scene) -> Self {
        Self { present: scene, past: Vec::new(), future: Vec::new() }
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
        let name = transaction.name().to_owned();
        let (scene, changes) = transaction.finish();
        if !changes.is_empty() {
            let before = std::mem::replace(&mut self.present, scene);
            self.past.push(Step { name, time: SystemTime::now(), scene: before });
            self.future.clear();
        }
        changes
    }

    /// Goes one step back; `None` at the beginning, else the step's name.
    pub fn undo(&mut self) -> Option<&str> {
        let step = self.past.pop()?;
        let after = std::mem::replace(&mut self.present, step.scene);
        self.future.push(Step { scene: after, ..step });
        self.future.last().map(|step| step.name.as_str())
    }

    /// Goes one step forward again; `None` at the end, else the step's name.
    pub fn redo(&mut self) -> Option<&str> {
        let step = self.future.pop()?;
        let before = std::mem::replace(&mut self.present, step.scene);
        self.past.push(Step { scene: before, ..step });
        self.past.last().map(|step| step.name.as_str())
    }

    /// The steps that can be undone, the oldest first.
    pub fn past(&self) -> &[Step] {
        &self.past
    }

    /// The steps that can be redone, the next one last.
    pub fn future(&self) -> &[Step] {
        &self.future
    }
}
