//! Thresholds between two clusters of values.

use super::super::histogram::Bins;

/// Count, sum and sum of squares of the middles of some bins.
fn sums(bins: &Bins, range: impl Iterator<Item = usize>) -> [f64; 3] {
    range.fold([0.0; 3], |[count, sum, squares], n| {
        let (weight, value) = (bins.count_of(n), bins.middle(n));
        [count + weight, sum + value * weight, squares + value * value * weight]
    })
}

/// The first bin that lies above the middle between the means of those up to it and those above it (Ridler and Calvard,
/// Picture thresholding using an iterative selection method, IEEE Transactions on Systems, Man, and Cybernetics 8, 1978). The
/// mean of all where there is none.
pub(in super::super) fn isodata(bins: &Bins) -> f64 {
    let mut low = [0.0; 2];
    for bin in 0..bins.len() {
        let (count, value) = (bins.count_of(bin), bins.middle(bin));
        low = [low[0] + count, low[1] + value * count];
        let [above, sum, _] = sums(bins, bin + 1..bins.len());
        if count > 0.0 && low[0] > 0.0 && above > 0.0 && value >= (low[1] / low[0] + sum / above) * 0.5 {
            return value;
        }
    }
    bins.mean()
}

/// The bin at which two normal distributions, fitted to the bins up to it and above it, cross (Kittler and Illingworth,
/// Minimum error thresholding, Pattern Recognition 19, 1986), from that of the mean on.
pub(in super::super) fn kittler_illingworth(bins: &Bins) -> Result<usize, String> {
    /// More steps than any histogram has taken: the search goes in circles.
    const MOST_STEPS: usize = 10_000;
    let outside = || "the two classes' distributions do not cross within the histogram".to_owned();
    let [count, sum, squares] = sums(bins, 0..bins.len());
    let mut threshold = bins.bin(sum / count).ok_or_else(outside)?;
    for _ in 0..MOST_STEPS {
        let [below, below_sum, below_squares] = sums(bins, 0..=threshold);
        let above = count - below;
        if below.abs() < f64::EPSILON {
            return Err("there are no dark voxels".to_owned());
        }
        if above.abs() < f64::EPSILON {
            return Ok(threshold);
        }
        let (low, high) = (below_sum / below, (sum - below_sum) / above);
        let (p, q) = (below / count, above / count);
        let low_variance = below_squares / below - low * low;
        let high_variance = (squares - below_squares) / above - high * high;
        if low_variance < f64::EPSILON || high_variance.abs() < f64::EPSILON {
            return Err("one of the two classes has one value only".to_owned());
        }
        // Where the logarithms of the two densities are equal.
        let a = 1.0 / low_variance - 1.0 / high_variance;
        let b = low / low_variance - high / high_variance;
        let c = low * low / low_variance - high * high / high_variance
            + ((low_variance * (q * q)) / (high_variance * p * p)).log10();
        let discriminant = b * b - a * c;
        if discriminant.is_nan() || discriminant < f64::EPSILON {
            return Ok(threshold);
        }
        let crossing = if a.abs() < f64::EPSILON { -c / b } else { (b + discriminant.sqrt()) / a };
        if crossing.is_nan() {
            return Ok(threshold);
        }
        let next = bins.bin(crossing).ok_or_else(outside)?;
        if next == threshold {
            return Ok(threshold);
        }
        threshold = next;
    }
    Ok(threshold)
}

/// The bin at which the cross entropy between volume and label map is least (Li and Tam, An iterative algorithm for minimum cross
/// entropy thresholding, Pattern Recognition Letters 18, 1998). As in ITK the values are whole numbers and the search ends when
/// it moves by no more than a half.
pub(in super::super) fn li(bins: &Bins) -> usize {
    const MOST_STEPS: usize = 10_000;
    let start = bins.lower(0).min(0.0);
    let mut value = bins.mean();
    let mut bin = 0;
    for _ in 0..MOST_STEPS {
        let before = value;
        let Some(found) = bins.bin((before + 0.5).trunc()) else { break };
        bin = found;
        let mean = |[count, sum, _]: [f64; 3]| if count > 0.0 { sum / count } else { 0.0 };
        let low = mean(sums(bins, 0..=bin)) - start;
        let high = mean(sums(bins, bin + 1..bins.len())) - start;
        let next = (low - high) / (low.ln() - high.ln());
        if !next.is_finite() {
            break;
        }
        value = if next < -f64::EPSILON { (next - 0.5).trunc() } else { (next + 0.5).trunc() } + start;
        if (value - before).abs() <= 0.5 {
            break;
        }
    }
    bin
}

/// The bin at which the label map's first moments are those of the volume (Tsai, Moment-preserving thresholding, Computer Vision,
/// Graphics, and Image Processing 29, 1985).
pub(in super::super) fn moments(bins: &Bins) -> usize {
    let total = bins.total();
    let share = |n: usize| bins.count_of(n) / total;
    let mut m = [0.0; 3];
    for n in 0..bins.len() {
        let v = bins.middle(n);
        m[0] += v * share(n);
        m[1] += v * v * share(n);
        m[2] += v * v * v * share(n);
    }
    let [m1, m2, m3] = m;
    let cd = m2 - m1 * m1;
    let c0 = (-m2 * m2 + m1 * m3) / cd;
    let c1 = (-m3 + m2 * m1) / cd;
    let root = (c1 * c1 - 4.0 * c0).sqrt();
    let (z0, z1) = (0.5 * (-c1 - root), 0.5 * (-c1 + root));
    let dark = (z1 - m1) / (z1 - z0);
    let mut sum = 0.0;
    let passed = |n: &usize| {
        sum += share(*n);
        sum > dark
    };
    (0..bins.len()).find(passed).unwrap_or(0)
}
