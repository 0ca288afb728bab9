//! What markups measure where they are in the world.

use std::borrow::Cow;

use microtome_geometry::{Point, Ras};
use microtome_scene::{Content, Node, Role};

use crate::workbench::Workbench;

impl Workbench {
    /// The node, if it is markups under a transform with what they measure in the world. (What markups under no transform
    /// measure follows from the node alone.)
    pub fn measured<'a>(&self, node: &'a Node) -> Cow<'a, Node> {
        let (Content::Markups(markups), Some(parent)) = (&node.content, node.reference(&Role::TRANSFORM))
        else {
            return Cow::Borrowed(node);
        };
        let Some(Node { content: Content::Transform(transform), .. }) = self.scene().node(parent) else {
            return Cow::Borrowed(node);
        };
        let (to_parent, parent_to_world) = (transform.to_parent(), self.scene().to_world(parent));
        let to_world = |point: Point<Ras>| parent_to_world.apply(to_parent.apply(point));
        let mut markups = markups.clone();
        markups.measurements = markups.measured(&to_world);
        Cow::Owned(Node { content: markups.into(), ..node.clone() })
    }
}

#[cfg(test)]
mod tests {
    use microtome_geometry::{Affine, Transform};
    use microtome_records::ControlPoint;
    use microtome_scene::nodes::{self, Markups, MarkupsKind};

    use super::*;
    use crate::describe;

    #[test]
    fn lengths_are_those_in_the_world() {
        let mut workbench = Workbench::new();
        let scale = |factor: f64| {
            let map = Transform::Linear(Affine::from_scale([factor; 3], [5.0; 3]));
            Node::new("scale", nodes::Transform::new(map, true))
        };
        let outer = workbench.add("outer", scale(2.0));
        let inner = workbench.add("inner", scale(3.0).referring(Role::TRANSFORM, outer));
        let points = [[0.0; 3], [0.0, 3.0, 4.0]]
            .map(|position| ControlPoint { position: position.into(), ..ControlPoint::default() });
        let line = Markups { points: points.to_vec(), ..Markups::of_kind(MarkupsKind::Line) };
        let line = Node::new("line", line);
        let length = |node: &Node| {
            let described = describe(&workbench.measured(node));
            described.measurements.unwrap()[0].value
        };
        assert_eq!(length(&line), Some(5.0));
        assert_eq!(length(&line.referring(Role::TRANSFORM, inner)), Some(30.0));
    }
}
