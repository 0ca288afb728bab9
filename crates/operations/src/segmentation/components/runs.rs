//! Runs of foreground voxels along rows, numbered in scan order.

use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

use crate::bits::{BitVolume, ones};

/// The runs of a volume. They are not listed: the bits say where they are, and a count before each word numbers them.
pub(super) struct Runs {
    bits: BitVolume,
    /// For every word, how many runs of the volume begin before it.
    before: Vec<u32>,
    total: usize,
}

/// One row's runs.
#[derive(Clone, Copy)]
pub(super) struct RowRuns<'a> {
    bits: &'a [u64],
    before: &'a [u32],
}

impl<'a> RowRuns<'a> {
    /// The bits of word `w`; zero beyond the row.
    #[inline(always)]
    pub(super) fn bits(&self, w: usize) -> u64 {
        self.bits.get(w).copied().unwrap_or(0)
    }

    /// The bits of word `w` at which runs begin.
    #[inline(always)]
    pub(super) fn starts(&self, w: usize) -> u64 {
        starts(self.bits, w)
    }

    /// The number of the run that covers bit `bit` of word `w`, which is set.
    #[inline(always)]
    pub(super) fn run_at(&self, w: usize, bit: u32) -> u32 {
        let up_to = self.starts(w) & (u64::MAX >> (63 - bit));
        (self.before[w] + up_to.count_ones()).wrapping_sub(1)
    }

    /// Number of words.
    pub(super) const fn words(&self) -> usize {
        self.bits.len()
    }
}

#[inline(always)]
fn starts(row: &[u64], w: usize) -> u64 {
    let word = row.get(w).copied().unwrap_or(0);
    let carry = if w == 0 { 0 } else { row.get(w - 1).map_or(0, |p| p >> 63) };
    word & !(word << 1 | carry)
}

impl Runs {
    pub(super) fn new(bits: BitVolume) -> Self {
        let words = bits.words();
        let mut before = vec![0_u32; bits.bits().len()];
        let rows = before.par_chunks_mut(words).zip(bits.bits().par_chunks(words)).with_min_len(256);
        let counts: Vec<u32> = rows.map(|(before, row)| count(before, row)).collect();
        let mut total = 0_u32;
        for (row, count) in before.chunks_exact_mut(words).zip(counts) {
            row.iter_mut().for_each(|n| *n += total);
            total += count;
        }
        Self { bits, before, total: total as usize }
    }

    /// How many runs there are.
    pub(super) const fn total(&self) -> usize {
        self.total
    }

    /// Voxels a row.
    pub(super) const fn width(&self) -> usize {
        self.bits.dims()[0]
    }

    pub(super) fn voxel_count(&self) -> usize {
        self.bits.dims().iter().product()
    }

    /// Rows a slice, and slices.
    pub(super) const fn rows_and_slices(&self) -> [usize; 2] {
        let [_, nj, nk] = self.bits.dims();
        [nj, nk]
    }

    /// The runs of row `number` = k · rows a slice + j.
    #[inline(always)]
    pub(super) fn row(&self, number: usize) -> RowRuns<'_> {
        let words = self.bits.words();
        let range = number * words..(number + 1) * words;
        RowRuns { bits: &self.bits.bits()[range.clone()], before: &self.before[range] }
    }

    /// The numbers of the runs of row `number`.
    pub(super) fn of_row(&self, number: usize) -> Range<usize> {
        let first = |row: usize| self.before.get(row * self.bits.words()).map_or(self.total, |&n| n as usize);
        first(number)..first(number + 1)
    }

    /// The voxels of each run of row `number`, in order.
    pub(super) fn in_row(&self, number: usize) -> impl Iterator<Item = Range<usize>> {
        let row = self.row(number);
        let (mut start, mut end) = (Position::default(), Position::default());
        std::iter::from_fn(move || {
            let from = start.next(row.bits, |w| row.starts(w))?;
            let to = end.next(row.bits, |w| row.bits(w) & !(row.bits(w) >> 1 | row.bits(w + 1) << 63))?;
            Some(from..to + 1)
        })
    }

    /// Voxels of every island, given the island (from 1) of every run.
    pub(super) fn sizes(&self, labels: &[u32], islands: usize) -> Vec<u64> {
        let [nj, nk] = self.rows_and_slices();
        let rows = nj * nk;
        let tasks = rayon::current_num_threads().clamp(1, 16).min(rows.max(1));
        let parts: Vec<Vec<u32>> = (0..tasks)
            .into_par_iter()
            .map(|task| {
                let mut sizes = vec![0_u32; islands];
                for number in rows * task / tasks..rows * (task + 1) / tasks {
                    for (range, &label) in self.in_row(number).zip(&labels[self.of_row(number)]) {
                        let size = &mut sizes[label as usize - 1];
                        *size = size.saturating_add(range.len() as u32);
                    }
                }
                sizes
            })
            .collect();
        (0..islands).map(|n| parts.iter().map(|part| u64::from(part[n])).sum()).collect()
    }
}

/// How far a scan of a row's words has come.
#[derive(Default)]
struct Position {
    /// The word after the one being worked on.
    next: usize,
    /// Bits of the present word that are still to come.
    left: u64,
}

impl Position {
    #[inline(always)]
    fn next(&mut self, row: &[u64], word: impl Fn(usize) -> u64) -> Option<usize> {
        while self.left == 0 {
            if self.next >= row.len() {
                return None;
            }
            self.left = word(self.next);
            self.next += 1;
        }
        let bit = self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some((self.next - 1) * 64 + bit)
    }
}

#[multiversion(targets("x86_64+avx2+bmi1+bmi2+popcnt", "x86_64+sse4.2+popcnt"))]
fn count(before: &mut [u32], row: &[u64]) -> u32 {
    let mut total = 0;
    for (w, n) in before.iter_mut().enumerate() {
        *n = total;
        total += starts(row, w).count_ones();
    }
    total
}

/// The bits at which two rows' overlapping stretches begin: one for every pair of runs that share a column.
#[inline(always)]
pub(super) fn overlaps(a: RowRuns<'_>, b: RowRuns<'_>, mut pair: impl FnMut(u32, u32)) {
    let mut carry = 0;
    for w in 0..a.words() {
        let both = a.bits(w) & b.bits(w);
        for bit in ones(both & !(both << 1 | carry)) {
            pair(a.run_at(w, bit), b.run_at(w, bit));
        }
        carry = both >> 63;
    }
}

/// Every pair of a run of `a` that ends just before a run of `b` begins.
#[inline(always)]
pub(super) fn corners(a: RowRuns<'_>, b: RowRuns<'_>, mut pair: impl FnMut(u32, u32)) {
    for w in 0..a.words() {
        let ends = a.bits(w) & !(a.bits(w) >> 1 | a.bits(w + 1) << 63);
        let next = b.starts(w) >> 1 | b.starts(w + 1) << 63;
        for bit in ones(ends & next) {
            let (word, at) = if bit == 63 { (w + 1, 0) } else { (w, bit + 1) };
            pair(a.run_at(w, bit), b.run_at(word, at));
        }
    }
}
