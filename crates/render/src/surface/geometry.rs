//! Triangles made ready for drawing.

use microtome_geometry::transform::Walk;
use microtome_geometry::{Bounds, Point, Ras, Transform, Vector};
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

    /// The surface cells of a mesh under a transform, moved point by point. The mesh's own normals turn as the transform
    /// does at each point; others are those of the moved triangles.
    pub fn warped(mesh: &Mesh, to_world: &Transform) -> Self {
        let Self { points, normals: own, triangles } = Self::new(mesh);
        let moved = moved(&points, to_world);
        let normals = if mesh.normals().is_some() {
            let pairs: Vec<_> = points.into_iter().zip(own).collect();
            let turned = |walk: &mut Walk<'_>, (p, normal): &(Point<Ras>, [f32; 3])| {
                // By the inverse transpose of the slope.
                let back = walk.linearized(*p).inverse();
                let normal = Vector::from_array(normal.map(f64::from));
                let turned: Vector<Ras> = back.map_or(normal, |back| {
                    Vector::from_array(std::array::from_fn(|axis| back.column(axis).dot(normal)))
                });
                turned.normalized().unwrap_or_default().coords().map(|c| c as f32)
            };
            walked(&pairs, to_world, turned)
        } else {
            smooth_normals(&moved, &triangles)
        };
        Self { points: moved, normals, triangles }
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

/// Points that go through a transform one after the other, so that each finds its inverse near that of the one before.
const RUN: usize = 1024;

fn walked<P: Sync, O: Send>(
    points: &[P],
    map: &Transform,
    each: impl Fn(&mut Walk<'_>, &P) -> O + Sync,
) -> Vec<O> {
    let runs = points.par_chunks(RUN).flat_map_iter(|run| {
        let mut walk = map.walk();
        run.iter().map(|p| each(&mut walk, p)).collect::<Vec<_>>()
    });
    runs.collect()
}

/// Where points go under a transform.
pub(crate) fn moved(points: &[Point<Ras>], map: &Transform) -> Vec<Point<Ras>> {
    walked(points, map, |walk, &p| walk.apply(p))
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

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::transform::BSpline;
    use microtome_geometry::{Affine, Grid};
    use microtome_image::Array;
    use microtome_mesh::{Attribute, CellKind, Cells, Role};

    /// A patch of a paraboloid, with its normals or without.
    fn patch(with_normals: bool) -> Mesh {
        let at = |n: u32| (f64::from(n % 20) - 9.5, f64::from(n / 20) - 9.5);
        let points = (0..400).map(at).map(|(x, y)| Point::new(x, y, 0.02 * (x * x + y * y))).collect();
        let mut cells = Cells::new();
        for n in (0..380_u32).filter(|n| n % 20 < 19) {
            cells.push(CellKind::Polygon, [n, n + 1, n + 21, n + 20]);
        }
        let mesh = Mesh::new(points, cells).unwrap();
        if !with_normals {
            return mesh;
        }
        let normal = |(x, y): (f64, f64)| Vector::<Ras>::new(-0.04 * x, -0.04 * y, 1.0).normalized().unwrap();
        let normals: Vec<f32> = (0..400).map(at).flat_map(|p| normal(p).coords().map(|c| c as f32)).collect();
        let array = Array::from(normals);
        let attribute =
            Attribute { name: "Normals".to_owned(), components: 3, role: Role::Normals, values: array };
        mesh.with_point_data(attribute).unwrap()
    }

    #[test]
    fn normals_of_warped_surfaces_stand_on_them() {
        let nodes = Grid::axis_aligned([8; 3], [8.0; 3], Point::new(-28.0, -28.0, -28.0));
        let wave = |n: usize| f64::from((n * 37 % 11) as u8) * 0.5 - 2.5;
        let vectors = (0..512).map(|n| [wave(n), wave(n + 5), wave(3 * n)]).collect();
        let spline = Transform::BSpline(BSpline::new(nodes, vectors).unwrap());
        let turn = Affine::from_rows([[0.0, -1.0, 0.0, 4.0], [1.0, 0.0, 0.0, 5.0], [0.0, 0.0, 1.3, 2.0]]);
        let map = Transform::Composite(vec![Transform::Linear(turn), spline]);
        for map in [map.inverse().unwrap(), map] {
            let own = SurfaceGeometry::warped(&patch(true), &map);
            let smooth = SurfaceGeometry::warped(&patch(false), &map);
            for (n, p) in patch(true).points().iter().enumerate() {
                assert!(own.points[n].distance(map.apply(*p)) < 1e-5);
                // Inside, where triangles lie all around.
                if !(40..360).contains(&n) || !(2..18).contains(&(n % 20)) {
                    continue;
                }
                let dot: f32 = own.normals[n].iter().zip(smooth.normals[n]).map(|(a, b)| a * b).sum();
                assert!(dot > 0.99, "{n}: {:?} {:?}", own.normals[n], smooth.normals[n]);
            }
        }
    }
}
