//! The islands that some voxels lie in.

use microtome_image::{Blank, Scalar};
use rayon::prelude::*;

use super::{Components, Connectivity, ROWS};
use crate::bits::BitVolume;
use crate::progress::{Cancelled, Progress};

/// Sums over voxels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    /// How many there are.
    pub(crate) count: u64,
    pub(crate) sum: f64,
    /// The sum of their squares.
    pub(crate) squares: f64,
}

impl Sums {
    /// These and one more value.
    pub(crate) fn and(self, value: f64) -> Self {
        Self { count: self.count + 1, sum: self.sum + value, squares: self.squares + value * value }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    pub(crate) fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// The variance of the population that the voxels are a sample of; 0 of a single one.
    pub(crate) fn variance(&self) -> f64 {
        let count = self.count as f64;
        if self.count < 2 {
            0.0
        } else {
            (self.squares - self.sum * self.sum / count).max(0.0) / (count - 1.0)
        }
    }
}

impl Components {
    /// The islands of the voxels for which `inside` holds.
    pub(crate) fn within<T: Scalar>(
        values: &[T],
        dims: [usize; 3],
        connectivity: Connectivity,
        inside: impl Fn(T) -> bool + Sync + Copy,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        progress.report(0.0)?;
        Self::of_bits(BitVolume::new(values, dims, inside), connectivity, progress)
    }

    /// Which islands have one of the voxels.
    pub(crate) fn with_any(&self, voxels: &[[usize; 3]]) -> Vec<bool> {
        let [rows, _] = self.runs.rows_and_slices();
        let mut found = vec![false; self.count()];
        for &[i, j, k] in voxels {
            let number = k * rows + j;
            let labels = &self.labels[self.runs.of_row(number)];
            if let Some(run) = self.runs.in_row(number).position(|range| range.contains(&i)) {
                found[labels[run] as usize - 1] = true;
            }
        }
        found
    }

    /// `label` for every voxel of the islands that are `kept`, 0 for all others.
    pub(crate) fn marked<T: Scalar>(&self, kept: &[bool], label: T) -> Blank<T> {
        let nothing = T::default();
        self.filled(|island| if kept[island as usize - 1] { label } else { nothing })
    }

    /// The sums of `values` over the islands that are `kept`; the same on any number of threads.
    pub(crate) fn sums<T: Scalar>(&self, values: &[T], kept: &[bool]) -> Sums {
        let width = self.runs.width();
        let parts: Vec<Sums> = values
            .par_chunks(width * ROWS)
            .enumerate()
            .map(|(task, rows)| {
                let mut sums = Sums::default();
                for (n, row) in rows.chunks_exact(width).enumerate() {
                    let number = task * ROWS + n;
                    for (range, &label) in
                        self.runs.in_row(number).zip(&self.labels[self.runs.of_row(number)])
                    {
                        if kept[label as usize - 1] {
                            sums = row[range].iter().fold(sums, |sums, v| sums.and(v.to_f64()));
                        }
                    }
                }
                sums
            })
            .collect();
        parts.into_iter().fold(Sums::default(), Sums::plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_islands_with_a_seed_count() {
        let values = [1.0_f32, 2.0, 0.0, 3.0, 3.0, 0.0, 5.0];
        let inside = |v: f32| v > 0.0;
        let found =
            Components::within(&values, [7, 1, 1], Connectivity::Face, inside, &Progress::ignored()).unwrap();
        let kept = found.with_any(&[[4, 0, 0], [2, 0, 0], [6, 0, 0]]);
        assert_eq!(kept, [false, true, true]);
        assert_eq!(found.marked(&kept, 7_u8).to_vec(), [0, 0, 0, 7, 7, 0, 7]);
        let sums = found.sums(&values, &kept);
        assert_eq!(sums, Sums { count: 3, sum: 11.0, squares: 43.0 });
        assert!((sums.variance() - 4.0 / 3.0).abs() < 1e-12);
        assert_eq!(Sums::default().and(4.0).variance(), 0.0);
    }
}
