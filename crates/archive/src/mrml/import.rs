//! The nodes of a scene file → a scene that may have nodes already.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use microtome_scene::{Content, Node, NodeId, Role, Transaction, nodes};

/// What became of the nodes of a file.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// For each node of the file, in its order: the identifier that it has in the scene.
    pub ids: Vec<NodeId>,
    /// What was repaired or left out, and of which node of the scene.
    pub warnings: Vec<(Option<NodeId>, String)>,
}

/// Adds the nodes of a file to the scene.
///
/// A node whose identifier is taken gets a new one, and references to it follow. A singleton that the scene has already
/// takes on the content of the file's. A reference to what is not in the file is dropped, so that it never binds to a node
/// that happens to have the same identifier; only the names of built-in colours and units are kept. Hierarchies are merged
/// into the scene's. References in a circle are cut.
pub fn import(change: &mut Transaction, file: Vec<(NodeId, Node)>) -> Imported {
    let mut imported = Imported::default();
    let names = place(change, &file, &mut imported);
    let mut file = file;
    let dropped = rename(&mut file, &names);
    if dropped > 0 {
        let what = if dropped == 1 {
            "reference leads to a node that is"
        } else {
            "references lead to nodes that are"
        };
        imported.warnings.push((None, format!("{dropped} {what} not in the file: dropped")));
    }
    cut_circles(&mut file, &imported.ids, &mut imported.warnings);
    let mut hierarchies: Vec<(&NodeId, Node)> = Vec::new();
    for ((_, node), id) in file.into_iter().zip(&imported.ids) {
        if matches!(node.content, Content::SubjectHierarchy(_)) {
            hierarchies.push((id, node));
        } else {
            set(change, id, node);
        }
    }
    merge_hierarchies(change, hierarchies);
    imported
}

/// Puts a node in the place that was made for it.
fn set(change: &mut Transaction, id: &NodeId, node: Node) {
    // It is there: `place` has added it or found it.
    let _ = change.update(id, |place| *place = node);
}

/// Gives each node of the file its place in the scene, still empty, and says by which name.
fn place(
    change: &mut Transaction,
    file: &[(NodeId, Node)],
    imported: &mut Imported,
) -> BTreeMap<NodeId, NodeId> {
    let mut singletons: BTreeMap<(String, String), NodeId> = BTreeMap::new();
    let mut hierarchy = None;
    for (id, node) in change.scene().nodes() {
        if let Some(tag) = &node.singleton {
            singletons.entry((node.class().to_owned(), tag.clone())).or_insert_with(|| id.clone());
        }
        if matches!(node.content, Content::SubjectHierarchy(_)) && hierarchy.is_none() {
            hierarchy = Some(id.clone());
        }
    }
    let mut names = BTreeMap::new();
    let empty = Arc::new(Node::new("", nodes::Other::default()));
    for (id, node) in file {
        let key = node.singleton.clone().map(|tag| (node.class().to_owned(), tag));
        let existing = match (&node.content, &key) {
            (Content::SubjectHierarchy(_), _) => hierarchy.clone(),
            (_, Some(key)) => singletons.get(key).cloned(),
            _ => None,
        };
        let given = existing.unwrap_or_else(|| {
            let taken = names.contains_key(id);
            let placeholder = if !id.as_str().is_empty() && !taken && change.scene().node(id).is_none() {
                change.add_as(id.clone(), Arc::clone(&empty))
            } else {
                let class = node.class().to_owned();
                change.add(Node::new("", nodes::Other { class, ..nodes::Other::default() }))
            };
            if taken && !id.as_str().is_empty() {
                let message = format!("another node of the file has the identifier {id} too");
                imported.warnings.push((Some(placeholder.clone()), message));
            }
            if matches!(node.content, Content::SubjectHierarchy(_)) {
                hierarchy = Some(placeholder.clone());
            }
            if let Some(key) = key {
                singletons.insert(key, placeholder.clone());
            }
            placeholder
        });
        names.entry(id.clone()).or_insert_with(|| given.clone());
        imported.ids.push(given);
    }
    names
}

