//! Thresholds by entropies of the histogram.

use super::super::histogram::Bins;

/// The histogram as shares of the whole, their sums up to each bin and above it, and the bins between which thresholds are
/// looked for.
struct Shares {
    shares: Vec<f64>,
    below: Vec<f64>,
    above: Vec<f64>,
    first: usize,
    last: usize,
}

impl Shares {
    fn of(bins: &Bins) -> Self {
        let total = bins.total();
        let shares: Vec<f64> = (0..bins.len()).map(|n| bins.count_of(n) / total).collect();
        let mut sum = 0.0;
        let below: Vec<f64> = shares
            .iter()
            .map(|share| {
                sum += share;
                sum
            })
            .collect();
        let above: Vec<f64> = below.iter().map(|b| 1.0 - b).collect();
        let is_some = |v: &f64| v.abs() >= f64::EPSILON;
        let first = below.iter().position(is_some).unwrap_or(0);
        let last = above.iter().rposition(is_some).unwrap_or(bins.len() - 1).max(first);
        Self { shares, below, above, first, last }
    }

    /// The bin with the greatest worth, the lowest of equal ones; one that is better by `margin` or less is not better.
    fn best(&self, margin: f64, worth: impl Fn(&[f64], f64, &[f64], f64) -> f64) -> usize {
        let mut best = (f64::MIN, 0);
        for bin in self.first..=self.last {
            let (low, high) = self.shares.split_at(bin + 1);
            let worth = worth(low, self.below[bin], high, self.above[bin]);
            if worth - margin > best.0 {
                best = (worth, bin);
            }
        }
        best.1
    }
}

/// Shannon's entropy of some shares of a class that has the share `whole`.
fn shannon(shares: &[f64], whole: f64) -> f64 {
    shares.iter().filter(|s| **s != 0.0).map(|s| s / whole).fold(0.0, |sum, x| sum - x * x.ln())
}

/// The bin for which the two classes' entropies are greatest together (Kapur, Sahoo and Wong, A new method for gray-level
/// picture thresholding using the entropy of the histogram, Graphical Models and Image Processing 29, 1985).
pub(in super::super) fn maximum_entropy(bins: &Bins) -> usize {
    Shares::of(bins).best(0.000_01, |low, p, high, q| shannon(low, p) + shannon(high, q))
}

/// The same with Rényi's entropies of orders 1/2, 1 and 2, whose three bins are averaged (the same authors as
/// [`maximum_entropy`]; Sahoo, Wilkins and Yeager, Threshold selection using Renyi's entropy, Pattern Recognition 30, 1997).
pub(in super::super) fn renyi_entropy(bins: &Bins) -> usize {
    let shares = Shares::of(bins);
    let product = |a: f64, b: f64, factor: f64| if a * b > 0.0 { factor * (a * b).ln() } else { 0.0 };
    let sum = |s: &[f64], f: &dyn Fn(f64) -> f64| s.iter().map(|v| f(*v)).sum::<f64>();
    let mut found = [
        shares.best(0.0, |low, p, high, q| {
            product(sum(low, &|s| (s / p).sqrt()), sum(high, &|s| (s / q).sqrt()), 2.0)
        }),
        shares.best(0.0, |low, p, high, q| shannon(low, p) + shannon(high, q)),
        shares.best(0.0, |low, p, high, q| {
            product(sum(low, &|s| (s / p) * (s / p)), sum(high, &|s| (s / q) * (s / q)), -1.0)
        }),
    ];
    found.sort_unstable();
    let [a, b, c] = found;
    let (near, close) = (b - a <= 5, c - b <= 5);
    let weights = match (near, close) {
        (true, true) | (false, false) => [1.0, 2.0, 1.0],
        (true, false) => [0.0, 1.0, 3.0],
        (false, true) => [3.0, 1.0, 0.0],
    };
    let between = shares.below[c] - shares.below[a];
    let place = a as f64 * (shares.below[a] + 0.25 * between * weights[0])
        + b as f64 * 0.25 * between * weights[1]
        + c as f64 * (shares.above[c] + 0.25 * between * weights[2]);
    (place as usize).min(bins.len() - 1)
}

