//! What a voxel's surroundings look like, robustly, and how much that is like the seeds'.

use microtome_image::Scalar;

/// Median, inter-quartile range and median absolute deviation of the 27 voxels around and including one
/// (fewer at the border).
pub(super) type Features = [f64; 3];

/// A volume whose features are wanted.
#[derive(Clone, Copy)]
pub(super) struct Volume<'a, T> {
    pub(super) values: &'a [T],
    pub(super) dims: [usize; 3],
}

impl<T: Scalar> Volume<'_, T> {
    pub(super) fn features(&self, n: usize) -> Features {
        let [ni, nj, _] = self.dims;
        let place = [n % ni, n / ni % nj, n / ni / nj];
        let mut samples = [0.0; 27];
        let mut count = 0;
        let around = |axis: usize| place[axis].saturating_sub(1)..(place[axis] + 2).min(self.dims[axis]);
        for k in around(2) {
            for j in around(1) {
                let start = (k * nj + j) * ni;
                for value in &self.values[start + around(0).start..start + around(0).end] {
                    samples[count] = value.to_f64();
                    count += 1;
                }
            }
        }
        let samples = &mut samples[..count];
        samples.sort_unstable_by(f64::total_cmp);
        let median = quantile(samples, 0.5);
        let spread = quantile(samples, 0.75) - quantile(samples, 0.25);
        samples.iter_mut().for_each(|s| *s = (*s - median).abs());
        samples.sort_unstable_by(f64::total_cmp);
        [median, spread, quantile(samples, 0.5)]
    }
}

/// Between the two samples around place `share` times their number.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * sorted.len() as f64;
    let last = sorted.len() - 1;
    let low = (at.floor() as usize).min(last);
    let high = (low + 1).min(last);
    (1.0 - at.fract()) * sorted[low] + at.fract() * sorted[high]
}

/// How probable features are, learnt from those of seeds: the product of one kernel density each.
pub(super) struct Model {
    densities: [Density; 3],
}

impl Model {
    /// `range`: the least and the greatest value of the volume; `whole`: whether they are whole numbers. The
    /// kernels are as wide as the standard deviation of the seeds' features divided by `sharpness`.
    pub(super) fn new(seeds: &[Features], range: (f64, f64), whole: bool, sharpness: f64) -> Self {
        let width = range.1 - range.0;
        let densities = [(range.0, width), (0.0, width), (0.0, width)];
        let density = |n: usize| {
            let values: Vec<f64> = seeds.iter().map(|features| features[n]).collect();
            Density::new(&values, densities[n], whole, sharpness)
        };
        let (median, (spread, deviation)) =
            rayon::join(|| density(0), || rayon::join(|| density(1), || density(2)));
        Self { densities: [median, spread, deviation] }
    }

    pub(super) fn probability(&self, features: Features) -> f64 {
        features.into_iter().zip(&self.densities).map(|(value, density)| density.at(value)).product()
    }
}

/// A density in a table.
struct Density {
    low: f64,
    step: f64,
    table: Vec<f64>,
}

/// The longest table.
const STEPS: f64 = 16383.0;

/// Beyond so many standard deviations a Gaussian is 0 in double precision.
const REACH: f64 = 39.0;

impl Density {
    fn new(values: &[f64], (low, width): (f64, f64), whole: bool, sharpness: f64) -> Self {
        let step = if whole && width <= STEPS { 1.0 } else { (width / STEPS).max(f64::MIN_POSITIVE) };
        let mut table = vec![0.0; (width / step) as usize + 1];
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (count - 1.0).max(1.0);
        // Seeds that are all alike still leave room of one step.
        let deviation = square.sqrt() / sharpness;
        let deviation = if deviation > 0.0 { deviation.max(1e-3 * step) } else { step };
        let scale = 1.0 / ((2.0 * std::f64::consts::PI).sqrt() * deviation * count);
        let reach = REACH * deviation;
        for (value, times) in tallied(values, low, step) {
            let at = |x: f64| ((x - low) / step).max(0.0);
            let (first, last) = (at(value - reach).floor() as usize, at(value + reach).ceil() as usize);
            let first = first.min(table.len());
            let last = last.saturating_add(1).clamp(first, table.len());
            for (n, entry) in (first..).zip(&mut table[first..last]) {
                let off = (low + n as f64 * step - value) / deviation;
                *entry += times * scale * (-0.5 * off * off).exp();
            }
        }
        Self { low, step, table }
    }

    /// The density at the beginning of the step that the value lies in.
    fn at(&self, value: f64) -> f64 {
        self.table.get(((value - self.low) / self.step) as usize).copied().unwrap_or(0.0)
    }
}

/// More different values than this are put together step by step.
const DISTINCT: usize = 1 << 12;

/// Every value, and how often it occurs.
fn tallied(values: &[f64], low: f64, step: f64) -> Vec<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let counted = |sorted: &[f64]| -> Vec<(f64, f64)> {
        sorted.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as f64)).collect()
    };
    let tally = counted(&sorted);
    if tally.len() <= DISTINCT {
        return tally;
    }
    sorted.iter_mut().for_each(|v| *v = low + ((*v - low) / step).round() * step);
    counted(&sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_order_statistics() {
        let values: Vec<i16> = (0..27).map(|n| n * 7 % 27).collect();
        let volume = Volume { values: &values, dims: [3, 3, 3] };
        // Of 0 to 26: halfway between the 14th and 15th, and so on.
        assert_eq!(volume.features(13), [13.5, 20.25 - 6.75, 7.0]);
        let one = Volume { values: &[5.0_f32], dims: [1, 1, 1] };
        assert_eq!(one.features(0), [5.0, 0.0, 0.0]);
    }

    #[test]
    fn what_is_like_the_seeds_is_probable() {
        let seeds = [[100.0, 5.0, 3.0], [104.0, 6.0, 3.5], [96.0, 4.0, 2.5]];
        let model = Model::new(&seeds, (0.0, 500.0), true, 1.0);
        let [like, unlike] = [[100.0, 5.0, 3.0], [130.0, 20.0, 9.0]].map(|f| model.probability(f));
        assert!(like > 1e-3 && unlike < 1e-6, "{like} {unlike}");
        // The density of the first feature adds up to 1.
        let sum: f64 = model.densities[0].table.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
}
