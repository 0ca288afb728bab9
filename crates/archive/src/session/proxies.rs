//! Nodes that take on the selected item of a sequence.

use std::collections::BTreeMap;

use microtome_scene::nodes::{IndexType, Sequence, SequenceBrowser};
use microtome_scene::{Content, Node, NodeId, Role};

use super::kinds::has_data;

/// Gives each node that a browser plays into, and that has no data of its own, the data of the item that is selected. A node
/// with data was saved as it was shown.
pub(super) fn show_selected(nodes: &mut [(NodeId, Node)]) {
    let mut places: BTreeMap<&NodeId, usize> = BTreeMap::new();
    for (at, (id, _)) in nodes.iter().enumerate() {
        places.entry(id).or_insert(at);
    }
    let mut shown: Vec<(usize, Content)> = Vec::new();
    for (_, node) in nodes.iter() {
        let Content::SequenceBrowser(browser) = &node.content else { continue };
        let find = |role: &str, postfix: &str| {
            let id = node.reference(&Role::named(format!("{role}{postfix}")))?;
            places.get(id).copied()
        };
        let sequence = |postfix: &str| match &nodes[find("sequenceNodeRef", postfix)?].1.content {
            Content::Sequence(sequence) => Some(sequence),
            _ => None,
        };
        let master = browser.postfixes.first().and_then(|postfix| sequence(postfix));
        let Some(value) = master.and_then(|master| selected_value(browser, master)) else { continue };
        for postfix in browser.postfixes.iter().filter(|postfix| plays(browser, postfix)) {
            let (Some(sequence), Some(at)) = (sequence(postfix), find("dataNodeRef", postfix)) else {
                continue;
            };
            let proxy = &nodes[at].1;
            let Some(item) = item_at(sequence, value) else { continue };
            if item.class() == proxy.class() && !has_data(&proxy.content) {
                shown.push((at, item.content.clone()));
            }
        }
    }
    for (at, content) in shown {
        nodes[at].1.content = content;
    }
}

fn selected_value<'a>(browser: &SequenceBrowser, master: &'a Sequence) -> Option<&'a str> {
    let selected = usize::try_from(browser.selected_item).ok()?;
    Some(&master.items.get(selected)?.value)
}

/// Whether the node of a sequence follows the selection, as it does unless the browser says otherwise.
fn plays(browser: &SequenceBrowser, postfix: &str) -> bool {
    let properties = browser.synchronization.get(postfix);
    properties.and_then(|all| all.get("playback")).is_none_or(|value| value != "false")
}

/// The node at an index value, numbers compared as the sequence does.
fn item_at<'a>(sequence: &'a Sequence, value: &str) -> Option<&'a Node> {
    let number = value.trim().parse::<f64>().ok().filter(|_| sequence.index_type == IndexType::Numeric);
    let is_there = |there: &str| match (number, there.trim().parse::<f64>()) {
        (Some(a), Ok(b)) => (a - b).abs() <= sequence.tolerance,
        _ => there == value,
    };
    sequence.items.iter().find(|item| is_there(&item.value)).map(|item| &*item.node)
}
