//! Scene views: how the scene looks at a moment, under a name of the user's.
//!
//! A view keeps what says how things are shown (display nodes, views, cameras, layout, selection, hierarchy), not the data
//! themselves: volumes, models, markups and transforms are as they are whichever view is restored, as in Slicer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use microtome_scene::nodes::SceneView;
use microtome_scene::{Change, Content, Node, NodeId, Role, UnknownNode};

use crate::workbench::Workbench;

/// What restoring a view does with nodes that it would keep but does not have: those that came since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newer {
    /// They are removed, so that the scene looks as it did.
    #[default]
    Remove,
    /// Nothing is restored.
    Refuse,
}

/// Why a scene view cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SceneViewError {
    /// There is no such node.
    #[error(transparent)]
    UnknownNode(#[from] UnknownNode),
    /// The node is something else.
    #[error("{id} is no scene view but a {class}")]
    NoView {
        /// The node.
        id: NodeId,
        /// What it is.
        class: String,
    },
    /// The view holds nothing that could be restored.
    #[error("the scene view \"{name}\" is empty")]
    Empty {
        /// The view.
        name: String,
    },
    /// There are nodes that came after the view, and they were not to be removed.
    #[error("the scene view \"{name}\" would remove what came after it: {}", nodes.join(", "))]
    Newer {
        /// The view.
        name: String,
        /// The names of these nodes.
        nodes: Vec<String>,
    },
}

impl Workbench {
    /// The scene views, in the scene's order.
    pub fn scene_views(&self) -> impl Iterator<Item = (&NodeId, &Node)> {
        self.scene().nodes().filter(|(_, node)| matches!(node.content, Content::SceneView(_)))
    }

    /// Keeps how the scene looks now as a new scene view, in one step. `text` is free text about it; without a name it is
    /// called `View`, or `View_1`, …. It costs next to no memory: nodes are shared.
    pub fn store_scene_view(&mut self, name: &str, text: &str) -> NodeId {
        let kept =
            |(id, node): (&NodeId, &Arc<Node>)| is_kept(id, node).then(|| (id.clone(), Arc::clone(node)));
        let nodes = self.scene().shared_nodes().filter_map(kept).collect();
        let name = if name.is_empty() { self.free_view_name() } else { name.to_owned() };
        let mut change = self.begin(format!("Store scene view {name}"));
        let view = SceneView { text: text.to_owned(), nodes, ..SceneView::default() };
        let id = change.add(Node::new(name, view));
        self.commit(change);
        id
    }

    /// Makes the scene look as it did when the scene view `id` was stored, in one step. Nodes that views keep become what
    /// they were, those that are gone come back, and those that came since are treated as `newer` says. Data, the storage
    /// nodes of what is there, and singletons are never removed. Says what changed.
    ///
    /// # Errors
    /// [`SceneViewError`]; the scene is then as it was.
    pub fn restore_scene_view(
        &mut self,
        id: &NodeId,
        newer: Newer,
    ) -> Result<Vec<(NodeId, Change)>, SceneViewError> {
        let (name, view) = self.view(id)?;
        let (name, view) = (name.to_owned(), view.clone());
        let stored: Vec<&(NodeId, Arc<Node>)> =
            view.nodes.iter().filter(|(id, node)| is_kept(id, node)).collect();
        if stored.is_empty() {
            return Err(SceneViewError::Empty { name });
        }
        let extra = self.newer_than(&view);
        if let (Newer::Refuse, false) = (newer, extra.is_empty()) {
            let nodes = extra.iter().filter_map(|id| Some(self.scene().node(id)?.name.clone())).collect();
            return Err(SceneViewError::Newer { name, nodes });
        }
        let mut change = self.begin(format!("Restore scene view {name}"));
        for id in &extra {
            change.remove(id)?;
        }
        let used: BTreeSet<NodeId> = change
            .scene()
            .nodes()
            .map(|(_, node)| node)
            .chain(stored.iter().map(|(_, node)| &**node))
            .flat_map(|node| node.references.values().flatten())
            .map(|reference| reference.node.clone())
            .collect();
        let mut restored = Vec::new();
        for (id, node) in stored {
            match change.scene().node(id) {
                // Where data are now, the scene knows better.
                Some(live) if live.class() == node.class() && !is_storage(node) => restored.push((id, node)),
                Some(_) => {}
                // What shows or stores data that are gone, or that have other nodes for it now, is of no use to anyone.
                None if is_attached(node) && !used.contains(id) => {}
                None => {
                    if change.add_as(id.clone(), Arc::clone(node)) == *id {
                        restored.push((id, node));
                    }
                }
            }
        }
        let present: BTreeSet<NodeId> = change.scene().nodes().map(|(id, _)| id.clone()).collect();
        for (id, node) in restored {
            let mut node = Node::clone(node);
            node.rename_references(&|id| (present.contains(id) || id.is_built_in()).then(|| id.clone()));
            change.update(id, |live| *live = node)?;
        }
        Ok(self.commit(change))
    }

