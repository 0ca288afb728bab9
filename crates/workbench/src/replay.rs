//! Running a scene's recorded history again.

use std::collections::BTreeMap;

use microtome_operations::{Arguments, Progress, find};
use microtome_scene::{Content, NodeId, Scene};
use serde::Serialize;

use crate::diff::{NodeDifference, compare_content};
use crate::operate::{content_of, data_as};
use crate::provenance::{Provenance, content_hash};
use crate::workbench::Workbench;

/// What running a node's operation again gave.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    /// The node.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The operation that made it.
    pub operation: String,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How a node compares with what its operation gives now.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The same.
    Equal,
    /// Something else.
    Different {
        /// Inputs that are not what they were when the node was made.
        changed_inputs: Vec<String>,
        /// What is different.
        difference: Box<NodeDifference>,
    },
    /// It could not be run.
    Failed {
        /// Why.
        why: String,
    },
}

impl Workbench {
    /// Runs every operation that the scene's nodes record again, in the order in which they depend on each other, each
    /// on what the ones before it gave now. Gives the scene with the new contents, and how they compare with the old.
    pub fn replay(&self, progress: &Progress) -> (Scene, Vec<Replayed>) {
        let mut pending: BTreeMap<NodeId, Provenance> =
            self.scene().nodes().filter_map(|(id, node)| Some((id.clone(), Provenance::of(node)?))).collect();
        let mut change = self.scene().begin("Replay");
        let mut replayed = Vec::new();
        while !pending.is_empty() {
            let free = |provenance: &Provenance| {
                provenance.inputs.values().all(|(input, _)| !pending.contains_key(input))
            };
            let next = pending.iter().find(|(_, provenance)| free(provenance)).map(|(id, _)| id.clone());
            // Nodes that are made of each other have no first one.
            let cyclic = next.is_none();
            let Some(id) = next.or_else(|| pending.keys().next().cloned()) else { break };
            let Some(provenance) = pending.remove(&id) else { break };
            let result = if cyclic {
                Err("it is made of itself".to_owned())
            } else {
                run(&provenance, change.scene(), progress)
            };
            let Some(node) = change.scene().node(&id).cloned() else { continue };
            let verdict = match result {
                Err(why) => Verdict::Failed { why },
                Ok(content) => {
                    let verdict = self.verdict(&id, &provenance, &node.content, &content);
                    // The node is there: it was found a moment ago.
                    let _ = change.update(&id, |node| node.content = content);
                    verdict
                }
            };
            let (name, operation) = (node.name, provenance.operation);
            replayed.push(Replayed { id: id.to_string(), name, operation, verdict });
        }
        (change.finish().0, replayed)
    }

    fn verdict(&self, id: &NodeId, provenance: &Provenance, held: &Content, now: &Content) -> Verdict {
        if content_hash(held) == content_hash(now) {
            return Verdict::Equal;
        }
        let changed = |(_, (input, hash)): &(&String, &(NodeId, String))| {
            self.scene().node(input).is_none_or(|node| content_hash(&node.content) != *hash)
        };
        let changed_inputs = provenance.inputs.iter().filter(changed).map(|(name, _)| name.clone()).collect();
        match self.scene().node(id) {
            Some(node) => {
                Verdict::Different { changed_inputs, difference: Box::new(compare_content(id, node, now)) }
            }
            None => Verdict::Failed { why: "the node is gone".to_owned() },
        }
    }
}

fn run(provenance: &Provenance, scene: &Scene, progress: &Progress) -> Result<Content, String> {
    let entry = find(&provenance.operation)
        .ok_or_else(|| format!("there is no operation \"{}\"", provenance.operation))?;
    let declaration = (entry.declaration)();
    let mut arguments = Arguments { inputs: BTreeMap::new(), parameters: provenance.parameters.clone() };
    for (name, (id, _)) in &provenance.inputs {
        let node = scene.node(id).ok_or_else(|| format!("its input {id} is gone"))?;
        let wanted = declaration.inputs.iter().find(|declared| declared.name == *name).map(|d| d.kind);
        let data = data_as(node, wanted).ok_or_else(|| format!("its input {id} has no data"))?;
        arguments.inputs.insert(name.clone(), data);
    }
    let mut results = (entry.run)(arguments, progress).map_err(|error| error.to_string())?;
    let output = results.outputs.remove(&provenance.output);
    output.map(content_of).ok_or_else(|| format!("it gave no {}", provenance.output))
}
