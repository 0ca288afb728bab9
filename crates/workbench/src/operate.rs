//! Running operations on nodes.

use std::collections::BTreeMap;

use microtome_archive::transform_of;
use microtome_operations::{Arguments, Data, DataKind, Declaration, OperationError, Progress, find};
use microtome_scene::{Content, Node, NodeId, UnknownNode, nodes};
use serde_json::{Map, Value as Json};

use crate::default_display::add_shown;
use crate::provenance::{Provenance, content_hash};
use crate::workbench::Workbench;

/// Why an operation could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no operation of that name.
    #[error("there is no operation \"{name}\"")]
    UnknownOperation {
        /// The name.
        name: String,
    },
    /// An input node does not exist.
    #[error(transparent)]
    UnknownNode(#[from] UnknownNode),
    /// An input node cannot be given to an operation.
    #[error("input \"{input}\": a {class} node cannot be given to an operation")]
    Unusable {
        /// The input.
        input: String,
        /// The node's class.
        class: String,
    },
    /// It failed.
    #[error(transparent)]
    Operation(#[from] OperationError),
}

/// What an operation made of the scene.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The new nodes by output name.
    pub outputs: BTreeMap<String, NodeId>,
    /// The values found, by name.
    pub values: Map<String, Json>,
}

impl Workbench {
    /// Runs an operation on nodes of the scene and adds its outputs as new nodes, in one step. The new nodes say where
    /// they came from (see [`Provenance`]) unless [`keep_provenance`](Self::keep_provenance) is off.
    ///
    /// # Errors
    /// [`RunError`]; the scene is then as it was.
    pub fn run(
        &mut self,
        name: &str,
        inputs: &BTreeMap<String, NodeId>,
        parameters: Map<String, Json>,
        progress: &Progress,
    ) -> Result<Outcome, RunError> {
        let entry = find(name).ok_or_else(|| RunError::UnknownOperation { name: name.to_owned() })?;
        let declaration = (entry.declaration)();
        let mut provenance = self.keeps_provenance().then(|| Provenance {
            operation: name.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            output: String::new(),
            parameters: parameters.clone(),
            inputs: BTreeMap::new(),
        });
        let mut arguments = Arguments { inputs: BTreeMap::new(), parameters };
        for (input, id) in inputs {
            let node = self.node(id)?;
            let wanted = declaration.inputs.iter().find(|declared| declared.name == *input).map(|d| d.kind);
            let unusable = || RunError::Unusable { input: input.clone(), class: node.class().to_owned() };
            arguments.inputs.insert(input.clone(), data_as(node, wanted).ok_or_else(unusable)?);
            if let Some(provenance) = &mut provenance {
                provenance.inputs.insert(input.clone(), (id.clone(), content_hash(&node.content)));
            }
        }
        let results = (entry.run)(arguments, progress)?;
        let mut change = self.begin(declaration.title);
        let base = self.base_name(&declaration, inputs);
        let mut outputs = BTreeMap::new();
        for (output, data) in results.outputs {
            let name = if output == "output" { base.clone() } else { format!("{base} {output}") };
            let mut node = Node::new(name, content_of(data));
            if let Some(provenance) = &mut provenance {
                provenance.output.clone_from(&output);
                provenance.write(&mut node);
            }
            outputs.insert(output, add_shown(&mut change, node));
        }
        self.commit(change);
        Ok(Outcome { outputs, values: results.values })
    }

    fn base_name(&self, declaration: &Declaration, inputs: &BTreeMap<String, NodeId>) -> String {
        let first = declaration.inputs.first().and_then(|input| inputs.get(&input.name));
        match first.and_then(|id| self.scene().node(id)) {
            Some(node) => format!("{} {}", node.name, declaration.name),
            None => declaration.title.to_owned(),
        }
    }
}

/// A node's data as an input of the kind `wanted`: files of displacement fields open as volumes of vectors.
pub(crate) fn data_as(node: &Node, wanted: Option<DataKind>) -> Option<Data> {
    match (wanted, &node.content) {
        (Some(DataKind::Transform), Content::Volume(_)) => data_of(&transform_of(node)?),
        _ => data_of(node),
    }
}

fn data_of(node: &Node) -> Option<Data> {
    Some(match &node.content {
        Content::Volume(volume) => Data::Volume(volume.image.clone()?),
        Content::LabelVolume(volume) => Data::Labelmap(volume.labels.as_ref()?.to_image()),
        Content::Segmentation(segmentation) => Data::Segmentation(Box::new(segmentation.data.clone())),
        Content::Model(model) => Data::Model(model.mesh.clone()),
        Content::Transform(transform) => Data::Transform(transform.to_parent()),
        Content::Markups(markups) => Data::Markups(Box::new(markups.clone())),
        Content::Table(table) => Data::Table(table.table.clone()),
        _ => return None,
    })
}

pub(crate) fn content_of(data: Data) -> Content {
    match data {
        Data::Volume(image) => nodes::Volume::new(image).into(),
        Data::Labelmap(image) => match microtome_image::Labels::from_image(&image) {
            Ok(labels) => nodes::LabelVolume::new(labels).into(),
            Err(_) => nodes::Volume::new(image).into(),
        },
        Data::Model(mesh) => nodes::Model { mesh }.into(),
        Data::Transform(map) => nodes::Transform::new(map, true).into(),
        Data::Segmentation(segmentation) => nodes::Segmentation::from(*segmentation).into(),
        Data::Markups(markups) => (*markups).into(),
        Data::Table(table) => nodes::Table::from(table).into(),
    }
}
