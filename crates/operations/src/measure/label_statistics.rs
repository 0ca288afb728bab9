//! Numbers about each label of a label map.
//!
//! Rows are read as runs of equal labels, and a run's values summed side by side: the cost of many labels is that of
//! their runs. Sums are taken about a value of the label's own and merged (Chan, Golub and LeVeque, The American
//! Statistician 37(3), 1983), so that the deviation keeps its digits.

use std::collections::BTreeMap;

use microtome_geometry::{Grid, Point, Ras};
use microtome_image::{Array, Scalar, with_values};
use multiversion::multiversion;
use rayon::prelude::*;

use super::percentiles;
use super::runs::{ByLabel, Run, find_runs};
use crate::progress::{Cancelled, Progress};

/// What is known of one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelStatistics {
    /// The label.
    pub label: i64,
    /// How many voxels have it.
    pub voxels: u64,
    /// How many of their values are numbers.
    pub count: u64,
    /// Least value; NaN if there are none.
    pub min: f64,
    /// Greatest value; NaN if there are none.
    pub max: f64,
    /// Arithmetic mean; NaN if there are none.
    pub mean: f64,
    /// Standard deviation of the population (divided by the count); NaN if there are none.
    pub deviation: f64,
    /// Mean position of the voxels.
    pub centroid: Point<Ras>,
}

/// The statistics of every label but 0, by rising label. `labels` and `values` have one number a voxel of `grid`; a
/// label that is not a whole number counts as the next one towards 0, NaN as 0.
///
/// # Errors
/// [`Cancelled`] on request.
///
/// # Panics
/// If there are not as many labels and values as voxels.
pub fn label_statistics(
    labels: &Array,
    values: &Array,
    grid: &Grid,
    progress: &Progress,
) -> Result<Vec<LabelStatistics>, Cancelled> {
    assert!(labels.len() == grid.voxel_count() && values.len() == grid.voxel_count(), "one number a voxel");
    progress.report(0.0)?;
    with_values!(values, values => of_values(labels, values, grid, progress))
}

/// For each of the given labels, in their order, the values below which the given fractions (0 to 1) of its values lie
/// (as [`percentiles`](percentiles::percentiles)); NaN where a label has no numbers.
pub fn label_percentiles(labels: &Array, values: &Array, wanted: &[i64], fractions: &[f64]) -> Vec<Vec<f64>> {
    with_values!(values, values => percentiles_of(labels, values, wanted, fractions))
}

/// Rows of one parallel task. Fixed, so that sums come out the same on any number of threads.
const ROWS: usize = 512;

#[derive(Clone, Copy, Debug)]
struct Sums {
    voxels: u64,
    count: u64,
    min: f64,
    max: f64,
    mean: f64,
    /// Sum of the squared deviations from the mean.
    squares: f64,
    /// Sums of the voxels' indices.
    indices: [f64; 3],
}

impl Sums {
    const NONE: Self = Self {
        voxels: 0,
        count: 0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        mean: 0.0,
        squares: 0.0,
        indices: [0.0; 3],
    };

    fn add(&mut self, other: &Self) {
        self.voxels += other.voxels;
        (0..3).for_each(|a| self.indices[a] += other.indices[a]);
        if other.count == 0 {
            return;
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let apart = other.mean - self.mean;
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.mean += apart * (m / (n + m));
        self.squares += other.squares + apart * apart * (n * m / (n + m));
    }
}

/// The sums of one label's values in one task, about `shift`.
#[derive(Clone, Copy)]
struct Part {
    shift: f64,
    sum: f64,
    squares: f64,
    sums: Sums,
}

impl Part {
    fn new(shift: f64) -> Self {
        let shift = if shift.is_finite() { shift } else { 0.0 };
        Self { shift, sum: 0.0, squares: 0.0, sums: Sums::NONE }
    }

