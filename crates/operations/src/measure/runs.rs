//! Runs: voxels side by side with one label. What is found run by run costs as much as there are runs, not voxels.

use std::collections::BTreeMap;
use std::ops::Range;

use microtome_image::{Array, Scalar, with_values};

/// Voxels side by side with one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) label: i64,
    /// The first voxel, counted from the start of the range that was looked at.
    pub(super) start: usize,
    /// The voxel behind the last.
    pub(super) end: usize,
}

/// Replaces `runs` by those of the labels other than 0 in `range`. Apart from any values, so that each type of labels
/// and each type of values is compiled once, not each pair.
pub(super) fn find_runs(labels: &Array, range: Range<usize>, runs: &mut Vec<Run>) {
    runs.clear();
    with_values!(labels, labels => add_runs(&labels[range], runs));
}

fn add_runs<L: Scalar>(labels: &[L], runs: &mut Vec<Run>) {
    let mut start = 0;
    while start < labels.len() {
        let end = start + run_length(&labels[start..]);
        let label = labels[start].to_f64() as i64;
        if label != 0 {
            runs.push(Run { label, start, end });
        }
        start = end;
    }
}

/// How many labels from the first on are equal to it, at least 1.
fn run_length<L: Scalar>(labels: &[L]) -> usize {
    let label = labels[0];
    let groups = labels.as_chunks::<32>().0;
    let whole =
        groups.iter().take_while(|group| group.iter().fold(true, |same, &l| same & (l == label))).count()
            * 32;
    let rest = labels[whole..].iter().take_while(|&&l| l == label).count();
    (whole + rest).max(1)
}

/// The runs of several rows.
#[derive(Default)]
pub(super) struct Rows {
    runs: Vec<Run>,
    /// Where the runs of each row end.
    ends: Vec<usize>,
}

impl Rows {
    /// Replaces the runs by those of `count` rows of `length` voxels from row `first` on.
    pub(super) fn find(&mut self, labels: &Array, first: usize, count: usize, length: usize) {
        self.runs.clear();
        self.ends.clear();
        with_values!(labels, labels => {
            for row in first..first + count {
                add_runs(&labels[row * length..(row + 1) * length], &mut self.runs);
                self.ends.push(self.runs.len());
            }
        });
    }

    /// Those of one of the rows, by rising place.
    pub(super) fn row(&self, n: usize) -> &[Run] {
        let start = n.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.runs[start..self.ends[n]]
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Something for each label; the last one used is found without a search.
pub(super) struct ByLabel<T> {
    parts: Vec<(i64, T)>,
    places: BTreeMap<i64, usize>,
    last: usize,
}

impl<T> Default for ByLabel<T> {
    fn default() -> Self {
        Self { parts: Vec::new(), places: BTreeMap::new(), last: 0 }
    }
}

impl<T> ByLabel<T> {
    /// That of `label`, made by `new` if there is none yet.
    pub(super) fn of(&mut self, label: i64, new: impl FnOnce() -> T) -> &mut T {
        if self.parts.get(self.last).is_none_or(|(l, _)| *l != label) {
            self.last = *self.places.entry(label).or_insert(self.parts.len());
            if self.last == self.parts.len() {
                self.parts.push((label, new()));
            }
        }
        &mut self.parts[self.last].1
    }

    /// Calls `f` for every label's.
    pub(super) fn each(&mut self, f: impl FnMut(&mut T)) {
        self.parts.iter_mut().map(|(_, part)| part).for_each(f);
    }

    /// Labels and what they have, by their first appearance.
    pub(super) fn into_parts(self) -> Vec<(i64, T)> {
        self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_row_by_row() {
        let mut labels = vec![0_u8; 200];
        labels[3..70].fill(4);
        labels[70] = 5;
        labels[99] = 5;
        labels[100] = 5;
        let labels = Array::from(labels);
        let run = |label, start, end| Run { label, start, end };
        let mut rows = Rows::default();
        rows.find(&labels, 0, 2, 100);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows.row(0), [run(4, 3, 70), run(5, 70, 71), run(5, 99, 100)]);
        assert_eq!(rows.row(1), [run(5, 0, 1)]);
        let mut runs = Vec::new();
        find_runs(&labels, 0..200, &mut runs);
        assert_eq!(runs, [run(4, 3, 70), run(5, 70, 71), run(5, 99, 101)]);
    }
}
