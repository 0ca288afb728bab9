//! Medians over large boxes of values of up to 16 bits: a histogram that moves along the row (T. S. Huang and others, "A fast
//! two-dimensional median filtering algorithm", IEEE ASSP 27, 1979).

use crate::kernels::key::{Key, Keyed};
use crate::kernels::rows::{self, Rows};
use crate::progress::{Cancelled, Progress};

/// Values that are counted together too, so that empty stretches are passed quickly.
const GROUP: usize = 256;

/// The values of a box, counted, and its median.
struct Counts {
    values: Vec<u32>,
    groups: Vec<u32>,
    median: usize,
    /// How many values are less than the median.
    less: usize,
}

impl Counts {
    fn new(bits: u32) -> Self {
        let count = 1 << bits;
        Self { values: vec![0; count], groups: vec![0; count / GROUP], median: 0, less: 0 }
    }

    fn add(&mut self, value: usize) {
        self.values[value] += 1;
        self.groups[value / GROUP] += 1;
        self.less += usize::from(value < self.median);
    }

    fn remove(&mut self, value: usize) {
        self.values[value] -= 1;
        self.groups[value / GROUP] -= 1;
        self.less -= usize::from(value < self.median);
    }

    /// Moves to the value that has `rank` others before it.
    fn settle(&mut self, rank: usize) -> usize {
        while self.less > rank {
            let group = self.median / GROUP;
            if self.median.is_multiple_of(GROUP) && self.less - self.groups[group - 1] as usize > rank {
                self.median -= GROUP;
                self.less -= self.groups[group - 1] as usize;
            } else {
                self.median -= 1;
                self.less -= self.values[self.median] as usize;
            }
        }
        loop {
            let group = self.groups[self.median / GROUP] as usize;
            if self.median.is_multiple_of(GROUP) && self.less + group <= rank {
                self.median += GROUP;
                self.less += group;
            } else if self.less + self.values[self.median] as usize <= rank {
                self.less += self.values[self.median] as usize;
                self.median += 1;
            } else {
                return self.median;
            }
        }
    }
}

/// Writes every voxel's median.
pub(super) fn fill<T: Keyed>(
    rows: &Rows<T::Key>,
    dims: [usize; 3],
    radius: [usize; 3],
    out: &mut [T],
    progress: &Progress,
) -> Result<(), Cancelled> {
    let [wi, wj, wk] = radius.map(|r| 2 * r + 1);
    let rank = wi * wj * wk / 2;
    rows::fill_with(
        out,
        dims,
        progress,
        || (Counts::new(T::Key::BITS), Vec::with_capacity(wj * wk)),
        |(counts, around), j, k, out| {
            around.clear();
            for c in 0..wk {
                let row = |b: usize| {
                    rows.row((j + b) as isize - radius[1] as isize, (k + c) as isize - radius[2] as isize)
                };
                around.extend((0..wj).map(row));
            }
            let of = |row: &[T::Key], i: usize| row[i].index();
            around.iter().for_each(|row| (0..wi - 1).for_each(|i| counts.add(of(row, i))));
            for (i, out) in out.iter_mut().enumerate() {
                around.iter().for_each(|row| counts.add(of(row, i + wi - 1)));
                *out = T::of_key(T::Key::at(counts.settle(rank)));
                around.iter().for_each(|row| counts.remove(of(row, i)));
            }
            let end = out.len();
            around.iter().for_each(|row| (end..end + wi - 1).for_each(|i| counts.remove(of(row, i))));
        },
    )
}
