//! The plane nearest to some points, and the area that a closed curve encloses.

use crate::frame::{Frame, Point, Vector};

/// The plane that comes nearest to some points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestPlane<F: Frame> {
    /// The middle of the points.
    pub origin: Point<F>,
    /// The direction in which the points spread most.
    pub x: Vector<F>,
    /// The other direction in the plane: normal × x.
    pub y: Vector<F>,
    /// The unit normal.
    pub normal: Vector<F>,
}

/// The plane with the least sum of squared distances from the points; `None` if they lie in one point or on a line.
pub fn best_plane<F: Frame>(points: &[Point<F>]) -> Option<BestPlane<F>> {
    let first = *points.first()?;
    let sum = points.iter().fold(Vector::zero(), |sum, p| sum + (*p - first));
    let origin = first + sum / points.len() as f64;
    let mut spread = [[0.0; 3]; 3];
    for point in points {
        let d = *point - origin;
        for r in 0..3 {
            for c in 0..3 {
                spread[r][c] += d[r] * d[c];
            }
        }
    }
    if !spread.iter().flatten().all(|v| v.is_finite()) {
        return None;
    }
    let (values, vectors) = eigen(spread);
    // Sorted by falling value: most spread first.
    if values[1] <= values[0] * 1e-20 {
        return None;
    }
    let x = Vector::from_array(vectors[0]).normalized()?;
    let normal = x.cross(Vector::from_array(vectors[1])).normalized()?;
    Some(BestPlane { origin, x, y: normal.cross(x), normal })
}

/// Eigenvalues (falling) and eigenvectors of a symmetric matrix, by Jacobi's rotations.
fn eigen(mut m: [[f64; 3]; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..32 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if m[p][q] == 0.0 {
                continue;
            }
            let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
            let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
            let cos = 1.0 / t.hypot(1.0);
            let sin = t * cos;
            for k in 0..3 {
                let (a, b) = (m[k][p], m[k][q]);
                (m[k][p], m[k][q]) = (cos * a - sin * b, sin * a + cos * b);
            }
            for k in 0..3 {
                let (a, b) = (m[p][k], m[q][k]);
                (m[p][k], m[q][k]) = (cos * a - sin * b, sin * a + cos * b);
                let (a, b) = (axes[p][k], axes[q][k]);
                (axes[p][k], axes[q][k]) = (cos * a - sin * b, sin * a + cos * b);
            }
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| m[b][b].total_cmp(&m[a][a]));
    (order.map(|n| m[n][n]), order.map(|n| axes[n]))
}

/// The area (mm²) of the smooth surface that a closed curve spans. Over the curve's best plane the surface has the height
/// that a thin-plate spline with the kernel r takes from at most 120 of the curve's points, which is the surface
/// that 3D Slicer measures by triangles. Exact for flat curves. `None` for curves along a line.
pub fn enclosed_area<F: Frame>(points: &[Point<F>]) -> Option<f64> {
    let plane = best_plane(points)?;
    let flat: Vec<[f64; 3]> = points
        .iter()
        .map(|p| *p - plane.origin)
        .map(|d| [d.dot(plane.x), d.dot(plane.y), d.dot(plane.normal)])
        .collect();
    let twice: f64 = edges(&flat).map(|([x0, y0, _], [x1, y1, _])| x0 * y1 - x1 * y0).sum();
    let area = twice.abs() / 2.0;
    let (reach, height) = flat.iter().fold((0.0_f64, 0.0_f64), |(reach, height), p| {
        (reach.max(p[0].abs()).max(p[1].abs()), height.max(p[2].abs()))
    });
    if height <= reach * 1e-9 {
        return Some(area);
    }
    let surface = Heights::through(&flat)?;
    Some(area * mean_slant(&flat, &surface))
}

/// The most points of a curve that shape the surface across it.
const LANDMARKS: usize = 120;
/// Rows in which the surface is sampled.
const ROWS: usize = 64;

fn edges(points: &[[f64; 3]]) -> impl Iterator<Item = ([f64; 3], [f64; 3])> {
    points.iter().copied().zip(points.iter().copied().cycle().skip(1))
}

