//! Contents without what files say in more than one way.

use std::borrow::Cow;

use microtome_records::{Column, Segmentation};
use microtome_scene::nodes::{self, Markups, Sequence};
use microtome_scene::{Content, Node, Role};

/// What a node holds, said in one way only: two contents that mean the same are equal then.
pub(super) fn normal(node: &Node) -> Cow<'_, Content> {
    match &node.content {
        // What is measured follows from the points. Under a transform the scene has measured already.
        Content::Markups(markups) if node.reference(&Role::TRANSFORM).is_none() => {
            let measurements = markups.measured(&|point| point);
            Cow::Owned(Markups { measurements, ..markups.clone() }.into())
        }
        Content::Table(table) => {
            let mut table = table.clone();
            table.table.columns.iter_mut().for_each(sort_properties);
            Cow::Owned(table.into())
        }
        Content::Segmentation(node) => {
            let mut contained = node.data.forms(node.source);
            contained.sort_unstable();
            let data = Segmentation { contained, ..node.data.clone() };
            Cow::Owned(nodes::Segmentation { data, ..node.clone() }.into())
        }
        Content::Sequence(sequence) => {
            let mut sequence: Sequence = sequence.clone();
            for (n, item) in sequence.items.iter_mut().enumerate() {
                // Items of a file are called after the file.
                if item.node.name.ends_with(&format!("_{n:04}")) {
                    item.node = Node { name: String::new(), ..(*item.node).clone() }.into();
                }
            }
            Cow::Owned(sequence.into())
        }
        content => Cow::Borrowed(content),
    }
}

/// The order of a schema's columns says nothing, and an empty cell as much as none.
fn sort_properties(column: &mut Column) {
    column.properties.retain(|(_, value)| !value.is_empty());
    column.properties.sort_unstable();
}
