//! Transforms that move each point by its own displacement, and their inverses.

use super::bspline::BSpline;
use super::displacement::Displacement;
use super::lattice_sum::Displaced;
use super::thin_plate::ThinPlate;
use crate::affine::Affine;
use crate::frame::{Point, Ras, Vector};

/// A transform that moves each point by its own displacement.
#[derive(Clone, Debug, PartialEq)]
pub enum Warp {
    /// Cubic B-splines on a lattice.
    BSpline(BSpline),
    /// Displacement vectors on a grid.
    Displacement(Displacement),
    /// A thin-plate spline through landmarks.
    ThinPlate(ThinPlate),
}

/// A point found by inverting a warp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inverted {
    /// The point whose image is, or comes nearest to, the wanted one.
    pub point: Point<Ras>,
    /// How far its image is from the wanted one, in mm.
    pub residual: f64,
}

impl Inverted {
    /// Whether the search ended within [`Warp::TOLERANCE`]. It does not where the warp folds or jumps and no point has
    /// the wanted image.
    pub fn converged(&self) -> bool {
        self.residual <= Warp::TOLERANCE
    }
}

impl Warp {
    /// How near the image of an inverted point must come, in mm.
    pub const TOLERANCE: f64 = 1e-6;
    /// How many steps the search for an inverted point may take.
    pub const MAX_ITERATIONS: usize = 200;

    pub(super) fn displaced(&self, p: Point<Ras>) -> Displaced {
        match self {
            Self::BSpline(warp) => warp.displaced(p),
            Self::Displacement(warp) => warp.displaced(p),
            Self::ThinPlate(warp) => warp.displaced(p),
        }
    }

    /// By how much a point moves, in mm.
    pub fn displacement(&self, p: Point<Ras>) -> Vector<Ras> {
        match self {
            Self::BSpline(warp) => warp.displacement(p),
            Self::Displacement(warp) => warp.displacement(p),
            Self::ThinPlate(warp) => warp.displacement(p),
        }
    }

    /// Whether the point lies where this kind of warp moves nothing.
    pub(super) fn rests(&self, p: Point<Ras>) -> bool {
        match self {
            Self::BSpline(warp) => warp.index(p).is_none(),
            Self::Displacement(warp) => warp.index(p).is_none(),
            Self::ThinPlate(_) => false,
        }
    }

    /// Where a point goes.
    pub fn apply(&self, p: Point<Ras>) -> Point<Ras> {
        p + self.displacement(p)
    }

    /// The point that goes to `wanted`.
    ///
    /// Newton's method from `wanted − displacement(wanted)`, each step halved until it brings the image nearer; where
    /// Newton's direction does not help, the fixed-point direction (the plain residual) is tried. It ends within
    /// [`TOLERANCE`](Self::TOLERANCE), after [`MAX_ITERATIONS`](Self::MAX_ITERATIONS), or where no step helps, with
    /// the best point seen.
    pub fn invert(&self, wanted: Point<Ras>) -> Inverted {
        /// Steps are halved to this fraction before a direction is given up.
        const LEAST_FRACTION: f64 = 1.0 / 1024.0;
        let mut best = self.probe(wanted, wanted);
        let first = self.probe(wanted - self.displacement(wanted), wanted);
        if first.error < best.error {
            best = first;
        }
        let mut fraction = 1.0;
        let mut newton = true;
        let mut step = best.newton_step();
        for _ in 0..Self::MAX_ITERATIONS {
            if best.error <= Self::TOLERANCE || !best.error.is_finite() {
                break;
            }
            let next = self.probe(best.point - step * fraction, wanted);
            if next.error < best.error {
                best = next;
                (fraction, newton, step) = (1.0, true, best.newton_step());
            } else if fraction > LEAST_FRACTION {
                fraction /= 2.0;
            } else if newton {
                (fraction, newton, step) = (1.0, false, best.residual);
            } else {
                break;
            }
        }
        Inverted { point: best.point, residual: best.error }
    }

