//! The scene: the one truth, and a value.
//!
//! A [`Scene`] is a persistent map of typed nodes. Cloning it is O(1), so that a renderer, a background job and the
//! history each hold a snapshot that nobody can change under them. It changes only by a [`Transaction`], which yields
//! the next scene and the list of what changed. Undo is keeping the previous value, see [`History`].
//!
//! ```
//! use microtome_scene::{History, Node, Scene, nodes::Transform};
//! let mut history = History::new(Scene::default());
//! let mut change = history.begin("Add a transform");
//! let id = change.add(Node::new("Shift", Transform::default()));
//! history.commit(change);
//! assert_eq!(history.present().node(&id).unwrap().name, "Shift");
//! history.undo();
//! assert!(history.present().node(&id).is_none());
//! ```
//!
//! This crate knows nothing of files and of pixels on a screen.

mod fields;
mod history;
mod id;
mod measured;
mod node;
pub mod nodes;
mod rebase;
pub mod record;
mod scene;
mod transaction;

pub use fields::{Digit, FieldValue, Fields, Unreadable};
pub use history::{Budget, Gesture, History, Notice, Step, StepStore, Usage};
pub use id::NodeId;
pub use node::{Node, Reference, Role};
pub use nodes::Content;
pub use rebase::{Conflict, Rebased};
pub use scene::Scene;
pub use transaction::{Change, Transaction, UnknownNode};
