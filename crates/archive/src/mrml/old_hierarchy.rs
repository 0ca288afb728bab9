//! Hierarchies from before one node held all items: each of their nodes was one item, and models and annotations had trees
//! of their own. All become items of the subject hierarchy; a tree's node with a display node becomes a folder's.

use std::collections::{BTreeMap, BTreeSet};

use microtome_scene::nodes::{FolderDisplay, SubjectHierarchy, SubjectHierarchyItem};
use microtome_scene::{Content, FieldValue, Node, NodeId, Role};

use super::references::{ASSOCIATED, HIERARCHY_DISPLAY, PARENT};

/// The attributes of old hierarchies' nodes that are understood here, or mean nothing any more. A node with others stays as
/// it is.
const KNOWN: [&str; 7] = [
    "sortingValue",
    "allowMultipleChildren",
    "expanded",
    "Level",
    "OwnerPluginName",
    "OwnerPluginAutoSearch",
    "UIDs",
];

/// What an old node stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A node of the scene.
    Node(NodeId),
    /// A folder: the old node at this place.
    Folder(usize),
}

/// A node of an old hierarchy.
struct Old {
    parent: Option<NodeId>,
    associated: Option<NodeId>,
    display: Option<NodeId>,
    /// Whether it is of the subject hierarchy, not of a tree of models or annotations.
    is_subject: bool,
    expanded: bool,
    sorting: f64,
}

/// Makes one subject hierarchy of all old hierarchies of a scene. What stands for a node that is not there stays.
pub(super) fn upgrade(nodes: &mut Vec<(NodeId, Node)>) {
    let mut olds: BTreeMap<usize, Old> =
        nodes.iter().enumerate().filter_map(|(at, (_, node))| Some((at, read(node)?))).collect();
    if olds.is_empty() {
        return;
    }
    let mut places: BTreeMap<NodeId, usize> = BTreeMap::new();
    for (at, (id, _)) in nodes.iter().enumerate() {
        places.entry(id.clone()).or_insert(at);
    }
    let targets = targets(&olds, &places);
    olds.retain(|at, _| targets.contains_key(at));
    let displays = folder_displays(nodes, &olds, &targets, &places);
    let named = |at: usize| displays.get(&at).cloned();
    let mut tree = take_tree(nodes);
    let root = tree.make_root();
    let mut items: BTreeMap<Target, u64> = BTreeMap::new();
    keep_items(&mut tree, &olds, &targets, &places, &named, &mut items);
    let mut next = tree.free_id();
    let mut order: Vec<usize> = olds.keys().copied().collect();
    order.sort_by(|a, b| olds[a].sorting.total_cmp(&olds[b].sorting));
    for at in &order {
        items.entry(targets[at].clone()).or_insert_with(|| {
            let mut item = item(&targets[at], nodes, &places, &named);
            (item.id, item.parent) = (next, root);
            next = next.saturating_add(1);
            tree.items.push(item);
            next - 1
        });
    }
    let rows: BTreeMap<u64, usize> =
        tree.items.iter().enumerate().map(|(row, item)| (item.id, row)).collect();
    // The subject hierarchy's own nodes come last: what they say counts more.
    order.sort_by_key(|at| olds[at].is_subject);
    for at in &order {
        let item = &mut tree.items[rows[&items[&targets[at]]]];
        if let Some(parent) = parent(&olds[at], &targets, &places).and_then(|target| items.get(target))
            && *parent != item.id
            && (item.parent == root || olds[at].is_subject)
        {
            item.parent = *parent;
        }
        tell(item, &nodes[*at].1, &olds[at]);
    }
    tree.put_in_order();
    put_tree(nodes, tree);
    remove(nodes, &olds, &displays);
}

/// What is known of a node if it is one of an old hierarchy that can be told as items.
fn read(node: &Node) -> Option<Old> {
    let Content::Other(other) = &node.content else { return None };
    let classes = ["ModelHierarchy", "DisplayableHierarchy", "AnnotationHierarchy", "SubjectHierarchy"];
    let of_views =
        node.attributes.contains_key("SceneViewHierarchy") || node.name.starts_with("SceneViewToplevel");
    let plain = other.inner.trim().is_empty()
        && node.description.is_empty()
        && node.unknown.keys().all(|name| KNOWN.contains(&name.as_str()))
        && node.attributes.iter().all(|(name, value)| !name.contains(['^', '|']) && !value.contains('|'));
    if !classes.contains(&other.class.as_str()) || of_views || !plain {
        return None;
    }
    let first = |role: &'static str| node.reference(&Role::named(role)).cloned();
    let sorting = node.unknown.get("sortingValue").and_then(|text| f64::from_text(text).ok());
    Some(Old {
        parent: first(PARENT),
        associated: first(ASSOCIATED),
        display: node.reference(&Role::DISPLAY).cloned().or_else(|| first(HIERARCHY_DISPLAY)),
        is_subject: other.class == "SubjectHierarchy",
        expanded: node.unknown.get("expanded").is_none_or(|text| bool::from_text(text).unwrap_or(true)),
        sorting: sorting.filter(|value| value.is_finite()).unwrap_or(0.0),
    })
}

