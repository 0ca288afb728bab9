//! Eigenvalues and eigenvectors of a symmetric 3 × 3 matrix.

use std::f64::consts::FRAC_1_SQRT_2;

/// The eigenvalues by rising size, and an eigenvector of length 1 for each: an orthonormal, right-handed basis. Of the
/// first two vectors the component that is largest in magnitude is positive. By Jacobi's rotations (Golub and Van Loan,
/// Matrix Computations, 8.5).
pub(super) fn eigen(mut a: [[f64; 3]; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut columns = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let scale = a.iter().flatten().fold(0.0_f64, |most, v| most.max(v.abs()));
    // It converges quadratically; ten sweeps are far more than are needed.
    for _ in 0..10 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if a[p][q].abs() <= scale * 1e-17 {
                continue;
            }
            let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let (c, s) = if theta == 0.0 {
                (FRAC_1_SQRT_2, FRAC_1_SQRT_2)
            } else {
                let c = 1.0 / (t * t + 1.0).sqrt();
                (c, t * c)
            };
            for row in &mut a {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
            for n in 0..3 {
                (a[p][n], a[q][n]) = (c * a[p][n] - s * a[q][n], s * a[p][n] + c * a[q][n]);
            }
            for row in &mut columns {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|&m, &n| a[m][m].total_cmp(&a[n][n]));
    let values = order.map(|n| a[n][n]);
    let mut vectors = order.map(|n| columns.map(|row| row[n]));
    for vector in &mut vectors[..2] {
        let largest =
            vector.iter().fold(0.0_f64, |most, &v| if v.abs() > most.abs() + 1e-9 { v } else { most });
        if largest < 0.0 {
            *vector = vector.map(|v| -v);
        }
    }
    let [[ax, ay, az], [bx, by, bz], _] = vectors;
    vectors[2] = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    (values, vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_scaled_by_values() {
        for m in [
            [[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 3.0]],
            [[4.0, 1.0, -2.0], [1.0, 3.0, 0.5], [-2.0, 0.5, 7.0]],
            [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
            [[0.0, 5.0, 0.0], [5.0, 0.0, 0.0], [0.0, 0.0, 1e-9]],
            [[0.0; 3]; 3],
        ] {
            let (values, vectors) = eigen(m);
            assert!(values[0] <= values[1] && values[1] <= values[2]);
            for (value, vector) in values.iter().zip(vectors) {
                for n in 0..3 {
                    let turned: f64 = (0..3).map(|c| m[n][c] * vector[c]).sum();
                    assert!((turned - value * vector[n]).abs() < 1e-12, "{m:?}");
                }
                assert!((vector.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }
}