    fn probe(&self, point: Point<Ras>, wanted: Point<Ras>) -> Probe {
        let Displaced { vector, jacobian } = self.displaced(point);
        let residual = point + vector - wanted;
        Probe { point, residual, error: residual.length(), jacobian }
    }
}

/// The linear part of a map whose displacement has this Jacobian.
pub(super) fn slope(jacobian: &[[f64; 3]; 3]) -> Affine<Ras, Ras> {
    let one = |r: usize, c: usize| if r == c { 1.0 } else { 0.0 };
    Affine::from_rows(std::array::from_fn(|r| {
        std::array::from_fn(|c| if c < 3 { jacobian[r][c] + one(r, c) } else { 0.0 })
    }))
}

/// A candidate for the inverse.
struct Probe {
    point: Point<Ras>,
    /// From the wanted point to the candidate's image.
    residual: Vector<Ras>,
    error: f64,
    jacobian: [[f64; 3]; 3],
}

impl Probe {
    /// The step that Newton's method subtracts; the plain residual where the Jacobian is singular.
    fn newton_step(&self) -> Vector<Ras> {
        slope(&self.jacobian).inverse().map_or(self.residual, |inverse| inverse.apply_vector(self.residual))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;
    use crate::transform::Between;

    /// A smooth bump of up to `height` mm.
    fn bump(height: f64) -> Vec<[f64; 3]> {
        let wave = |n: usize, size: usize| (std::f64::consts::PI * n as f64 / (size as f64 - 1.0)).sin();
        let mut vectors = Vec::new();
        for k in 0..8 {
            for j in 0..9 {
                for i in 0..10 {
                    let h = height * wave(i, 10) * wave(j, 9) * wave(k, 8);
                    vectors.push([h, -0.5 * h, 0.8 * h]);
                }
            }
        }
        vectors
    }

    #[test]
    fn inverses_undo_smooth_warps_of_every_kind() {
        let grid = Grid::axis_aligned([10, 9, 8], [10.0; 3], Point::zero());
        let corners = grid.corners().to_vec();
        let mut moved = corners.clone();
        moved[3] = moved[3] + Vector::new(5.0, -9.0, 4.0);
        moved[6] = moved[6] + Vector::new(-7.0, 3.0, 6.0);
        let field = Displacement::new(grid, bump(9.0)).unwrap();
        let warps = [
            Warp::BSpline(BSpline::new(grid, bump(9.0)).unwrap()),
            Warp::Displacement(field.clone()),
            Warp::Displacement(field.with_interpolation(Between::Cubic)),
            Warp::ThinPlate(ThinPlate::new(corners, moved).unwrap()),
        ];
        for warp in warps {
            for n in 0..500_u32 {
                let at = |m: u32| f64::from((n * m) % 97) * 0.9 - 5.0;
                let p = Point::new(at(13), at(29), at(71));
                let back = warp.invert(warp.apply(p));
                assert!(back.converged(), "{p:?} {back:?}");
                assert!(back.point.distance(p) < 1e-4, "{p:?} {back:?}");
            }
        }
    }

    #[test]
    fn a_hopeless_inverse_ends_and_says_so() {
        // Folded far over, and random: many points have no single source.
        let grid = Grid::axis_aligned([10, 9, 8], [1.0; 3], Point::zero());
        let wild =
            (0..720_u32).map(|n| [7, 5, 3].map(|m| f64::from(n * m * 7919 % 101) - 50.0)).collect::<Vec<_>>();
        let warp = Warp::Displacement(Displacement::new(grid, wild).unwrap());
        for n in 0..50 {
            let found = warp.invert(Point::new(f64::from(n) * 0.2, 4.0, 4.0));
            assert!(found.residual.is_finite());
        }
        assert!(!warp.invert(Point::new(f64::NAN, 0.0, 0.0)).converged());
    }
}
