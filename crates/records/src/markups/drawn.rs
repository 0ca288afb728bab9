//! Curves drawn onto surfaces.

use microtome_geometry::{Bounds, Point, Ras, Vector};
use microtome_mesh::TriangleIndex;

/// How far from the curve its surface is looked for unless something else is said, as 3D Slicer counts it.
pub(super) const SEARCH_RADIUS: f64 = 0.25;

/// The points of a curve moved onto a surface, all in the world. Each goes along the mean of the surface's normals at the two
/// control points beside it, first to where it meets the surface from outside, else from inside, else to the nearest point
/// of the mesh. `radius` times the square root (so 3D Slicer has it) of the diagonal of the surface's box is how far it may
/// go. `None` where `radius` is not between 0 and 1, and without control points or a surface.
pub(super) fn onto(
    surface: &[Point<Ras>],
    triangles: &[[u32; 3]],
    controls: &[Point<Ras>],
    curve: &[Point<Ras>],
    radius: f64,
) -> Option<Vec<Point<Ras>>> {
    let reach = radius * Bounds::around(surface.iter().copied())?.diagonal().sqrt();
    if !(radius > 0.0 && radius <= 1.0 && reach.is_finite()) || controls.len() < 2 {
        return None;
    }
    let index = TriangleIndex::from_triangles(surface, triangles);
    let all = normals(surface, triangles);
    let at_control = |control: &Point<Ras>| Some(all[nearest(surface, *control)?]);
    let normals = controls.iter().map(at_control).collect::<Option<Vec<Vector<Ras>>>>()?;
    let moved = |point: &Point<Ras>| {
        let ray = direction(*point, controls, &normals) * reach;
        let outside = *point + ray;
        if let Some(hit) = index.first_hit(outside, *point - outside, 1.0) {
            return Some(outside.lerp(*point, hit.t));
        }
        if let Some(hit) = index.first_hit(*point, ray * -1.0, 1.0) {
            return Some(*point + ray * -hit.t);
        }
        Some(surface[nearest(surface, *point)?])
    };
    curve.iter().map(moved).collect()
}

/// The unit normals at the points of a surface: the means of those of the triangles there, zero where there are none.
fn normals(points: &[Point<Ras>], triangles: &[[u32; 3]]) -> Vec<Vector<Ras>> {
    let mut sums = vec![Vector::zero(); points.len()];
    for triangle in triangles {
        let [a, b, c] = triangle.map(|n| points[n as usize]);
        if let Some(normal) = (b - a).cross(c - a).normalized() {
            triangle.iter().for_each(|n| sums[*n as usize] = sums[*n as usize] + normal);
        }
    }
    sums.into_iter().map(|sum| sum.normalized().unwrap_or_default()).collect()
}

/// The number of the point nearest to a place, the first of several.
fn nearest(points: &[Point<Ras>], place: Point<Ras>) -> Option<usize> {
    (0..points.len()).min_by(|a, b| points[*a].distance(place).total_cmp(&points[*b].distance(place)))
}

/// Where the surface lies from a point of the curve: along the normals at the nearest control point and at the neighbour of
/// it on whose side the point is, weighted by the squares of the distances.
fn direction(point: Point<Ras>, controls: &[Point<Ras>], normals: &[Vector<Ras>]) -> Vector<Ras> {
    let far = |n: usize| (controls[n] - point).dot(controls[n] - point);
    let start = nearest(controls, point).unwrap_or_default();
    let last = controls.len() - 1;
    let end = match start {
        0 => 1,
        n if n == last => n - 1,
        n => {
            let before = controls[n - 1] - controls[n];
            if far(n - 1) < far(n + 1) && far(n - 1) < before.dot(before) { n - 1 } else { n + 1 }
        }
    };
    let share = far(start) / (far(start) + far(end));
    let mean = normals[start] * (1.0 - share) + normals[end] * share;
    mean.normalized().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flat sheet of 41 × 41 points, a millimetre apart, seen from above.
    fn sheet() -> (Vec<Point<Ras>>, Vec<[u32; 3]>) {
        const N: u32 = 41;
        let points = (0..N * N).map(|n| Point::new(f64::from(n % N), f64::from(n / N), 0.0)).collect();
        let squares = (0..N * (N - 1)).filter(|n| n % N < N - 1);
        (points, squares.flat_map(|n| [[n, n + 1, n + N + 1], [n, n + N + 1, n + N]]).collect())
    }

    #[test]
    fn points_fall_onto_the_sheet() {
        let (points, triangles) = sheet();
        let controls = [[2.2, 3.3, 1.0], [20.4, 8.6, 1.0], [33.3, 30.1, -1.0]].map(Point::from);
        let curve =
            [[2.2, 3.3, 1.0], [11.3, 6.4, 1.2], [20.4, 8.6, -1.0], [33.3, 30.1, -1.5]].map(Point::from);
        // The box's diagonal is 56.6 mm, so the reach is 1.9 mm.
        let drawn = onto(&points, &triangles, &controls, &curve, SEARCH_RADIUS).unwrap();
        for (moved, from) in drawn.iter().zip(curve) {
            assert!(moved.distance(Point::new(from.x(), from.y(), 0.0)) < 1e-9, "{moved:?}");
        }
        // What is out of reach goes to the nearest point of the mesh.
        let drawn = onto(&points, &triangles, &controls, &curve, 0.1).unwrap();
        assert_eq!(drawn[0].coords(), [2.0, 3.0, 0.0]);
        for bad in [0.0, -1.0, 1.5, f64::NAN] {
            assert_eq!(onto(&points, &triangles, &controls, &curve, bad), None);
        }
        assert_eq!(onto(&points, &triangles, &controls[..1], &curve, 0.25), None);
        assert_eq!(onto(&[], &[], &controls, &curve, 0.25), None);
        // Points without triangles draw all to themselves.
        let loose = onto(&points, &[], &controls, &curve, 0.25).unwrap();
        assert_eq!(loose[3].coords(), [33.0, 30.0, 0.0]);
    }
}
