//! Transforms of many points that lie near each other.

use super::lattice_sum::Displaced;
use super::warp::{Warp, slope};
use super::{BSpline, Displacement, ThinPlate, Transform};
use crate::affine::Affine;
use crate::frame::{Point, Ras};

/// Takes points through a [`Transform`] one after the other. Where a warp must be inverted, the search starts from what
/// the point before gave, which is several times as fast as [`Transform::apply`] if both lie near each other. Images are
/// as near as [`Warp::TOLERANCE`] demands either way; where a warp folds, so that several points have the same image,
/// neighbours tend to the same one of them.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    steps: Vec<Step<'a>>,
}

#[derive(Clone, Debug)]
enum Step<'a> {
    Linear(Affine<Ras, Ras>),
    BSpline(&'a BSpline),
    Displacement(&'a Displacement),
    ThinPlate(&'a ThinPlate),
    Inverse { warp: &'a Warp, last: Option<Last> },
}

/// What the last search found.
#[derive(Clone, Copy, Debug)]
struct Last {
    wanted: Point<Ras>,
    point: Point<Ras>,
    /// About the slope of the inverse there.
    inverse: Affine<Ras, Ras>,
}

impl Transform {
    /// Begins a walk.
    pub fn walk(&self) -> Walk<'_> {
        let mut walk = Walk { steps: Vec::new() };
        walk.add(self);
        walk
    }
}

impl<'a> Walk<'a> {
    fn add(&mut self, part: &'a Transform) {
        match part {
            Transform::Composite(parts) => parts.iter().for_each(|part| self.add(part)),
            Transform::Linear(matrix) => self.steps.push(Step::Linear(*matrix)),
            Transform::BSpline(warp) => self.steps.push(Step::BSpline(warp)),
            Transform::Displacement(warp) => self.steps.push(Step::Displacement(warp)),
            Transform::ThinPlate(warp) => self.steps.push(Step::ThinPlate(warp)),
            Transform::Inverse(warp) => self.steps.push(Step::Inverse { warp, last: None }),
        }
    }

    /// Where the next point goes.
    pub fn apply(&mut self, p: Point<Ras>) -> Point<Ras> {
        self.steps.iter_mut().fold(p, |p, step| match step {
            Step::Linear(matrix) => matrix.apply(p),
            Step::BSpline(warp) => p + warp.displacement(p),
            Step::Displacement(warp) => p + warp.displacement(p),
            Step::ThinPlate(warp) => p + warp.displacement(p),
            Step::Inverse { warp, last } => inverted(warp, p, last),
        })
    }

    /// The affine map that touches the transform at the next point ([`Transform::linearized`]).
    pub fn linearized(&mut self, p: Point<Ras>) -> Affine<Ras, Ras> {
        self.steps.iter_mut().fold(Affine::identity(), |whole, step| {
            let p = whole.apply(p);
            let forward = |Displaced { vector, jacobian }| touching(slope(&jacobian), p, p + vector);
            whole.then(&match step {
                Step::Linear(matrix) => *matrix,
                Step::BSpline(warp) => forward(warp.displaced(p)),
                Step::Displacement(warp) => forward(warp.displaced(p)),
                Step::ThinPlate(warp) => forward(warp.displaced(p)),
                Step::Inverse { warp, last } => {
                    let source = inverted(warp, p, last);
                    touching(slope_back(warp, source).unwrap_or(Affine::identity()), p, source)
                }
            })
        })
    }
}

/// The map with this linear part that takes `p` to `image`.
fn touching(linear: Affine<Ras, Ras>, p: Point<Ras>, image: Point<Ras>) -> Affine<Ras, Ras> {
    linear.with_translation(image - linear.apply_vector(p.to_vector()))
}

/// How many steps are taken from what the last search found.
const STEPS: usize = 12;
/// A step with an old slope that leaves more than this of the error shows that the slope is too old.
const STALE: f64 = 0.1;

/// The point that goes to `wanted`.
fn inverted(warp: &Warp, wanted: Point<Ras>, last: &mut Option<Last>) -> Point<Ras> {
    // Whatever else may have its image here, a point that does not move is the first choice, as in `Warp::invert`.
    if warp.rests(wanted) {
        return wanted;
    }
    if let Some(Last { wanted: before, point, mut inverse }) = *last {
        let mut point = point + inverse.apply_vector(wanted - before);
        let mut error = f64::INFINITY;
        for _ in 0..STEPS {
            let residual = warp.apply(point) - wanted;
            let length = residual.length();
            if length <= Warp::TOLERANCE {
                *last = Some(Last { wanted, point, inverse });
                return point;
            }
            if length.is_nan() || length >= error {
                break;
            }
            if length > error * STALE {
                let Some(fresh) = slope_back(warp, point) else { break };
                inverse = fresh;
            }
            error = length;
            point = point - inverse.apply_vector(residual);
        }
    }
    let found = warp.invert(wanted);
    let inverse = if found.converged() { slope_back(warp, found.point) } else { None };
    *last = inverse.map(|inverse| Last { wanted, point: found.point, inverse });
    found.point
}

fn slope_back(warp: &Warp, point: Point<Ras>) -> Option<Affine<Ras, Ras>> {
    slope(&warp.displaced(point).jacobian).inverse()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;
    use crate::transform::Between;

    fn vectors() -> Vec<[f64; 3]> {
        let wave = |n: usize, m: usize| ((n * m % 23) as f64 - 11.0) * 0.25;
        (0..10 * 9 * 8).map(|n| [wave(n, 7), wave(n, 5), wave(n, 3)]).collect()
    }

    #[test]
    fn walks_end_where_single_points_do() {
        let grid = Grid::axis_aligned([10, 9, 8], [12.0; 3], Point::zero());
        let corners = grid.corners().to_vec();
        let moved =
            corners.iter().map(|c| Point::new(c.x() * 1.1 + c.y() * 0.05, c.y() - 4.0, c.z() + 0.1 * c.x()));
        let turn = Affine::from_rows([[0.9, -0.1, 0.0, 4.0], [0.1, 1.1, 0.0, -5.0], [0.0, 0.0, 1.0, 2.0]]);
        let field = Displacement::new(grid, vectors()).unwrap();
        for map in [
            Transform::BSpline(BSpline::new(grid, vectors()).unwrap()),
            Transform::Displacement(field.clone()),
            Transform::Displacement(field.with_interpolation(Between::Cubic)),
            Transform::ThinPlate(ThinPlate::new(corners.clone(), moved.collect()).unwrap()),
        ] {
            let there = Transform::Composite(vec![Transform::Linear(turn), map]);
            let back = there.inverse().unwrap();
            for map in [&there, &back] {
                let mut walk = map.walk();
                for n in 0..400 {
                    // From far outside through the lattice and out again, and now and then a jump.
                    let x = f64::from(n) * 0.5 - 40.0;
                    let p = Point::new(x, 30.0 + 0.3 * x, if n % 50 == 49 { 11.0 } else { 44.0 });
                    let (walked, single) = (walk.apply(p), map.apply(p));
                    assert!(walked.distance(single) < 1e-5, "{p:?} {walked:?} {single:?}");
                }
            }
        }
    }

    #[test]
    fn numbers_that_are_none_do_not_stop_a_walk() {
        let grid = Grid::axis_aligned([10, 9, 8], [12.0; 3], Point::zero());
        let map = Transform::Inverse(Warp::BSpline(BSpline::new(grid, vectors()).unwrap()));
        let mut walk = map.walk();
        let p = Point::new(40.0, 50.0, 30.0);
        let first = walk.apply(p);
        walk.apply(Point::new(f64::NAN, 0.0, f64::INFINITY));
        assert!(walk.apply(p).distance(first) < 1e-6);
    }
}
