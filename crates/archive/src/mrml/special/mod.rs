//! What node types have in scene files besides plain fields, one file for each family: reading and writing side by side.

mod annotation;
mod display;
mod hierarchy;
mod modules;
mod scene_view;
mod sequence;
mod storage;
mod text;
mod transform;
mod view;
mod volume;
mod volume_property;

pub(crate) use sequence::{INDEX_VALUES, index_entries, index_text, item_id};
pub(crate) use volume::GEOMETRY;

use microtome_scene::{Content, FieldValue, Node};

use super::read::Reading;
use super::xml::{Attributes, Element};

/// Takes from the attributes (and from inside the element) what is no plain field.
pub(super) fn read(
    node: &mut Node,
    attributes: &mut Attributes,
    element: roxmltree::Node<'_, '_>,
    reading: &mut Reading<'_>,
) {
    let Node { name, content, .. } = node;
    match content {
        Content::Storage(node) => storage::read(node, attributes),
        Content::Volume(_) => volume::read(attributes, reading),
        Content::LabelVolume(_) => volume::read_grid(attributes, reading),
        Content::VolumeDisplay(node) => display::read_presets(node, attributes),
        Content::VectorVolumeDisplay(node) => display::read_presets(&mut node.volume, attributes),
        Content::DiffusionWeightedVolumeDisplay(node) => display::read_presets(&mut node.volume, attributes),
        Content::DiffusionTensorVolumeDisplay(node) => display::read_presets(&mut node.volume, attributes),
        Content::SegmentationDisplay(node) => display::read_segments(node, attributes, reading),
        Content::Transform(node) => transform::read(node, attributes, reading),
        Content::VolumeProperty(node) => volume_property::read(node, attributes),
        Content::Text(node) => text::read(node, attributes),
        Content::Markups(node) => annotation::read(node, name, attributes),
        Content::Slice(_) => view::read(attributes, reading),
        Content::SequenceBrowser(node) => sequence::read_browser(node, attributes),
        Content::ScriptedModule(node) => modules::read_scripted(node, attributes),
        Content::CommandLineModule(node) => modules::read_command_line(node, attributes),
        Content::SubjectHierarchy(node) => hierarchy::read(node, element, reading),
        Content::SceneView(node) => scene_view::read(node, attributes, element, reading),
        _ => {}
    }
}

/// Adds to the element what is no plain field.
pub(super) fn write(node: &Node, element: &mut Element) {
    match &node.content {
        Content::Storage(storage) => storage::write(storage, element),
        Content::Volume(volume) => volume::write(volume, element),
        Content::LabelVolume(volume) => {
            volume.labels.iter().for_each(|labels| volume::write_grid(labels.grid(), element));
        }
        Content::VolumeDisplay(display) => display::write_presets(display, element),
        Content::VectorVolumeDisplay(display) => display::write_presets(&display.volume, element),
        Content::DiffusionWeightedVolumeDisplay(display) => display::write_presets(&display.volume, element),
        Content::DiffusionTensorVolumeDisplay(display) => display::write_presets(&display.volume, element),
        Content::SegmentationDisplay(display) => display::write_segments(display, element),
        Content::Transform(transform) => transform::write(transform, element),
        Content::VolumeProperty(property) => volume_property::write(property, node, element),
        Content::Text(text) => text::write(text, node, element),
        Content::Sequence(sequence) => sequence::write(sequence, element),
        Content::SequenceBrowser(browser) => sequence::write_browser(browser, element),
        Content::ScriptedModule(module) => modules::write_scripted(module, element),
        Content::CommandLineModule(module) => modules::write_command_line(module, element),
        Content::SubjectHierarchy(hierarchy) => hierarchy::write(hierarchy, element),
        Content::SceneView(view) => scene_view::write(view, element),
        Content::Other(other) => element.inner.clone_from(&other.inner),
        _ => {}
    }
}

/// Takes the attributes `prefix0`, `prefix1`, … in the order of their numbers.
fn take_numbered(attributes: &mut Attributes, prefix: &str) -> Vec<String> {
    let behind = prefix.to_owned();
    let mut found: Vec<(u64, String)> = attributes
        .range(behind..)
        .take_while(|(name, _)| name.starts_with(prefix))
        .filter_map(|(name, _)| {
            let number = name[prefix.len()..].parse().ok()?;
            Some((number, name.clone()))
        })
        .collect();
    found.sort();
    found.into_iter().filter_map(|(_, name)| attributes.remove(&name)).collect()
}

/// The text of numbers, blanks between them.
fn numbers(values: &[f64]) -> String {
    values.to_vec().to_text().unwrap_or_default()
}