    /// Gives a scene view another name, in one step.
    ///
    /// # Errors
    /// [`SceneViewError`] if there is no such view.
    pub fn rename_scene_view(&mut self, id: &NodeId, name: &str) -> Result<(), SceneViewError> {
        let (old, _) = self.view(id)?;
        let mut change = self.begin(format!("Rename scene view {old}"));
        change.update(id, |node| name.clone_into(&mut node.name))?;
        self.commit(change);
        Ok(())
    }

    /// Removes a scene view, and the storage node of its picture if it has one, in one step.
    ///
    /// # Errors
    /// [`SceneViewError`] if there is no such view.
    pub fn remove_scene_view(&mut self, id: &NodeId) -> Result<(), SceneViewError> {
        let (name, _) = self.view(id)?;
        let mut change = self.begin(format!("Remove scene view {name}"));
        let storage: Vec<NodeId> = self.node(id)?.references(&Role::STORAGE).cloned().collect();
        change.remove(id)?;
        for id in storage {
            let others = change.scene().nodes().any(|(_, node)| node.refers_to(&id));
            if !others && change.scene().node(&id).is_some() {
                change.remove(&id)?;
            }
        }
        self.commit(change);
        Ok(())
    }

    fn free_view_name(&self) -> String {
        let taken: BTreeSet<&str> = self.scene_views().map(|(_, node)| node.name.as_str()).collect();
        let names = std::iter::once("View".to_owned()).chain((1..=taken.len()).map(|n| format!("View_{n}")));
        let mut free = names.filter(|name| !taken.contains(name.as_str()));
        free.next().unwrap_or_default()
    }

    fn view(&self, id: &NodeId) -> Result<(&str, &SceneView), SceneViewError> {
        let node = self.node(id)?;
        match &node.content {
            Content::SceneView(view) => Ok((&node.name, view)),
            _ => Err(SceneViewError::NoView { id: id.clone(), class: node.class().to_owned() }),
        }
    }

    /// The nodes that a view would have kept if they had been there. What every scene has is not among them.
    fn newer_than(&self, view: &SceneView) -> Vec<NodeId> {
        let then: BTreeMap<&NodeId, &Arc<Node>> = view.nodes.iter().map(|(id, node)| (id, node)).collect();
        let lasting = |node: &Node| {
            node.singleton.is_some()
                || is_storage(node)
                || matches!(node.content, Content::Camera(_) | Content::SubjectHierarchy(_))
        };
        let newer =
            |(id, node): &(&NodeId, &Node)| is_kept(id, node) && !lasting(node) && !then.contains_key(id);
        self.scene().nodes().filter(newer).map(|(id, _)| id.clone()).collect()
    }
}

fn is_storage(node: &Node) -> bool {
    matches!(node.content, Content::Storage(_))
}

/// Whether a node is there for another one only.
fn is_attached(node: &Node) -> bool {
    let folder = matches!(node.content, Content::FolderDisplay(_));
    is_storage(node) || (node.content.display().is_some() && !folder) || node.class().ends_with("Display")
}

/// Whether scene views keep a node: all but data, views themselves, and what belongs to these.
fn is_kept(id: &NodeId, node: &Node) -> bool {
    // Nodes of foreign classes with display or storage nodes hold data.
    let has_data =
        || node.references.contains_key(&Role::DISPLAY) || node.references.contains_key(&Role::STORAGE);
    node.saved
        && match &node.content {
            Content::SceneView(_) => false,
            Content::Storage(storage) => storage.class != "SceneViewStorage",
            Content::Other(other) => match other.class.as_str() {
                "SnapshotClip" => false,
                class if class.ends_with("Hierarchy") => !is_of_views(id, node),
                _ => !has_data(),
            },
            content => !content.has_data(),
        }
}

/// Whether a node of an old hierarchy puts scene views in order.
fn is_of_views(id: &NodeId, node: &Node) -> bool {
    node.attributes.contains_key("SceneViewHierarchy")
        || node.name.starts_with("SceneViewToplevel")
        || id.as_str().starts_with("vtkMRMLHierarchyNodeSceneViewTopLevel")
        || node
            .references
            .values()
            .flatten()
            .any(|target| target.node.as_str().starts_with("vtkMRMLSceneViewNode"))
}

#[cfg(test)]
mod tests {
    use microtome_geometry::{Grid, Point};
    use microtome_image::Image;
    use microtome_scene::nodes::{Camera, Volume};

    use super::*;
    use crate::OpenOptions;

    fn image(value: i16) -> Image {
        let grid = Grid::axis_aligned([2, 2, 2], [1.0; 3], Point::new(0.0, 0.0, 0.0));
        Image::scalar(grid, vec![value; 8]).unwrap()
    }

