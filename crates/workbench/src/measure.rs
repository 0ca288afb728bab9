//! What markups measure where they are in the world.

use std::borrow::Cow;

use microtome_scene::Node;

use crate::workbench::Workbench;

impl Workbench {
    /// The node, if it is markups under a transform or a curve over a surface with what it measures in the world. (What
    /// others measure follows from the node alone.)
    pub fn measured<'a>(&self, node: &'a Node) -> Cow<'a, Node> {
        self.scene().measured(node)
    }
}

#[cfg(test)]
mod tests {
    use microtome_geometry::{Affine, Transform};
    use microtome_records::ControlPoint;
    use microtome_scene::nodes::{self, Markups, MarkupsKind};
    use microtome_scene::{Content, NodeId, Role};

    use super::*;
    use crate::{OpenOptions, WriteOptions, describe};

    fn scale(factor: f64) -> Node {
        let map = Transform::Linear(Affine::from_scale([factor; 3], [5.0; 3]));
        Node::new("scale", nodes::Transform::new(map, true))
    }

    fn line() -> Node {
        let points = [[0.0; 3], [0.0, 3.0, 4.0]]
            .map(|position| ControlPoint { position: position.into(), ..ControlPoint::default() });
        Node::new("line", Markups { points: points.to_vec(), ..Markups::of_kind(MarkupsKind::Line) })
    }

    fn length(workbench: &Workbench, node: &Node) -> Option<f64> {
        describe(&workbench.measured(node)).measurements.unwrap()[0].value
    }

    #[test]
    fn lengths_are_those_in_the_world() {
        let mut workbench = Workbench::new();
        let outer = workbench.add("outer", scale(2.0));
        let inner = workbench.add("inner", scale(3.0).referring(Role::TRANSFORM, outer));
        assert_eq!(length(&workbench, &line()), Some(5.0));
        assert_eq!(length(&workbench, &line().referring(Role::TRANSFORM, inner)), Some(30.0));
    }

    /// The length that a file states, of points that it states without the transform above.
    fn stated(path: &std::path::Path) -> (f64, [f64; 3]) {
        let text = std::fs::read_to_string(path).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let line = &document["markups"][0];
        let position = std::array::from_fn(|n| line["controlPoints"][1]["position"][n].as_f64().unwrap());
        (line["measurements"][0]["value"].as_f64().unwrap(), position)
    }

    fn by_name(workbench: &Workbench, name: &str) -> NodeId {
        workbench.scene().nodes().find(|(_, node)| node.name == name).unwrap().0.clone()
    }

    #[test]
    fn files_state_lengths_in_the_world() {
        let folder = tempfile::tempdir().unwrap();
        let scene = folder.path().join("scene.mrml");
        let mut workbench = Workbench::new();
        let double = workbench.add("double", scale(2.0));
        workbench.add("line", line().referring(Role::TRANSFORM, double));
        workbench.save_scene(&scene).unwrap();
        let file = folder.path().join("line.mrk.json");
        assert_eq!(stated(&file), (10.0, [0.0, -3.0, 4.0]));
        let written = std::fs::metadata(&file).unwrap().modified().unwrap();

        // A scene that did not change leaves the file alone; another transform above makes it be written again, though the
        // points are the same.
        let mut workbench = Workbench::new();
        workbench.open(&scene, &OpenOptions::default()).unwrap();
        workbench.save_scene(&scene).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), written);
        let mut change = workbench.begin("Scale");
        change.update(&by_name(&workbench, "scale"), |node| node.content = scale(4.0).content).unwrap();
        workbench.commit(change);
        workbench.save_scene(&scene).unwrap();
        assert_eq!(stated(&file), (20.0, [0.0, -3.0, 4.0]));
        let written = std::fs::metadata(&file).unwrap().modified().unwrap();
        workbench.save_scene(&scene).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), written);
        // So with a single file, and in a bundle.
        let line = by_name(&workbench, "line");
        let alone = folder.path().join("alone.mrk.json");
        workbench.save(workbench.node(&line).unwrap(), &alone, &WriteOptions::default()).unwrap();
        assert_eq!(stated(&alone), (20.0, [0.0, -3.0, 4.0]));
        let bundle = folder.path().join("scene.mrb");
        workbench.save_scene(&bundle).unwrap();
        let mut workbench = Workbench::new();
        workbench.open(&bundle, &OpenOptions::default()).unwrap();
        let Content::Markups(line) = &workbench.node(&by_name(&workbench, "line")).unwrap().content else {
            panic!()
        };
        assert_eq!(line.measurements[0].value, Some(20.0));
    }
}
