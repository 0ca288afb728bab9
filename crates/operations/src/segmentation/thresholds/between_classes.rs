//! Otsu's thresholds: those between classes that are as far apart as can be (A threshold selection method from gray-level
//! histograms, IEEE Transactions on Systems, Man, and Cybernetics 9(1), 1979).

use super::histogram::Bins;

/// The last bins of all classes but the highest: those for which the variance between the classes is greatest; of equally good
/// ones the lowest. The best classes of the upper bins are found once for each bin and number of classes, not anew for every
/// choice of the lower thresholds.
///
/// `valley` takes off where the histogram is high at the thresholds (Ng, Automatic thresholding for defect detection, Pattern
/// Recognition Letters 27(14), 2006); what is best then depends on all thresholds together, so all choices are tried.
pub(super) fn last_bins(bins: &Bins, thresholds: usize, valley: bool) -> Vec<usize> {
    let sums = Sums::new(bins);
    if valley { sums.best_with_valley(bins, thresholds) } else { sums.best(thresholds) }
}

/// Counts and sums of the values below each bin.
struct Sums {
    counts: Vec<f64>,
    values: Vec<f64>,
}

/// By how much more a sum has to be greater to be better: what rounding can make of equal ones.
const ROUNDING: f64 = 1.0 + 4.0 * f64::EPSILON;

impl Sums {
    fn new(bins: &Bins) -> Self {
        let (mut counts, mut values) = (vec![0.0], vec![0.0]);
        for n in 0..bins.len() {
            counts.push(counts[n] + bins.count_of(n));
            values.push(values[n] + bins.middle(n) * bins.count_of(n));
        }
        Self { counts, values }
    }

    /// What a class from bin `first` to `last` adds: its count times the square of its mean.
    fn class(&self, first: usize, last: usize) -> f64 {
        let count = self.counts[last + 1] - self.counts[first];
        let sum = self.values[last + 1] - self.values[first];
        if count > 0.0 { sum * (sum / count) } else { 0.0 }
    }

    fn best(&self, thresholds: usize) -> Vec<usize> {
        let bins = self.counts.len() - 1;
        // What the bins from each one on are worth in one class, then in one more each time, and where its lowest ends.
        let mut worth: Vec<f64> = (0..bins).map(|first| self.class(first, bins - 1)).collect();
        let mut ends: Vec<Vec<usize>> = Vec::new();
        for classes in 1..=thresholds {
            let mut better = vec![0.0; bins];
            let mut end = vec![0; bins];
            for first in 0..bins - classes {
                let mut found = (f64::NEG_INFINITY, first);
                for last in first..bins - classes {
                    let value = self.class(first, last) + worth[last + 1];
                    if value > found.0 * ROUNDING || found.0 == f64::NEG_INFINITY {
                        found = (value, last);
                    }
                }
                (better[first], end[first]) = found;
            }
            worth = better;
            ends.push(end);
        }
        let mut first = 0;
        ends.iter()
            .rev()
            .map(|end| {
                let last = end[first];
                first = last + 1;
                last
            })
            .collect()
    }

    fn best_with_valley(&self, bins: &Bins, thresholds: usize) -> Vec<usize> {
        let total = bins.total();
        let mut choice: Vec<usize> = (0..thresholds).collect();
        let mut found = (f64::NEG_INFINITY, choice.clone());
        loop {
            let mut first = 0;
            let mut value = 0.0;
            for &last in &choice {
                value += self.class(first, last);
                first = last + 1;
            }
            value += self.class(first, bins.len() - 1);
            let heights: f64 = choice.iter().map(|&bin| bins.count_of(bin) / total).sum();
            let value = value / total * (1.0 - heights);
            if value > found.0 * ROUNDING || found.0 == f64::NEG_INFINITY {
                found = (value, choice.clone());
            }
            // The next choice: the highest threshold that can rise does, those above it follow it.
            let Some(rising) = (0..thresholds).rev().find(|&n| choice[n] + 1 + (thresholds - n) < bins.len())
            else {
                return found.1;
            };
            choice[rising] += 1;
            for n in rising + 1..thresholds {
                choice[n] = choice[n - 1] + 1;
            }
        }
    }
}
