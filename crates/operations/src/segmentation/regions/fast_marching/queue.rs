//! What a front still has to visit, in rough order of arrival.

/// A voxel of a slab and the time at which the front was found to arrive there.
pub(super) type Entry = (u32, f32);

/// How many buckets a window has.
const BUCKETS: usize = 1024;

/// Stretches of time of equal length, each a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    start: f32,
    per_width: f32,
}

impl Window {
    /// The stretches from `start` on that are `width` long.
    pub(super) fn new(start: f32, width: f32) -> Self {
        Self { start, per_width: width.max(f32::MIN_POSITIVE).recip() }
    }

    /// How long they are together.
    pub(super) const fn buckets() -> usize {
        BUCKETS
    }

    #[inline(always)]
    fn bucket(&self, time: f32) -> usize {
        ((time - self.start) * self.per_width) as usize
    }
}

/// Voxels in the buckets of a window, and those beyond it.
pub(super) struct Queue {
    window: Window,
    buckets: Vec<Vec<Entry>>,
    beyond: Vec<Entry>,
}

impl Queue {
    pub(super) fn new(window: Window) -> Self {
        Self { window, buckets: vec![Vec::new(); BUCKETS], beyond: Vec::new() }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, entry: Entry) {
        match self.buckets.get_mut(self.window.bucket(entry.1)) {
            Some(bucket) => bucket.push(entry),
            None => self.beyond.push(entry),
        }
    }

    /// The entries of a bucket, taken out.
    pub(super) fn take(&mut self, bucket: usize, into: &mut Vec<Entry>) {
        into.clear();
        std::mem::swap(&mut self.buckets[bucket], into);
    }

    /// The first bucket from `bucket` on that is not empty.
    pub(super) fn next(&self, bucket: usize) -> Option<usize> {
        (bucket..BUCKETS).find(|&n| !self.buckets[n].is_empty())
    }

    /// The least time beyond the window, the sum of all, and how many they are.
    pub(super) fn beyond(&self) -> (f32, f64, usize) {
        let least = self.beyond.iter().map(|entry| entry.1).fold(f32::INFINITY, f32::min);
        let sum = self.beyond.iter().map(|entry| f64::from(entry.1)).sum();
        (least, sum, self.beyond.len())
    }

    /// Goes on to another window, once the buckets are empty.
    pub(super) fn move_to(&mut self, window: Window) {
        self.window = window;
        for entry in std::mem::take(&mut self.beyond) {
            self.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_wait_in_the_bucket_of_their_time() {
        let mut queue = Queue::new(Window::new(0.0, 0.5));
        for (voxel, time) in [(1, 0.2), (2, 0.7), (3, 0.4), (4, 1e9)] {
            queue.push((voxel, time));
        }
        let mut taken = Vec::new();
        queue.take(0, &mut taken);
        assert_eq!(taken, [(1, 0.2), (3, 0.4)]);
        assert_eq!(queue.next(0), Some(1));
        queue.take(1, &mut taken);
        assert_eq!((queue.next(0), queue.beyond()), (None, (1e9, 1e9, 1)));
        queue.move_to(Window::new(1e9, 0.5));
        assert_eq!(queue.next(0), Some(0));
    }
}
