//! Cubic splines with a knot at every control point, one apart.

use crate::frame::{Frame, Point, Vector};

type Segments<'a, F> = Box<dyn Fn(usize, f64) -> Point<F> + 'a>;

/// What an open spline does at its ends.
#[derive(Clone, Copy)]
pub(super) enum Ends {
    /// It does not bend.
    Straight,
    /// It comes to rest: the derivative is zero.
    AtRest,
}

/// The cubic spline, periodic if closed: segment and place in it (0 to 1) to point.
pub(super) fn spline<F: Frame>(points: &[Point<F>], closed: bool, ends: Ends) -> Segments<'_, F> {
    let n = points.len();
    let bends = if closed { periodic_bends(points) } else { open_bends(points, ends) };
    Box::new(move |i, t| {
        let (next, s) = ((i + 1) % n, 1.0 - t);
        let off = bends[i] * ((s * s * s - s) / 6.0) + bends[next] * ((t * t * t - t) / 6.0);
        points[i].lerp(points[next], t) + off
    })
}

/// The second difference at a point between its neighbours, times six.
fn bend<F: Frame>(before: Point<F>, at: Point<F>, after: Point<F>) -> Vector<F> {
    ((after - at) - (at - before)) * 6.0
}

/// Second derivatives at the knots: `m[i−1] + 4 m[i] + m[i+1] = 6 (p[i−1] − 2 p[i] + p[i+1])`.
fn open_bends<F: Frame>(points: &[Point<F>], ends: Ends) -> Vec<Vector<F>> {
    let n = points.len();
    let inner = points.windows(3).map(|w| bend(w[0], w[1], w[2]));
    match ends {
        Ends::Straight => {
            let mut bends = vec![Vector::zero(); n];
            if n > 2 {
                bends[1..n - 1].copy_from_slice(&tridiagonal(4.0, 4.0, inner.collect()));
            }
            bends
        }
        Ends::AtRest => {
            let (first, last) =
                (bend(points[0], points[0], points[1]), bend(points[n - 2], points[n - 1], points[n - 1]));
            tridiagonal(2.0, 2.0, std::iter::once(first).chain(inner).chain([last]).collect())
        }
    }
}

/// The same all round. The corners of the cyclic matrix are split off as one product (Sherman and Morrison), so that two
/// tridiagonal solutions make the cyclic one.
fn periodic_bends<F: Frame>(points: &[Point<F>]) -> Vec<Vector<F>> {
    let n = points.len();
    let right: Vec<_> =
        (0..n).map(|i| bend(points[(i + n - 1) % n], points[i], points[(i + 1) % n])).collect();
    if n == 2 {
        // Both neighbours are the same point: 4 m + 2 m' = right and m' = −m.
        return right.into_iter().map(|r| r / 2.0).collect();
    }
    // Matrix = T + u vᵀ with u = (γ, 0, …, 0, 1), v = (1, 0, …, 0, 1/γ), γ = −4.
    const GAMMA: f64 = -4.0;
    let (first, last) = (4.0 - GAMMA, 4.0 - 1.0 / GAMMA);
    let solved = tridiagonal(first, last, right);
    let mut corner = vec![Vector::<F>::zero(); n];
    corner[0] = Vector::new(GAMMA, 0.0, 0.0);
    corner[n - 1] = Vector::new(1.0, 0.0, 0.0);
    let corner = tridiagonal(first, last, corner);
    let scale = 1.0 + corner[0].x() + corner[n - 1].x() / GAMMA;
    let share = (solved[0] + solved[n - 1] / GAMMA) / scale;
    solved.into_iter().zip(corner).map(|(s, c)| s - share * c.x()).collect()
}

/// Solves the matrix with ones beside a diagonal of fours, whose first and last entries may be others (Thomas).
fn tridiagonal<F: Frame>(first: f64, last: f64, mut right: Vec<Vector<F>>) -> Vec<Vector<F>> {
    let n = right.len();
    let diagonal = |i: usize| match i {
        0 => first,
        i if i + 1 == n => last,
        _ => 4.0,
    };
    let mut above = vec![0.0; n];
    let mut pivot = diagonal(0);
    for i in 0..n {
        if i > 0 {
            above[i - 1] = 1.0 / pivot;
            pivot = diagonal(i) - above[i - 1];
            right[i] = right[i] - right[i - 1];
        }
        right[i] = right[i] / pivot;
    }
    for i in (1..n).rev() {
        right[i - 1] = right[i - 1] - right[i] * above[i - 1];
    }
    right
}

/// The Kochanek spline without tension, continuity and bias, at rest at open ends: segment and place in it (0 to 1) to
/// point.
pub(super) fn kochanek<F: Frame>(points: &[Point<F>], closed: bool) -> Segments<'_, F> {
    let n = points.len();
    let tangent = |i: usize| {
        let end = i == 0 || i + 1 == n;
        if end && !closed { Vector::zero() } else { (points[(i + 1) % n] - points[(i + n - 1) % n]) / 2.0 }
    };
    let tangents: Vec<Vector<F>> = (0..n).map(tangent).collect();
    Box::new(move |i, t| {
        let next = (i + 1) % n;
        let (t2, t3) = (t * t, t * t * t);
        let way = (points[next] - points[i]) * (3.0 * t2 - 2.0 * t3);
        points[i] + way + tangents[i] * (t3 - 2.0 * t2 + t) + tangents[next] * (t3 - t2)
    })
}