    fn finish(mut self) -> Sums {
        let n = self.sums.count as f64;
        if self.sums.count > 0 {
            self.sums.mean = self.shift + self.sum / n;
            self.sums.squares = (self.squares - self.sum * self.sum / n).max(0.0);
        }
        self.sums
    }
}

fn of_values<T: Scalar>(
    labels: &Array,
    values: &[T],
    grid: &Grid,
    progress: &Progress,
) -> Result<Vec<LabelStatistics>, Cancelled> {
    let [ni, nj, nk] = grid.dims();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let parts: Vec<BTreeMap<i64, Sums>> = values
        .par_chunks(ni * ROWS)
        .enumerate()
        .map(|(task, values)| {
            progress.report((task * ROWS) as f64 / (nj * nk) as f64)?;
            let mut parts = ByLabel::default();
            let mut runs = Vec::new();
            for (row, values) in (task * ROWS..).zip(values.chunks_exact(ni)) {
                find_runs(labels, row * ni..(row + 1) * ni, &mut runs);
                add_row(&mut parts, &runs, values, [(row % nj) as f64, (row / nj) as f64]);
            }
            Ok(parts.into_parts().into_iter().map(|(label, part)| (label, part.finish())).collect())
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut all: BTreeMap<i64, Sums> = BTreeMap::new();
    for part in parts {
        for (label, sums) in part {
            all.entry(label).or_insert(Sums::NONE).add(&sums);
        }
    }
    Ok(all.into_iter().map(|(label, sums)| statistics(label, &sums, grid)).collect())
}

fn statistics(label: i64, sums: &Sums, grid: &Grid) -> LabelStatistics {
    let known = |v: f64| if sums.count > 0 { v } else { f64::NAN };
    let center = sums.indices.map(|sum| sum / sums.voxels as f64);
    LabelStatistics {
        label,
        voxels: sums.voxels,
        count: sums.count,
        min: known(sums.min),
        max: known(sums.max),
        mean: known(sums.mean),
        deviation: known((sums.squares / sums.count as f64).sqrt()),
        centroid: grid.ijk_to_ras().apply(Point::from_array(center)),
    }
}

/// Adds a row of values to the sums of their labels.
fn add_row<T: Scalar>(parts: &mut ByLabel<Part>, runs: &[Run], values: &[T], [j, k]: [f64; 2]) {
    for run in runs {
        let values = &values[run.start..run.end];
        let part = parts.of(run.label, || Part::new(values[0].to_f64()));
        add_run(part, values);
        let n = values.len() as f64;
        part.sums.voxels += values.len() as u64;
        part.sums.indices[0] += n * (run.start + run.end - 1) as f64 / 2.0;
        part.sums.indices[1] += n * j;
        part.sums.indices[2] += n * k;
    }
}

/// Values that are summed side by side.
const LANES: usize = 8;

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn add_run<T: Scalar>(part: &mut Part, run: &[T]) {
    let mut sum = [0.0_f64; LANES];
    let mut squares = [0.0_f64; LANES];
    let mut min = [f64::INFINITY; LANES];
    let mut max = [f64::NEG_INFINITY; LANES];
    let mut count = [0_u64; LANES];
    let (groups, rest) = run.as_chunks::<LANES>();
    for group in groups {
        for lane in 0..LANES {
            let v = group[lane].to_f64();
            let number = !v.is_nan();
            let apart = if number { v - part.shift } else { 0.0 };
            sum[lane] += apart;
            squares[lane] += apart * apart;
            min[lane] = if v < min[lane] { v } else { min[lane] };
            max[lane] = if v > max[lane] { v } else { max[lane] };
            count[lane] += u64::from(number);
        }
    }
    for v in rest {
        let v = v.to_f64();
        if !v.is_nan() {
            let apart = v - part.shift;
            sum[0] += apart;
            squares[0] += apart * apart;
            min[0] = min[0].min(v);
            max[0] = max[0].max(v);
            count[0] += 1;
        }
    }
    for lane in 0..LANES {
        part.sum += sum[lane];
        part.squares += squares[lane];
        part.sums.min = part.sums.min.min(min[lane]);
        part.sums.max = part.sums.max.max(max[lane]);
        part.sums.count += count[lane];
    }
}

fn percentiles_of<T: Scalar>(
    labels: &Array,
    values: &[T],
    wanted: &[i64],
    fractions: &[f64],
) -> Vec<Vec<f64>> {
    let places: BTreeMap<i64, usize> = wanted.iter().enumerate().map(|(n, &label)| (label, n)).collect();
    let mut gathered: Vec<Vec<T>> = vec![Vec::new(); wanted.len()];
    let mut runs = Vec::new();
    for (n, values) in values.chunks(GATHERED).enumerate() {
        find_runs(labels, n * GATHERED..n * GATHERED + values.len(), &mut runs);
        for run in &runs {
            if let Some(&place) = places.get(&run.label) {
                gathered[place].extend_from_slice(&values[run.start..run.end]);
            }
        }
    }
    gathered.into_par_iter().map(|values| percentiles::of_values(values, fractions)).collect()
}

/// Voxels whose runs are held at a time while values are gathered.
const GATHERED: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_means_deviations_centroids_and_medians() {
        let grid = Grid::axis_aligned([4, 2, 1], [2.0, 3.0, 1.0], Point::new(10.0, 20.0, 30.0));
        let labels = Array::from(vec![1_u8, 1, 0, 7, 1, 7, 7, 0]);
        let values = Array::from(vec![1.0_f32, 2.0, 99.0, -4.0, f32::NAN, 6.0, 1.0, 99.0]);
        let found = label_statistics(&labels, &values, &grid, &Progress::ignored()).unwrap();
        let [one, seven] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.label, one.voxels, one.count, one.min, one.max, one.mean), (1, 3, 2, 1.0, 2.0, 1.5));
        assert_eq!(one.deviation, 0.5);
        assert_eq!((seven.label, seven.voxels, seven.mean), (7, 3, 1.0));
        assert!((seven.deviation - (50.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!(one.centroid.distance(Point::new(10.0 + 2.0 / 3.0, 21.0, 30.0)) < 1e-12);
        assert!(seven.centroid.distance(Point::new(14.0, 22.0, 30.0)) < 1e-12);
        let medians = label_percentiles(&labels, &values, &[7, 1, 5], &[0.5, 0.0]);
        assert_eq!(medians[..2], [[1.0, -4.0], [1.5, 1.0]]);
        assert!(medians[2][0].is_nan());
    }

    #[test]
    fn types_and_threads_do_not_matter() {
        let dims = [37, 40, 40];
        let grid = Grid::axis_aligned(dims, [0.7, 0.8, 0.9], Point::zero());
        let count: usize = dims.iter().product();
        let labels = Array::from((0..count).map(|n| (n / 29 % 5) as u8).collect::<Vec<_>>());
        let values = Array::from((0..count).map(|n| (n * 7919 % 601) as i16).collect::<Vec<_>>());
        let run = |labels: &Array, values: &Array, threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| label_statistics(labels, values, &grid, &Progress::ignored()).unwrap())
        };
        let one = run(&labels, &values, 1);
        assert_eq!(one.len(), 4);
        use microtome_image::ScalarType as T;
        for threads in [1, 2, 5] {
            for (l, v) in [
                (T::UInt8, T::Int16),
                (T::Int32, T::Float64),
                (T::UInt64, T::Float32),
                (T::Float32, T::UInt16),
            ] {
                assert_eq!(run(&labels.cast(l), &values.cast(v), threads), one);
            }
        }
    }
}