/// The bin for which the two classes' fuzzy entropies are most alike (Shanbhag, Utilization of information measure as a means of
/// image thresholding, Graphical Models and Image Processing 56, 1994).
pub(in super::super) fn shanbhag(bins: &Bins) -> usize {
    let shares = Shares::of(bins);
    let mut best = (f64::MAX, 0);
    for bin in shares.first..=shares.last {
        let term = 0.5 / shares.below[bin];
        let low: f64 = (1..=bin)
            .fold(0.0, |sum, n| sum - shares.shares[n] * (1.0 - term * shares.below[n - 1]).ln())
            * term;
        let term = 0.5 / shares.above[bin];
        let high: f64 = (bin + 1..bins.len())
            .fold(0.0, |sum, n| sum - shares.shares[n] * (1.0 - term * shares.above[n]).ln())
            * term;
        let apart = (low - high).abs();
        if apart < best.0 {
            best = (apart, bin);
        }
    }
    best.1
}

/// The bin with the greatest correlation (Yen, Chang and Chang, A new criterion for automatic multilevel thresholding, IEEE
/// Transactions on Image Processing 4, 1995).
pub(in super::super) fn yen(bins: &Bins) -> usize {
    let shares = Shares::of(bins);
    let mut above = vec![0.0; bins.len()];
    for n in (0..bins.len() - 1).rev() {
        above[n] = above[n + 1] + shares.shares[n + 1] * shares.shares[n + 1];
    }
    let mut below = 0.0;
    let mut best = (f64::MIN, 0);
    for (n, share) in shares.shares.iter().enumerate() {
        below += share * share;
        let log = |v: f64| if v > 0.0 { v.ln() } else { 0.0 };
        let worth = -log(below * above[n]) + 2.0 * log(shares.below[n] * (1.0 - shares.below[n]));
        if worth > best.0 {
            best = (worth, n);
        }
    }
    best.1
}

/// The bin for which the label map is least fuzzy (Huang and Wang, Image thresholding by minimizing the measures of fuzziness,
/// Pattern Recognition 28, 1995). As in ITK the means of the classes are rounded to whole numbers, and the first bin does not
/// count for them.
pub(in super::super) fn huang(bins: &Bins) -> usize {
    let (Some(first), Some(last)) =
        (bins.counts.iter().position(|n| *n > 0), bins.counts.iter().rposition(|n| *n > 0))
    else {
        return 0;
    };
    let mut counts = vec![bins.count_of(0)];
    let mut sums = vec![0.0];
    for n in 1..=last {
        counts.push(counts[n - 1] + bins.count_of(n));
        sums.push(sums[n - 1] + bins.middle(n) * bins.count_of(n));
    }
    // The fuzziness of a value by how many bins it is from its class's mean.
    let range = (last - first) as f64;
    let mut fuzziness = vec![0.0];
    fuzziness.extend((1..=last - first).map(|n| {
        let belongs = 1.0 / (1.0 + n as f64 / range);
        -belongs * belongs.ln() - (1.0 - belongs) * (1.0 - belongs).ln()
    }));
    let fuzzy = |range: std::ops::RangeInclusive<usize>, mean: usize| -> f64 {
        range.map(|n| fuzziness[n.abs_diff(mean).min(fuzziness.len() - 1)] * bins.count_of(n)).sum()
    };
    let rounded = |mean: f64| bins.bin((mean + 0.5).floor());
    let mut best = (f64::MAX, 0);
    for bin in first..last {
        let low = rounded(sums[bin] / counts[bin]);
        let high = rounded((sums[last] - sums[bin]) / (counts[last] - counts[bin]));
        if let (Some(low), Some(high)) = (low, high) {
            let entropy = fuzzy(first..=bin, low) + fuzzy(bin + 1..=last, high);
            if entropy < best.0 {
                best = (entropy, bin);
            }
        }
    }
    best.1
}
