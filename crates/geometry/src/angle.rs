//! Angles between directions, in degrees.

use crate::frame::{Frame, Vector};

/// The angle between two directions, 0° to 180°; `None` if one of them has no length.
pub fn minimal<F: Frame>(a: Vector<F>, b: Vector<F>) -> Option<f64> {
    let (a, b) = (a.normalized()?, b.normalized()?);
    // Exact for small and for straight angles alike, unlike the arc cosine.
    Some(a.cross(b).length().atan2(a.dot(b)).to_degrees())
}

/// The angle from `a` to `b`, −180° to 180°, positive if `b` is reached from `a` by turning counter-clockwise about `axis`;
/// `None` if one of the directions has no length.
pub fn oriented<F: Frame>(a: Vector<F>, b: Vector<F>, axis: Vector<F>) -> Option<f64> {
    let degrees = minimal(a, b)?;
    Some(if a.cross(b).dot(axis) >= 0.0 { degrees } else { -degrees })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Ras;

    #[test]
    fn angles_have_the_sign_of_the_turn() {
        let x = Vector::<Ras>::new(2.0, 0.0, 0.0);
        let z = Vector::new(0.0, 0.0, 1.0);
        let turned = |degrees: f64| {
            let (sin, cos) = degrees.to_radians().sin_cos();
            Vector::new(3.0 * cos, 3.0 * sin, 0.0)
        };
        for degrees in [0.0, 1e-7, 30.0, 90.0, 179.999_999] {
            assert!((minimal(x, turned(-degrees)).unwrap() - degrees).abs() < 1e-12);
            assert!((oriented(x, turned(degrees), z).unwrap() - degrees).abs() < 1e-12);
            assert!((oriented(x, turned(-degrees), z).unwrap() + degrees).abs() < 1e-12);
            assert!((oriented(x, turned(degrees), -z).unwrap() + degrees).abs() < 1e-12);
        }
        assert_eq!(minimal(x, Vector::zero()), None);
    }
}
