//! Smoothing of surfaces without shrinking them.

use microtome_geometry::{Point, Ras, Vector};
use rayon::prelude::*;

/// The share of the way to the middle of its neighbours that a point goes in a smoothing step.
const STEP: f64 = 0.5;

/// Moves the points of a closed surface by Taubin's λ|μ filter (A signal processing approach to fair surface design,
/// SIGGRAPH 1995): `iterations` steps, in turn towards the middle of a point's neighbours and a little further away from
/// it. Details of higher frequency than `pass_band` (of the surface's Laplacian, 0 to 2) fade, the shape stays.
///
/// Corners that name a point that does not exist count for nothing.
pub fn taubin(points: &mut Vec<Point<Ras>>, triangles: &[[u32; 3]], pass_band: f64, iterations: usize) {
    let neighbours = Neighbours::new(points.len(), triangles);
    // 1/λ + 1/μ is the frequency at which the two steps undo each other.
    let back = 1.0 / (pass_band.clamp(0.0, 1.9) - 1.0 / STEP);
    for n in 0..iterations {
        let factor = if n % 2 == 0 { STEP } else { back };
        *points = points
            .par_iter()
            .enumerate()
            .map(|(n, &point)| {
                let around = neighbours.of(n);
                if around.is_empty() {
                    return point;
                }
                let sum =
                    around.iter().fold(Vector::zero(), |sum, &other| sum + (points[other as usize] - point));
                point + sum * (factor / around.len() as f64)
            })
            .collect();
    }
}

/// The points at the other ends of each point's edges.
struct Neighbours {
    /// Where a point's neighbours begin, and after the last point where they end.
    starts: Vec<usize>,
    all: Vec<u32>,
}

impl Neighbours {
    /// In a closed surface, whose triangles all face outside, each edge leads once from either of its ends.
    fn new(count: usize, triangles: &[[u32; 3]]) -> Self {
        let edges = || {
            let valid = triangles.iter().filter(|t| t.iter().all(|&p| (p as usize) < count));
            valid.flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)])
        };
        let mut starts = vec![0; count + 1];
        edges().for_each(|(from, _)| starts[from as usize + 1] += 1);
        (0..count).for_each(|n| starts[n + 1] += starts[n]);
        let mut next = starts.clone();
        let mut all = vec![0; starts[count]];
        for (from, to) in edges() {
            all[next[from as usize]] = to;
            next[from as usize] += 1;
        }
        Self { starts, all }
    }

    fn of(&self, point: usize) -> &[u32] {
        &self.all[self.starts[point]..self.starts[point + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Progress;
    use crate::surface::isosurface::{Options, isosurface};
    use microtome_geometry::Grid;
    use microtome_image::Array;

    /// The volume inside, by the divergence theorem.
    fn volume(points: &[Point<Ras>], triangles: &[[u32; 3]]) -> f64 {
        let origin = Point::zero();
        let of = |t: &[u32; 3]| {
            let [a, b, c] = t.map(|p| points[p as usize] - origin);
            a.dot(b.cross(c)) / 6.0
        };
        triangles.iter().map(of).sum()
    }

    #[test]
    fn a_ball_of_voxels_becomes_round_and_stays_as_large() {
        let (edge, radius) = (40, 15.0);
        let middle = Point::<Ras>::from_array([(edge - 1) as f64 / 2.0; 3]);
        let distance = |p: Point<Ras>| p.distance(middle);
        let index = |n: usize| [n % edge, n / edge % edge, n / edge / edge].map(|v| v as f64);
        let inside = |n: usize| u8::from(distance(Point::from_array(index(n))) <= radius);
        let values = Array::from((0..edge * edge * edge).map(inside).collect::<Vec<_>>());
        let grid = Grid::axis_aligned([edge; 3], [1.0; 3], Point::zero());
        let mut surface = isosurface(&values, &grid, 0.5, Options::default(), &Progress::ignored()).unwrap();
        let before = volume(&surface.points, &surface.triangles);
        let spread = |points: &[Point<Ras>]| {
            let mean = points.iter().map(|&p| distance(p)).sum::<f64>() / points.len() as f64;
            let squares = points.iter().map(|&p| (distance(p) - mean).powi(2)).sum::<f64>();
            (squares / points.len() as f64).sqrt()
        };
        let rough = spread(&surface.points);
        taubin(&mut surface.points, &surface.triangles, 0.01, 40);
        let after = volume(&surface.points, &surface.triangles);
        assert!((after / before - 1.0).abs() < 0.01, "{before} {after}");
        assert!(spread(&surface.points) < 0.5 * rough, "{rough} {}", spread(&surface.points));
    }

    #[test]
    fn nothing_comes_of_nothing() {
        let mut points = vec![Point::<Ras>::zero(); 2];
        taubin(&mut points, &[[0, 1, 9]], 0.01, 4);
        assert_eq!(points, [Point::zero(); 2]);
    }
}
