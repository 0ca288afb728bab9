//! Scene views: nodes inside an element.

use std::sync::Arc;

use microtome_scene::nodes::SceneView;

use super::super::read::Reading;
use super::super::write::node_element;
use super::super::xml::{Attributes, Element};

const TEXT: &str = "sceneViewDescription";

pub(super) fn read(
    view: &mut SceneView,
    attributes: &mut Attributes,
    element: roxmltree::Node<'_, '_>,
    reading: &mut Reading<'_>,
) {
    // Slicer writes one of these for the end of a line and reads the other.
    view.text = attributes.remove(TEXT).unwrap_or_default().replace("<br>", "\n").replace("[br]", "\n");
    view.nodes = reading.view(element).into_iter().map(|(id, node)| (id, Arc::new(node))).collect();
}

pub(super) fn write(view: &SceneView, element: &mut Element) {
    element.set(TEXT, view.text.replace('\n', "[br]"));
    element.children = view.nodes.iter().map(|(id, node)| node_element(id, node)).collect();
}
