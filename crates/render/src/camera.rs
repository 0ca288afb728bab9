//! Cameras of 3D views.

use microtome_geometry::{Bounds, Point, Ras, Vector};

/// Standard directions to look from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookFrom {
    /// From the patient's front (anterior); the default.
    Front,
    /// From behind (posterior).
    Back,
    /// From the patient's left.
    Left,
    /// From the patient's right.
    Right,
    /// From above (superior).
    Top,
    /// From below (inferior).
    Bottom,
}

impl LookFrom {
    /// Direction from the focal point to the camera, and the screen's up.
    pub const fn axes(self) -> (Vector<Ras>, Vector<Ras>) {
        let up = Vector::new(0.0, 0.0, 1.0);
        let front = Vector::new(0.0, 1.0, 0.0);
        match self {
            Self::Front => (front, up),
            Self::Back => (Vector::new(0.0, -1.0, 0.0), up),
            Self::Left => (Vector::new(-1.0, 0.0, 0.0), up),
            Self::Right => (Vector::new(1.0, 0.0, 0.0), up),
            Self::Top => (up, front),
            Self::Bottom => (Vector::new(0.0, 0.0, -1.0), front),
        }
    }
}

/// How space is drawn onto the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Projection {
    /// Near things look larger; the angle from the lower to the upper edge of the view, degrees.
    Perspective(f64),
    /// Everything at its true size; half the height of the view, mm.
    Orthographic(f64),
}

/// Where a 3D view looks from and to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The eye.
    pub position: Point<Ras>,
    /// The point in the middle of the view.
    pub focal_point: Point<Ras>,
    /// The direction that is up on the screen.
    pub up: Vector<Ras>,
    /// Perspective or orthographic.
    pub projection: Projection,
}

impl Default for Camera {
    /// Half a metre in front of the origin, 30° high.
    fn default() -> Self {
        Self {
            position: Point::new(0.0, 500.0, 0.0),
            focal_point: Point::zero(),
            up: Vector::new(0.0, 0.0, 1.0),
            projection: Projection::Perspective(30.0),
        }
    }
}

impl Camera {
    /// A perspective camera that just shows all of `bounds` in a view of this aspect (width / height).
    pub fn fitted(from: LookFrom, bounds: &Bounds<Ras>, aspect: f64) -> Self {
        let (towards, up) = from.axes();
        let center = bounds.center();
        let camera = Self { position: center + towards, focal_point: center, up, ..Self::default() };
        let Basis { right, up, .. } = camera.basis();
        let tangent = (15.0_f64).to_radians().tan();
        let tangents = [tangent * aspect.clamp(0.01, 100.0), tangent];
        let distance = bounds.corners().into_iter().fold(1e-3_f64, |distance, corner| {
            let v = corner - center;
            let needed = [right, up].into_iter().zip(tangents).map(|(axis, t)| axis.dot(v).abs() * 1.06 / t);
            needed.map(|d| d + v.dot(towards)).fold(distance, f64::max)
        });
        Self { position: center + towards * if distance.is_finite() { distance } else { 500.0 }, ..camera }
    }

    /// The orthographic camera that shows things at the focal point as large as this one.
    pub fn orthographic(self) -> Self {
        let distance = self.position.distance(self.focal_point);
        let projection = match self.projection {
            Projection::Perspective(angle) => {
                Projection::Orthographic(distance * (angle.clamp(0.01, 179.0) / 2.0).to_radians().tan())
            }
            same @ Projection::Orthographic(_) => same,
        };
        Self { projection, ..self }
    }

    /// Turned about the focal point by `degrees` around the up direction: the camera moves to its right.
    pub fn azimuth(self, degrees: f64) -> Self {
        let basis = self.basis();
        let v = self.position - self.focal_point;
        let axis = self.up.normalized().unwrap_or(basis.up);
        // Rodrigues' formula.
        let (sin, cos) = degrees.to_radians().sin_cos();
        let turned = v * cos + axis.cross(v) * sin + axis * (axis.dot(v) * (1.0 - cos));
        Self { position: self.focal_point + turned, ..self }
    }

    /// Screen directions. A camera without a direction looks from the front; an up along the view gets a replacement.
    pub(crate) fn basis(&self) -> Basis {
        let forward = (self.focal_point - self.position).normalized().unwrap_or(Vector::new(0.0, -1.0, 0.0));
        let candidates = [self.up, Vector::new(0.0, 0.0, 1.0), Vector::new(0.0, 1.0, 0.0)];
        let right = candidates
            .into_iter()
            .filter_map(|up| {
                forward
                    .cross(up.normalized()?)
                    .normalized()
                    .filter(|_| forward.cross(up).length() > 1e-6 * up.length())
            })
            .next()
            .unwrap_or(Vector::new(1.0, 0.0, 0.0));
        Basis { right, up: right.cross(forward), forward }
    }
}

/// Unit vectors along the screen's axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    pub(crate) right: Vector<Ras>,
    pub(crate) up: Vector<Ras>,
    pub(crate) forward: Vector<Ras>,
}

/// A camera with the pixels of its picture: between pixels and rays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lens {
    position: Point<Ras>,
    pub(crate) basis: Basis,
    size: [usize; 2],
    /// Pixels per unit of the tangent (perspective) or per millimetre (orthographic).
    pub(crate) scale: f64,
    pub(crate) perspective: bool,
}