/// Names the nodes of the file as they are named in the scene; says how many references lead nowhere.
fn rename(file: &mut [(NodeId, Node)], names: &BTreeMap<NodeId, NodeId>) -> usize {
    let dropped = Cell::new(0);
    let new_name = |id: &NodeId| {
        let name =
            names.get(id).filter(|_| !id.as_str().is_empty()).or(id.is_built_in().then_some(id)).cloned();
        dropped.set(dropped.get() + usize::from(name.is_none()));
        name
    };
    for (_, node) in file {
        node.rename_references(&new_name);
        if let Content::SceneView(view) = &mut node.content {
            // Views may hold nodes that are gone from the scene; those keep their names.
            let name_then = |id: &NodeId| Some(names.get(id).unwrap_or(id).clone());
            for (id, node) in &mut view.nodes {
                *id = name_then(id).unwrap_or_else(|| id.clone());
                Arc::make_mut(node).rename_references(&name_then);
            }
        }
    }
    dropped.get()
}

/// Takes nodes out of transforms that would come back to themselves.
fn cut_circles(file: &mut [(NodeId, Node)], ids: &[NodeId], warnings: &mut Vec<(Option<NodeId>, String)>) {
    let places: BTreeMap<&NodeId, usize> = ids.iter().enumerate().map(|(at, id)| (id, at)).collect();
    let mut parents: Vec<Option<usize>> =
        file.iter().map(|(_, node)| places.get(node.reference(&Role::TRANSFORM)?).copied()).collect();
    // Which walk came by first; 0 for none.
    let mut walked = vec![0_usize; file.len()];
    for start in 0..file.len() {
        let mut at = start;
        walked[start] = if walked[start] == 0 { start + 1 } else { continue };
        while let Some(parent) = parents[at] {
            if walked[parent] == start + 1 {
                parents[at] = None;
                let node = &mut file[at].1;
                let message = format!("\"{}\" stands under itself: taken out of its transform", node.name);
                warnings.push((Some(ids[at].clone()), message));
                node.references.remove(&Role::TRANSFORM);
                break;
            }
            if walked[parent] != 0 {
                break;
            }
            walked[parent] = start + 1;
            at = parent;
        }
    }
}

/// Merges hierarchies into the one that the scene has, or into the first of them.
fn merge_hierarchies(change: &mut Transaction, mut hierarchies: Vec<(&NodeId, Node)>) {
    let Some((target, _)) = hierarchies.first() else { return };
    let target = (*target).clone();
    let own =
        change.scene().node(&target).is_some_and(|node| matches!(node.content, Content::SubjectHierarchy(_)));
    if !own {
        set(change, &target, hierarchies.remove(0).1);
    }
    // There is such a node: `place` has added it or found it.
    let _ = change.update(&target, |node| {
        if let Content::SubjectHierarchy(base) = &mut node.content {
            for (_, other) in hierarchies {
                if let Content::SubjectHierarchy(other) = other.content {
                    append(base, other);
                }
            }
        }
    });
}