/// What each old node stands for; old nodes may stand for old nodes. None for one whose node is not there, unless it has
/// others in it.
fn targets(olds: &BTreeMap<usize, Old>, places: &BTreeMap<NodeId, usize>) -> BTreeMap<usize, Target> {
    let parents: BTreeSet<&NodeId> = olds.values().filter_map(|old| old.parent.as_ref()).collect();
    let above: BTreeSet<usize> = parents.into_iter().filter_map(|id| places.get(id).copied()).collect();
    let mut found = BTreeMap::new();
    for start in olds.keys() {
        let mut at = *start;
        // Nobody meant longer chains than this; a circle ends.
        for _ in 0..16 {
            match olds[&at].associated.as_ref().map(|id| (id, places.get(id))) {
                None => {
                    found.insert(*start, Target::Folder(at));
                    break;
                }
                Some((_, Some(next))) if olds.contains_key(next) => at = *next,
                Some((id, Some(_))) => {
                    found.insert(*start, Target::Node(id.clone()));
                    break;
                }
                Some((_, None)) if above.contains(&at) => {
                    found.insert(*start, Target::Folder(at));
                    break;
                }
                Some((_, None)) => break,
            }
        }
    }
    found
}

fn parent<'a>(
    old: &Old,
    targets: &'a BTreeMap<usize, Target>,
    places: &BTreeMap<NodeId, usize>,
) -> Option<&'a Target> {
    targets.get(places.get(old.parent.as_ref()?)?)
}

/// Makes the nodes that say how folders show what is in them, in the place of the old nodes; says their identifiers.
fn folder_displays(
    nodes: &mut [(NodeId, Node)],
    olds: &BTreeMap<usize, Old>,
    targets: &BTreeMap<usize, Target>,
    places: &BTreeMap<NodeId, usize>,
) -> BTreeMap<usize, NodeId> {
    let mut made = BTreeMap::new();
    let mut number = 0_u64;
    for (at, old) in olds {
        if targets.get(at) != Some(&Target::Folder(*at)) {
            continue;
        }
        let shown = old.display.as_ref().and_then(|id| places.get(id)).map(|at| &nodes[*at].1);
        let Some(mut display) = shown.and_then(folder_display) else { continue };
        // What is unfolded was shown as its own display nodes say.
        display.apply_on_branch = !old.expanded;
        if old.expanded {
            (display.display.visibility, display.display.opacity) = (true, 1.0);
        }
        let id = loop {
            number += 1;
            let id = NodeId::from(format!("vtkMRMLFolderDisplayNode{number}"));
            if !places.contains_key(&id) {
                break id;
            }
        };
        made.insert(*at, (id, display));
    }
    made.into_iter()
        .map(|(at, (id, display))| {
            let mut node = Node::new(nodes[at].1.name.clone(), display);
            // Slicer leaves items of hidden nodes out.
            node.hidden = false;
            node.attributes.insert("SubjectHierarchy.Folder".to_owned(), "1".to_owned());
            let old = std::mem::replace(&mut nodes[at].1, node);
            // Until it is told as an item, the old node is needed.
            nodes[at].1.unknown = old.unknown;
            nodes[at].1.attributes.extend(old.attributes);
            (at, id)
        })
        .collect()
}

/// How a display node of an old hierarchy says that a folder is shown.
fn folder_display(node: &Node) -> Option<FolderDisplay> {
    let mut folder = FolderDisplay::default();
    match &node.content {
        Content::Other(other) if other.class.ends_with("Display") => {
            let mut content = Content::from(folder);
            for (name, value) in &node.unknown {
                // What is no value of a field stays as it is by default.
                let _ = content.fields_mut().set(name, value);
            }
            match content {
                Content::FolderDisplay(folder) => Some(folder),
                _ => None,
            }
        }
        content => {
            folder.display = content.display()?.clone();
            Some(folder)
        }
    }
}

/// The subject hierarchy that the scene has already, or a new one.
fn take_tree(nodes: &mut [(NodeId, Node)]) -> SubjectHierarchy {
    let found = nodes.iter_mut().find_map(|(_, node)| match &mut node.content {
        Content::SubjectHierarchy(tree) => Some(std::mem::take(tree)),
        _ => None,
    });
    found.unwrap_or_default()
}

