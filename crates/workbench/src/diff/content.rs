//! What is different between two nodes.

use std::collections::{BTreeMap, BTreeSet};

use microtome_scene::{Content, Node, NodeId, Role};
use serde::Serialize;

use super::NodeName;
use super::voxels::{self, SegmentDifference, VoxelDifference};

/// What is different between two nodes.
#[derive(Clone, Debug, Serialize)]
pub struct NodeDifference {
    /// The node, as A has it.
    #[serde(flatten)]
    pub node: NodeName,
    /// Its fields, attributes and references that are not equal.
    pub fields: Vec<FieldDifference>,
    /// Its voxels, if they are not equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voxels: Option<VoxelDifference>,
    /// Its segments that are not equal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentDifference>,
}

impl NodeDifference {
    /// No difference.
    pub(super) const fn none(node: NodeName) -> Self {
        Self { node, fields: Vec::new(), voxels: None, segments: Vec::new() }
    }
}

/// A field that is not equal.
#[derive(Clone, Debug, Serialize)]
pub struct FieldDifference {
    /// The field.
    pub field: String,
    /// What A has, if anything.
    pub a: Option<String>,
    /// What B has, if anything.
    pub b: Option<String>,
}

/// Compares two nodes; `None` if they are equal. `same` says whether a node of A is a node of B.
pub(super) fn compare(
    name: NodeName,
    a: &Node,
    b: &Node,
    same: &dyn Fn(&NodeId, &NodeId) -> bool,
) -> Option<NodeDifference> {
    let mut found = NodeDifference::none(name);
    let mut texts = [texts(a), texts(b)];
    compare_content(&a.content, &b.content, &mut found, &mut texts);
    let [mut a_texts, mut b_texts] = texts;
    let names: BTreeSet<String> = a_texts.keys().chain(b_texts.keys()).cloned().collect();
    for field in names {
        let (a, b) = (a_texts.remove(&field), b_texts.remove(&field));
        if a != b {
            found.fields.push(FieldDifference { field, a, b });
        }
    }
    compare_references(a, b, same, &mut found.fields);
    let equal = found.fields.is_empty() && found.voxels.is_none() && found.segments.is_empty();
    (!equal).then_some(found)
}

type Texts = BTreeMap<String, String>;

/// Everything about a node that has a text form.
fn texts(node: &Node) -> Texts {
    let mut texts = Texts::new();
    let mut put = |field: &str, value: String| drop(texts.insert(field.to_owned(), value));
    put("name", node.name.clone());
    put("description", node.description.clone());
    put("hideFromEditors", node.hidden.to_string());
    put("selectable", node.selectable.to_string());
    put("selected", node.selected.to_string());
    node.content.fields().visit(&mut |field, value| put(field, value));
    for (field, value) in node.attributes.iter() {
        put(&format!("attribute {field}"), value.clone());
    }
    texts
}

fn compare_references(
    a: &Node,
    b: &Node,
    same: &dyn Fn(&NodeId, &NodeId) -> bool,
    fields: &mut Vec<FieldDifference>,
) {
    let roles: BTreeSet<&Role> = a.references.keys().chain(b.references.keys()).collect();
    for role in roles.into_iter().filter(|role| **role != Role::STORAGE) {
        let (in_a, in_b): (Vec<_>, Vec<_>) = (a.references(role).collect(), b.references(role).collect());
        if in_a.len() != in_b.len() || in_a.iter().zip(&in_b).any(|(a, b)| !same(a, b)) {
            let text = |ids: &[&NodeId]| {
                let names: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
                (!names.is_empty()).then(|| names.join(" "))
            };
            let field = format!("reference {}", role.name());
            fields.push(FieldDifference { field, a: text(&in_a), b: text(&in_b) });
        }
    }
}

