//! Many rays together: a wave of rays advances side by side, and all samples of a turn are taken at once.

use super::blocks::EDGE;
use super::cast::{Ray, Row, Space};
use crate::sampling::{Batch, Voxel, grouped};

/// Samples of all rays in one turn.
pub(super) const SAMPLES: usize = 256;
/// Empty blocks that a ray may cross in one turn.
const HOPS: usize = 3;

/// The rays of one row of a picture: `RAYS` at a time, each with `SAMPLES / RAYS` samples a turn.
///
/// Everything about the rays stands in arrays, so that plain loops over them become vector code.
pub(super) struct Wave<T: Voxel, const RAYS: usize> {
    pub(super) batch: Box<Batch<T, SAMPLES>>,
    /// Rays on their way: the first `count` of each array.
    count: usize,
    start: [[f32; RAYS]; 3],
    step: [[f32; RAYS]; 3],
    inverse: [[f32; RAYS]; 3],
    /// The first sample that has not been taken yet, and one beyond the last.
    next: [f32; RAYS],
    last: [f32; RAYS],
    enter: [f64; RAYS],
    /// Columns of the rays' pixels.
    pixel: [usize; RAYS],
    /// Rays that take samples in this turn.
    ready: [u8; RAYS],
    ready_count: usize,
    /// The block of each ray's next sample, and how far it is from one that matters.
    block: [u32; RAYS],
    far: [f32; RAYS],
    /// The next column.
    column: usize,
}

impl<T: Voxel, const RAYS: usize> Wave<T, RAYS> {
    /// Samples of each ray in one turn.
    pub(super) const PER_RAY: usize = SAMPLES / RAYS;

    #[inline(always)]
    pub(super) fn new() -> Self {
        Self {
            batch: Box::new(Batch::new()),
            count: 0,
            start: [[0.0; RAYS]; 3],
            step: [[0.0; RAYS]; 3],
            inverse: [[0.0; RAYS]; 3],
            next: [0.0; RAYS],
            last: [0.0; RAYS],
            enter: [0.0; RAYS],
            pixel: [0; RAYS],
            ready: [0; RAYS],
            ready_count: 0,
            block: [0; RAYS],
            far: [0.0; RAYS],
            column: 0,
        }
    }

    /// Lets rays of further columns join while there is room. `false` once all rays of the row have come to their end.
    #[inline(always)]
    pub(super) fn refill(&mut self, space: &Space, row: &Row<'_>, wanted: impl Fn(usize) -> bool) -> bool {
        let width = row.to.len();
        while self.count < RAYS && self.column < width {
            if wanted(self.column)
                && let Some(ray) = space.ray(row, self.column)
            {
                let n = self.count;
                for a in 0..3 {
                    self.start[a][n] = ray.start[a];
                    self.step[a][n] = ray.step[a];
                    self.inverse[a][n] = ray.inverse[a];
                }
                self.next[n] = ray.first as f32;
                self.last[n] = ray.last as f32;
                self.enter[n] = ray.enter;
                self.pixel[n] = self.column;
                self.count += 1;
            }
            self.column += 1;
        }
        self.count > 0
    }

    /// Moves rays on over blocks that do not matter, and writes the positions of the samples of those that have come to
    /// one that does. `far` says of a pixel and a block (by number) how far that block is from one that matters, in
    /// blocks; 0 if it does itself. Returns the number of samples, those of ready ray n from n · `PER_RAY` on.
    #[inline(always)]
    pub(super) fn advance(&mut self, space: &Space, far: impl Fn(usize, usize) -> u8) -> usize {
        let count = self.count.min(RAYS);
        let all = grouped::<RAYS>(count);
        for hop in 0..=HOPS {
            find_blocks(all, space, &self.start, &self.step, &self.next, &mut self.block);
            for n in 0..count {
                self.far[n] = f32::from(far(self.pixel[n], self.block[n] as usize));
            }
            if hop < HOPS {
                hop_over(all, space, &self.start, &self.step, &self.inverse, &self.far, &mut self.next);
            }
        }
        self.ready_count = 0;
        for n in 0..count {
            if self.far[n] == 0.0 && self.next[n] < self.last[n] {
                let first = self.ready_count * Self::PER_RAY;
                for a in 0..3 {
                    let (start, step, next) = (self.start[a][n], self.step[a][n], self.next[n]);
                    for (s, p) in self.batch.position[a][first..first + Self::PER_RAY].iter_mut().enumerate()
                    {
                        *p = start + (next + s as f32) * step;
                    }
                }
                self.ready[self.ready_count] = n as u8;
                self.ready_count += 1;
            }
        }
        self.ready_count * Self::PER_RAY
    }

    /// How many rays take samples in this turn.
    #[inline(always)]
    pub(super) fn ready(&self) -> usize {
        self.ready_count.min(RAYS)
    }

    #[inline(always)]
    fn index(&self, ready: usize) -> usize {
        usize::from(self.ready[ready]).min(RAYS - 1)
    }

    /// Column of the pixel of a ready ray.
    #[inline(always)]
    pub(super) fn pixel(&self, ready: usize) -> usize {
        self.pixel[self.index(ready)]
    }

    /// How many samples of a ready ray count.
    #[inline(always)]
    pub(super) fn pending(&self, ready: usize) -> usize {
        let n = self.index(ready);
        ((self.last[n] - self.next[n]) as usize).min(Self::PER_RAY)
    }