fn put_tree(nodes: &mut Vec<(NodeId, Node)>, tree: SubjectHierarchy) {
    let place = nodes.iter_mut().find(|(_, node)| matches!(node.content, Content::SubjectHierarchy(_)));
    match place {
        Some((_, node)) => node.content = tree.into(),
        // Without an identifier: import gives one.
        None => nodes.push((NodeId::from(""), tree.into_node())),
    }
}

/// Lets the items that are there already stand for what the old nodes stand for.
fn keep_items(
    tree: &mut SubjectHierarchy,
    olds: &BTreeMap<usize, Old>,
    targets: &BTreeMap<usize, Target>,
    places: &BTreeMap<NodeId, usize>,
    named: &dyn Fn(usize) -> Option<NodeId>,
    items: &mut BTreeMap<Target, u64>,
) {
    for item in &mut tree.items {
        let Some(id) = item.node.clone() else { continue };
        let target = match places.get(&id).filter(|at| olds.contains_key(at)).and_then(|at| targets.get(at)) {
            Some(target) => target.clone(),
            None => Target::Node(id),
        };
        item.node = match &target {
            Target::Node(id) => Some(id.clone()),
            Target::Folder(at) => named(*at),
        };
        items.entry(target).or_insert(item.id);
    }
}

fn item(
    target: &Target,
    nodes: &[(NodeId, Node)],
    places: &BTreeMap<NodeId, usize>,
    named: &dyn Fn(usize) -> Option<NodeId>,
) -> SubjectHierarchyItem {
    match target {
        Target::Node(id) => {
            let content = places.get(id).map(|at| &nodes[*at].1.content);
            content.map(|content| SubjectHierarchyItem::of(id.clone(), content)).unwrap_or_default()
        }
        Target::Folder(at) => {
            let name = nodes[*at].1.name.as_str();
            let name = name.strip_suffix("_SubjectHierarchy").unwrap_or(name);
            let node = named(*at);
            // An item with a node has the node's name.
            let name = if node.is_some() { "" } else { name };
            SubjectHierarchyItem { node, ..SubjectHierarchyItem::folder(name, "Folder") }
        }
    }
}

/// Tells an item what its old node said.
fn tell(item: &mut SubjectHierarchyItem, node: &Node, old: &Old) {
    let told = |name: &str| node.unknown.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut put = |name: &str, value: &str| match item.attributes.iter_mut().find(|(other, _)| other == name)
    {
        Some((_, old)) => value.clone_into(old),
        None => item.attributes.push((name.to_owned(), value.to_owned())),
    };
    match told("Level") {
        Some("Subject" | "Patient") => put("Level", "Patient"),
        Some("Study") => put("Level", "Study"),
        _ => {}
    }
    let own = node.attributes.iter().filter(|(name, _)| *name != "SubjectHierarchy.Folder");
    own.filter(|(name, value)| !(name.as_str() == "Category" && value.is_empty()))
        .for_each(|(name, value)| put(name, value));
    item.expanded &= old.expanded;
    if let Some(owner) = told("OwnerPluginName") {
        owner.clone_into(&mut item.owner);
    }
    for (system, uid) in told("UIDs").unwrap_or_default().split(':').filter_map(|uid| uid.split_once("; ")) {
        let uid = (system.trim().to_owned(), uid.trim().to_owned());
        if !item.uids.contains(&uid) {
            item.uids.push(uid);
        }
    }
}

/// Takes out the old nodes, and the display nodes that only they had; those that folders have in their place stay.
fn remove(nodes: &mut Vec<(NodeId, Node)>, olds: &BTreeMap<usize, Old>, made: &BTreeMap<usize, NodeId>) {
    let mut renamed: BTreeMap<NodeId, Option<NodeId>> = BTreeMap::new();
    for at in olds.keys() {
        renamed.insert(nodes[*at].0.clone(), made.get(at).cloned());
        if let Some(id) = made.get(at) {
            nodes[*at].0 = id.clone();
            nodes[*at].1.unknown.clear();
            nodes[*at].1.attributes.retain(|name, _| name == "SubjectHierarchy.Folder");
        }
    }
    let mut gone: BTreeSet<NodeId> = made.keys().filter_map(|at| olds[at].display.clone()).collect();
    let rest = nodes.iter().enumerate().filter(|(at, _)| !olds.contains_key(at));
    for id in rest.flat_map(|(_, (_, node))| node.references.values().flatten()) {
        gone.remove(&id.node);
    }
    let mut at = 0;
    nodes.retain(|(id, _)| {
        let is_old = olds.contains_key(&at) && !made.contains_key(&at);
        at += 1;
        !is_old && !gone.contains(id)
    });
    for (_, node) in nodes {
        node.rename_references(&|id| renamed.get(id).cloned().unwrap_or_else(|| Some(id.clone())));
    }
}