/// Compares what has no text form of its own; what can be said in a word is added to the texts of both sides.
fn compare_content(a: &Content, b: &Content, found: &mut NodeDifference, texts: &mut [Texts; 2]) {
    if a == b {
        return;
    }
    let before = texts[0] != texts[1];
    let mut put = |field: &str, values: [String; 2]| {
        for (texts, value) in texts.iter_mut().zip(values) {
            texts.insert(field.to_owned(), value);
        }
    };
    match (a, b) {
        (Content::Volume(a), Content::Volume(b)) => match (&a.image, &b.image) {
            (Some(a), Some(b)) => found.voxels = voxels::compare(a, b, &mut put),
            (a, b) => put("voxels", [a.is_some(), b.is_some()].map(|there| presence(there).to_owned())),
        },
        (Content::LabelVolume(a), Content::LabelVolume(b)) => match (&a.labels, &b.labels) {
            (Some(a), Some(b)) => found.voxels = voxels::compare(&a.to_image(), &b.to_image(), &mut put),
            (a, b) => put("voxels", [a.is_some(), b.is_some()].map(|there| presence(there).to_owned())),
        },
        (Content::Segmentation(a), Content::Segmentation(b)) => {
            found.segments = voxels::compare_segments(&a.data, &b.data);
        }
        (Content::Model(a), Content::Model(b)) => {
            let (a, b) = (&a.mesh, &b.mesh);
            put("points", [a, b].map(|mesh| mesh.points().len().to_string()));
            put("cells", [a, b].map(|mesh| mesh.cells().len().to_string()));
            let arrays = |mesh: &microtome_mesh::Mesh| {
                let all = mesh.point_data().iter().chain(mesh.cell_data());
                all.map(|array| array.name.clone()).collect::<Vec<_>>().join(" ")
            };
            put("arrays", [arrays(a), arrays(b)]);
            if a.points().len() == b.points().len() {
                let moved =
                    a.points().iter().zip(b.points()).map(|(p, q)| p.distance(*q)).fold(0.0, f64::max);
                put("greatest distance between points (mm)", ["0".to_owned(), moved.to_string()]);
            }
            if a.cells() != b.cells() {
                put("cells are", ["as they are", "different"].map(str::to_owned));
            }
        }
        (Content::Markups(a), Content::Markups(b)) => {
            put("control points", [a, b].map(|list| list.points.len().to_string()));
            for (n, (p, q)) in a.points.iter().zip(&b.points).enumerate() {
                if p != q {
                    let place = |p: &microtome_records::ControlPoint| {
                        format!("{} at {:?}", p.label, p.position.coords())
                    };
                    let (mut in_a, mut in_b) = (place(p), place(q));
                    if in_a == in_b {
                        (in_a, in_b) = (format!("{p:?}"), format!("{q:?}"));
                    }
                    put(&format!("control point {}", n + 1), [in_a, in_b]);
                }
            }
        }
        (Content::Transform(a), Content::Transform(b)) => {
            put(
                "transform to parent",
                [a, b].map(|transform| match transform.to_parent().as_linear() {
                    Some(matrix) => format!("{:?}", matrix.matrix()),
                    None => "warps".to_owned(),
                }),
            );
        }
        (Content::Table(a), Content::Table(b)) => {
            let columns = |table: &microtome_records::Table| {
                table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(", ")
            };
            put("columns", [columns(&a.table), columns(&b.table)]);
            for (p, q) in a.table.columns.iter().zip(&b.table.columns).filter(|(p, q)| p != q) {
                put(&format!("column {}", p.name), [format!("{:?}", p.values), format!("{:?}", q.values)]);
            }
        }
        (Content::Text(a), Content::Text(b)) => put("text", [a.text.clone(), b.text.clone()]),
        _ => {}
    }
    let told = found.voxels.is_some() || !found.segments.is_empty() || before || texts[0] != texts[1];
    if !told {
        // Whatever it is, two contents that are not equal must not pass for equal.
        texts[0].insert("content".to_owned(), "as it is".to_owned());
        texts[1].insert("content".to_owned(), "different".to_owned());
    }
}

const fn presence(there: bool) -> &'static str {
    if there { "there" } else { "missing" }
}
