//! Shapes as signed distances.

use microtome_geometry::{Bounds, Point, Ras, Vector};

/// An ellipsoid, upright or leaning.
#[derive(Clone, Copy, Debug)]
pub struct Ball {
    center: Point<Ras>,
    radii: [f64; 3],
    /// Sine and cosine of the rotations about A (y) and then R (x); `None` if upright.
    lean: Option<[(f64, f64); 2]>,
}

/// A tube along a line from point to point, its radius changing evenly between them.
#[derive(Clone, Debug)]
pub struct Tube {
    /// The points and the radius at each, mm; at least two.
    pub spine: Vec<(Point<Ras>, f64)>,
    /// Squeezed along S by this factor (1: round), as ribs are taller than thick for factors below 1.
    pub flatness: f64,
}

/// A closed shape.
#[derive(Clone, Debug)]
pub enum Shape {
    /// An ellipsoid.
    Ball(Ball),
    /// A tube.
    Tube(Tube),
    /// The trunk: an elliptic cylinder along S whose half axes follow a table of (z, half width, half depth), with
    /// rounded-off corners.
    Trunk {
        /// Rows by rising z, mm.
        profile: Vec<[f64; 3]>,
        /// How far the surface lies inside that of the profile, mm.
        inset: f64,
    },
    /// The part of a shape that lies inside another.
    Both(Box<Shape>, Box<Shape>),
    /// The part of the first shape that lies outside the second.
    Without(Box<Shape>, Box<Shape>),
}

impl Ball {
    /// An ellipsoid with the given middle and half axes in mm, turned about A (y) and then about R (x) by angles in
    /// radians.
    pub fn new(center: Point<Ras>, radii: [f64; 3], lean: [f64; 2]) -> Self {
        // libm, not the system's sine: the same voxels on every machine.
        let turned = (lean != [0.0, 0.0]).then(|| lean.map(|angle| (libm::sin(angle), libm::cos(angle))));
        Self { center, radii, lean: turned }
    }

    fn distance(&self, p: Point<Ras>) -> f64 {
        let [mut x, mut y, mut z] = (p - self.center).coords();
        if let Some([(s, c), (t, d)]) = self.lean {
            (x, z) = (c * x - s * z, s * x + c * z);
            (y, z) = (d * y - t * z, t * y + d * z);
        }
        let scaled = Vector::<Ras>::new(x / self.radii[0], y / self.radii[1], z / self.radii[2]);
        let gradient = Vector::<Ras>::new(
            scaled.x() / self.radii[0],
            scaled.y() / self.radii[1],
            scaled.z() / self.radii[2],
        );
        let level = scaled.length();
        // First-order distance to the surface: exact for a sphere, within a few per cent near any ellipsoid's surface.
        match gradient.length() {
            length if length < 1e-9 => -self.radii.iter().copied().fold(f64::MAX, f64::min),
            length => level * (level - 1.0) / length,
        }
    }
}

impl Tube {
    fn distance(&self, p: Point<Ras>) -> f64 {
        let mut best = f64::MAX;
        for pair in self.spine.windows(2) {
            let ((a, ra), (b, rb)) = (pair[0], pair[1]);
            let (mut along, mut to) = (b - a, p - a);
            let squeeze = |v: Vector<Ras>| Vector::new(v.x(), v.y(), v.z() * self.flatness);
            (along, to) = (squeeze(along), squeeze(to));
            let length2 = along.dot(along).max(1e-12);
            let t = (to.dot(along) / length2).clamp(0.0, 1.0);
            best = best.min((to - along * t).length() - (ra + (rb - ra) * t));
        }
        best
    }
}

/// Half width and half depth of a trunk at height `z`.
fn trunk_axes(profile: &[[f64; 3]], z: f64) -> [f64; 2] {
    let (first, last) = (profile[0], profile[profile.len() - 1]);
    if z <= first[0] {
        return [first[1], first[2]];
    }
    for pair in profile.windows(2) {
        if z <= pair[1][0] {
            let t = (z - pair[0][0]) / (pair[1][0] - pair[0][0]);
            let t = t * t * (3.0 - 2.0 * t);
            return [pair[0][1] + (pair[1][1] - pair[0][1]) * t, pair[0][2] + (pair[1][2] - pair[0][2]) * t];
        }
    }
    [last[1], last[2]]
}

impl Shape {
    /// Distance from `p` to the surface in mm, negative inside; near the surface to within a few per cent.
    pub fn distance(&self, p: Point<Ras>) -> f64 {
        match self {
            Self::Ball(ball) => ball.distance(p),
            Self::Tube(tube) => tube.distance(p),
            Self::Trunk { profile, inset } => {
                let [a, b] = trunk_axes(profile, p.z()).map(|axis| axis - inset);
                // A superellipse of exponent 2.5: a chest is flatter in front than an ellipse.
                let (u, v) = ((p.x() / a).abs(), (p.y() / b).abs());
                let level = u * u * u.sqrt() + v * v * v.sqrt();
                let gradient = (u * u * u / (a * a) + v * v * v / (b * b)).sqrt() * 2.5;
                if gradient < 1e-9 { -a.min(b) } else { (level - 1.0) / gradient }
            }
            Self::Both(a, b) => a.distance(p).max(b.distance(p)),
            Self::Without(a, b) => a.distance(p).max(-b.distance(p)),
        }
    }

    /// A box that holds the shape; `None` for one without end.
    pub fn bounds(&self) -> Option<Bounds<Ras>> {
        match self {
            Self::Ball(ball) => {
                let reach = ball.radii.iter().copied().fold(0.0, f64::max);
                let r = if ball.lean.is_none() { ball.radii } else { [reach; 3] };
                let r = Vector::from_array(r);
                Some(Bounds { min: ball.center - r, max: ball.center + r })
            }
            Self::Tube(tube) => {
                let corners = tube.spine.iter().flat_map(|&(p, r)| {
                    let r = Vector::new(r, r, r / tube.flatness.max(0.1));
                    [p - r, p + r]
                });
                Bounds::around(corners)
            }
            Self::Trunk { .. } => None,
            Self::Both(a, b) => a.bounds().or_else(|| b.bounds()),
            Self::Without(a, _) => a.bounds(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sphere_has_exact_distances() {
        let ball = Shape::Ball(Ball::new(Point::new(1.0, 2.0, 3.0), [10.0; 3], [0.3, 0.1]));
        for (p, expected) in [([1.0, 2.0, 18.0], 5.0), ([9.0, 2.0, 3.0], -2.0)] {
            assert!((ball.distance(Point::from_array(p)) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn a_tube_tapers() {
        let tube =
            Tube { spine: vec![(Point::zero(), 4.0), (Point::new(10.0, 0.0, 0.0), 2.0)], flatness: 1.0 };
        assert!((Shape::Tube(tube).distance(Point::new(5.0, 6.0, 0.0)) - 3.0).abs() < 1e-9);
    }
}
