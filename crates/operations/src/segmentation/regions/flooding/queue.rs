//! A priority queue in which equals leave in the order in which they came.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::relief::Height;

/// How many buckets the range of heights is cut into.
const BUCKETS: usize = 1 << 16;

/// Voxels by height. What comes in may not stand below what left last; if it does it counts as as high.
///
/// Heights are sorted into buckets; only the bucket that is being emptied is in exact order.
pub(super) struct Queue<H: Height> {
    low: f64,
    scale: f64,
    buckets: Vec<Vec<(H, u32)>>,
    /// The bucket that is being emptied.
    current: usize,
    /// What was in it when that began, sorted, and how many of these have left.
    sorted: Vec<(H::Key, u32)>,
    left: usize,
    /// What came in since: higher than the present height, and as high.
    later: BinaryHeap<Reverse<(H::Key, u32, u32)>>,
    same: VecDeque<u32>,
    /// The height of what left last.
    present: Option<H::Key>,
    arrivals: u32,
}

impl<H: Height> Queue<H> {
    /// An empty queue for heights that mostly lie in a range.
    pub(super) fn new((low, high): (f64, f64)) -> Self {
        let scale = (BUCKETS - 1) as f64 / (high - low).max(f64::MIN_POSITIVE);
        Self {
            low,
            scale,
            buckets: vec![Vec::new(); BUCKETS],
            current: 0,
            sorted: Vec::new(),
            left: 0,
            later: BinaryHeap::new(),
            same: VecDeque::new(),
            present: None,
            arrivals: 0,
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, height: H, voxel: u32) {
        let key = height.key();
        if self.present.is_some_and(|present| key <= present) {
            self.same.push_back(voxel);
            return;
        }
        let bucket = (((height.to_f64() - self.low) * self.scale) as usize).min(BUCKETS - 1);
        if bucket > self.current || self.present.is_none() {
            self.buckets[bucket].push((height, voxel));
        } else {
            self.arrivals += 1;
            self.later.push(Reverse((key, self.arrivals, voxel)));
        }
    }

    /// Takes out the lowest voxel, of equals the one that came first.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<u32> {
        loop {
            let sorted = self.sorted.get(self.left).copied();
            let later = self.later.peek().map(|Reverse((key, _, voxel))| (*key, *voxel));
            // Those that were there first go first.
            let next = match (sorted, later) {
                (Some(a), Some(b)) if b.0 < a.0 => Some((b, true)),
                (Some(a), _) => Some((a, false)),
                (None, Some(b)) => Some((b, true)),
                (None, None) => None,
            };
            if let Some(((key, voxel), from_later)) = next
                && (self.same.is_empty() || Some(key) == self.present)
            {
                if from_later {
                    self.later.pop();
                } else {
                    self.left += 1;
                }
                self.present = Some(key);
                return Some(voxel);
            }
            if let Some(voxel) = self.same.pop_front() {
                return Some(voxel);
            }
            self.open()?;
        }
    }

    /// Begins to empty the next bucket.
    fn open(&mut self) -> Option<()> {
        let from = self.current;
        let next = (from..BUCKETS).find(|&n| !self.buckets[n].is_empty())?;
        let mut bucket = std::mem::take(&mut self.buckets[next]);
        bucket.sort_by_key(|entry| entry.0.key());
        self.sorted.clear();
        self.sorted.extend(bucket.into_iter().map(|(height, voxel)| (height.key(), voxel)));
        (self.current, self.left, self.arrivals) = (next, 0, 0);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_leave_in_the_order_in_which_they_came() {
        let mut queue = Queue::new((0.0, 10.0));
        for (height, voxel) in [(3.0_f32, 1), (1.0, 2), (3.0, 3), (f32::INFINITY, 4), (1.0, 5), (2.5, 6)] {
            queue.push(height, voxel);
        }
        assert_eq!(queue.pop(), Some(2));
        // Below and as high as the present height: after those of this height that were there.
        queue.push(-7.0, 7);
        queue.push(1.0, 8);
        queue.push(1.00001, 9);
        queue.push(3.0, 10);
        let rest: Vec<u32> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, [5, 7, 8, 9, 6, 1, 3, 10, 4]);
    }

    #[test]
    fn the_order_is_that_of_a_stable_sort() {
        for range in [(0.0, 1000.0), (0.0, 1.0), (0.0, 0.0), (-5.5, 70000.0)] {
            let heights: Vec<f64> = (0..2000).map(|n| f64::from(n * 7919 % 613) * 1.7).collect();
            let mut queue = Queue::new(range);
            for (n, &h) in heights.iter().enumerate() {
                queue.push(h, n as u32);
            }
            let mut expected: Vec<u32> = (0..2000).collect();
            expected.sort_by(|&a, &b| heights[a as usize].total_cmp(&heights[b as usize]));
            assert_eq!(std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>(), expected);
        }
    }
}
