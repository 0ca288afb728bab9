//! What is different between two nodes.

use std::collections::{BTreeMap, BTreeSet};

use microtome_mesh::{Attribute, Mesh};
use microtome_records::{Column, ControlPoint, Markups, Measurement, Segmentation, Table};
use microtome_scene::nodes::Sequence;
use microtome_scene::{Content, Node, NodeId, Role};
use serde::Serialize;

use super::NodeName;
use super::member::first_difference;
use super::normal::normal;
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
    compare_content(&normal(a), &normal(b), &mut found, &mut texts);
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
    fields(&node.content).into_iter().for_each(|(field, value)| put(&field, value));
    for (field, value) in node.attributes.iter() {
        put(&format!("attribute {field}"), value.clone());
    }
    // What no field of the class holds.
    for (field, value) in &node.unknown {
        put(field, value.clone());
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
    let mut told = fields(a) != fields(b);
    let mut put = |field: &str, values: [String; 2]| {
        told |= values[0] != values[1];
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
            found.segments = compare_segmentations(&a.data, &b.data, &mut put);
            // How layers share voxels and labels is a matter of storage: all that segments are has been compared.
            told = true;
        }
        (Content::Model(a), Content::Model(b)) => compare_meshes(&a.mesh, &b.mesh, &mut put),
        (Content::Markups(a), Content::Markups(b)) => compare_markups(a, b, &mut put),
        (Content::Transform(a), Content::Transform(b)) => {
            put(
                "transform to parent",
                [a, b].map(|transform| match transform.to_parent().as_linear() {
                    Some(matrix) => format!("{:?}", matrix.matrix()),
                    None => "warps".to_owned(),
                }),
            );
        }
        (Content::Table(a), Content::Table(b)) => compare_tables(&a.table, &b.table, &mut put),
        (Content::Text(a), Content::Text(b)) => put("text", [a.text.clone(), b.text.clone()]),
        (Content::Sequence(a), Content::Sequence(b)) => compare_items(a, b, &mut put),
        _ => {}
    }
    if !told && found.voxels.is_none() {
        // Whatever it is, two contents that are not equal must not pass for equal.
        let different = || ("content".to_owned(), ["as it is", "different"].map(str::to_owned));
        let (field, values) = first_difference(a, b).unwrap_or_else(different);
        for (texts, value) in texts.iter_mut().zip(values) {
            texts.insert(field.clone(), value);
        }
    }
}

/// The named fields of a content.
fn fields(content: &Content) -> Texts {
    let mut texts = Texts::new();
    content.fields().visit(&mut |field, value| drop(texts.insert(field.to_owned(), value)));
    texts
}

type Put<'a> = dyn FnMut(&str, [String; 2]) + 'a;

fn compare_segmentations(a: &Segmentation, b: &Segmentation, put: &mut Put<'_>) -> Vec<SegmentDifference> {
    let ids = |s: &Segmentation| s.segments.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(", ");
    put("order of segments", [ids(a), ids(b)]);
    put("representations", [a, b].map(|s| s.contained.join(", ")));
    let conversion = |s: &Segmentation| {
        let all = s.conversion.iter().map(|p| format!("{} = {}", p.name, p.value));
        all.collect::<Vec<_>>().join("; ")
    };
    put("conversion parameters", [conversion(a), conversion(b)]);
    // Layers that begin elsewhere begin at another index.
    let origins = [a, b].map(|s| s.grid().map(|grid| grid.origin().coords()));
    if origins[0] == origins[1] {
        put("first voxel in the reference grid", [a, b].map(|s| format!("{:?}", s.offset)));
    }
    voxels::compare_segments(a, b)
}

