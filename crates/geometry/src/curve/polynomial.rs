//! Polynomials near points.

use crate::frame::{Frame, Point, Vector};

/// The order, where there are points enough.
const ORDER: usize = 3;
const TERMS: usize = ORDER + 1;

/// The polynomial that comes nearest to all points by least squares, over the number of the point: segment and place in it
/// (0 to 1) to point.
pub(super) fn nearest<'a, F: Frame>(points: &[Point<F>]) -> Box<dyn Fn(usize, f64) -> Point<F> + 'a> {
    let last = (points.len() - 1) as f64;
    let terms = TERMS.min(points.len());
    // About the middle, so that large coordinates do not swallow small ones.
    let middle = points[0];
    let mut matrix = [[0.0; TERMS]; TERMS];
    let mut right = [Vector::<F>::zero(); TERMS];
    for (n, point) in points.iter().enumerate() {
        let values = legendre(2.0 * n as f64 / last - 1.0);
        for (row, a) in values.iter().enumerate().take(terms) {
            right[row] = right[row] + (*point - middle) * *a;
            for (entry, b) in matrix[row].iter_mut().zip(values).take(terms) {
                *entry += a * b;
            }
        }
    }
    let factors = solved(matrix, right, terms);
    Box::new(move |segment, t| {
        let values = legendre(2.0 * (segment as f64 + t) / last - 1.0);
        factors.iter().zip(values).fold(middle, |sum, (factor, value)| sum + *factor * value)
    })
}

/// Legendre's polynomials, which keep the equations well apart.
fn legendre(u: f64) -> [f64; TERMS] {
    [1.0, u, (3.0 * u * u - 1.0) / 2.0, (5.0 * u * u - 3.0) * u / 2.0]
}

/// Solves the first `terms` equations of a symmetric, positive matrix; the other unknowns are zero.
fn solved<F: Frame>(
    mut matrix: [[f64; TERMS]; TERMS],
    mut right: [Vector<F>; TERMS],
    terms: usize,
) -> [Vector<F>; TERMS] {
    for i in 0..terms {
        for row in i + 1..terms {
            let factor = matrix[row][i] / matrix[i][i];
            for column in i..terms {
                matrix[row][column] -= factor * matrix[i][column];
            }
            right[row] = right[row] - right[i] * factor;
        }
    }
    for i in (0..terms).rev() {
        for column in i + 1..terms {
            right[i] = right[i] - right[column] * matrix[i][column];
        }
        right[i] = right[i] / matrix[i][i];
    }
    right
}
