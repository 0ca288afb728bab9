//! A ray and a triangle, a point and a triangle.

use microtome_geometry::{Point, Ras, Vector};

/// A ray turned and sheared so that it runs along the last axis from the origin (Woop, Benthin, Wald 2013).
pub(super) struct Shear {
    origin: Point<Ras>,
    /// Which axes are first, second and last.
    axes: [usize; 3],
    shear: [f64; 3],
}

impl Shear {
    /// `None` for a direction that is zero or not finite.
    pub(super) fn new(origin: Point<Ras>, direction: Vector<Ras>) -> Option<Self> {
        if !origin.is_finite() || !direction.is_finite() {
            return None;
        }
        let d = direction.coords();
        let z = (1..3).fold(0, |best, axis| if d[axis].abs() > d[best].abs() { axis } else { best });
        if d[z] == 0.0 {
            return None;
        }
        let (x, y) = ((z + 1) % 3, (z + 2) % 3);
        // Exchanged for a backward ray, so that windings stay.
        let axes = if d[z] < 0.0 { [y, x, z] } else { [x, y, z] };
        Some(Self { origin, axes, shear: [d[axes[0]] / d[z], d[axes[1]] / d[z], 1.0 / d[z]] })
    }

    /// Where the ray's line meets the triangle, and the weights of its corners there.
    pub(super) fn meets(&self, corners: &[Point<Ras>; 3]) -> Option<(f64, [f64; 3])> {
        let [x, y, z] = self.axes;
        let [sx, sy, sz] = self.shear;
        let [a, b, c] = corners.map(|corner| {
            let p = (corner - self.origin).coords();
            [p[x] - sx * p[z], p[y] - sy * p[z], sz * p[z]]
        });
        let u = c[0] * b[1] - c[1] * b[0];
        let v = a[0] * c[1] - a[1] * c[0];
        let w = b[0] * a[1] - b[1] * a[0];
        if (u < 0.0 || v < 0.0 || w < 0.0) && (u > 0.0 || v > 0.0 || w > 0.0) {
            return None;
        }
        let sum = u + v + w;
        if sum == 0.0 {
            return None;
        }
        let weights = [u / sum, v / sum, w / sum];
        let t = weights[0] * a[2] + weights[1] * b[2] + weights[2] * c[2];
        t.is_finite().then_some((t, weights))
    }
}

/// The point of the triangle nearest to `p`, and the weights of the corners there (Ericson, "Real-Time Collision
/// Detection", 2005, section 5.1.5). A triangle without area is as good as its edges.
pub(super) fn closest_point(&[a, b, c]: &[Point<Ras>; 3], p: Point<Ras>) -> (Point<Ras>, [f64; 3]) {
    let (ab, ac, ap) = (b - a, c - a, p - a);
    let (d1, d2) = (ab.dot(ap), ac.dot(ap));
    if d1 <= 0.0 && d2 <= 0.0 {
        return (a, [1.0, 0.0, 0.0]);
    }
    let bp = p - b;
    let (d3, d4) = (ab.dot(bp), ac.dot(bp));
    if d3 >= 0.0 && d4 <= d3 {
        return (b, [0.0, 1.0, 0.0]);
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 && d1 > d3 {
        let v = d1 / (d1 - d3);
        return (a + ab * v, [1.0 - v, v, 0.0]);
    }
    let cp = p - c;
    let (d5, d6) = (ab.dot(cp), ac.dot(cp));
    if d6 >= 0.0 && d5 <= d6 {
        return (c, [0.0, 0.0, 1.0]);
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 && d2 > d6 {
        let w = d2 / (d2 - d6);
        return (a + ac * w, [1.0 - w, 0.0, w]);
    }
    let va = d3 * d6 - d5 * d4;
    let (e1, e2) = (d4 - d3, d5 - d6);
    if va <= 0.0 && e1 >= 0.0 && e2 >= 0.0 && e1 + e2 > 0.0 {
        let w = e1 / (e1 + e2);
        return (b + (c - b) * w, [0.0, 1.0 - w, w]);
    }
    let sum = va + vb + vc;
    if sum <= 0.0 || !sum.is_finite() {
        // Rounding alone brings a triangle without area here: any corner is within rounding.
        return (a, [1.0, 0.0, 0.0]);
    }
    let (v, w) = (vb / sum, vc / sum);
    (a + ab * v + ac * w, [1.0 - v - w, v, w])
}
