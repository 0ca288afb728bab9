//! Peaks of a row of values, by prominence: how far down one has to go to reach a higher one.

/// A peak; places in samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Peak {
    /// Its middle sample.
    pub(super) at: usize,
    /// How far it rises above the higher one of the lowest places on both sides before a higher peak or the end.
    pub(super) prominence: f64,
    /// Where it passes the height at which its width is measured.
    pub(super) start: f64,
    /// Where it falls below that height.
    pub(super) end: f64,
}

/// The peaks: samples, or runs of equal ones, that are higher than both neighbours, no narrower than `least` samples half way up
/// their prominence. Start and end are measured at `part` of the prominence above the base (as `find_peaks` and
/// `peak_widths` of SciPy do).
pub(super) fn peaks(values: &[f64], least: f64, part: f64) -> Vec<Peak> {
    tops(values)
        .into_iter()
        .filter_map(|at| {
            let prominence = prominence(values, at);
            let [start, end] = width(values, at, prominence, 0.5);
            (end - start >= least).then(|| {
                let [start, end] = width(values, at, prominence, part);
                Peak { at, prominence, start, end }
            })
        })
        .collect()
}

fn tops(values: &[f64]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut n = 1;
    while n + 1 < values.len() {
        if values[n - 1] < values[n] {
            let mut last = n;
            while last + 1 < values.len() && values[last + 1] == values[n] {
                last += 1;
            }
            if values.get(last + 1).is_some_and(|next| *next < values[n]) {
                found.push(usize::midpoint(n, last));
            }
            n = last;
        }
        n += 1;
    }
    found
}

fn prominence(values: &[f64], at: usize) -> f64 {
    let top = values[at];
    let lowest =
        |side: &mut dyn Iterator<Item = &f64>| side.take_while(|v| **v <= top).copied().fold(top, f64::min);
    let left = lowest(&mut values[..=at].iter().rev());
    let right = lowest(&mut values[at..].iter());
    top - left.max(right)
}

/// Where a peak crosses the height at `part` of its prominence above its base.
fn width(values: &[f64], at: usize, prominence: f64, part: f64) -> [f64; 2] {
    let top = values[at];
    let height = top - prominence * (1.0 - part);
    // No further than to where a higher one stands.
    let first = (0..at).rev().find(|n| values[*n] > top).map_or(0, |n| n + 1);
    let last = (at + 1..values.len()).find(|n| values[*n] > top).map_or(values.len() - 1, |n| n - 1);
    let mut i = at;
    while i > first && height < values[i] {
        i -= 1;
    }
    let mut start = i as f64;
    if values[i] < height {
        start += (height - values[i]) / (values[i + 1] - values[i]);
    }
    let mut i = at;
    while i < last && height < values[i] {
        i += 1;
    }
    let mut end = i as f64;
    if values[i] < height {
        end -= (height - values[i]) / (values[i - 1] - values[i]);
    }
    [start, end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_scipys() {
        let values: Vec<f64> =
            (0..60).map(f64::from).map(|x| (x / 3.0).sin() * 10.0 + (x / 11.0).cos() * 7.0).collect();
        let found = peaks(&values, 2.0, 0.5);
        // SciPy 1.17.1: find_peaks(values, width=2) and peak_widths(values, peaks, 0.5).
        let at: Vec<usize> = found.iter().map(|p| p.at).collect();
        assert_eq!(at, [4, 23, 43]);
        for (peak, [prominence, start, end]) in found.iter().zip([
            [9.261_646_504_471_8, 1.491_202_849_239_2, 7.402_045_173_876_8],
            [14.495_704_728_313_6, 18.882_840_013_474_4, 26.877_647_057_739_7],
            [14.916_299_952_874_9, 38.867_882_765_169_2, 47.044_704_609_673_5],
        ]) {
            assert!((peak.prominence - prominence).abs() < 1e-9, "{peak:?}");
            assert!((peak.start - start).abs() < 1e-9 && (peak.end - end).abs() < 1e-9, "{peak:?}");
        }
        assert_eq!(peaks(&[0.0, 1.0, 1.0, 1.0, 0.0], 0.0, 0.5)[0].at, 2);
        assert_eq!(peaks(&[1.0, 0.0, 1.0], 0.0, 0.5), []);
        assert_eq!(peaks(&[], 0.0, 0.5), []);
    }
}
