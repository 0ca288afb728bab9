//! The longest path of a skeleton.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::code::{Step, steps};
use super::object::Object;

/// A path of neighbouring voxels.
pub(super) struct Path {
    pub(super) voxels: Vec<u32>,
    /// Its length, mm.
    pub(super) length: f64,
}

/// The longest of the shortest paths between two voxels that are connected: along the branches of a tree the
/// longest path that there is. Found by walking to the farthest voxel and from there to that farthest from
/// it, until the way gets no longer. Of paths of the same length that of the piece that comes first in scan
/// order. `None` if there is no voxel.
pub(super) fn longest_path(object: &Object, spacing: [f64; 3]) -> Option<Path> {
    let voxels = object.all();
    let lengths: Vec<(Step, f64)> = steps()
        .map(|step| {
            (step, (0..3).map(|n| f64::from(step[n]) * spacing[n]).map(|d| d * d).sum::<f64>().sqrt())
        })
        .collect();
    let mut graph = Graph { object, voxels: &voxels, lengths, distance: vec![f64::INFINITY; voxels.len()] };
    let mut best: Option<Path> = None;
    let mut seen = vec![false; voxels.len()];
    for start in 0..voxels.len() {
        if seen[start] {
            continue;
        }
        let (reached, _, mut far) = graph.walk(start);
        reached.iter().for_each(|&n| seen[n as usize] = true);
        let mut length = -1.0;
        loop {
            let (_, from, other) = graph.walk(far);
            let found = graph.distance[other];
            if found <= length {
                break;
            }
            length = found;
            if best.as_ref().is_none_or(|best| length > best.length) {
                best = Some(Path { voxels: graph.way_back(other, &from), length });
            }
            far = other;
        }
    }
    best
}

struct Graph<'a> {
    object: &'a Object,
    voxels: &'a [u32],
    lengths: Vec<(Step, f64)>,
    /// From where the last walk began.
    distance: Vec<f64>,
}

impl Graph<'_> {
    /// Dijkstra's algorithm: the places reached, from where each was (by place), and the farthest place.
    fn walk(&mut self, start: usize) -> (Vec<u32>, Vec<u32>, usize) {
        self.distance.fill(f64::INFINITY);
        let mut from = vec![u32::MAX; self.voxels.len()];
        let mut reached = Vec::new();
        let mut far = start;
        self.distance[start] = 0.0;
        // Lengths are not negative, so their bits are in their order.
        let mut open = BinaryHeap::from([Reverse((0_u64, start as u32))]);
        while let Some(Reverse((bits, place))) = open.pop() {
            let n = place as usize;
            let length = f64::from_bits(bits);
            if length > self.distance[n] {
                continue;
            }
            reached.push(place);
            if length > self.distance[far] || (length == self.distance[far] && n < far) {
                far = n;
            }
            for (step, more) in &self.lengths {
                let beside = self.object.beside(self.voxels[n] as usize, *step);
                if !self.object.has(beside) {
                    continue;
                }
                if let Ok(m) = self.voxels.binary_search(&(beside as u32))
                    && length + more < self.distance[m]
                {
                    self.distance[m] = length + more;
                    from[m] = place;
                    open.push(Reverse(((length + more).to_bits(), m as u32)));
                }
            }
        }
        (reached, from, far)
    }

    fn way_back(&self, end: usize, from: &[u32]) -> Vec<u32> {
        let mut way = vec![self.voxels[end]];
        let mut at = end;
        while let Some(&voxel) = self.voxels.get(from[at] as usize) {
            way.push(voxel);
            at = from[at] as usize;
        }
        way
    }
}

/// About `count` voxels of a path at even distances, its ends included.
pub(super) fn sampled(object: &Object, path: &Path, spacing: [f64; 3], count: u32) -> Vec<u32> {
    let (Some(&first), Some(&last)) = (path.voxels.first(), path.voxels.last()) else { return Vec::new() };
    let between = |a: u32, b: u32| {
        let (a, b) = (object.index(a as usize), object.index(b as usize));
        (0..3).map(|n| (a[n] as f64 - b[n] as f64) * spacing[n]).map(|d| d * d).sum::<f64>().sqrt()
    };
    let least = path.length / f64::from(count.max(2) - 1);
    let mut samples = vec![first];
    if first == last {
        return samples;
    }
    let mut since = 0.0;
    for pair in path.voxels.windows(2) {
        since += between(pair[0], pair[1]);
        if since >= least {
            samples.push(pair[1]);
            since -= least;
        }
    }
    // The end itself is one of them, and the one before not too near.
    if since < 0.5 * least && samples.len() > 1 {
        samples.pop();
    }
    samples.push(last);
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_way_leaves_out_short_branches() {
        // A line of ten voxels with a branch of two at its fourth.
        let dims = [10, 3, 1];
        let mut values = vec![0_u8; 30];
        values[..10].fill(1);
        values[13] = 1;
        values[23] = 1;
        let object = Object::new(&values, dims, |v| v > 0);
        let spacing = [2.0, 1.0, 1.0];
        let path = longest_path(&object, spacing).unwrap();
        assert_eq!((path.voxels.len(), path.length), (10, 18.0));
        let samples = sampled(&object, &path, spacing, 4);
        let along: Vec<usize> = samples.iter().map(|&n| object.index(n as usize)[0]).collect();
        assert!(along == [9, 6, 3, 0] || along == [0, 3, 6, 9], "{along:?}");
        assert!(longest_path(&Object::new(&values, dims, |v| v > 1), spacing).is_none());
    }
}
