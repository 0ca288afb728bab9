//! What commands do with whole scenes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use microtome_scene::nodes::{SubjectHierarchy, SubjectHierarchyItem};
use microtome_scene::{Content, NodeId, Scene};
use microtome_workbench::{Newer, Workbench};
use serde_json::{Value as Json, json};

use crate::cli::Common;
use crate::commands::open::open;
use crate::failure::Failure;

/// Everything in `input`, a scene or any other data, as a scene at `output`.
pub(crate) fn convert(input: &Path, output: &Path, common: &Common) -> Result<(), Failure> {
    let mut workbench = Workbench::new();
    open(&mut workbench, input, common)?;
    save(&mut workbench, output)
}

/// Writes the scene; fails where not all of it could be saved.
pub(crate) fn save(workbench: &mut Workbench, output: &Path) -> Result<(), Failure> {
    let unsaved = workbench.save_scene(output)?;
    let Some(first) = unsaved.first() else { return Ok(()) };
    let mut failure = Failure::new(format!("cannot write all of {}: {first}", output.display()));
    for more in &unsaved[1..] {
        failure = failure.advise(more.to_string());
    }
    Err(failure.advise("everything else is saved"))
}

/// Makes the scene look as its scene view called `name` says.
pub(crate) fn restore(workbench: &mut Workbench, name: &str) -> Result<(), Failure> {
    let views: Vec<(NodeId, String)> =
        workbench.scene_views().map(|(id, node)| (id.clone(), node.name.clone())).collect();
    let Some((id, _)) = views.iter().find(|(_, other)| other == name) else {
        let failure = Failure::new(format!("there is no scene view \"{name}\""));
        let names: Vec<String> = views.iter().map(|(_, name)| format!("\"{name}\"")).collect();
        return Err(match names.as_slice() {
            [] => failure.advise("none of the inputs has scene views"),
            names => failure.advise(format!("there are {}", names.join(", "))),
        });
    };
    workbench.restore_scene_view(id, Newer::Remove)?;
    Ok(())
}

fn hierarchy(scene: &Scene) -> Option<&SubjectHierarchy> {
    scene.nodes().find_map(|(_, node)| match &node.content {
        Content::SubjectHierarchy(hierarchy) => Some(hierarchy),
        _ => None,
    })
}

/// The name that people see of an item.
fn name<'a>(scene: &'a Scene, item: &'a SubjectHierarchyItem) -> &'a str {
    let segment = || item.attribute("segmentID").filter(|_| item.name.is_empty());
    let node = item.node.as_ref().and_then(|id| scene.node(id));
    node.map_or_else(|| segment().unwrap_or(&item.name), |node| &node.name)
}

/// The subject hierarchy as a tree, a line for each item; empty if there is none.
pub(crate) fn tree(scene: &Scene) -> String {
    let mut text = String::new();
    let Some(hierarchy) = hierarchy(scene) else { return text };
    let mut children: BTreeMap<u64, Vec<&SubjectHierarchyItem>> = BTreeMap::new();
    for item in &hierarchy.items {
        children.entry(item.parent).or_default().push(item);
    }
    // Taken out as they are shown, so that a circle ends.
    let mut pending: Vec<(&SubjectHierarchyItem, usize)> = Vec::new();
    let mut below = |parent: u64, depth: usize, pending: &mut Vec<_>| {
        let items = children.remove(&parent).unwrap_or_default();
        pending.extend(items.into_iter().rev().map(|item| (item, depth)));
    };
    below(0, 0, &mut pending);
    while let Some((item, depth)) = pending.pop() {
        let kind = item.attribute("Level").unwrap_or(&item.owner);
        let kind = if kind.is_empty() || depth == 0 { String::new() } else { format!("  ({kind})") };
        let _ = writeln!(text, "{}{}{kind}", "  ".repeat(depth), name(scene, item));
        below(item.id, depth + 1, &mut pending);
    }
    text
}

/// The subject hierarchy for programs.
pub(crate) fn tree_json(scene: &Scene) -> Vec<Json> {
    let item = |item: &SubjectHierarchyItem| {
        json!({
            "item": item.id,
            "parent": item.parent,
            "node": item.node.as_ref().map(NodeId::as_str),
            "name": name(scene, item),
            "owner": item.owner,
            "level": item.attribute("Level"),
        })
    };
    hierarchy(scene).map(|hierarchy| hierarchy.items.iter().map(item).collect()).unwrap_or_default()
}