    /// A scene with a volume and a camera, its volume, the volume's display and the camera.
    fn start() -> (Workbench, [NodeId; 3]) {
        let mut workbench = Workbench::new();
        let volume = workbench.add("Add", Node::new("v", Volume::new(image(1))));
        let display = workbench.node(&volume).unwrap().reference(&Role::DISPLAY).unwrap().clone();
        let camera = workbench.add("Add", Node::new("c", Camera::default()));
        (workbench, [volume, display, camera])
    }

    fn edit(workbench: &mut Workbench, [volume, display, camera]: &[NodeId; 3]) {
        let mut change = workbench.begin("Edit");
        change.update(volume, |node| node.content = Volume::new(image(2)).into()).unwrap();
        change
            .update(display, |node| {
                let Content::VolumeDisplay(display) = &mut node.content else { panic!() };
                (display.window, display.display.visibility) = (77.0, false);
            })
            .unwrap();
        change
            .update(camera, |node| {
                let Content::Camera(camera) = &mut node.content else { panic!() };
                camera.position = [1.0, 2.0, 3.0];
            })
            .unwrap();
        workbench.commit(change);
    }

    #[test]
    fn a_view_brings_back_how_things_were_shown_and_leaves_data_alone() {
        let (mut workbench, ids) = start();
        let view = workbench.store_scene_view("Before", "one\ntwo");
        let [display, camera] = [1, 2].map(|n: usize| workbench.node(&ids[n]).unwrap().clone());
        edit(&mut workbench, &ids);
        let later = workbench.add("Add", Node::new("w", Volume::new(image(3))));
        let shown = workbench.node(&later).unwrap().reference(&Role::DISPLAY).unwrap().clone();
        let before = workbench.scene().clone();

        let refused = workbench.restore_scene_view(&view, Newer::Refuse);
        assert!(matches!(refused, Err(SceneViewError::Newer { nodes, .. }) if nodes == ["w display"]));
        assert!(*workbench.scene() == before);
        workbench.restore_scene_view(&view, Newer::Remove).unwrap();
        assert_eq!(*workbench.node(&ids[1]).unwrap(), display);
        assert_eq!(*workbench.node(&ids[2]).unwrap(), camera);
        for (id, value) in [(&ids[0], 2.0), (&later, 3.0)] {
            let Content::Volume(volume) = &workbench.node(id).unwrap().content else { panic!() };
            assert_eq!(volume.image.as_ref().unwrap().array().get(0), Some(value));
            let tree = workbench.scene().nodes().find_map(|(_, node)| match &node.content {
                Content::SubjectHierarchy(tree) => Some(tree),
                _ => None,
            });
            assert!(tree.unwrap().item_of(id).is_some());
        }
        assert!(workbench.scene().node(&shown).is_none());
        assert_eq!(workbench.undo().as_deref(), Some("Restore scene view Before"));
        assert!(*workbench.scene() == before);
    }

    #[test]
    fn views_are_renamed_and_removed() {
        let (mut workbench, ids) = start();
        let view = workbench.store_scene_view("", "");
        let name = |workbench: &Workbench| workbench.scene_views().map(|(_, node)| node.name.clone()).next();
        assert_eq!(name(&workbench).as_deref(), Some("View"));
        workbench.rename_scene_view(&view, "Skull").unwrap();
        assert_eq!(name(&workbench).as_deref(), Some("Skull"));
        workbench.remove_scene_view(&view).unwrap();
        assert_eq!(name(&workbench), None);
        workbench.undo();
        assert_eq!(name(&workbench).as_deref(), Some("Skull"));
        assert!(matches!(workbench.remove_scene_view(&ids[0]), Err(SceneViewError::NoView { .. })));
        assert!(workbench.restore_scene_view(&"nobody".into(), Newer::Remove).is_err());
    }

    #[test]
    fn a_view_survives_a_file_and_is_not_in_the_scene() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.mrb");
        let (mut workbench, ids) = start();
        workbench.store_scene_view("Before", "one\ntwo");
        edit(&mut workbench, &ids);
        workbench.save_scene(&path).unwrap();
        let mut again = Workbench::new();
        again.open(&path, &OpenOptions::default()).unwrap();
        let (id, node) = again.scene_views().next().unwrap();
        let Content::SceneView(view) = &node.content else { panic!() };
        // Display node and camera; the hierarchy came with the volume.
        assert_eq!((view.text.as_str(), view.nodes.len()), ("one\ntwo", 3));
        let id = id.clone();
        again.restore_scene_view(&id, Newer::Remove).unwrap();
        let Content::VolumeDisplay(display) = &again.node(&ids[1]).unwrap().content else { panic!() };
        assert!(display.window != 77.0 && display.display.visibility);
        let Content::Volume(volume) = &again.node(&ids[0]).unwrap().content else { panic!() };
        assert_eq!(volume.image.as_ref().unwrap().array().get(0), Some(2.0));
        again.save_scene(&path).unwrap();
    }
}
