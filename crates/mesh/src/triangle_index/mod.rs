//! Where a ray meets a surface, and which point of a surface is nearest: a tree of boxes over triangles.

mod build;
mod triangle;

use microtome_geometry::{Point, Ras, Vector};

use crate::mesh::Mesh;
use build::{Node, build};
use triangle::{Shear, closest_point};

/// The deepest that the tree can get: it halves at most 2³² triangles.
const MAX_DEPTH: usize = 34;

/// A bounding volume hierarchy over the triangles of a mesh.
///
/// Triangles are numbered as in [`Mesh::triangles`]. Those with a coordinate that is not finite are never found. The
/// index holds its own copy of the corners, so it needs no mesh to answer.
#[derive(Clone, Debug)]
pub struct TriangleIndex {
    nodes: Vec<Node>,
    /// Corners in the order of the tree's leaves.
    corners: Vec<[Point<Ras>; 3]>,
    /// The number of each of `corners` in the mesh.
    numbers: Vec<u32>,
}

/// Where a ray meets a triangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RayHit {
    /// The triangle, as [`Mesh::triangles`] numbers them.
    pub triangle: u32,
    /// How far along the ray, in lengths of its direction: millimetres for a unit vector.
    pub t: f64,
    /// Weights of the triangle's corners at the hit; their sum is 1.
    pub weights: [f64; 3],
}

/// The point of a surface that is nearest to some point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearestPoint {
    /// The triangle that it lies on, as [`Mesh::triangles`] numbers them.
    pub triangle: u32,
    /// The nearest point.
    pub point: Point<Ras>,
    /// Its distance in mm.
    pub distance: f64,
    /// Weights of the triangle's corners at the point; their sum is 1.
    pub weights: [f64; 3],
}

impl TriangleIndex {
    /// An index of the mesh's surface: O(n log n), on all cores, the same for any number of them.
    pub fn new(mesh: &Mesh) -> Self {
        Self::from_triangles(mesh.points(), &mesh.triangles())
    }

    /// An index of triangles by their corners; those that name a point beyond the last are never found.
    pub fn from_triangles(points: &[Point<Ras>], triangles: &[[u32; 3]]) -> Self {
        let corner = |&index: &u32| points.get(index as usize).copied().filter(|p| p.is_finite());
        let mut found = Vec::with_capacity(triangles.len());
        for (number, [a, b, c]) in triangles.iter().enumerate() {
            if let (Some(a), Some(b), Some(c)) = (corner(a), corner(b), corner(c)) {
                found.push((number as u32, [a, b, c]));
            }
        }
        let nodes = build(&mut found);
        let (numbers, corners) = found.into_iter().unzip();
        Self { nodes, corners, numbers }
    }

    /// Whether there is no triangle to find.
    pub fn is_empty(&self) -> bool {
        self.corners.is_empty()
    }

    /// The first triangle that the ray from `origin` along `direction` meets at 0 ≤ t ≤ `max_t`, from either side.
    ///
    /// Watertight: a ray cannot slip through between two triangles that share an edge (Woop, Benthin, Wald,
    /// "Watertight Ray/Triangle Intersection", JCGT 2013).
    pub fn first_hit(&self, origin: Point<Ras>, direction: Vector<Ras>, max_t: f64) -> Option<RayHit> {
        let mut best: Option<RayHit> = None;
        self.along(origin, direction, max_t, |hit| {
            // Of equally near triangles the one with the lowest number, whatever the order of the tree.
            if best.is_none_or(|b| (hit.t, hit.triangle) < (b.t, b.triangle)) {
                best = Some(hit);
            }
            best.map_or(max_t, |b| b.t)
        });
        best
    }

    /// All triangles that the ray meets at 0 ≤ t ≤ `max_t`, from near to far. A ray through an edge or a corner meets
    /// every triangle there.
    pub fn all_hits(&self, origin: Point<Ras>, direction: Vector<Ras>, max_t: f64) -> Vec<RayHit> {
        let mut hits = Vec::new();
        self.along(origin, direction, max_t, |hit| {
            hits.push(hit);
            max_t
        });
        hits.sort_by(|a, b| a.t.total_cmp(&b.t).then(a.triangle.cmp(&b.triangle)));
        hits
    }

    /// Calls `found` for the triangles that the ray meets, near boxes first; it says up to where to look on.
    fn along(
        &self,
        origin: Point<Ras>,
        direction: Vector<Ras>,
        mut max_t: f64,
        mut found: impl FnMut(RayHit) -> f64,
    ) {
        let Some(shear) = Shear::new(origin, direction) else { return };
        if self.nodes.is_empty() {
            return;
        }
        let mut stack = [(0_u32, 0.0); MAX_DEPTH * 2];
        let mut depth = 0;
        if let Some(t) = self.nodes[0].entry(origin, direction, max_t) {
            stack[0] = (0, t);
            depth = 1;
        }
        while depth > 0 {
            depth -= 1;
            let (index, entry) = stack[depth];
            if entry > max_t {
                continue;
            }
            let node = &self.nodes[index as usize];
            if let Some(range) = node.triangles() {
                for n in range {
                    if let Some((t, weights)) = shear.meets(&self.corners[n])
                        && t >= 0.0
                        && t <= max_t
                    {
                        max_t = found(RayHit { triangle: self.numbers[n], t, weights });
                    }
                }
                continue;
            }
            let children = [index + 1, node.right()];
            let mut entries = children.map(|child| {
                let entry = self.nodes[child as usize].entry(origin, direction, max_t);
                entry.map(|t| (child, t))
            });
            // The nearer child goes onto the stack last, to be looked at first.
            if let [Some(left), Some(right)] = entries
                && left.1 < right.1
            {
                entries.swap(0, 1);
            }
            for entry in entries.into_iter().flatten() {
                stack[depth] = entry;
                depth += 1;
            }
        }
    }

    /// The point of the surface nearest to `point`, if any is within `max_distance` mm.
    pub fn nearest(&self, point: Point<Ras>, max_distance: f64) -> Option<NearestPoint> {
        let mut best: Option<NearestPoint> = None;
        let mut limit = max_distance * max_distance;
        if self.nodes.is_empty() || !point.is_finite() {
            return None;
        }
        let mut stack = [(0_u32, 0.0); MAX_DEPTH * 2];
        stack[0] = (0, self.nodes[0].distance_squared(point));
        let mut depth = 1;
        while depth > 0 {
            depth -= 1;
            let (index, distance) = stack[depth];
            if distance > limit {
                continue;
            }
            let node = &self.nodes[index as usize];
            if let Some(range) = node.triangles() {
                for n in range {
                    let (nearest, weights) = closest_point(&self.corners[n], point);
                    let offset = nearest - point;
                    let (squared, triangle) = (offset.dot(offset), self.numbers[n]);
                    let better =
                        squared < limit || squared == limit && best.is_none_or(|b| triangle < b.triangle);
                    if better {
                        limit = squared;
                        best = Some(NearestPoint {
                            triangle,
                            point: nearest,
                            distance: squared.sqrt(),
                            weights,
                        });
                    }
                }
                continue;
            }
            let children = [index + 1, node.right()];
            let mut entries =
                children.map(|child| (child, self.nodes[child as usize].distance_squared(point)));
            if entries[0].1 < entries[1].1 {
                entries.swap(0, 1);
            }
            for entry in entries.into_iter().filter(|e| e.1 <= limit) {
                stack[depth] = entry;
                depth += 1;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests;