    /// Number of a ready ray's sample `sample` of this turn, counted from where the ray enters the volume.
    #[inline(always)]
    pub(super) fn number(&self, ready: usize, sample: usize) -> usize {
        self.next[self.index(ready)] as usize + sample
    }

    /// Distance from the eye of a ready ray's sample `sample` of this turn, mm.
    #[inline(always)]
    pub(super) fn distance(&self, ready: usize, sample: usize, step: f64) -> f32 {
        (self.enter[self.index(ready)] + self.number(ready, sample) as f64 * step) as f32
    }

    /// A ready ray.
    #[inline(always)]
    pub(super) fn ray(&self, ready: usize) -> Ray {
        let n = self.index(ready);
        Ray {
            start: [0, 1, 2].map(|a| self.start[a][n]),
            step: [0, 1, 2].map(|a| self.step[a][n]),
            inverse: [0, 1, 2].map(|a| self.inverse[a][n]),
            first: self.next[n] as usize,
            last: self.last[n] as usize,
            enter: self.enter[n],
        }
    }

    /// Ends a turn: drops rays that have come to their end and those whose pixel `goes_on` refuses.
    #[inline(always)]
    pub(super) fn finish_turn(&mut self, goes_on: impl Fn(usize) -> bool) {
        for ready in 0..self.ready() {
            self.next[self.index(ready)] += Self::PER_RAY as f32;
        }
        for n in (0..self.count.min(RAYS)).rev() {
            if self.next[n] < self.last[n] && goes_on(self.pixel[n]) {
                continue;
            }
            self.count -= 1;
            let from = self.count;
            for a in 0..3 {
                self.start[a][n] = self.start[a][from];
                self.step[a][n] = self.step[a][from];
                self.inverse[a][n] = self.inverse[a][from];
            }
            self.next[n] = self.next[from];
            self.last[n] = self.last[from];
            self.enter[n] = self.enter[from];
            self.pixel[n] = self.pixel[from];
        }
    }
}

/// Adding this to a float of magnitude below 2²² leaves its nearest whole number in the low bits.
const MAGIC: f32 = 12_582_912.0;

/// Index along one axis, as a float, of the block that holds coordinate `x`. Coordinates that rounding put outside count
/// to the outermost block.
#[inline(always)]
fn block_along(x: f32, last: f32) -> f32 {
    let b = (x * (1.0 / EDGE as f32)).floor();
    let b = if b > 0.0 { b } else { 0.0 };
    if b < last { b } else { last }
}

/// The block of each ray's next sample.
#[inline(always)]
fn find_blocks<const RAYS: usize>(
    count: usize,
    space: &Space,
    [x, y, z]: &[[f32; RAYS]; 3],
    [dx, dy, dz]: &[[f32; RAYS]; 3],
    next: &[f32; RAYS],
    block: &mut [u32; RAYS],
) {
    let [ni, nj, nk] = space.blocks;
    let (li, lj, lk) = ((ni - 1) as f32, (nj - 1) as f32, (nk - 1) as f32);
    let (si, sj) = (ni as u32, (ni * nj) as u32);
    let whole = |b: f32| (b + MAGIC).to_bits() & 0x3f_ffff;
    for n in 0..count.min(RAYS) {
        let i = whole(block_along(x[n] + next[n] * dx[n], li));
        let j = whole(block_along(y[n] + next[n] * dy[n], lj));
        let k = whole(block_along(z[n] + next[n] * dz[n], lk));
        block[n] = k.wrapping_mul(sj).wrapping_add(j.wrapping_mul(si)).wrapping_add(i);
    }
}

/// Moves each ray whose block is `far` > 0 blocks from one that matters to its first sample beyond the cube of blocks
/// that do not.
#[inline(always)]
fn hop_over<const RAYS: usize>(
    count: usize,
    space: &Space,
    [x, y, z]: &[[f32; RAYS]; 3],
    [dx, dy, dz]: &[[f32; RAYS]; 3],
    [ix, iy, iz]: &[[f32; RAYS]; 3],
    far: &[f32; RAYS],
    next: &mut [f32; RAYS],
) {
    let [li, lj, lk] = space.blocks.map(|b| (b - 1) as f32);
    // Samples from `p` to where the ray leaves the cube along one axis. A ray along the axis's faces never does: its
    // inverse is infinite, and so is the product, or not a number.
    let leave = |p: f32, step: f32, inverse: f32, last: f32, far: f32| {
        let b = block_along(p, last);
        let face = if step > 0.0 { b + far } else { b + 1.0 - far };
        (face * EDGE as f32 - p) * inverse
    };
    for n in 0..count.min(RAYS) {
        let at = next[n];
        let samples = leave(x[n] + at * dx[n], dx[n], ix[n], li, far[n]);
        let other = leave(y[n] + at * dy[n], dy[n], iy[n], lj, far[n]);
        let samples = if other < samples { other } else { samples };
        let other = leave(z[n] + at * dz[n], dz[n], iz[n], lk, far[n]);
        let samples = if other < samples { other } else { samples };
        let samples = if samples > 0.0 { samples } else { 0.0 };
        let samples = if samples < 2e6 { samples } else { 2e6 };
        let beyond = at + samples.floor() + 1.0;
        next[n] = if far[n] > 0.0 { beyond } else { at };
    }
}