/// Appends the items of another hierarchy under new numbers; its root is the one that is there.
fn append(base: &mut nodes::SubjectHierarchy, other: nodes::SubjectHierarchy) {
    let root = base.root();
    let mut next = base.free_id();
    let mut numbers: BTreeMap<u64, u64> = BTreeMap::new();
    for mut item in other.items {
        if let (true, Some(root)) = (item.is_root(), root) {
            numbers.insert(item.id, root);
            continue;
        }
        numbers.insert(item.id, next);
        item.id = next;
        item.parent = numbers.get(&item.parent).copied().or(root).unwrap_or(0);
        base.items.push(item);
        next = next.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use microtome_scene::Scene;
    use microtome_scene::nodes::{Model, ModelDisplay, SubjectHierarchy, SubjectHierarchyItem, Transform};

    use super::*;

    fn model(name: &str, display: &str) -> Node {
        Node::new(name, Model { mesh: Default::default() }).referring(Role::DISPLAY, display.into())
    }

    fn merged(files: Vec<Vec<(NodeId, Node)>>) -> (Scene, Vec<Imported>) {
        let mut change = Scene::default().begin("Import");
        let imported = files.into_iter().map(|file| import(&mut change, file)).collect();
        (change.finish().0, imported)
    }

    #[test]
    fn references_follow_new_identifiers() {
        let file =
            || vec![("m".into(), model("A", "d")), ("d".into(), Node::new("", ModelDisplay::default()))];
        let (scene, imported) = merged(vec![file(), file()]);
        assert_eq!(scene.len(), 4);
        let second = &imported[1].ids;
        assert_ne!(second[0], imported[0].ids[0]);
        assert_eq!(scene.node(&second[0]).unwrap().reference(&Role::DISPLAY), Some(&second[1]));
    }

    #[test]
    fn references_out_of_the_file_never_bind() {
        let first = vec![("d".into(), Node::new("", ModelDisplay::default()))];
        let colour = "vtkMRMLColorTableNodeGrey";
        let display = Node::new("", ModelDisplay::default()).referring(Role::COLOR, colour.into());
        let second = vec![("m".into(), model("A", "d")), ("e".into(), display)];
        let (scene, imported) = merged(vec![first, second]);
        assert_eq!(scene.node(&imported[1].ids[0]).unwrap().reference(&Role::DISPLAY), None);
        assert_eq!(
            scene.node(&imported[1].ids[1]).unwrap().reference(&Role::COLOR).unwrap().as_str(),
            colour
        );
        assert_eq!(imported[1].warnings.len(), 1);
    }

    #[test]
    fn singletons_stay_one() {
        let node = |name: &str| {
            let mut node = Node::new(name, Model { mesh: Default::default() });
            node.singleton = Some("only".into());
            node
        };
        let (scene, imported) =
            merged(vec![vec![("a".into(), node("old"))], vec![("b".into(), node("new"))]]);
        assert_eq!((scene.len(), imported[1].ids[0].as_str()), (1, "a"));
        assert_eq!(scene.node(&"a".into()).unwrap().name, "new");
    }

    #[test]
    fn circles_of_transforms_are_cut() {
        let transform =
            |parent: &str| Node::new("T", Transform::default()).referring(Role::TRANSFORM, parent.into());
        let file =
            vec![("a".into(), transform("b")), ("b".into(), transform("c")), ("c".into(), transform("a"))];
        let (scene, imported) = merged(vec![file]);
        assert_eq!(imported[0].warnings.len(), 1);
        let under = scene.nodes().filter(|(_, node)| node.reference(&Role::TRANSFORM).is_some());
        assert_eq!(under.count(), 2);
    }

    #[test]
    fn hierarchies_become_one() {
        let item = |id, parent, name: &str, level: &str| SubjectHierarchyItem {
            id,
            parent,
            name: name.into(),
            attributes: vec![("Level".into(), level.into())],
            ..SubjectHierarchyItem::default()
        };
        let file = || {
            let items =
                vec![item(3, 0, "Scene", "Scene"), item(4, 3, "P", "Patient"), item(9, 4, "S", "Study")];
            vec![("h".into(), Node::new("SubjectHierarchy", SubjectHierarchy { items }))]
        };
        let (scene, _) = merged(vec![file(), file()]);
        assert_eq!(scene.len(), 1);
        let (_, node) = scene.nodes().next().unwrap();
        let Content::SubjectHierarchy(hierarchy) = &node.content else { panic!() };
        assert_eq!(hierarchy.items.len(), 5);
        assert_eq!(hierarchy.children(3).count(), 2);
        assert_eq!(hierarchy.item(10).unwrap().parent, 3);
        assert_eq!(hierarchy.item(11).unwrap().parent, 10);
    }
}
