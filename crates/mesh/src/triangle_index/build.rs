//! Building the tree: triangles are halved at the median of their centres along the longest axis, so the tree's shape
//! depends on their number alone, and both halves can be built at once.

use std::ops::Range;

use microtome_geometry::{Bounds, Point, Ras, Vector};

/// The most triangles in a leaf.
const LEAF: usize = 4;
/// From how many triangles on the two halves are built on two cores.
const PARALLEL: usize = 4096;

/// A triangle with its number in the mesh.
pub(super) type Numbered = (u32, [Point<Ras>; 3]);

/// A box with its triangles, or with its two halves: the left one comes right behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    min: [f64; 3],
    max: [f64; 3],
    /// The first triangle of a leaf, or the right half.
    at: u32,
    /// How many triangles a leaf has; 0 for halves.
    count: u32,
}

impl Node {
    const EMPTY: Self = Self { min: [0.0; 3], max: [0.0; 3], at: 0, count: 0 };

    /// The triangles of a leaf.
    pub(super) fn triangles(&self) -> Option<Range<usize>> {
        (self.count > 0).then_some(self.at as usize..self.at as usize + self.count as usize)
    }

    /// The right half.
    pub(super) const fn right(&self) -> u32 {
        self.at
    }

    /// Where the ray enters the box, if it does so before `max_t`.
    pub(super) fn entry(&self, origin: Point<Ras>, direction: Vector<Ras>, max_t: f64) -> Option<f64> {
        let (mut near, mut far) = (0.0_f64, max_t);
        for axis in 0..3 {
            let (o, d) = (origin[axis], direction[axis]);
            if d == 0.0 {
                if o < self.min[axis] || o > self.max[axis] {
                    return None;
                }
                continue;
            }
            let (a, b) = ((self.min[axis] - o) / d, (self.max[axis] - o) / d);
            near = near.max(a.min(b));
            // A little further than computed, so that rounding cannot lose a hit at the very edge.
            far = far.min(a.max(b) * (1.0 + 4.0 * f64::EPSILON));
        }
        (near <= far).then_some(near)
    }

    /// The squared distance from a point to the box, 0 inside.
    pub(super) fn distance_squared(&self, point: Point<Ras>) -> f64 {
        (0..3)
            .map(|axis| {
                let outside = (self.min[axis] - point[axis]).max(point[axis] - self.max[axis]).max(0.0);
                outside * outside
            })
            .sum()
    }
}

/// Orders the triangles by leaves and makes the tree over them.
pub(super) fn build(triangles: &mut [Numbered]) -> Vec<Node> {
    if triangles.is_empty() {
        return Vec::new();
    }
    let mut nodes = vec![Node::EMPTY; node_counts(triangles.len()).0];
    fill(&mut nodes, 0, triangles, 0);
    nodes
}

/// Fills the nodes of a subtree: they begin at `node` in the whole tree, its triangles at `first`.
fn fill(nodes: &mut [Node], node: usize, triangles: &mut [Numbered], first: usize) {
    let mut points = triangles.iter().flat_map(|(_, corners)| corners.iter().copied());
    let start = points.next().unwrap_or(Point::zero());
    let bounds = points.fold(Bounds { min: start, max: start }, Bounds::including);
    let Some((root, rest)) = nodes.split_first_mut() else { return };
    *root = Node {
        min: bounds.min.coords(),
        max: bounds.max.coords(),
        at: first as u32,
        count: triangles.len() as u32,
    };
    if triangles.len() <= LEAF {
        return;
    }
    let size = bounds.size();
    let axis = (1..3).fold(0, |best, axis| if size[axis] > size[best] { axis } else { best });
    let center = |(_, corners): &Numbered| corners[0][axis] + corners[1][axis] + corners[2][axis];
    let middle = triangles.len() / 2;
    // Numbers break ties, so that the order of equal centres is no accident.
    triangles.select_nth_unstable_by(middle, |a, b| center(a).total_cmp(&center(b)).then(a.0.cmp(&b.0)));
    let (left, right) = triangles.split_at_mut(middle);
    let left_nodes = node_counts(left.len()).0;
    (root.at, root.count) = ((node + 1 + left_nodes) as u32, 0);
    let (left_part, right_part) = rest.split_at_mut(left_nodes);
    let parallel = left.len() >= PARALLEL;
    let mut fill_left = || fill(left_part, node + 1, left, first);
    let mut fill_right = || fill(right_part, node + 1 + left_nodes, right, first + middle);
    if parallel {
        rayon::join(fill_left, fill_right);
    } else {
        fill_left();
        fill_right();
    }
}

/// How many nodes `n` and `n + 1` triangles need.
fn node_counts(n: usize) -> (usize, usize) {
    if n < LEAF {
        return (1, 1);
    }
    let (half, more) = node_counts(n / 2);
    let (even, odd) = (1 + 2 * half, 1 + half + more);
    let (now, next) = if n.is_multiple_of(2) { (even, odd) } else { (odd, 1 + 2 * more) };
    (if n <= LEAF { 1 } else { now }, next)
}