/// Nothing nearer to the eye than this is drawn, mm.
pub(crate) const NEAR: f64 = 0.1;

impl Lens {
    pub(crate) fn new(camera: &Camera, size: [usize; 2]) -> Self {
        let half = size[1].max(1) as f64 / 2.0;
        let (scale, perspective) = match camera.projection {
            Projection::Perspective(angle) => {
                (half / (angle.clamp(0.01, 179.0) / 2.0).to_radians().tan(), true)
            }
            Projection::Orthographic(height) => (half / height.abs().max(1e-6), false),
        };
        Self { position: camera.position, basis: camera.basis(), size, scale, perspective }
    }

    pub(crate) const fn size(&self) -> [usize; 2] {
        self.size
    }

    /// The ray through the centre of the pixel in column `x` of row `y` from the top: its start, and its unit direction.
    #[inline(always)]
    pub(crate) fn ray(&self, x: usize, y: usize) -> (Point<Ras>, Vector<Ras>) {
        let Basis { right, up, forward } = self.basis;
        let sx = (x as f64 + 0.5 - self.size[0] as f64 / 2.0) / self.scale;
        let sy = (self.size[1] as f64 / 2.0 - y as f64 - 0.5) / self.scale;
        if self.perspective {
            let length = (1.0 + sx * sx + sy * sy).sqrt();
            (self.position, (forward + right * sx + up * sy) / length)
        } else {
            (self.position + right * sx + up * sy, forward)
        }
    }

    /// Camera coordinates of a point: to the right, up, and the distance in front of the camera, mm.
    #[inline(always)]
    pub(crate) fn to_camera(self, p: Point<Ras>) -> [f64; 3] {
        let v = p - self.position;
        [self.basis.right.dot(v), self.basis.up.dot(v), self.basis.forward.dot(v)]
    }

    /// Picture coordinates (x to the right, y down, whole numbers at the edges of pixels) of camera coordinates.
    #[inline(always)]
    pub(crate) fn project(&self, c: [f64; 3]) -> [f64; 2] {
        let f = if self.perspective { self.scale / c[2] } else { self.scale };
        [self.size[0] as f64 / 2.0 + c[0] * f, self.size[1] as f64 / 2.0 - c[1] * f]
    }

    /// Distances along rays between which anything with these corners lies.
    pub(crate) fn reach(&self, corners: [Point<Ras>; 8]) -> (f64, f64) {
        let far =
            |p: Point<Ras>| if self.perspective { p.distance(self.position) } else { self.to_camera(p)[2] };
        let ahead = corners.map(|c| self.to_camera(c)[2]).into_iter().fold(f64::INFINITY, f64::min);
        (ahead.max(0.0), corners.map(far).into_iter().fold(0.0, f64::max))
    }

    /// Distance along the ray of the pixel (`x`, `y`) to the plane `z` mm in front of the camera.
    #[inline(always)]
    pub(crate) fn along_ray(&self, x: usize, y: usize, z: f64) -> f64 {
        if !self.perspective {
            return z;
        }
        let sx = (x as f64 + 0.5 - self.size[0] as f64 / 2.0) / self.scale;
        let sy = (self.size[1] as f64 / 2.0 - y as f64 - 0.5) / self.scale;
        z * (1.0 + sx * sx + sy * sy).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rays_and_projections_are_inverse() {
        let camera = Camera::fitted(
            LookFrom::Left,
            &Bounds { min: Point::new(-10.0, -20.0, -30.0), max: Point::new(40.0, 50.0, 60.0) },
            1.5,
        );
        for camera in [camera, camera.orthographic()] {
            let lens = Lens::new(&camera, [300, 200]);
            let (origin, direction) = lens.ray(37, 151);
            let p = lens.project(lens.to_camera(origin + direction * 123.0));
            assert!((p[0] - 37.5).abs() < 1e-9 && (p[1] - 151.5).abs() < 1e-9);
        }
    }

    #[test]
    fn a_fitted_camera_shows_every_corner() {
        let bounds = Bounds { min: Point::new(-10.0, -20.0, -30.0), max: Point::new(40.0, 50.0, 60.0) };
        for from in [
            LookFrom::Front,
            LookFrom::Back,
            LookFrom::Left,
            LookFrom::Right,
            LookFrom::Top,
            LookFrom::Bottom,
        ] {
            let lens = Lens::new(&Camera::fitted(from, &bounds, 0.8), [160, 200]);
            for corner in bounds.corners() {
                let [x, y] = lens.project(lens.to_camera(corner));
                assert!((0.0..160.0).contains(&x) && (0.0..200.0).contains(&y), "{from:?} {x} {y}");
            }
        }
    }

    #[test]
    fn from_the_front_the_patients_right_is_on_the_left() {
        let lens = Lens::new(&Camera::default(), [100, 100]);
        let [x, _] = lens.project(lens.to_camera(Point::new(50.0, 0.0, 0.0)));
        assert!(x < 50.0);
        let [_, y] = lens.project(lens.to_camera(Point::new(0.0, 0.0, 50.0)));
        assert!(y < 50.0);
    }

    #[test]
    fn azimuth_turns_about_the_focal_point() {
        let turned = Camera::default().azimuth(90.0);
        assert!(turned.position.distance(Point::new(-500.0, 0.0, 0.0)) < 1e-9);
    }
}
