//! Eigenvalues of symmetric matrices.

use std::f64::consts::PI;

/// The eigenvalues of the symmetric matrix with the elements xx, yy, zz, xy, xz, yz, greatest first.
///
/// In closed form (O. K. Smith, "Eigenvalues of a symmetric 3 × 3 matrix", Communications of the ACM 4(4), 1961).
pub(super) fn eigenvalues([xx, yy, zz, xy, xz, yz]: [f64; 6]) -> [f64; 3] {
    let mean = (xx + yy + zz) / 3.0;
    let (x, y, z) = (xx - mean, yy - mean, zz - mean);
    let size = ((x * x + y * y + z * z + 2.0 * (xy * xy + xz * xz + yz * yz)) / 6.0).sqrt();
    if size.is_nan() || size <= 0.0 {
        return [mean; 3];
    }
    let determinant = x * (y * z - yz * yz) - xy * (xy * z - yz * xz) + xz * (xy * yz - y * xz);
    let half = (determinant / (size * size * size) / 2.0).clamp(-1.0, 1.0);
    let angle = half.acos() / 3.0;
    let (first, last) = (mean + 2.0 * size * angle.cos(), mean + 2.0 * size * (angle + 2.0 * PI / 3.0).cos());
    [first, 3.0 * mean - first - last, last]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_known_matrices() {
        let near = |found: [f64; 3], expected: [f64; 3]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7), "{found:?} {expected:?}");
        };
        near(eigenvalues([3.0, -1.0, 2.0, 0.0, 0.0, 0.0]), [3.0, 2.0, -1.0]);
        near(eigenvalues([0.0; 6]), [0.0; 3]);
        near(eigenvalues([2.0, 2.0, 5.0, 1.0, 0.0, 0.0]), [5.0, 3.0, 1.0]);
        // NumPy 2.4: numpy.linalg.eigvalsh([[1, 4, 5], [4, 2, 6], [5, 6, 3]])
        near(eigenvalues([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [12.175_971_065, -2.507_287_967, -3.668_683_098]);
    }
}
