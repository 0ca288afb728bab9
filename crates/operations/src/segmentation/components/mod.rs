//! Connected components: the islands that the non-zero voxels form.
//!
//! Rows are packed into bits; the runs of set bits are the items of a union-find (He, Chao, Suzuki, IEEE
//! Transactions on Image Processing 17(5), 2008, carried from lines to volumes). Neighbouring rows are
//! compared a word at a time, so that the cost follows the number of runs rather than of voxels. Slabs of
//! slices are worked on in parallel and joined at their borders. An island's number is the rank of its first
//! voxel in scan order, whatever the number of threads.

mod forest;
mod runs;
mod seeded;

use bytemuck::Zeroable;
use microtome_image::{Array, Blank, Buffer, Scalar, with_values};
use rayon::prelude::*;

use crate::bits::BitVolume;
use crate::choice;
use crate::progress::{Cancelled, Progress};
use runs::Runs;

pub(crate) use seeded::Sums;

choice! {
    /// Which voxels are neighbours.
    pub enum Connectivity {
        /// Those that share a face: 6.
        Face = "face",
        /// Those that share a face or an edge: 18.
        Edge = "edge",
        /// Those that share a face, an edge or a corner: 26.
        Vertex = "vertex",
    }
}

/// The islands of a volume.
pub struct Components {
    runs: Runs,
    /// The island of every run, from 1.
    labels: Vec<u32>,
    sizes: Vec<u64>,
}

impl Components {
    /// The islands of the voxels that are neither zero nor NaN. `values` are `dims` voxels, i fastest, then
    /// j, k.
    ///
    /// # Errors [`Cancelled`] on request.
    ///
    /// # Panics If there are not as many values as `dims` says, or more than 2³³ of them.
    pub fn new(
        values: &Array,
        dims: [usize; 3],
        connectivity: Connectivity,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let count = dims.into_iter().fold(1_usize, usize::saturating_mul);
        assert!(values.len() == count && count <= MAX_VOXELS, "{} values for {dims:?} voxels", values.len());
        progress.report(0.0)?;
        Self::of_bits(with_values!(values, values => foreground(values, dims)), connectivity, progress)
    }

    /// The islands of the voxels whose bits are set.
    pub(crate) fn of_bits(
        bits: BitVolume,
        connectivity: Connectivity,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        progress.report(0.2)?;
        let runs = Runs::new(bits);
        progress.report(0.3)?;
        let (labels, islands) = forest::islands(&runs, connectivity, progress)?;
        let sizes = runs.sizes(&labels, islands);
        progress.report(0.8)?;
        Ok(Self { runs, labels, sizes })
    }

    /// How many islands there are.
    pub fn count(&self) -> usize {
        self.sizes.len()
    }

    /// Voxels of every island, in the order of their first voxels.
    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// The index into [`sizes`](Self::sizes) of the largest island, the first of equals; `None` if there is
    /// none.
    pub fn largest(&self) -> Option<usize> {
        (0..self.sizes.len()).reduce(|best, n| if self.sizes[n] > self.sizes[best] { n } else { best })
    }

    /// Every voxel's island: 1 for the first in scan order, and so on; 0 for the background. As `u16` where
    /// that can count the islands, else as `u32`.
    pub fn to_labels(&self) -> Array {
        match u16::try_from(self.count()) {
            Ok(_) => self.labelled(|label| label as u16).into(),
            Err(_) => self.labelled(|label| label).into(),
        }
    }

    /// The same in 32 bits, to go on working with.
    pub fn numbers(&self) -> Blank<u32> {
        self.filled(|label| label)
    }

    /// A label for every voxel, given those of the islands in the order of their first voxels. As `u16` where
    /// that holds them all, else as `u32`.
    ///
    /// # Panics If there are not as many labels as islands.
    pub fn relabelled(&self, labels: &[u32]) -> Array {
        assert_eq!(labels.len(), self.count(), "labels of the islands");
        if labels.iter().all(|&label| label <= u32::from(u16::MAX)) {
            return self.labelled(|label| labels[label as usize - 1] as u16).into();
        }
        self.labelled(|label| labels[label as usize - 1]).into()
    }

    fn labelled<T: Scalar>(&self, value: impl Fn(u32) -> T + Sync) -> Buffer<T> {
        self.filled(value).into()
    }

    fn filled<T: Scalar>(&self, value: impl Fn(u32) -> T + Sync) -> Blank<T> {
        let mut out = Blank::new(self.runs.voxel_count());
        self.rows(&mut out, |row, range, label, _| {
            let value = value(label);
            row[range].iter_mut().for_each(|v| *v = value);
        });
        out
    }

    /// `values` with every voxel set to zero that does not belong to an island that `keep` (index into
    /// [`sizes`](Self::sizes)) accepts.
    ///
    /// # Panics
    /// If there are not as many values as voxels.
    pub fn retain(&self, values: &Array, keep: impl Fn(usize) -> bool) -> Array {
        assert_eq!(values.len(), self.runs.voxel_count(), "values of the labelled volume");
        let keep: Vec<bool> = (0..self.count()).map(keep).collect();
        with_values!(values, values => self.retained(values, &keep).into())
    }

    fn retained<T: Scalar>(&self, values: &[T], keep: &[bool]) -> Buffer<T> {
        let mut out = Blank::new(values.len());
        self.rows(&mut out, |row, range, label, start| {
            if keep[label as usize - 1] {
                let from = &values[start + range.start..start + range.end];
                row[range].iter_mut().zip(from).for_each(|(v, &from)| *v = from);
            }
        });
        out.into()
    }

