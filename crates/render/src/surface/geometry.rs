//! Triangles made ready for drawing.

use microtome_geometry::{Bounds, Point, Ras, Vector};
use microtome_mesh::Mesh;
use rayon::prelude::*;

/// Points with normals, and the triangles between them.
///
/// Making one from a mesh reads it once; keep it as long as the mesh stays the same (see [`Mesh::identity`]).
#[derive(Clone, Debug, Default)]
pub struct SurfaceGeometry {
    pub(super) points: Vec<Point<Ras>>,
    pub(super) normals: Vec<[f32; 3]>,
    pub(super) triangles: Vec<[u32; 3]>,
}

impl SurfaceGeometry {
    /// The surface cells of a mesh. Normals are the mesh's own or, where it has none, those of the triangles around each
    /// point, weighted by area.
    pub fn new(mesh: &Mesh) -> Self {
        let points = mesh.points().to_vec();
        let triangles = mesh.triangles();
        let own = mesh.normals().map(|array| {
            let at = |n: usize| array.get(n).unwrap_or_default() as f32;
            (0..points.len()).map(|p| [at(3 * p), at(3 * p + 1), at(3 * p + 2)]).collect::<Vec<_>>()
        });
        let normals = own.unwrap_or_else(|| smooth_normals(&points, &triangles));
        Self { points, normals, triangles }
    }

    /// Triangles with a normal for each point (any length; a zero normal counts as facing the viewer). Triangles that name
    /// a point that does not exist are left out; missing normals are zero.
    pub fn from_parts(
        points: Vec<Point<Ras>>,
        mut normals: Vec<[f32; 3]>,
        mut triangles: Vec<[u32; 3]>,
    ) -> Self {
        normals.resize(points.len(), [0.0; 3]);
        triangles.retain(|t| t.iter().all(|&p| (p as usize) < points.len()));
        Self { points, normals, triangles }
    }

    /// The points.
    pub fn points(&self) -> &[Point<Ras>] {
        &self.points
    }

    /// Number of triangles.
    pub fn triangle_count(&self) -> usize {
        self.triangles.len()
    }

    /// The box around all points; `None` without points.
    pub fn bounds(&self) -> Option<Bounds<Ras>> {
        Bounds::around(self.points.iter().copied())
    }
}

fn smooth_normals(points: &[Point<Ras>], triangles: &[[u32; 3]]) -> Vec<[f32; 3]> {
    let mut sums = vec![Vector::<Ras>::zero(); points.len()];
    for t in triangles {
        let [a, b, c] = t.map(|p| points[p as usize]);
        // The cross product is as long as twice the area.
        let normal = (b - a).cross(c - a);
        if normal.is_finite() {
            t.iter().for_each(|&p| sums[p as usize] = sums[p as usize] + normal);
        }
    }
    sums.into_par_iter().map(|n| n.normalized().unwrap_or_default().coords().map(|c| c as f32)).collect()
}
