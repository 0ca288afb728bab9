//! Thin-plate splines through landmarks.

use std::sync::{Arc, OnceLock};

use super::error::TransformError;
use super::lattice_sum::Displaced;
use crate::frame::{Point, Ras, Vector};

/// The thin-plate spline of space that takes each source landmark to its target (Bookstein, IEEE TPAMI 11(6), 1989, with
/// the basis `r` of three dimensions), without smoothing.
///
/// The displacement is `a + B·x + Σ wᵢ |x − sᵢ|` with weights that vanish against all affine maps. Landmarks in one plane
/// or line determine `B` only along it; across it, `B` is zero. Source landmarks at the same place act as one whose target
/// is the mean of theirs.
///
/// The weights are solved for when they are first needed, once for all clones.
#[derive(Clone, Debug, PartialEq)]
pub struct ThinPlate {
    landmarks: Arc<Landmarks>,
}

#[derive(Debug)]
struct Landmarks {
    source: Vec<Point<Ras>>,
    target: Vec<Point<Ras>>,
    spline: OnceLock<Spline>,
}

impl PartialEq for Landmarks {
    /// The landmarks say everything.
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.target == other.target
    }
}

/// The solved displacement, in coordinates `z = (x − center) / scale` for good conditioning.
#[derive(Debug, Default)]
struct Spline {
    center: Vector<Ras>,
    scale: f64,
    constant: [f64; 3],
    /// `linear[r][c]`: millimetres of component r for each unit of z along c.
    linear: [[f64; 3]; 3],
    knots: Vec<[f64; 3]>,
    weights: Vec<[f64; 3]>,
    /// The same knots and weights side by side.
    lanes: Vec<Lanes>,
}

/// How many knots are summed over at once.
const LANES: usize = 4;

/// Coordinates and weights of some knots; what is left of the last lanes has no weight.
#[derive(Clone, Copy, Debug, Default)]
struct Lanes {
    knots: [[f64; LANES]; 3],
    weights: [[f64; LANES]; 3],
}

impl ThinPlate {
    /// The most landmarks that a spline may have: solving takes time with their cube.
    pub const MAX_LANDMARKS: usize = 2000;

    /// The spline that takes `source[n]` to `target[n]`. None at all make the identity.
    ///
    /// # Errors
    /// [`TransformError`] if the numbers differ or exceed [`MAX_LANDMARKS`](Self::MAX_LANDMARKS), or one is not finite.
    pub fn new(source: Vec<Point<Ras>>, target: Vec<Point<Ras>>) -> Result<Self, TransformError> {
        if source.len() != target.len() {
            let (source_landmarks, target_landmarks) = (source.len(), target.len());
            return Err(TransformError::Landmarks { source_landmarks, target_landmarks });
        }
        if source.len() > Self::MAX_LANDMARKS {
            return Err(TransformError::TooManyLandmarks { found: source.len(), most: Self::MAX_LANDMARKS });
        }
        let pairs = source.iter().zip(&target);
        if let Some(index) = pairs.map(|(s, t)| s.is_finite() && t.is_finite()).position(|finite| !finite) {
            return Err(TransformError::NotFinite { index });
        }
        Ok(Self { landmarks: Arc::new(Landmarks { source, target, spline: OnceLock::new() }) })
    }

    /// Where the landmarks are.
    pub fn source(&self) -> &[Point<Ras>] {
        &self.landmarks.source
    }

    /// Where they go.
    pub fn target(&self) -> &[Point<Ras>] {
        &self.landmarks.target
    }

    fn spline(&self) -> &Spline {
        let Landmarks { source, target, spline } = &*self.landmarks;
        spline.get_or_init(|| solve(source, target))
    }

    pub(super) fn displaced(&self, p: Point<Ras>) -> Displaced {
        self.spline().displaced(p)
    }

    pub(super) fn displacement(&self, p: Point<Ras>) -> Vector<Ras> {
        self.spline().displacement(p)
    }
}

impl Spline {
    fn normalized(&self, p: Point<Ras>) -> [f64; 3] {
        ((p.to_vector() - self.center) / self.scale).coords()
    }

