//! Lines as tubes and points as balls.

use std::f64::consts::TAU;

use microtome_geometry::{Point, Ras, Vector};
use microtome_mesh::{CellKind, Mesh};

use super::geometry::SurfaceGeometry;

/// A line through some points.
#[derive(Clone, Debug)]
pub struct Stroke {
    /// The points in order.
    pub points: Vec<Point<Ras>>,
    /// Whether the last point is joined to the first.
    pub closed: bool,
}

impl Stroke {
    /// The lines of a mesh.
    pub fn of_mesh(mesh: &Mesh) -> Vec<Self> {
        let lines = mesh.cells().iter().filter(|(kind, _)| *kind == CellKind::Polyline);
        let point = |&p: &u32| mesh.points()[p as usize];
        lines.map(|(_, points)| Self { points: points.iter().map(point).collect(), closed: false }).collect()
    }
}

/// Collects balls and tubes into triangles.
#[derive(Clone, Debug, Default)]
pub struct Glyphs {
    points: Vec<Point<Ras>>,
    normals: Vec<[f32; 3]>,
    triangles: Vec<[u32; 3]>,
}

/// The most points that glyphs may have together.
const MOST_POINTS: usize = 1 << 26;

impl Glyphs {
    /// No glyphs yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn vertex(&mut self, at: Point<Ras>, normal: Vector<Ras>) -> u32 {
        self.points.push(at);
        self.normals.push(normal.coords().map(|c| c as f32));
        self.points.len() as u32 - 1
    }

    /// Adds a ball of this radius, mm.
    pub fn ball(&mut self, center: Point<Ras>, radius: f64) {
        const RINGS: u32 = 10;
        const SIDES: u32 = 16;
        if !center.is_finite() || !radius.is_finite() || self.points.len() > MOST_POINTS {
            return;
        }
        let first = self.points.len() as u32;
        for ring in 0..=RINGS {
            let (sin, cos) = (f64::from(ring) * TAU / 2.0 / f64::from(RINGS)).sin_cos();
            for side in 0..SIDES {
                let (y, x) = (f64::from(side) * TAU / f64::from(SIDES)).sin_cos();
                let normal = Vector::new(x * sin, y * sin, cos);
                self.vertex(center + normal * radius, normal);
            }
        }
        for ring in 0..RINGS {
            self.band(first + ring * SIDES, first + (ring + 1) * SIDES, SIDES);
        }
    }

    /// Adds a tube of this radius, mm, along a line.
    pub fn tube(&mut self, stroke: &Stroke, radius: f64) {
        const SIDES: u32 = 8;
        let mut points: Vec<Point<Ras>> = Vec::with_capacity(stroke.points.len() + 1);
        for &p in stroke.points.iter().chain(stroke.points.first().filter(|_| stroke.closed)) {
            if p.is_finite() && points.last().is_none_or(|last| last.distance(p) > 1e-9) {
                points.push(p);
            }
        }
        if points.len() < 2 || !radius.is_finite() || self.points.len() > MOST_POINTS {
            return;
        }
        let mut side = Vector::<Ras>::zero();
        let mut before = None;
        for n in 0..points.len() {
            let along = points[(n + 1).min(points.len() - 1)] - points[n.saturating_sub(1)];
            let along = along.normalized().unwrap_or(Vector::new(0.0, 0.0, 1.0));
            // The side direction is carried along without twisting.
            side = (side - along * side.dot(along)).normalized().filter(|s| s.length() > 0.5).unwrap_or_else(
                || {
                    let c = along.coords().map(f64::abs);
                    let least = if c[0] <= c[1] && c[0] <= c[2] {
                        0
                    } else if c[1] <= c[2] {
                        1
                    } else {
                        2
                    };
                    let axis = Vector::from_array(std::array::from_fn(|a| f64::from(u8::from(a == least))));
                    along.cross(axis).normalized().unwrap_or_default()
                },
            );
            let up = along.cross(side);
            let first = self.points.len() as u32;
            for corner in 0..SIDES {
                let (sin, cos) = (f64::from(corner) * TAU / f64::from(SIDES)).sin_cos();
                let normal = side * cos + up * sin;
                self.vertex(points[n] + normal * radius, normal);
            }
            if let Some(previous) = before {
                self.band(previous, first, SIDES);
            }
            before = Some(first);
        }
    }

    /// Triangles between two rings of vertices.
    fn band(&mut self, lower: u32, upper: u32, sides: u32) {
        for side in 0..sides {
            let next = (side + 1) % sides;
            self.triangles.push([lower + side, lower + next, upper + next]);
            self.triangles.push([lower + side, upper + next, upper + side]);
        }
    }

    /// All glyphs as one surface.
    pub fn finish(self) -> SurfaceGeometry {
        SurfaceGeometry::from_parts(self.points, self.normals, self.triangles)
    }
}
