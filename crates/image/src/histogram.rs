//! Histograms and percentiles.

use rayon::prelude::*;

use crate::array::Array;
use crate::scalar::Scalar;
use crate::statistics::Statistics;
use crate::tally::Tally;
use crate::with_values;

/// Counts of numbers in equal bins. NaN and infinities are not counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub start: f64,
    /// Width of each bin.
    pub bin_width: f64,
    /// How many numbers fall in each bin.
    pub counts: Vec<u64>,
}

/// The most bins that [`Histogram::fine`] makes.
const FINE_BINS: usize = 1 << 16;

impl Histogram {
    /// `bins` equal bins over `[min, max]`, the last one closed. Numbers outside are not counted.
    pub fn new(array: &Array, min: f64, max: f64, bins: usize) -> Self {
        match Tally::new(array) {
            Some(tally) => tally.binned(min, max, bins),
            None => {
                let bins = Bins::new(min, max, bins);
                let counts =
                    with_values!(array, values => count(values, bins.count, |v| bins.of(v.to_f64())));
                Self { start: min, bin_width: bins.width, counts }
            }
        }
    }

    /// `bins` equal bins from the least to the greatest number, the last one closed.
    pub fn over_range(array: &Array, bins: usize) -> Self {
        if let Some(tally) = Tally::new(array) {
            let (min, max) = tally.range().unwrap_or((0.0, 0.0));
            return tally.binned(min, max, bins);
        }
        let s = Statistics::of(array);
        let (min, max) = (s.min.max(f64::MIN), s.max.min(f64::MAX));
        if min <= max { Self::new(array, min, max, bins) } else { Self::new(array, 0.0, 0.0, bins) }
    }

    /// The histogram behind automatic window and level: for whole numbers one bin per value where their range is at
    /// most 65536, else 65536 bins over the range.
    pub fn fine(array: &Array) -> Self {
        if let Some(tally) = Tally::new(array) {
            let Some((min, max)) = tally.range() else {
                return Self { start: 0.0, bin_width: 1.0, counts: vec![0] };
            };
            let first = (min - f64::from(tally.least)) as usize;
            let counts = tally.counts[first..=first + (max - min) as usize].to_vec();
            return Self { start: min, bin_width: 1.0, counts };
        }
        let s = Statistics::of(array);
        let (min, max) = (s.min.max(f64::MIN), s.max.min(f64::MAX));
        if s.count == 0 || min > max {
            return Self { start: 0.0, bin_width: 1.0, counts: vec![0] };
        }
        let whole = array.scalar_type().is_integer() && max - min < FINE_BINS as f64;
        if !whole {
            return Self::new(array, min, max, FINE_BINS);
        }
        let bins = (max - min) as usize + 1;
        let counts =
            with_values!(array, values => count(values, bins, |v| Some((v.to_f64() - min) as usize)));
        Self { start: min, bin_width: 1.0, counts }
    }

    /// How many numbers were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The value at which the fraction `fraction` (0 to 1) of the numbers is first reached: the lower edge of the bin
    /// in which the cumulative count passes it.
    pub fn percentile(&self, fraction: f64) -> f64 {
        let target = fraction * self.total() as f64;
        let mut sum = 0_u64;
        for (bin, &n) in self.counts.iter().enumerate() {
            sum += n;
            if sum as f64 >= target && sum > 0 {
                return self.start + bin as f64 * self.bin_width;
            }
        }
        self.start + self.counts.len().saturating_sub(1) as f64 * self.bin_width
    }
}

/// Equal bins over a range.
pub(crate) struct Bins {
    min: f64,
    max: f64,
    pub(crate) width: f64,
    pub(crate) count: usize,
}

impl Bins {
    pub(crate) fn new(min: f64, max: f64, count: usize) -> Self {
        let count = count.max(1);
        let width = if max > min { (max - min) / count as f64 } else { 1.0 };
        Self { min, max, width, count }
    }

    /// The bin of `v`; `None` outside the range.
    pub(crate) fn of(&self, v: f64) -> Option<usize> {
        let within = v >= self.min && v <= self.max;
        within.then(|| (((v - self.min) / self.width) as usize).min(self.count - 1))
    }
}

fn count<T: Scalar>(values: &[T], bins: usize, bin: impl Fn(T) -> Option<usize> + Sync) -> Vec<u64> {
    let chunk = values.len().div_ceil(rayon::current_num_threads().max(1)).max(1 << 16);
    let partial = values.par_chunks(chunk).map(|chunk| {
        let mut counts = vec![0_u64; bins];
        for &v in chunk {
            if let Some(n) = bin(v).and_then(|b| counts.get_mut(b)) {
                *n += 1;
            }
        }
        counts
    });
    partial.reduce(
        || vec![0; bins],
        |mut a, b| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_whole_numbers_are_values() {
        let array = Array::from((0..1000_i16).collect::<Vec<_>>());
        let h = Histogram::fine(&array);
        assert_eq!(h.counts.len(), 1000);
        assert_eq!(h.percentile(0.001), 0.0);
        assert_eq!(h.percentile(0.5), 499.0);
        assert_eq!(h.percentile(0.999), 998.0);
    }

    #[test]
    fn narrow_and_wide_types_fall_in_the_same_bins() {
        let array =
            Array::from((0..200_000_i32).map(|n| (n * 7919 % 2601 - 1300) as i16).collect::<Vec<_>>());
        for bins in [1, 7, 1024] {
            let narrow = Histogram::over_range(&array, bins);
            assert_eq!(narrow, Histogram::over_range(&array.cast(crate::ScalarType::Int32), bins));
            assert_eq!(narrow, Histogram::over_range(&array.cast(crate::ScalarType::Float64), bins));
            assert_eq!(narrow.total(), 200_000);
        }
        let fine = Histogram::fine(&array);
        assert_eq!(fine, Histogram::fine(&array.cast(crate::ScalarType::Int32)));
        let inner = Histogram::new(&array, -10.0, 10.0, 21);
        assert_eq!(inner, Histogram::new(&array.cast(crate::ScalarType::Float32), -10.0, 10.0, 21));
    }

    #[test]
    fn constant_and_empty_data_are_fine() {
        let h = Histogram::fine(&Array::from(vec![5.0_f32; 10]));
        assert_eq!(h.percentile(0.5), 5.0);
        let h = Histogram::fine(&Array::from(vec![f32::NAN; 3]));
        assert_eq!(h.total(), 0);
    }
}
