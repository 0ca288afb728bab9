//! Joining runs to islands.

use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

use super::Connectivity;
use super::runs::{Runs, corners, overlaps};
use crate::progress::{Cancelled, Progress};

/// The island (from 1, in scan order) of every run, and how many islands there are.
pub(super) fn islands(
    runs: &Runs,
    connectivity: Connectivity,
    progress: &Progress,
) -> Result<(Vec<u32>, usize), Cancelled> {
    let [nj, nk] = runs.rows_and_slices();
    let mut parents: Vec<u32> = (0..runs.total() as u32).collect();
    // Every slab owns the runs that begin in it. Where slabs end does not matter to the result.
    let slabs = (2 * rayon::current_num_threads()).clamp(1, nk.max(1));
    let bounds: Vec<usize> = (0..=slabs).map(|s| nk * s / slabs).collect();
    let mut rest = parents.as_mut_slice();
    let mut tasks = Vec::with_capacity(slabs);
    for slab in bounds.windows(2) {
        let first = runs.of_row(slab[0] * nj).start;
        let after = runs.of_row(slab[1] * nj).start;
        let (own, others) = rest.split_at_mut(after - first);
        rest = others;
        tasks.push((slab[0]..slab[1], Forest { parents: own, first: first as u32 }));
    }
    tasks.into_par_iter().try_for_each(|(slices, mut forest)| -> Result<(), Cancelled> {
        for k in slices.clone() {
            progress.report(0.3)?;
            join_slice(&mut forest, runs, k, k > slices.start, connectivity);
        }
        Ok(())
    })?;
    progress.report(0.6)?;
    let mut forest = Forest { parents: &mut parents, first: 0 };
    for &k in &bounds[1..slabs] {
        join_below(&mut forest, runs, k, connectivity);
    }
    let count = number(&mut parents);
    Ok((parents, count))
}

/// Replaces every run's parent by its island's number. A parent comes before its children, and so is numbered first.
fn number(parents: &mut [u32]) -> usize {
    let mut count = 0_u32;
    for n in 0..parents.len() {
        let parent = parents[n] as usize;
        parents[n] = if parent == n {
            count += 1;
            count
        } else {
            parents[parent]
        };
    }
    count as usize
}

/// The parents of the runs from `first` on. A root is its own parent; every other parent has a lower number.
struct Forest<'a> {
    parents: &'a mut [u32],
    first: u32,
}

impl Forest<'_> {
    #[inline(always)]
    fn root(&mut self, mut run: u32) -> u32 {
        loop {
            let parent = self.parents[(run - self.first) as usize];
            if parent == run {
                return run;
            }
            let next = self.parents[(parent - self.first) as usize];
            self.parents[(run - self.first) as usize] = next;
            run = next;
        }
    }

    #[inline(always)]
    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parents[(high - self.first) as usize] = low;
    }
}

/// Joins the runs of slice `k` with one another and, if `below`, with those of the slice before.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+popcnt", "x86_64+sse4.2+popcnt"))]
fn join_slice(forest: &mut Forest<'_>, runs: &Runs, k: usize, below: bool, connectivity: Connectivity) {
    let [nj, _] = runs.rows_and_slices();
    for j in 0..nj {
        let row = k * nj + j;
        if j > 0 {
            join_rows(forest, runs, row, row - 1, connectivity != Connectivity::Face);
        }
        if below {
            join_row_below(forest, runs, j, k, connectivity);
        }
    }
}

/// Joins the runs of slice `k` with those of the slice before.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+popcnt", "x86_64+sse4.2+popcnt"))]
fn join_below(forest: &mut Forest<'_>, runs: &Runs, k: usize, connectivity: Connectivity) {
    for j in 0..runs.rows_and_slices()[0] {
        join_row_below(forest, runs, j, k, connectivity);
    }
}

#[inline(always)]
fn join_row_below(forest: &mut Forest<'_>, runs: &Runs, j: usize, k: usize, connectivity: Connectivity) {
    let [nj, _] = runs.rows_and_slices();
    let row = k * nj + j;
    join_rows(forest, runs, row, row - nj, connectivity != Connectivity::Face);
    if connectivity != Connectivity::Face {
        let beside: Range<usize> = j.saturating_sub(1)..(j + 2).min(nj);
        for other in beside.filter(|&other| other != j) {
            join_rows(forest, runs, row, (k - 1) * nj + other, connectivity == Connectivity::Vertex);
        }
    }
}

#[inline(always)]
fn join_rows(forest: &mut Forest<'_>, runs: &Runs, a: usize, b: usize, diagonal: bool) {
    let (a, b) = (runs.row(a), runs.row(b));
    overlaps(a, b, |x, y| forest.join(x, y));
    if diagonal {
        corners(a, b, |x, y| forest.join(x, y));
        corners(b, a, |x, y| forest.join(x, y));
    }
}
