//! Histograms and percentiles.

use rayon::prelude::*;

use crate::array::Array;
use crate::scalar::Scalar;
use crate::statistics::Statistics;
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
        let bins = bins.max(1);
        let width = if max > min { (max - min) / bins as f64 } else { 1.0 };
        let counts = with_values!(array, values => count(values, bins, |v| {
            let v = v.to_f64();
            if !(v >= min && v <= max) {
                return None;
            }
            Some((((v - min) / width) as usize).min(bins - 1))
        }));
        Self { start: min, bin_width: width, counts }
    }

    /// The histogram behind automatic window and level: for whole numbers one bin per value where their range is at
    /// most 65536, else 65536 bins over the range.
    pub fn fine(array: &Array) -> Self {
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
        let counts = with_values!(array, values => count(values, bins, |v| Some((v.to_f64() - min) as usize)));
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
    fn constant_and_empty_data_are_fine() {
        let h = Histogram::fine(&Array::from(vec![5.0_f32; 10]));
        assert_eq!(h.percentile(0.5), 5.0);
        let h = Histogram::fine(&Array::from(vec![f32::NAN; 3]));
        assert_eq!(h.total(), 0);
    }
}