fn compare_meshes(a: &Mesh, b: &Mesh, put: &mut Put<'_>) {
    put("points", [a, b].map(|mesh| mesh.points().len().to_string()));
    put("cells", [a, b].map(|mesh| mesh.cells().len().to_string()));
    let arrays = |mesh: &Mesh| {
        let all = mesh.point_data().iter().chain(mesh.cell_data());
        all.map(|array| array.name.clone()).collect::<Vec<_>>().join(" ")
    };
    put("arrays", [arrays(a), arrays(b)]);
    if a.points().len() == b.points().len() {
        let moved = a.points().iter().zip(b.points()).map(|(p, q)| p.distance(*q)).fold(0.0, f64::max);
        put("greatest distance between points (mm)", ["0".to_owned(), moved.to_string()]);
    }
    if a.cells() != b.cells() {
        put("cells are", ["as they are", "different"].map(str::to_owned));
    }
    for (side, of) in [("points", Mesh::point_data as fn(&Mesh) -> &[Attribute]), ("cells", Mesh::cell_data)]
    {
        for (p, q) in of(a).iter().zip(of(b)).filter(|(p, q)| p.name == q.name && p != q) {
            put(&format!("array {} of {side}", p.name), [p, q].map(|array| format!("{array:?}")));
        }
    }
}

fn compare_markups(a: &Markups, b: &Markups, put: &mut Put<'_>) {
    put("control points", [a, b].map(|list| list.points.len().to_string()));
    for (n, (p, q)) in a.points.iter().zip(&b.points).enumerate().filter(|(_, (p, q))| p != q) {
        let place = |p: &ControlPoint| format!("{} at {:?}", p.label, p.position.coords());
        let (mut in_a, mut in_b) = (place(p), place(q));
        if in_a == in_b {
            (in_a, in_b) = (format!("{p:?}"), format!("{q:?}"));
        }
        put(&format!("control point {}", n + 1), [in_a, in_b]);
    }
    for measured in &a.measurements {
        if let Some(other) = b.measurements.iter().find(|other| other.name == measured.name)
            && other != measured
        {
            let value =
                |m: &Measurement| m.value.map_or("nothing".to_owned(), |v| format!("{v} {}", m.units));
            let (mut in_a, mut in_b) = (value(measured), value(other));
            if in_a == in_b {
                (in_a, in_b) = (format!("{measured:?}"), format!("{other:?}"));
            }
            put(&format!("measurement {}", measured.name), [in_a, in_b]);
        }
    }
}

fn compare_tables(a: &Table, b: &Table, put: &mut Put<'_>) {
    let columns =
        |table: &Table| table.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(", ");
    put("columns", [columns(a), columns(b)]);
    for (p, q) in a.columns.iter().zip(&b.columns) {
        if p.values != q.values {
            put(&format!("column {}", p.name), [p, q].map(|column| format!("{:?}", column.values)));
        }
        if p.properties != q.properties {
            let said = |column: &Column| {
                let all = column.properties.iter().map(|(name, value)| format!("{name} = {value}"));
                all.collect::<Vec<_>>().join("; ")
            };
            put(&format!("properties of column {}", p.name), [said(p), said(q)]);
        }
    }
}

fn compare_items(a: &Sequence, b: &Sequence, put: &mut Put<'_>) {
    put("items", [a, b].map(|sequence| sequence.items.len().to_string()));
    for (n, (p, q)) in a.items.iter().zip(&b.items).enumerate().filter(|(_, (p, q))| p != q) {
        put(&format!("index value of item {n}"), [p, q].map(|item| item.value.clone()));
        let name = NodeName { id: String::new(), class: String::new(), name: String::new() };
        let Some(of_item) = compare(name, &p.node, &q.node, &|a, b| a == b) else { continue };
        let nothing = || "nothing".to_owned();
        for FieldDifference { field, a, b } in of_item.fields {
            put(&format!("item {n}: {field}"), [a, b].map(|value| value.unwrap_or_else(nothing)));
        }
        if let Some(voxels) = of_item.voxels {
            let told = format!("{} of {} are different", voxels.different, voxels.total);
            put(&format!("item {n}: voxels"), ["as they are".to_owned(), told]);
        }
        for segment in of_item.segments {
            let told = format!("\"{}\" is different", segment.name);
            put(&format!("item {n}: segments"), ["as they are".to_owned(), told]);
        }
    }
}

const fn presence(there: bool) -> &'static str {
    if there { "there" } else { "missing" }
}
