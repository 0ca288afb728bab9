//! Many rays together: a wave of rays advances by a few samples a turn, and all samples of a turn are taken at once.

use super::cast::{Ray, Row, Space};
use crate::sampling::{Batch, Voxel};

/// Samples of all rays in one turn.
pub(super) const SAMPLES: usize = 256;

/// A ray on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    ray: Ray,
    /// Column of its pixel.
    pub(super) pixel: usize,
    /// The first sample that has not been taken yet.
    next: usize,
}

impl Slot {
    /// How many samples of a turn of `most` count.
    #[inline(always)]
    pub(super) fn pending(&self, most: usize) -> usize {
        (self.ray.last - self.next).min(most)
    }

    /// The number of sample `sample` of this turn, counted from where the ray enters the volume.
    #[inline(always)]
    pub(super) const fn number(&self, sample: usize) -> usize {
        self.next + sample
    }

    /// Distance from the eye of sample `sample` of this turn, mm.
    #[inline(always)]
    pub(super) fn distance(&self, sample: usize, step: f64) -> f32 {
        (self.ray.enter + (self.next + sample) as f64 * step) as f32
    }

    pub(super) const fn ray(&self) -> &Ray {
        &self.ray
    }
}

/// The rays of one row of a picture, as many at a time as there is room for, each with `PER_RAY` samples a turn.
pub(super) struct Wave<T: Voxel, const PER_RAY: usize> {
    pub(super) rays: Vec<Slot>,
    pub(super) batch: Box<Batch<T, SAMPLES>>,
    /// The next column.
    column: usize,
}

impl<T: Voxel, const PER_RAY: usize> Wave<T, PER_RAY> {
    /// Rays that travel together.
    const RAYS: usize = SAMPLES / PER_RAY;

    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { rays: Vec::with_capacity(Self::RAYS), batch: Box::new(Batch::new()), column: 0 }
    }

    /// Lets rays of further columns join while there is room.
    #[inline(always)]
    pub(super) fn refill(&mut self, space: &Space, row: &Row<'_>, wanted: impl Fn(usize) -> bool) {
        let width = row.to.len();
        while self.rays.len() < Self::RAYS && self.column < width {
            if wanted(self.column)
                && let Some(ray) = space.ray(row, self.column)
            {
                self.rays.push(Slot { ray, pixel: self.column, next: ray.first });
            }
            self.column += 1;
        }
    }

    /// Whether all rays of the row have come to their end.
    #[inline(always)]
    pub(super) fn is_done(&self, row: &Row<'_>) -> bool {
        self.rays.is_empty() && self.column >= row.to.len()
    }

    /// Moves each ray on to its next sample that matters, drops those that have none, and writes the positions of this
    /// turn's samples. `skip` says of a block (by number) how many blocks around it can be left out too; `None` if it
    /// matters. Returns the number of samples, those of ray n from n · `PER_RAY` on.
    #[inline(always)]
    pub(super) fn advance(&mut self, space: &Space, skip: impl Fn(&Slot, usize) -> Option<i32>) -> usize {
        let batch = &mut *self.batch;
        let mut kept = 0;
        for number in 0..self.rays.len() {
            let mut slot = self.rays[number];
            let last = slot.ray.last;
            while slot.next < last {
                let p = slot.ray.at(slot.next as f32);
                let (number, block) = space.block(p);
                match skip(&slot, number) {
                    Some(reach) => slot.next += slot.ray.samples_in(p, block, reach),
                    None => break,
                }
            }
            if slot.next < last && kept < Self::RAYS {
                let first = kept * PER_RAY;
                for a in 0..3 {
                    let (start, step) = (slot.ray.start[a], slot.ray.step[a]);
                    let places = &mut batch.position[a][first..first + PER_RAY];
                    let next = slot.next as f32;
                    for (n, p) in places.iter_mut().enumerate() {
                        *p = start + (next + n as f32) * step;
                    }
                }
                self.rays[kept] = slot;
                kept += 1;
            }
        }
        self.rays.truncate(kept);
        kept * PER_RAY
    }

    /// Ends a turn: drops rays that have come to their end and those that `goes_on` refuses.
    #[inline(always)]
    pub(super) fn finish_turn(&mut self, goes_on: impl Fn(&Slot) -> bool) {
        self.rays.retain_mut(|slot| {
            slot.next += PER_RAY;
            slot.next < slot.ray.last && goes_on(slot)
        });
    }
}
