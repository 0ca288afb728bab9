//! Where surfaces, lines and points stand in the scene.

use microtome_geometry::{Affine, Bounds, Point, Ras, Transform};
use microtome_mesh::Mesh;
use microtome_records::PositionStatus;
use microtome_scene::nodes;

use crate::surface::{Glyphs, Stroke, SurfaceGeometry, moved};

/// A transform to the scene's space, taken apart: what must be done point by point, and the matrix that drawing does.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// All of it is a matrix.
    Linear(Affine<Ras, Ras>),
    /// All of it is done point by point.
    Warped(Transform),
}

/// Radius of a line's tube and of a point's ball, as a share of how far everything reaches.
const TUBE: f64 = 0.003;
const BALL: f64 = 0.015;
/// Radius of the tube along a curve, as a share of that of its points.
const CURVE: f64 = 0.2;

impl Place {
    pub(super) fn new(to_world: &Transform) -> Self {
        to_world.as_linear().map_or_else(|| Self::Warped(to_world.clone()), Self::Linear)
    }

    /// The matrix that is left to be done when points have been moved.
    pub(super) const fn rest(&self) -> Affine<Ras, Ras> {
        match self {
            Self::Linear(matrix) => *matrix,
            Self::Warped(_) => Affine::identity(),
        }
    }

    fn points(&self, points: Vec<Point<Ras>>) -> Vec<Point<Ras>> {
        match self {
            Self::Linear(_) => points,
            Self::Warped(to_world) => moved(&points, to_world),
        }
    }

    /// The surface of a mesh.
    pub(super) fn surface(&self, mesh: &Mesh) -> SurfaceGeometry {
        match self {
            Self::Linear(_) => SurfaceGeometry::new(mesh),
            Self::Warped(to_world) => SurfaceGeometry::warped(mesh, to_world),
        }
    }

    /// The lines of a mesh.
    pub(super) fn lines(&self, mesh: &Mesh) -> SurfaceGeometry {
        let mut glyphs = Glyphs::new();
        if let Some(bounds) = mesh.bounds() {
            for stroke in Stroke::of_mesh(mesh) {
                let stroke = Stroke { points: self.points(stroke.points), ..stroke };
                glyphs.tube(&stroke, bounds.diagonal() * TUBE);
            }
        }
        glyphs.finish()
    }

    /// Control points and the curve through them.
    pub(super) fn markups(&self, list: &nodes::Markups) -> SurfaceGeometry {
        let shown = list.points.iter().filter(|p| p.visible && p.status == PositionStatus::Defined);
        let positions = self.points(shown.map(|p| p.position).collect());
        let reach = Bounds::around(positions.iter().copied()).map_or(0.0, Bounds::diagonal);
        let radius = (reach * BALL).clamp(0.5, 3.0);
        let mut glyphs = Glyphs::new();
        positions.into_iter().for_each(|p| glyphs.ball(p, radius));
        if let Some(curve) = list.curve() {
            // It goes through the points where they stand themselves, and is moved as a whole.
            glyphs.tube(&Stroke { points: self.points(curve), closed: false }, radius * CURVE);
        }
        glyphs.finish()
    }
}
