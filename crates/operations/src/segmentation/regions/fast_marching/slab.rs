//! Some slices of a volume through which a front runs.

use microtome_image::Blank;

use super::queue::{Entry, Queue, Window};

/// Slices, with one voxel more on every side. What lies beyond the volume is never reached; beyond the first
/// and the last slice stand the times of the slabs beside, as far as these have told them.
pub(super) struct Slab {
    /// Voxels along i, j and k without the border.
    dims: [usize; 3],
    /// Steps to the next voxel along i, j and k.
    strides: [usize; 3],
    /// Voxel spacing, and one over its square.
    spacing: [f32; 3],
    weights: [f32; 3],
    /// When the front arrives.
    times: Blank<f32>,
    /// How long it takes for one unit of length; infinite where it does not enter.
    slowness: Blank<f32>,
    queue: Queue,
    /// Room for the bucket that is being emptied.
    room: Vec<Entry>,
    /// What the slabs below and above have to learn: place in the slice and time.
    pub(super) told: [Vec<Entry>; 2],
    /// How many voxels were visited.
    pub(super) visits: u64,
    stop: f32,
}

impl Slab {
    /// A slab that nothing has reached. `rows` gives the slowness of each row in order.
    pub(super) fn new(
        dims: [usize; 3],
        spacing: [f32; 3],
        window: Window,
        stop: f32,
        mut row: impl FnMut(usize, &mut [f32]),
    ) -> Self {
        let padded = dims.map(|d| d + 2);
        let strides = [1, padded[0], padded[0] * padded[1]];
        let count = strides[2] * padded[2];
        let mut slowness = Blank::new(count);
        slowness.fill(f32::INFINITY);
        let mut times = Blank::new(count);
        times.fill(f32::INFINITY);
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                let start = (k + 1) * strides[2] + (j + 1) * strides[1] + 1;
                row(k * dims[1] + j, &mut slowness[start..start + dims[0]]);
            }
        }
        Self {
            dims,
            strides,
            spacing,
            weights: spacing.map(|h| (h * h).recip()),
            times,
            slowness,
            queue: Queue::new(window),
            room: Vec::new(),
            told: [Vec::new(), Vec::new()],
            visits: 0,
            stop,
        }
    }

    /// Lets the front start at a voxel, at time 0.
    pub(super) fn seed(&mut self, [i, j, k]: [usize; 3]) {
        let n = (k + 1) * self.strides[2] + (j + 1) * self.strides[1] + i + 1;
        self.slowness[n] = f32::INFINITY;
        if self.times[n] != 0.0 {
            self.times[n] = 0.0;
            self.queue.push((n as u32, 0.0));
        }
    }

    /// Takes over what the slab below (`side` 0) or above (1) told.
    pub(super) fn learn(&mut self, side: usize, news: &[Entry]) {
        let slice = self.strides[2];
        let border = if side == 0 { 0 } else { slice * (self.dims[2] + 1) };
        for &(place, time) in news {
            let n = border + place as usize;
            self.times[n] = time;
            let inner = if side == 0 { n + slice } else { n - slice };
            self.reach(inner, time);
        }
    }

    /// Visits all voxels of a bucket, those included that join it meanwhile.
    pub(super) fn visit(&mut self, bucket: usize) {
        let slice = self.strides[2];
        let (first, last) = (slice, slice * self.dims[2]);
        let mut room = std::mem::take(&mut self.room);
        loop {
            self.queue.take(bucket, &mut room);
            if room.is_empty() {
                break;
            }
            for &(voxel, time) in &room {
                let n = voxel as usize;
                // The front may have found a shorter way since.
                if self.times[n] != time || time > self.stop {
                    continue;
                }
                self.visits += 1;
                for stride in self.strides {
                    self.reach(n - stride, time);
                    self.reach(n + stride, time);
                }
                if n < first + slice {
                    self.told[0].push(((n - first) as u32, time));
                }
                if n >= last {
                    self.told[1].push(((n - last) as u32, time));
                }
            }
        }
        self.room = room;
    }

    /// Looks whether the front arrives at voxel `n` sooner, now that it has come to a neighbour at `time`.
    #[inline(always)]
    fn reach(&mut self, n: usize, time: f32) {
        let old = self.times[n];
        if old <= time || self.slowness[n] == f32::INFINITY {
            return;
        }
        let arrival = self.arrival(n);
        if arrival < old {
            self.times[n] = arrival;
            self.queue.push((n as u32, arrival));
        }
    }

    /// The time u for which Σ ((u - aₙ) / hₙ)² = slowness², summed over the axes whose earlier neighbour aₙ
    /// is before u.
    #[inline(always)]
    fn arrival(&self, n: usize) -> f32 {
        let slowness = self.slowness[n];
        let [a, b, c] = [0, 1, 2].map(|axis| {
            let stride = self.strides[axis];
            (self.times[n - stride].min(self.times[n + stride]), axis)
        });
        let (a, b) = if b.0 < a.0 { (b, a) } else { (a, b) };
        let (b, c) = if c.0 < b.0 { (c, b) } else { (b, c) };
        let (a, b) = if b.0 < a.0 { (b, a) } else { (a, b) };
        let one = a.0 + slowness * self.spacing[a.1];
        if one <= b.0 {
            return one;
        }
        // In what follows times count from the first neighbour's, which keeps the digits.
        let (wa, wb, wc) = (self.weights[a.1], self.weights[b.1], self.weights[c.1]);
        let later = b.0 - a.0;
        let square = slowness * slowness;
        let (sum, mixed) = (wa + wb, wb * later);
        let two = a.0 + (mixed + (sum * square - wa * mixed * later).max(0.0).sqrt()) / sum;
        let two = two.min(one);
        if two <= c.0 {
            return two;
        }
        let last = c.0 - a.0;
        let (sum, mixed, rest) =
            (sum + wc, mixed + wc * last, square - wb * later * later - wc * last * last);
        let three = a.0 + (mixed + (mixed * mixed + sum * rest).max(0.0).sqrt()) / sum;
        three.min(two)
    }

    pub(super) const fn queue(&self) -> &Queue {
        &self.queue
    }

    pub(super) const fn queue_mut(&mut self) -> &mut Queue {
        &mut self.queue
    }

    /// Gives back the memory that only the way there needs.
    pub(super) fn finish(&mut self) {
        self.slowness = Blank::new(0);
        self.room = Vec::new();
        self.queue = Queue::new(Window::new(0.0, 1.0));
    }

    /// The times of a row.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        let (j, k) = (row % self.dims[1], row / self.dims[1]);
        let start = (k + 1) * self.strides[2] + (j + 1) * self.strides[1] + 1;
        &self.times[start..start + self.dims[0]]
    }
}