/// How many times larger the surface is than its projection, over what the curve encloses.
fn mean_slant(curve: &[[f64; 3]], surface: &Heights) -> f64 {
    let low = curve.iter().map(|p| p[1]).fold(f64::INFINITY, f64::min);
    let high = curve.iter().map(|p| p[1]).fold(f64::NEG_INFINITY, f64::max);
    let step = (high - low) / ROWS as f64;
    let (mut sum, mut way) = (0.0, 0.0);
    for row in 0..ROWS {
        let y = low + (row as f64 + 0.5) * step;
        let mut crossings: Vec<f64> = edges(curve)
            .filter(|(a, b)| (a[1] <= y) != (b[1] <= y))
            .map(|(a, b)| a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
            .collect();
        crossings.sort_by(f64::total_cmp);
        for inside in crossings.chunks_exact(2) {
            let width = inside[1] - inside[0];
            let samples = (width / step).ceil().clamp(1.0, 4.0 * ROWS as f64);
            for k in 0..samples as usize {
                sum += surface.slant(inside[0] + width * (k as f64 + 0.5) / samples, y) * width / samples;
            }
            way += width;
        }
    }
    if way > 0.0 { sum / way } else { 1.0 }
}

/// A height over a plane: `a + b·x + c·y + Σ w r`.
struct Heights {
    landmarks: Vec<[f64; 2]>,
    weights: Vec<f64>,
    slope: [f64; 2],
}

impl Heights {
    /// `None` if the equations have no solution.
    fn through(curve: &[[f64; 3]]) -> Option<Self> {
        // The last point of a closed curve is the first again.
        let distinct = match curve {
            [rest @ .., last] if rest.first() == Some(last) => rest,
            all => all,
        };
        let stride = distinct.len().div_ceil(LANDMARKS).max(1);
        let chosen: Vec<[f64; 3]> = distinct.iter().copied().step_by(stride).collect();
        let n = chosen.len();
        let mut rows = vec![vec![0.0; n + 4]; n + 3];
        for (i, a) in chosen.iter().enumerate() {
            for (j, b) in chosen.iter().enumerate() {
                rows[i][j] = (a[0] - b[0]).hypot(a[1] - b[1]);
            }
            for (k, value) in [1.0, a[0], a[1]].into_iter().enumerate() {
                rows[i][n + k] = value;
                rows[n + k][i] = value;
            }
            rows[i][n + 3] = a[2];
        }
        let mut weights = solved(rows)?;
        let slope = [weights[n + 1], weights[n + 2]];
        weights.truncate(n);
        Some(Self { landmarks: chosen.iter().map(|p| [p[0], p[1]]).collect(), weights, slope })
    }

    /// `√(1 + |gradient|²)`.
    fn slant(&self, x: f64, y: f64) -> f64 {
        let mut gradient = self.slope;
        for ([u, v], weight) in self.landmarks.iter().zip(&self.weights) {
            let r = (x - u).hypot(y - v);
            if r > 0.0 {
                gradient[0] += weight * (x - u) / r;
                gradient[1] += weight * (y - v) / r;
            }
        }
        (1.0 + gradient[0].powi(2) + gradient[1].powi(2)).sqrt()
    }
}

/// Solves the equations of rows whose last entry is the right-hand side (Gauss, with pivots).
fn solved(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    for i in 0..n {
        let pivot = (i..n).max_by(|&a, &b| rows[a][i].abs().total_cmp(&rows[b][i].abs()))?;
        rows.swap(i, pivot);
        let (above, below) = rows.split_at_mut(i + 1);
        let row = &above[i];
        if row[i] == 0.0 || !row[i].is_finite() {
            return None;
        }
        for other in below {
            let factor = other[i] / row[i];
            for (entry, value) in other.iter_mut().zip(row).skip(i) {
                *entry -= factor * value;
            }
        }
    }
    let mut solution = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| rows[i][j] * solution[j]).sum();
        solution[i] = (rows[i][n] - known) / rows[i][i];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Ras;

    fn ring(height: impl Fn(f64) -> f64) -> Vec<Point<Ras>> {
        (0..=400)
            .map(|n| f64::from(n % 400) * std::f64::consts::TAU / 400.0)
            .map(|a| Point::new(30.0 * a.cos() + 5.0, height(a), 20.0 * a.sin()))
            .collect()
    }

    #[test]
    fn the_best_plane_lies_in_the_points() {
        let plane = best_plane(&ring(|_| 7.0)).unwrap();
        assert!(plane.normal.cross(Vector::new(0.0, 1.0, 0.0)).length() < 1e-12);
        assert!(plane.x.cross(Vector::new(1.0, 0.0, 0.0)).length() < 1e-9);
        assert!((plane.x.cross(plane.y) - plane.normal).length() < 1e-12);
        let line: Vec<Point<Ras>> = (0..5).map(|n| Point::new(f64::from(n), 0.0, 0.0)).collect();
        assert_eq!(best_plane(&line), None);
        assert_eq!(best_plane::<Ras>(&[]), None);
    }

    #[test]
    fn areas_of_flat_tilted_and_curved_rings() {
        let flat = enclosed_area(&ring(|_| 7.0)).unwrap();
        assert!((flat - 600.0 * std::f64::consts::PI).abs() < 0.1, "{flat}");
        // A tilted plane is larger than its projection.
        let tilted = enclosed_area(&ring(|a| 30.0 * a.cos())).unwrap();
        assert!((tilted / flat - 2.0_f64.sqrt()).abs() < 1e-6, "{tilted}");
        // A saddle z = h cos 2a spans more than the plane, less than twice.
        let saddle = enclosed_area(&ring(|a| 6.0 * (2.0 * a).cos())).unwrap();
        assert!(saddle > 1.02 * flat && saddle < 1.3 * flat, "{}", saddle / flat);
    }
}
