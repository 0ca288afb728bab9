//! Sequences and their browsers.

use std::collections::BTreeMap;

use microtome_scene::nodes::{Sequence, SequenceBrowser};

use super::super::xml::{Attributes, Element};

/// Which node of a sequence stands at which index value.
pub(crate) const INDEX_VALUES: &str = "indexValues";
const POSTFIXES: &str = "virtualNodePostfixes";
const SYNCHRONIZATION: &str = "SynchronizationPropertiesMap";

/// The identifier of a sequence's item in the sequence's own scene.
pub(crate) fn item_id(class: &str, number: usize) -> String {
    format!("vtkMRML{class}Node{}", number + 1)
}

pub(super) fn write(sequence: &Sequence, element: &mut Element) {
    if sequence.items.is_empty() {
        return;
    }
    let items = sequence.items.iter().enumerate();
    let texts: Vec<String> =
        items.map(|(n, item)| format!("{}:{}", item_id(item.node.class(), n), item.value)).collect();
    element.replace(INDEX_VALUES, texts.join(";"));
}

pub(super) fn read_browser(browser: &mut SequenceBrowser, attributes: &mut Attributes) {
    let postfixes = attributes.remove(POSTFIXES).unwrap_or_default();
    browser.postfixes = postfixes.split_ascii_whitespace().map(str::to_owned).collect();
    for postfix in &browser.postfixes {
        let Some(text) = attributes.remove(&format!("{SYNCHRONIZATION}{postfix}")) else { continue };
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let pairs =
            words.as_chunks::<2>().0.iter().map(|[key, value]| ((*key).to_owned(), (*value).to_owned()));
        browser.synchronization.insert(postfix.clone(), pairs.collect::<BTreeMap<_, _>>());
    }
}

pub(super) fn write_browser(browser: &SequenceBrowser, element: &mut Element) {
    if !browser.postfixes.is_empty() {
        element.set(POSTFIXES, browser.postfixes.join(" "));
    }
    for (postfix, properties) in &browser.synchronization {
        let text: String = properties.iter().map(|(key, value)| format!("{key} {value} ")).collect();
        element.set(&format!("{SYNCHRONIZATION}{postfix}"), text);
    }
}