    fn displacement(&self, p: Point<Ras>) -> Vector<Ras> {
        if self.knots.is_empty() {
            return Vector::zero();
        }
        let z = self.normalized(p);
        let mut sums = [[0.0; LANES]; 3];
        for lanes in &self.lanes {
            for n in 0..LANES {
                let [x, y, w] = std::array::from_fn(|c| z[c] - lanes.knots[c][n]);
                let distance = (x * x + y * y + w * w).sqrt();
                for r in 0..3 {
                    sums[r][n] += lanes.weights[r][n] * distance;
                }
            }
        }
        Vector::from_array(std::array::from_fn(|r| {
            self.constant[r] + dot(self.linear[r], z) + sums[r].iter().sum::<f64>()
        }))
    }

    fn displaced(&self, p: Point<Ras>) -> Displaced {
        if self.knots.is_empty() {
            return Displaced::default();
        }
        let z = self.normalized(p);
        let mut value = self.constant;
        let mut jacobian = self.linear;
        for r in 0..3 {
            value[r] += (0..3).map(|c| self.linear[r][c] * z[c]).sum::<f64>();
        }
        for (knot, weight) in self.knots.iter().zip(&self.weights) {
            let offset: [f64; 3] = std::array::from_fn(|c| z[c] - knot[c]);
            let distance = length(offset);
            for r in 0..3 {
                value[r] += weight[r] * distance;
                // At a knot the basis has a tip; zero is the mean of its slopes.
                if distance > 0.0 {
                    for c in 0..3 {
                        jacobian[r][c] += weight[r] * offset[c] / distance;
                    }
                }
            }
        }
        Displaced {
            vector: Vector::from_array(value),
            jacobian: jacobian.map(|row| row.map(|v| v / self.scale)),
        }
    }
}

fn length(v: [f64; 3]) -> f64 {
    Vector::<Ras>::from_array(v).length()
}

fn solve(source: &[Point<Ras>], target: &[Point<Ras>]) -> Spline {
    if source.is_empty() {
        return Spline { scale: 1.0, ..Spline::default() };
    }
    let count = source.len() as f64;
    let center = source.iter().fold(Vector::zero(), |sum, p| sum + p.to_vector() / count);
    let extent = source.iter().map(|p| (p.to_vector() - center).length()).fold(0.0, f64::max);
    let scale = if extent > 0.0 { extent } else { 1.0 };
    let mut spline = Spline { center, scale, ..Spline::default() };
    let displacements = merged(&mut spline, source, target);
    let axes = spanned_axes(&spline.knots);

    // [K P; Pᵀ 0] [w; a] = [d; 0], a row of the right side holding all three components.
    let knots = spline.knots.len();
    let size = knots + 1 + axes.len();
    let mut matrix = vec![0.0; size * size];
    let mut right = displacements;
    right.resize(size, [0.0; 3]);
    for row in 0..knots {
        let z = spline.knots[row];
        for (column, other) in spline.knots.iter().enumerate() {
            matrix[row * size + column] = length(std::array::from_fn(|c| z[c] - other[c]));
        }
        let basis = std::iter::once(1.0).chain(axes.iter().map(|axis| dot(*axis, z)));
        for (n, value) in basis.enumerate() {
            matrix[row * size + knots + n] = value;
            matrix[(knots + n) * size + row] = value;
        }
    }
    eliminate(&mut matrix, &mut right, size);

    spline.constant = right[knots];
    for (axis, coefficient) in axes.iter().zip(&right[knots + 1..]) {
        for r in 0..3 {
            for c in 0..3 {
                spline.linear[r][c] += coefficient[r] * axis[c];
            }
        }
    }
    right.truncate(knots);
    spline.weights = right;
    let pairs = spline.knots.chunks(LANES).zip(spline.weights.chunks(LANES));
    spline.lanes = pairs.map(|(knots, weights)| side_by_side(knots, weights)).collect();
    spline
}

fn side_by_side(knots: &[[f64; 3]], weights: &[[f64; 3]]) -> Lanes {
    let mut lanes = Lanes::default();
    for (n, (knot, weight)) in knots.iter().zip(weights).enumerate() {
        for c in 0..3 {
            (lanes.knots[c][n], lanes.weights[c][n]) = (knot[c], weight[c]);
        }
    }
    lanes
}

