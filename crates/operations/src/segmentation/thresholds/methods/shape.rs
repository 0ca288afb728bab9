//! Thresholds by the histogram's shape.

use super::super::histogram::Bins;

/// The bin half way between the two peaks that are left when the histogram is smoothed until there are two (Prewitt and
/// Mendelsohn, The analysis of cell images, Annals of the New York Academy of Sciences 128, 1966).
pub(in super::super) fn intermodes(bins: &Bins) -> Result<usize, String> {
    const MOST_ROUNDS: usize = 10_000;
    let mut heights: Vec<f64> = (0..bins.len()).map(|n| bins.count_of(n)).collect();
    for _ in 0..=MOST_ROUNDS {
        let peaks = peaks(&heights);
        if let [a, b] = peaks[..] {
            return Ok(usize::midpoint(a, b));
        }
        let (mut current, mut next) = (0.0, heights.first().copied().unwrap_or_default());
        let last = heights.len() - 1;
        for n in 0..last {
            let previous = current;
            current = next;
            next = heights[n + 1];
            heights[n] = (previous + current + next) / 3.0;
        }
        heights[last] = (current + next) / 3.0;
    }
    Err("the histogram does not come to have two peaks".to_owned())
}

/// Bins that are higher than both neighbours; no more than the first three.
fn peaks(heights: &[f64]) -> Vec<usize> {
    let windows = heights.windows(3).enumerate();
    windows.filter(|(_, w)| w[0] < w[1] && w[2] < w[1]).map(|(n, _)| n + 1).take(3).collect()
}

/// The bin behind the one that is furthest below a straight line from the histogram's peak to its longer end, which is where a
/// hundredth of the values is left (Zack, Rogers and Latt, Automatic measurement of sister chromatid exchange frequency, Journal
/// of Histochemistry and Cytochemistry 25, 1977).
pub(in super::super) fn triangle(bins: &Bins) -> usize {
    let end = bins.len() - 1;
    let mut peak = 0;
    for n in 0..bins.len() {
        if bins.counts[n] > bins.counts[peak] {
            peak = n;
        }
    }
    let height = bins.count_of(peak);
    let low = bins.bin(bins.quantile(0.01)).unwrap_or(end);
    let high = bins.bin(bins.quantile(0.99)).unwrap_or(end);
    // In single precision, as ITK does.
    let deepest = |range: std::ops::Range<usize>, line: &dyn Fn(f64) -> f64| {
        let mut best = (f32::NEG_INFINITY, range.start);
        for n in range.clone() {
            let depth = line((n - range.start) as f64) as f32 - bins.counts[n] as f32;
            if depth > best.0 {
                best = (depth, n);
            }
        }
        best.1
    };
    let found = if peak.abs_diff(low) > peak.abs_diff(high) {
        let slope = height / (peak as f64 - low as f64);
        deepest(low..peak, &|n| slope * n)
    } else {
        let slope = -height / (high as f64 - peak as f64);
        deepest(peak..high, &|n| slope * n + height)
    };
    (found + 1).min(end)
}
