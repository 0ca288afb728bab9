//! What markups measure where they are in the world.

use std::borrow::Cow;
use std::sync::Arc;

use microtome_geometry::Transform;
use microtome_mesh::Mesh;

use crate::node::{Node, Role};
use crate::nodes::Content;
use crate::scene::Scene;

impl Scene {
    /// The node, if it is markups under a transform or a curve over a surface with what it measures in the world as the
    /// scene is now. What others measure follows from the node alone.
    pub fn measured<'a>(&self, node: &'a Node) -> Cow<'a, Node> {
        let Content::Markups(markups) = &node.content else { return Cow::Borrowed(node) };
        let to_world = self.parent_to_world(node);
        let surface = self.surface_of(node, to_world.as_ref());
        if to_world.is_none() && surface.is_none() {
            return Cow::Borrowed(node);
        }
        let to_world = to_world.unwrap_or_default();
        let measurements = markups.measured_on(surface.as_ref(), &|point| to_world.apply(point));
        if measurements == markups.measurements {
            return Cow::Borrowed(node);
        }
        let mut measured = node.clone();
        if let Content::Markups(markups) = &mut measured.content {
            markups.measurements = measurements;
        }
        Cow::Owned(measured)
    }

    /// The map from a node's own coordinates to the world; `None` where it stands under no transform.
    fn parent_to_world(&self, node: &Node) -> Option<Transform> {
        let parent = node.reference(&Role::TRANSFORM)?;
        let Content::Transform(transform) = &self.node(parent)?.content else { return None };
        Some(Transform::Composite(vec![transform.to_parent(), self.to_world(parent)]))
    }

    /// The surface that a curve belongs to, in the curve's own coordinates.
    fn surface_of(&self, node: &Node, to_world: Option<&Transform>) -> Option<Mesh> {
        let model = self.node(node.reference(&Role::CURVE_SURFACE)?)?;
        let Content::Model(content) = &model.content else { return None };
        let mesh = &content.mesh;
        if model.reference(&Role::TRANSFORM) == node.reference(&Role::TRANSFORM) {
            return Some(mesh.clone());
        }
        let from_world = to_world.map_or_else(|| Some(Transform::identity()), Transform::inverse)?;
        let surface_to_world = self.parent_to_world(model).unwrap_or_default();
        let moved = mesh.points().iter().map(|point| from_world.apply(surface_to_world.apply(*point)));
        let (_, cells) = mesh.shared();
        let moved = Mesh::from_shared(Arc::new(moved.collect()), Arc::clone(cells)).ok()?;
        mesh.point_data().iter().try_fold(moved, |mesh, array| mesh.with_point_data(array.clone()).ok())
    }
}

#[cfg(test)]
mod tests {
    use microtome_geometry::{Affine, Point};
    use microtome_mesh::Cells;
    use microtome_records::{ControlPoint, CurveType, Markups, MarkupsKind};

    use super::*;
    use crate::nodes;

    fn markups(kind: MarkupsKind, points: &[[f64; 3]]) -> Markups {
        let point = |p: &[f64; 3]| ControlPoint { position: (*p).into(), ..ControlPoint::default() };
        let mut markups = Markups { points: points.iter().map(point).collect(), ..Markups::of_kind(kind) };
        markups.measurements[0].enabled = true;
        markups
    }

    fn first_value(node: &Node) -> Option<f64> {
        let Content::Markups(markups) = &node.content else { panic!() };
        markups.measurements[0].value
    }

    fn scale(factor: f64) -> Node {
        let map = Transform::Linear(Affine::from_scale([factor; 3], [5.0; 3]));
        Node::new("scale", nodes::Transform::new(map, true))
    }

    #[test]
    fn lengths_follow_the_transforms_above() {
        let mut change = Scene::default().begin("Build");
        let outer = change.add(scale(2.0));
        let inner = change.add(scale(3.0).referring(Role::TRANSFORM, outer.clone()));
        let scene = change.finish().0;
        let line = Node::new("line", markups(MarkupsKind::Line, &[[0.0; 3], [0.0, 3.0, 4.0]]));
        assert!(matches!(scene.measured(&line), Cow::Borrowed(_)));
        let line = line.referring(Role::TRANSFORM, inner);
        assert_eq!(first_value(&scene.measured(&line)), Some(30.0));
        // Another transform above, another length; what is up to date is left alone.
        let measured = scene.measured(&line).into_owned();
        assert!(matches!(scene.measured(&measured), Cow::Borrowed(_)));
        let mut change = scene.begin("Scale");
        change.update(&outer, |node| node.content = scale(10.0).content).unwrap();
        assert_eq!(first_value(&change.finish().0.measured(&measured)), Some(150.0));
    }

    #[test]
    fn curves_go_over_their_surfaces() {
        let points = (0..9).map(|n| Point::new(f64::from(n % 3), f64::from(n / 3), 0.0)).collect();
        let triangles =
            [[0, 1, 4], [0, 4, 3], [1, 2, 5], [1, 5, 4], [3, 4, 7], [3, 7, 6], [4, 5, 8], [4, 8, 7]];
        let mesh = Mesh::new(points, Cells::from_triangles(&triangles)).unwrap();
        let mut change = Scene::default().begin("Build");
        let double = change.add(scale(2.0));
        let model = change.add(Node::new("sheet", nodes::Model { mesh }));
        let scene = change.finish().0;
        let mut curve = markups(MarkupsKind::Curve, &[[2.1, 0.0, 0.0], [0.0, 2.0, 0.1]]);
        curve.curve_type = Some(CurveType::ShortestSurfaceDistance);
        let curve = Node::new("curve", curve);
        assert_eq!(first_value(&scene.measured(&curve)), None);
        let curve = curve.referring(Role::CURVE_SURFACE, model.clone());
        assert_eq!(first_value(&scene.measured(&curve)), Some(4.0));
        // Both twice as large; then the model alone: its sheet goes from (5, 5) to (9, 9), and one of its corners is nearest
        // to both ends.
        let mut change = scene.begin("Scale");
        change.update(&model, |node| node.refer(Role::TRANSFORM, Some(double.clone()))).unwrap();
        let scene = change.finish().0;
        let alone = first_value(&scene.measured(&curve));
        assert_eq!(alone, None);
        // A straight line above a sheet is drawn onto it.
        let mut line = curve.clone();
        if let Content::Markups(line) = &mut line.content {
            line.curve_type = Some(CurveType::Linear);
            line.points[0].position = [5.5, 5.5, 5.2].into();
            line.points[1].position = [8.5, 8.5, 4.9].into();
        }
        let drawn = first_value(&scene.measured(&line)).unwrap();
        assert!((drawn - 3.0 * 2.0_f64.sqrt()).abs() < 1e-9, "{drawn}");
        assert_eq!(first_value(&scene.measured(&curve.referring(Role::TRANSFORM, double))), Some(8.0));
    }
}