    /// Calls `each` with every row of `out`, every run in it, the run's island and the row's first voxel.
    fn rows<T: Send>(
        &self,
        out: &mut [T],
        each: impl Fn(&mut [T], std::ops::Range<usize>, u32, usize) + Sync,
    ) {
        let width = self.runs.width();
        out.par_chunks_mut(width * ROWS).enumerate().for_each(|(task, rows)| {
            for (n, row) in rows.chunks_exact_mut(width).enumerate() {
                let number = task * ROWS + n;
                let labels = &self.labels[self.runs.of_row(number)];
                for (range, &label) in self.runs.in_row(number).zip(labels) {
                    each(row, range, label, number * width);
                }
            }
        });
    }
}

/// The largest volume whose runs 32 bits can always count.
pub const MAX_VOXELS: usize = 1 << 33;

/// Rows written by one parallel task.
const ROWS: usize = 64;

#[allow(clippy::double_comparisons, reason = "NaN is neither above nor below zero, but differs from it")]
fn foreground<T: Scalar>(values: &[T], dims: [usize; 3]) -> BitVolume {
    let zero = <T as Zeroable>::zeroed();
    BitVolume::new(values, dims, move |v| v > zero || v < zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(dims: [usize; 3], seed: u64, one_in: u64) -> Vec<u8> {
        let mut state = seed;
        (0..dims.iter().product::<usize>())
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                u8::from((state >> 33).is_multiple_of(one_in)) * 7
            })
            .collect()
    }

    /// Flood fill, voxel by voxel, in scan order: slow and plainly right.
    fn flooded(values: &[u8], dims: [usize; 3], connectivity: Connectivity) -> Vec<u32> {
        let reach = match connectivity {
            Connectivity::Face => 1,
            Connectivity::Edge => 2,
            Connectivity::Vertex => 3,
        };
        let mut labels = vec![0; values.len()];
        let mut next = 0;
        for start in 0..values.len() {
            if values[start] == 0 || labels[start] != 0 {
                continue;
            }
            next += 1;
            labels[start] = next;
            let mut open = vec![start];
            while let Some(n) = open.pop() {
                let at = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]].map(|c| c as isize);
                for m in 0..27_isize {
                    let d = [m % 3 - 1, m / 3 % 3 - 1, m / 9 - 1];
                    let q: [isize; 3] = std::array::from_fn(|a| at[a] + d[a]);
                    let within = (0..3).all(|a| q[a] >= 0 && q[a] < dims[a] as isize);
                    if within && (1..=reach).contains(&d.iter().map(|c| c.abs()).sum::<isize>()) {
                        let q = q.map(|c| c as usize);
                        let q = (q[2] * dims[1] + q[1]) * dims[0] + q[0];
                        if values[q] != 0 && labels[q] == 0 {
                            labels[q] = next;
                            open.push(q);
                        }
                    }
                }
            }
        }
        labels
    }

    #[test]
    fn islands_are_those_of_a_flood_fill() {
        for (dims, seed) in
            [([70, 9, 8], 1), ([1, 30, 30], 2), ([64, 1, 20], 3), ([129, 11, 1], 4), ([130, 5, 12], 5)]
        {
            for one_in in [2, 3, 5, 8] {
                let values = noise(dims, seed, one_in);
                let array = Array::from(values.clone());
                for connectivity in [Connectivity::Face, Connectivity::Edge, Connectivity::Vertex] {
                    let found = Components::new(&array, dims, connectivity, &Progress::ignored()).unwrap();
                    let expected = flooded(&values, dims, connectivity);
                    let wide = found.to_labels().cast(microtome_image::ScalarType::UInt32);
                    assert_eq!(wide, Array::from(expected.clone()), "{dims:?} {one_in} {connectivity:?}");
                    let most = expected.iter().copied().max().unwrap_or(0) as usize;
                    assert_eq!(found.count(), most);
                    for (n, &size) in found.sizes().iter().enumerate() {
                        assert_eq!(size, expected.iter().filter(|&&l| l as usize == n + 1).count() as u64);
                    }
                }
            }
        }
    }

    #[test]
    fn threads_do_not_matter() {
        let dims = [100, 20, 40];
        let array = Array::from(noise(dims, 9, 3));
        let labels = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                Components::new(&array, dims, Connectivity::Face, &Progress::ignored()).unwrap().to_labels()
            })
        };
        let one = labels(1);
        assert!([2, 3, 7].into_iter().all(|n| labels(n) == one));
    }

    #[test]
    fn only_the_kept_islands_keep_their_values() {
        let array = Array::from(vec![3.5_f32, 0.0, -1.0, -2.0, f32::NAN, 4.0]);
        let found = Components::new(&array, [6, 1, 1], Connectivity::Face, &Progress::ignored()).unwrap();
        assert_eq!(found.sizes(), [1, 2, 1]);
        assert_eq!(found.largest(), Some(1));
        let kept = found.retain(&array, |n| found.sizes()[n] >= 2);
        assert_eq!(kept, Array::from(vec![0.0_f32, 0.0, -1.0, -2.0, 0.0, 0.0]));
    }

    #[test]
    fn it_stops_on_request() {
        let progress = Progress::ignored();
        progress.cancel();
        let array = Array::from(vec![1_u8; 8]);
        assert!(Components::new(&array, [2, 2, 2], Connectivity::Face, &progress).is_err());
    }
}
