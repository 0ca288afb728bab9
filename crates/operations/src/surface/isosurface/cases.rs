//! The triangles of a cell, by which of its corners lie inside.
//!
//! The table is derived, not listed. On each face of the cell, the surface's trace joins the points on the face's edges
//! such that, seen from outside the cell, corners inside lie on one side; where a face has two diagonal corners inside
//! and two outside, the two inside are kept apart. As that depends on the face alone, neighbouring cells agree on it and
//! the surface has no holes. The traces of all faces close to loops, and each loop is cut into triangles by the shortest
//! diagonals of which none lies in a face of the cell: there it could meet one of the neighbour's, and an edge would have
//! four triangles.

use std::sync::LazyLock;

/// The edges of a cell by their two corners. Corner c is at i = c & 1, j = c >> 1 & 1, k = c >> 2. Edges 0 to 3 run
/// along i, 4 to 7 along j, 8 to 11 along k.
const EDGES: [[usize; 2]; 12] =
    [[0, 1], [2, 3], [4, 5], [6, 7], [0, 2], [1, 3], [4, 6], [5, 7], [0, 4], [1, 5], [2, 6], [3, 7]];

/// The corners of each face, counter-clockwise seen from outside the cell, in a right-handed frame.
const FACES: [[usize; 4]; 6] =
    [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];

/// Most triangles that a cell can have.
pub(super) const MOST: usize = 5;

/// The triangles of one case.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Case {
    /// How many triangles.
    pub(super) count: u8,
    /// The edges that each triangle's corners lie on, counter-clockwise seen from the side of lower values.
    pub(super) triangles: [[u8; 3]; MOST],
}

impl Case {
    /// The triangles in use.
    #[inline(always)]
    pub(super) fn triangles(&self) -> &[[u8; 3]] {
        &self.triangles[..usize::from(self.count).min(MOST)]
    }
}

/// The cases by the bits of their corners: bit c is set if corner c lies inside.
pub(super) static CASES: LazyLock<[Case; 256]> = LazyLock::new(|| std::array::from_fn(case));

/// The same with every triangle turned over, for left-handed grids.
pub(super) static MIRRORED: LazyLock<[Case; 256]> = LazyLock::new(|| {
    std::array::from_fn(|n| {
        let mut case = CASES[n];
        case.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        case
    })
});

fn case(bits: usize) -> Case {
    let mut case = Case::default();
    for corners in loops(bits).iter().flat_map(|l| triangulated(l)) {
        if let Some(slot) = case.triangles.get_mut(usize::from(case.count)) {
            *slot = corners.map(|e| e as u8);
            case.count += 1;
        }
    }
    case
}

fn edge_between(a: usize, b: usize) -> usize {
    EDGES.iter().position(|&e| e == [a.min(b), a.max(b)]).unwrap_or_default()
}

/// The closed loops of edges that the traces on the faces form.
fn loops(bits: usize) -> Vec<Vec<usize>> {
    let inside = |corner: usize| bits >> corner & 1 == 1;
    let mut next = [None; 12];
    for face in FACES {
        for m in 0..4 {
            let (a, b) = (face[m], face[(m + 1) % 4]);
            if inside(a) && !inside(b) {
                // Back along the face's border to where this stretch of inside corners begins: it is cut off alone.
                let mut n = m;
                while inside(face[n]) {
                    n = (n + 3) % 4;
                }
                next[edge_between(face[n], face[(n + 1) % 4])] = Some(edge_between(a, b));
            }
        }
    }
    let mut loops = Vec::new();
    for start in 0..12 {
        let mut members = Vec::new();
        let mut edge = start;
        while let Some(to) = next[edge].take() {
            members.push(edge);
            edge = to;
        }
        if !members.is_empty() {
            loops.push(members);
        }
    }
    loops
}

fn share_a_face(a: usize, b: usize) -> bool {
    FACES.iter().any(|face| [a, b].iter().all(|&e| EDGES[e].iter().all(|corner| face.contains(corner))))
}

/// Squared distance of two edges' middles, in half edge lengths.
fn distance(a: usize, b: usize) -> i32 {
    let middle = |e: usize| -> [i32; 3] {
        std::array::from_fn(|axis| EDGES[e].iter().map(|c| (c >> axis & 1) as i32).sum())
    };
    (0..3).map(|axis| (middle(a)[axis] - middle(b)[axis]).pow(2)).sum()
}

/// The loop's triangles: the cheapest of all ways to cut it.
fn triangulated(members: &[usize]) -> Vec<[usize; 3]> {
    fn cut(members: &[usize], from: usize, to: usize) -> (i32, Vec<[usize; 3]>) {
        if to < from + 2 {
            return (0, Vec::new());
        }
        let cost = |a: usize, b: usize| {
            let border = b == a + 1 || (a == 0 && b == members.len() - 1);
            if border {
                0
            } else {
                let (a, b) = (members[a], members[b]);
                distance(a, b) + if share_a_face(a, b) { 1000 } else { 0 }
            }
        };
        let mut best = (i32::MAX, Vec::new());
        for middle in from + 1..to {
            let (left, right) = (cut(members, from, middle), cut(members, middle, to));
            let total = left.0 + right.0 + cost(from, middle) + cost(middle, to);
            if total < best.0 {
                let own = [members[from], members[middle], members[to]];
                best = (total, left.1.into_iter().chain(right.1).chain([own]).collect());
            }
        }
        best
    }
    cut(members, 0, members.len() - 1).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crossed_edge_is_used_and_no_other() {
        for (bits, case) in CASES.iter().enumerate() {
            let crossed = |e: usize| (bits >> EDGES[e][0] ^ bits >> EDGES[e][1]) & 1 == 1;
            let corners = || case.triangles().iter().flatten().map(|&e| usize::from(e));
            assert!((0..12).all(|e| crossed(e) == corners().any(|c| c == e)), "case {bits}");
            let members: usize = loops(bits).iter().map(Vec::len).sum();
            assert_eq!(
                case.triangles().len(),
                members - 2 * loops(bits).len(),
                "case {bits} has all its triangles"
            );
        }
    }

    #[test]
    fn inner_edges_have_two_triangles_and_no_diagonal_lies_in_a_face() {
        for (bits, case) in CASES.iter().enumerate() {
            let directed: Vec<[u8; 2]> =
                case.triangles().iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]).collect();
            for &[a, b] in &directed {
                assert_eq!(directed.iter().filter(|&&e| e == [a, b]).count(), 1, "case {bits}");
                let inner = directed.contains(&[b, a]);
                assert_ne!(inner, share_a_face(a.into(), b.into()), "case {bits}: edge {a} {b}");
            }
        }
    }

    #[test]
    fn one_corner_has_a_triangle_that_faces_away_from_it() {
        // Corner 0 inside: the points lie on edges 0, 4 and 8, at i, j and k = ½; seen from outside, i → j → k.
        let found = CASES[1].triangles()[0];
        let turned = [[0, 4, 8], [4, 8, 0], [8, 0, 4]];
        assert!(turned.contains(&found), "{found:?}");
    }
}
