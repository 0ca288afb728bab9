//! The items of the subject hierarchy: elements inside each other.

use std::collections::{BTreeMap, BTreeSet};

use microtome_scene::NodeId;
use microtome_scene::nodes::{SubjectHierarchy, SubjectHierarchyItem};

use super::super::read::Reading;
use super::super::xml::Element;

const ITEM: &str = "SubjectHierarchyItem";

/// Reads the items. Where one stands says whose child it is, as the parent's number need not be true.
pub(super) fn read(
    hierarchy: &mut SubjectHierarchy,
    element: roxmltree::Node<'_, '_>,
    reading: &mut Reading<'_>,
) {
    let (mut renumbered, mut elsewhere) = (0_usize, 0_usize);
    // Those at the top name an item that is none.
    let mut said_at_top = Vec::new();
    let mut used = BTreeSet::new();
    let mut next_free = 1_u64;
    let mut pending: Vec<(roxmltree::Node<'_, '_>, u64)> = vec![(element, 0)];
    while let Some((above, parent)) = pending.pop() {
        let item = if above == element {
            0
        } else {
            let mut item = read_item(above, parent);
            // Numbers are unique here whatever the file says.
            match (above.parent().filter(|outer| *outer != element), parent_in_words(above)) {
                (Some(outer), Some(said)) => {
                    elsewhere += usize::from(outer.attribute("id").map(str::trim) != Some(said));
                }
                (None, Some(said)) => said_at_top.push(said),
                (_, None) => {}
            }
            if item.id == 0 || !used.insert(item.id) {
                renumbered += 1;
                while !used.insert(next_free) {
                    next_free += 1;
                }
                item.id = next_free;
            }
            let id = item.id;
            hierarchy.items.push(item);
            id
        };
        let children = above.children().filter(|child| child.tag_name().name() == ITEM);
        let at = pending.len();
        pending.extend(children.map(|child| (child, item)));
        pending[at..].reverse();
    }
    let is_item = |said: &&str| said.parse().is_ok_and(|number: u64| used.contains(&number));
    elsewhere += said_at_top.into_iter().filter(is_item).count();
    if renumbered > 0 {
        reading.warn(format!("{renumbered} items have no number of their own: they have got new ones"));
    }
    if elsewhere > 0 {
        reading
            .warn(format!("{elsewhere} items name another parent than they stand in: that is what counts"));
    }
}

/// The parent that an item names, if it names one.
fn parent_in_words<'a>(item: roxmltree::Node<'a, '_>) -> Option<&'a str> {
    item.attribute("parent").map(str::trim).filter(|text| !text.is_empty())
}

fn read_item(element: roxmltree::Node<'_, '_>, parent: u64) -> SubjectHierarchyItem {
    let text = |name: &str| element.attribute(name).unwrap_or_default();
    SubjectHierarchyItem {
        id: text("id").trim().parse().unwrap_or(0),
        parent,
        node: element.attribute("dataNode").filter(|id| !id.is_empty()).map(NodeId::from),
        name: text("name").to_owned(),
        owner: text("type").to_owned(),
        expanded: element.attribute("expanded") != Some("false"),
        uids: records(text("uids")),
        attributes: records(text("attributes")),
    }
}

/// `key^value|key^value|`; a value may have `^` in it.
fn records(text: &str) -> Vec<(String, String)> {
    let records = text.split('|').filter_map(|record| record.split_once('^'));
    records.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn to_text(records: &[(String, String)]) -> String {
    records.iter().map(|(key, value)| format!("{key}^{value}|")).collect()
}

pub(super) fn write(hierarchy: &SubjectHierarchy, element: &mut Element) {
    let mut children: BTreeMap<u64, Vec<&SubjectHierarchyItem>> = BTreeMap::new();
    let known: BTreeSet<u64> = hierarchy.items.iter().map(|item| item.id).collect();
    for item in &hierarchy.items {
        let parent = if known.contains(&item.parent) { item.parent } else { 0 };
        children.entry(parent).or_default().push(item);
    }
    element.children = below(0, &mut children, 0);
}

/// How deep items are written inside each other; the scene's own bound has room for more.
const MAX_DEPTH: usize = 200;

fn below(
    parent: u64,
    children: &mut BTreeMap<u64, Vec<&SubjectHierarchyItem>>,
    depth: usize,
) -> Vec<Element> {
    let mut elements = Vec::new();
    // What is written is taken out, so that a cycle ends.
    for item in children.remove(&parent).unwrap_or_default() {
        let mut element = write_item(item);
        let inside = below(item.id, children, depth + 1);
        if depth < MAX_DEPTH {
            element.children = inside;
            elements.push(element);
        } else {
            elements.push(element);
            elements.extend(inside);
        }
    }
    elements
}

fn write_item(item: &SubjectHierarchyItem) -> Element {
    let mut element = Element::new(ITEM);
    element.set("id", item.id.to_string());
    match &item.node {
        Some(node) => element.set("dataNode", node.as_str()),
        None => element.set("name", item.name.clone()),
    }
    element.set("parent", item.parent.to_string());
    element.set("type", item.owner.clone());
    element.set("expanded", item.expanded.to_string());
    for (name, records) in [("uids", &item.uids), ("attributes", &item.attributes)] {
        if !records.is_empty() {
            element.set(name, to_text(records));
        }
    }
    element
}
