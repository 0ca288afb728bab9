//! The text of a text node without a file.

use microtome_scene::nodes::Text;
use microtome_scene::{Node, Role};

use super::super::xml::{Attributes, Element};

pub(super) fn read(text: &mut Text, attributes: &mut Attributes) {
    if let Some(value) = attributes.remove("text") {
        text.text = value;
    }
    if !attributes.contains_key("encoding") {
        // What scenes mean that do not say it.
        text.encoding = 1;
    }
}

pub(super) fn write(text: &Text, node: &Node, element: &mut Element) {
    if node.reference(&Role::STORAGE).is_none() {
        element.set("text", text.text.clone());
    }
}
