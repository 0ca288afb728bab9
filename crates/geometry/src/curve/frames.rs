//! Axes that go along a curve.

use crate::frame::{Frame, Point, Vector};

/// Three unit vectors at right angles at a point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveFrame<F: Frame> {
    /// Along the curve.
    pub tangent: Vector<F>,
    /// Across it, turning no more about the tangent than it must.
    pub normal: Vector<F>,
    /// Tangent × normal.
    pub binormal: Vector<F>,
}

/// The parallel transport frame at every point of a curve: it turns with the tangent by the smallest rotation, never about
/// it. The first normal lies as near to the x axis as it can; where the curve begins along x, the first binormal is y. The
/// tangent of a point goes to the next point; the last point has that of the one before. No frames if no two points differ.
pub fn parallel_transport<F: Frame>(points: &[Point<F>]) -> Vec<CurveFrame<F>> {
    const PARALLEL: f64 = 1e-6;
    let mut tangents: Vec<Option<Vector<F>>> =
        points.windows(2).map(|pair| (pair[1] - pair[0]).normalized()).collect();
    let Some(first) = tangents.iter().copied().flatten().next() else { return Vec::new() };
    tangents.push(None);
    let (x, y) = (Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0));
    let mut tangent = first;
    let across_x = if first.cross(x).length() > PARALLEL { across(x, first) } else { None };
    let Some(mut normal) = across_x.or_else(|| y.cross(first).normalized()) else { return Vec::new() };
    let frame = |next: Option<Vector<F>>| {
        // Points in one place go on as before.
        let next = next.unwrap_or(tangent);
        normal = across(turned(normal, tangent, next), next).unwrap_or(normal);
        tangent = next;
        CurveFrame { tangent, normal, binormal: tangent.cross(normal) }
    };
    tangents.into_iter().map(frame).collect()
}

/// The part of `v` at right angles to the unit vector `axis`, made one long.
fn across<F: Frame>(v: Vector<F>, axis: Vector<F>) -> Option<Vector<F>> {
    (v - axis * v.dot(axis)).normalized()
}

/// `v` after the smallest rotation that takes the unit vector `from` to the unit vector `to`.
fn turned<F: Frame>(v: Vector<F>, from: Vector<F>, to: Vector<F>) -> Vector<F> {
    let (axis, cos) = (from.cross(to), from.dot(to));
    if cos <= -1.0 + 1e-12 {
        // Straight back: any half turn will do; this one keeps what is at right angles.
        return v;
    }
    v * cos + axis.cross(v) + axis * (axis.dot(v) / (1.0 + cos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Ras;

    #[test]
    fn frames_turn_with_the_tangent_only() {
        // A flat curve keeps its normal to the plane.
        let arc: Vec<Point<Ras>> = (0..40)
            .map(|n| f64::from(n) * 0.1)
            .map(|a| Point::new(3.0, 5.0 * a.cos(), 5.0 * a.sin()))
            .collect();
        for frame in parallel_transport(&arc) {
            assert!((frame.normal - Vector::new(1.0, 0.0, 0.0)).length() < 1e-12);
            assert!((frame.tangent.cross(frame.normal) - frame.binormal).length() < 1e-12);
        }
        let along_x = [Point::<Ras>::zero(), Point::new(1.0, 0.0, 0.0), Point::new(1.0, 1.0, 0.0)];
        let frames = parallel_transport(&along_x);
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[0].binormal.coords(), [0.0, 1.0, 0.0]);
        assert_eq!(frames[1].tangent.coords(), [0.0, 1.0, 0.0]);
        assert!(parallel_transport(&[Point::<Ras>::zero(); 3]).is_empty());
    }
}