/// Puts the distinct knots into `spline` and gives the mean displacement of each.
fn merged(spline: &mut Spline, source: &[Point<Ras>], target: &[Point<Ras>]) -> Vec<[f64; 3]> {
    /// Knots closer than this, in units of the landmarks' extent, are one.
    const SAME: f64 = 1e-12;
    let mut sums: Vec<(Vector<Ras>, f64)> = Vec::new();
    for (s, t) in source.iter().zip(target) {
        let z = spline.normalized(*s);
        let known = spline.knots.iter().position(|k| length(std::array::from_fn(|c| z[c] - k[c])) <= SAME);
        let at = known.unwrap_or_else(|| {
            spline.knots.push(z);
            sums.push((Vector::zero(), 0.0));
            sums.len() - 1
        });
        sums[at].0 = sums[at].0 + (*t - *s);
        sums[at].1 += 1.0;
    }
    sums.into_iter().map(|(sum, count)| (sum / count).coords()).collect()
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Orthonormal axes of the smallest flat through the knots: Gram-Schmidt, the farthest knot first.
fn spanned_axes(knots: &[[f64; 3]]) -> Vec<[f64; 3]> {
    /// Thinner than this, in units of the landmarks' extent, is flat.
    const FLAT: f64 = 1e-6;
    let Some(&first) = knots.first() else { return Vec::new() };
    let mut rest: Vec<[f64; 3]> = knots.iter().map(|k| std::array::from_fn(|c| k[c] - first[c])).collect();
    let mut axes = Vec::new();
    while axes.len() < 3 {
        let longest = rest.iter().copied().fold([0.0; 3], |a, b| if length(b) > length(a) { b } else { a });
        let size = length(longest);
        if size <= FLAT {
            break;
        }
        let axis = longest.map(|v| v / size);
        for knot in &mut rest {
            let along = dot(*knot, axis);
            *knot = std::array::from_fn(|c| knot[c] - along * axis[c]);
        }
        axes.push(axis);
    }
    axes
}

/// Solves the square system in place by elimination with partial pivoting; the solution replaces `right`. A column
/// without pivot (which distinct knots do not have, but for rounding) solves to zero.
fn eliminate(matrix: &mut [f64], right: &mut [[f64; 3]], size: usize) {
    for column in 0..size {
        let magnitude = |row: usize, matrix: &[f64]| matrix[row * size + column].abs();
        let pivot = (column..size).fold(column, |best, row| {
            if magnitude(row, matrix) > magnitude(best, matrix) { row } else { best }
        });
        if pivot != column {
            let (upper, lower) = matrix.split_at_mut(pivot * size);
            upper[column * size..(column + 1) * size].swap_with_slice(&mut lower[..size]);
            right.swap(pivot, column);
        }
        let (upper, lower) = matrix.split_at_mut((column + 1) * size);
        let pivot_row = &upper[column * size..];
        let divisor = pivot_row[column];
        if divisor == 0.0 {
            continue;
        }
        let pivot_right = right[column];
        for (row, values) in lower.chunks_exact_mut(size).enumerate() {
            let factor = values[column] / divisor;
            if factor == 0.0 {
                continue;
            }
            for (value, above) in values[column..].iter_mut().zip(&pivot_row[column..]) {
                *value -= factor * above;
            }
            let target = &mut right[column + 1 + row];
            *target = std::array::from_fn(|r| target[r] - factor * pivot_right[r]);
        }
    }
    for row in (0..size).rev() {
        let divisor = matrix[row * size + row];
        let known = &matrix[row * size + row + 1..(row + 1) * size];
        let sums = known
            .iter()
            .zip(&right[row + 1..])
            .fold(right[row], |sum, (factor, solved)| std::array::from_fn(|r| sum[r] - factor * solved[r]));
        right[row] = if divisor == 0.0 { [0.0; 3] } else { sums.map(|sum| sum / divisor) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(list: &[[f64; 3]]) -> Vec<Point<Ras>> {
        list.iter().map(|&p| Point::from_array(p)).collect()
    }

    fn go(spline: &ThinPlate, p: Point<Ras>) -> Point<Ras> {
        p + spline.displaced(p).vector
    }

    #[test]
    fn landmarks_go_to_their_targets() {
        let source = points(&[
            [0.0, 0.0, 0.0],
            [100.0, 0.0, 0.0],
            [0.0, 80.0, 0.0],
            [0.0, 0.0, 60.0],
            [30.0, 30.0, 30.0],
        ]);
        let target = points(&[
            [1.0, 0.0, 0.0],
            [98.0, 3.0, 0.0],
            [0.0, 85.0, 2.0],
            [-4.0, 0.0, 61.0],
            [33.0, 28.0, 31.0],
        ]);
        let spline = ThinPlate::new(source.clone(), target.clone()).unwrap();
        for (s, t) in source.iter().zip(&target) {
            assert!(go(&spline, *s).distance(*t) < 1e-10);
        }
    }

    #[test]
    fn affine_displacements_are_reproduced_everywhere() {
        let map = |p: &Point<Ras>| {
            Point::new(1.1 * p.x() + 0.2 * p.y() + 3.0, 0.9 * p.y() - 1.0, p.z() + 0.1 * p.x())
        };
        let source = points(&[
            [0.0, 0.0, 0.0],
            [50.0, 0.0, 1.0],
            [3.0, 40.0, 0.0],
            [0.0, 2.0, 60.0],
            [30.0, -30.0, 30.0],
        ]);
        let target = source.iter().map(map).collect();
        let spline = ThinPlate::new(source, target).unwrap();
        let far = Point::new(200.0, -300.0, 70.0);
        assert!(go(&spline, far).distance(map(&far)) < 1e-9);
    }

    #[test]
    fn few_or_flat_or_equal_landmarks_still_make_a_spline() {
        let none = ThinPlate::new(Vec::new(), Vec::new()).unwrap();
        assert_eq!(go(&none, Point::new(1.0, 2.0, 3.0)).coords(), [1.0, 2.0, 3.0]);
        let one = ThinPlate::new(points(&[[1.0, 1.0, 1.0]]), points(&[[2.0, 1.0, 1.0]])).unwrap();
        assert!(go(&one, Point::new(5.0, 5.0, 5.0)).distance(Point::new(6.0, 5.0, 5.0)) < 1e-12);
        let flat = points(&[[0.0, 0.0, 7.0], [10.0, 0.0, 7.0], [0.0, 10.0, 7.0], [10.0, 10.0, 7.0]]);
        let moved = points(&[[0.0, 0.0, 7.0], [20.0, 0.0, 7.0], [0.0, 10.0, 7.0], [20.0, 10.0, 7.0]]);
        let plane = ThinPlate::new(flat.clone(), moved.clone()).unwrap();
        assert!(go(&plane, Point::new(5.0, 5.0, 7.0)).distance(Point::new(10.0, 5.0, 7.0)) < 1e-10);
        assert!(go(&plane, flat[3]).distance(moved[3]) < 1e-10);
        let twice = ThinPlate::new(points(&[[1.0; 3], [1.0; 3]]), points(&[[2.0; 3], [4.0; 3]])).unwrap();
        assert!(go(&twice, Point::from_array([1.0; 3])).distance(Point::from_array([3.0; 3])) < 1e-12);
    }

    #[test]
    fn the_jacobian_is_the_slope() {
        let source = points(&[
            [0.0, 0.0, 0.0],
            [50.0, 0.0, 1.0],
            [3.0, 40.0, 0.0],
            [0.0, 2.0, 60.0],
            [30.0, -30.0, 30.0],
        ]);
        let target = points(&[
            [1.0, 0.0, 0.0],
            [58.0, 3.0, 0.0],
            [0.0, 45.0, 2.0],
            [-4.0, 0.0, 61.0],
            [33.0, -28.0, 31.0],
        ]);
        let spline = ThinPlate::new(source, target).unwrap();
        let (p, h) = (Point::new(12.0, 7.0, -5.0), 1e-5);
        let d = spline.displaced(p);
        for c in 0..3 {
            let step = Vector::from_array(std::array::from_fn(|a| if a == c { h } else { 0.0 }));
            let slope = (spline.displaced(p + step).vector - spline.displaced(p - step).vector) / (2.0 * h);
            for r in 0..3 {
                assert!((slope[r] - d.jacobian[r][c]).abs() < 1e-8);
            }
        }
    }
}
