//! Where a node came from: which operation made it, of what. It is kept in the node's attributes and references, which
//! scene files hold and Slicer keeps.

use std::collections::BTreeMap;

use microtome_image::{Array, Image};
use microtome_records::ColumnValues;
use microtome_scene::{Content, Node, NodeId, Role};
use rayon::prelude::*;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

/// Which operation made a node, of what.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// The operation's name.
    pub operation: String,
    /// The version of the program that ran it.
    pub version: String,
    /// Which of the operation's outputs the node is.
    pub output: String,
    /// The parameters that were given; the others had their defaults.
    pub parameters: Map<String, Json>,
    /// The input nodes by input name, with what they held then (see [`content_hash`]).
    pub inputs: BTreeMap<String, (NodeId, String)>,
}

const OPERATION: &str = "Microtome.Operation";
const VERSION: &str = "Microtome.Version";
const OUTPUT: &str = "Microtome.Output";
const PARAMETERS: &str = "Microtome.Parameters";
const INPUTS: &str = "Microtome.Inputs";
/// What the role of the reference to an input begins with.
const INPUT_ROLE: &str = "Microtome.Input.";

impl Provenance {
    /// What a node says of where it came from; `None` if nothing, or nothing that makes sense.
    pub fn of(node: &Node) -> Option<Self> {
        let text = |name: &str| node.attributes.get(name).cloned();
        let hashes: BTreeMap<String, String> = serde_json::from_str(&text(INPUTS)?).ok()?;
        let input = |(name, hash): (String, String)| {
            let id = node.reference(&Role::named(format!("{INPUT_ROLE}{name}")))?.clone();
            Some((name, (id, hash)))
        };
        Some(Self {
            operation: text(OPERATION)?,
            version: text(VERSION)?,
            output: text(OUTPUT)?,
            parameters: serde_json::from_str(&text(PARAMETERS)?).ok()?,
            inputs: hashes.into_iter().map(input).collect::<Option<_>>()?,
        })
    }

    /// The node without what it says of where it came from.
    pub(crate) fn without(node: &Node) -> Node {
        let mut node = node.clone();
        for name in [OPERATION, VERSION, OUTPUT, PARAMETERS, INPUTS] {
            node.attributes.remove(name);
        }
        node.references.retain(|role, _| !role.name().starts_with(INPUT_ROLE));
        node
    }

    /// Writes it into a node.
    pub(crate) fn write(&self, node: &mut Node) {
        let hashes: Map<String, Json> =
            self.inputs.iter().map(|(name, (_, hash))| (name.clone(), hash.as_str().into())).collect();
        for (name, value) in [
            (OPERATION, self.operation.clone()),
            (VERSION, self.version.clone()),
            (OUTPUT, self.output.clone()),
            (PARAMETERS, Json::Object(self.parameters.clone()).to_string()),
            (INPUTS, Json::Object(hashes).to_string()),
        ] {
            node.attributes.insert(name.to_owned(), value);
        }
        for (name, (id, _)) in &self.inputs {
            node.refer(Role::named(format!("{INPUT_ROLE}{name}")), Some(id.clone()));
        }
    }
}

/// The nodes that a node says it was made of.
pub(crate) fn inputs_of(node: &Node) -> impl Iterator<Item = &NodeId> {
    let inputs = node.references.iter().filter(|(role, _)| role.name().starts_with(INPUT_ROLE));
    inputs.flat_map(|(_, all)| all).map(|reference| &reference.node)
}

/// Names what a node holds: equal for equal content, whichever file it went through. Coordinates count in single
/// precision, as files hold them.
pub fn content_hash(content: &Content) -> String {
    let mut hash = Sha256::new();
    hash.update(content.class());
    match content {
        Content::Volume(volume) => volume.image.iter().for_each(|image| hash_image(&mut hash, image)),
        Content::LabelVolume(volume) => {
            volume.labels.iter().for_each(|labels| hash_image(&mut hash, &labels.to_image()));
        }
        Content::Segmentation(segmentation) => {
            segmentation.data.layers.iter().for_each(|layer| hash_image(&mut hash, &layer.to_image()));
            for segment in &segmentation.data.segments {
                hash.update(format!("{} {:?}", segment.id, segment.place));
            }
        }
        Content::Model(model) => {
            for point in model.mesh.points() {
                hash_numbers(&mut hash, &point.coords());
            }
            for (kind, points) in model.mesh.cells().iter() {
                hash.update(format!("{kind:?}"));
                points.iter().for_each(|point| hash.update(point.to_le_bytes()));
            }
        }
        Content::Transform(transform) => match transform.to_parent().as_linear() {
            Some(matrix) => matrix.matrix().iter().for_each(|row| hash_numbers(&mut hash, row)),
            None => hash.update(format!("{:?}", transform.to_parent())),
        },
        Content::Markups(list) => {
            for point in &list.points {
                hash.update(&point.label);
                hash_numbers(&mut hash, &point.position.coords());
            }
        }
        Content::Table(table) => {
            for column in &table.table.columns {
                hash.update(&column.name);
                match &column.values {
                    ColumnValues::Text(values) => values.iter().for_each(|value| hash.update(value)),
                    ColumnValues::Numbers(values) => hash_array(&mut hash, values),
                }
            }
        }
        other => other.fields().visit(&mut |name, value| hash.update(format!("{name}={value};"))),
    }
    let digest = hash.finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn hash_image(hash: &mut Sha256, image: &Image) {
    hash.update(format!("{:?} {} {}", image.dims(), image.components(), image.frames()));
    image.grid().ijk_to_ras().matrix().iter().for_each(|row| hash_numbers(hash, row));
    hash_array(hash, image.array());
}

/// Bytes of one parallel task.
const TASK: usize = 1 << 20;

/// The type, and the hashes of the pieces.
fn hash_array(hash: &mut Sha256, array: &Array) {
    hash.update(array.scalar_type().name());
    let pieces: Vec<_> = array.as_bytes().par_chunks(TASK).map(Sha256::digest).collect();
    pieces.iter().for_each(|piece| hash.update(piece));
}

fn hash_numbers(hash: &mut Sha256, numbers: &[f64]) {
    for number in numbers {
        // 0 and −0 are one number.
        hash.update((*number as f32 + 0.0).to_le_bytes());
    }
}
