//! Sequences and their browsers.

use std::collections::BTreeMap;

use microtome_scene::NodeId;
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
    let entries = items.map(|(n, item)| (item_id(item.node.class(), n), item.value.as_str()));
    element.replace(INDEX_VALUES, index_text(entries));
}

/// The text of which node stands at which index value: `identifier:value;identifier:value`.
///
/// Slicer has no code for a `;` in a value, and drops what stands behind it. We write `%3B`, which Slicer takes and gives
/// back as it is; a value's own `%3B` gets one `25` more, and all other values stay as they are.
pub(crate) fn index_text<'a>(entries: impl Iterator<Item = (String, &'a str)>) -> String {
    let entries: Vec<String> = entries.map(|(id, value)| format!("{id}:{}", encode_value(value))).collect();
    entries.join(";")
}

/// Undoes [`index_text`]. What stands behind a `;` without naming a node is a part of the value before it.
pub(crate) fn index_entries(text: &str) -> Vec<(NodeId, String)> {
    let mut entries: Vec<(NodeId, String)> = Vec::new();
    for part in text.split(';') {
        let named = part.split_once(':').filter(|(id, _)| is_identifier(id.trim()));
        match (named, entries.last_mut()) {
            (Some((id, value)), _) => entries.push((NodeId::from(id.trim()), value.to_owned())),
            (None, Some((_, value))) => {
                value.push(';');
                value.push_str(part);
            }
            (None, None) => {}
        }
    }
    entries.iter_mut().for_each(|(_, value)| *value = decode_value(value));
    entries
}

fn is_identifier(text: &str) -> bool {
    let identifies = |c: char| c.is_alphanumeric() || c == '_';
    text.strip_prefix("vtkMRML").is_some_and(|rest| rest.contains("Node") && rest.chars().all(identifies))
}

/// How many bytes of `25` stand between a `%` and `3B`; `None` where something else stands there.
fn escapes(behind: &str) -> Option<usize> {
    let rest = behind.trim_start_matches("25");
    rest.starts_with("3B").then_some(behind.len() - rest.len())
}

fn encode_value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            ';' => out.push_str("%3B"),
            '%' if escapes(&text[at + 1..]).is_some() => out.push_str("%25"),
            _ => out.push(c),
        }
    }
    out
}

fn decode_value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let (plain, length) = match escapes(behind) {
            Some(0) => (';', 2),
            Some(_) => ('%', 2),
            None => ('%', 0),
        };
        out.push(plain);
        rest = &behind[length..];
    }
    out.push_str(rest);
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_comes_back() {
        let values = ["0", "a;b", ";", "%3B", "%253B", "50%", "%25;", "%2;3B", "x:y;vtkMRML", "", "é;%3b"];
        let id = |n: usize| item_id("ScalarVolume", n);
        let text = index_text(values.iter().enumerate().map(|(n, value)| (id(n), *value)));
        assert_eq!(text.split(';').count(), values.len(), "{text}");
        let wanted: Vec<(NodeId, String)> =
            values.iter().enumerate().map(|(n, value)| (id(n).into(), (*value).to_owned())).collect();
        assert_eq!(index_entries(&text), wanted);
    }

    #[test]
    fn what_slicer_wrote_is_understood() {
        let found = index_entries("vtkMRMLModelNode1:a;b: c; vtkMRMLModelNode2:50%25");
        let wanted = [("vtkMRMLModelNode1", "a;b: c"), ("vtkMRMLModelNode2", "50%25")];
        assert_eq!(found, wanted.map(|(id, value)| (id.into(), value.to_owned())));
        assert_eq!(index_entries(";;x"), []);
    }
}
