//! The histogram that automatic thresholds are found from, as ITK makes it.

use microtome_image::{Array, Scalar, ScalarType, Statistics, Tally, with_values};
use rayon::prelude::*;

use crate::registry::OperationError;

/// Counts of values in bins of equal width. The edges are computed in single precision, as ITK does, for thresholds
/// are edges and middles of bins.
pub(super) struct Bins {
    pub(super) counts: Vec<u64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// What a value is multiplied by after the lowest edge was taken off it, for a first guess of its bin.
    per_value: f64,
}

/// What the bins reach over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// From the least value to the greatest and a hundredth of a bin more.
    Values,
    /// The same, but for 8-bit types from half below the least value of the type to half above the greatest.
    Type,
}

impl Bins {
    /// The histogram of the values, or of those whose `mask` is not 0. What is not finite is not counted.
    ///
    /// # Errors
    /// [`OperationError::Input`] where no value is left.
    pub(super) fn new(
        values: &Array,
        mask: Option<&Array>,
        bins: usize,
        reach: Reach,
    ) -> Result<Self, OperationError> {
        match mask {
            None => Self::of(values, bins, reach),
            Some(mask) => Self::of(&masked(values, mask), bins, reach),
        }
    }

    fn of(values: &Array, bins: usize, reach: Reach) -> Result<Self, OperationError> {
        let tally = Tally::new(values);
        let range = match &tally {
            Some(tally) => tally.range(),
            None => range(values),
        };
        let Some((low, high)) = range else {
            let why = "no value is left to make a histogram of".to_owned();
            return Err(OperationError::Input { name: "input".to_owned(), why });
        };
        let narrow = matches!(values.scalar_type(), ScalarType::UInt8 | ScalarType::Int8);
        let (low, high) = if reach == Reach::Type && narrow {
            let (min, max) = values.scalar_type().limits();
            (min - 0.5, max + 0.5)
        } else {
            (low, high + (high - low) / bins as f64 / 100.0)
        };
        let mut made = Self::empty(low, high, bins);
        made.counts = match &tally {
            Some(tally) => {
                let mut counts = vec![0; bins];
                for (value, n) in tally.iter() {
                    if let Some(bin) = made.bin(value) {
                        counts[bin] += n;
                    }
                }
                counts
            }
            None => with_values!(values, values => made.count(values)),
        };
        Ok(made)
    }

    fn empty(low: f64, high: f64, bins: usize) -> Self {
        let interval = (high as f32 - low as f32) / bins as f32;
        let edge = |n: usize| low + f64::from(n as f32 * interval);
        let lower: Vec<f64> = (0..bins).map(edge).collect();
        let mut upper: Vec<f64> = (1..=bins).map(edge).collect();
        upper[bins - 1] = high;
        let per_value = if high > low { bins as f64 / (high - low) } else { 0.0 };
        Self { counts: vec![0; bins], lower, upper, per_value }
    }

    fn count<T: Scalar>(&self, values: &[T]) -> Vec<u64> {
        let chunks = values.par_chunks(1 << 18).map(|chunk| {
            let mut counts = vec![0_u64; self.lower.len()];
            for value in chunk {
                if let Some(bin) = self.bin(value.to_f64()) {
                    counts[bin] += 1;
                }
            }
            counts
        });
        chunks.reduce(
            || vec![0; self.lower.len()],
            |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            },
        )
    }

    /// The bin that holds a value; `None` outside all.
    pub(super) fn bin(&self, value: f64) -> Option<usize> {
        let last = self.lower.len() - 1;
        if value.is_nan() || value < self.lower[0] {
            return None;
        }
        if value >= self.upper[last] {
            // The upper end belongs to the last bin, but for what rounding makes of it.
            let near = (value - self.upper[last]).abs() <= value.abs() * 4.0 * f64::EPSILON;
            return (near && value.is_finite()).then_some(last);
        }
        let mut bin = (((value - self.lower[0]) * self.per_value) as usize).min(last);
        while bin > 0 && value < self.lower[bin] {
            bin -= 1;
        }
        while bin < last && value >= self.lower[bin + 1] {
            bin += 1;
        }
        Some(bin)
    }

    /// How many bins there are.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// The lower edge of a bin.
    pub(super) fn lower(&self, bin: usize) -> f64 {
        self.lower[bin]
    }

    /// The upper edge of a bin.
    pub(super) fn upper(&self, bin: usize) -> f64 {
        self.upper[bin]
    }

    /// The middle of a bin.
    pub(super) fn middle(&self, bin: usize) -> f64 {
        (self.lower[bin] + self.upper[bin]) / 2.0
    }

    /// How many values a bin holds.
    pub(super) fn count_of(&self, bin: usize) -> f64 {
        self.counts[bin] as f64
    }

    /// How many values were counted.
    pub(super) fn total(&self) -> f64 {
        self.counts.iter().sum::<u64>() as f64
    }

    /// The mean of the middles.
    pub(super) fn mean(&self) -> f64 {
        (0..self.len()).map(|n| self.middle(n) * self.count_of(n)).sum::<f64>() / self.total()
    }

    /// The value that the fraction `p` of the values lies below, within its bin by linear interpolation; counted from the
    /// nearer end.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let total = self.total();
        let (mut below, mut cumulated) = (0.0, 0.0);
        let rising = p < 0.5;
        let part = if rising { p } else { 1.0 - p };
        let mut found = 0;
        for n in 0..self.len() {
            found = if rising { n } else { self.len() - 1 - n };
            cumulated += self.count_of(found);
            if cumulated / total >= part {
                break;
            }
            below = cumulated / total;
        }
        let way = (part - below) / (self.count_of(found) / total) * (self.upper[found] - self.lower[found]);
        if rising { self.lower[found] + way } else { self.upper[found] - way }
    }
}

/// The least and the greatest finite value.
fn range(values: &Array) -> Option<(f64, f64)> {
    let all = Statistics::of(values);
    if all.min.is_finite() && all.max.is_finite() {
        return (all.count > 0).then_some((all.min, all.max));
    }
    with_values!(values, values => {
        let chunks = values.par_chunks(1 << 18).map(|chunk| {
            let finite = chunk.iter().map(|v| v.to_f64()).filter(|v| v.is_finite());
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
        });
        let (low, high) = chunks.reduce(|| (f64::INFINITY, f64::NEG_INFINITY), |a, b| (a.0.min(b.0), a.1.max(b.1)));
        (low <= high).then_some((low, high))
    })
}

/// The values whose mask is not 0.
fn masked(values: &Array, mask: &Array) -> Array {
    fn of<T: Scalar>(values: &[T], mask: &Array) -> Vec<T> {
        with_values!(mask, mask => {
            let inside = |m: f64| m != 0.0 && !m.is_nan();
            values.iter().zip(mask.iter()).filter(|(_, m)| inside(m.to_f64())).map(|(v, _)| *v).collect()
        })
    }
    match values {
        Array::Int8(v) => of(v, mask).into(),
        Array::UInt8(v) => of(v, mask).into(),
        Array::Int16(v) => of(v, mask).into(),
        Array::UInt16(v) => of(v, mask).into(),
        Array::Int32(v) => of(v, mask).into(),
        Array::UInt32(v) => of(v, mask).into(),
        Array::Int64(v) => of(v, mask).into(),
        Array::UInt64(v) => of(v, mask).into(),
        Array::Float32(v) => of(v, mask).into(),
        Array::Float64(v) => of(v, mask).into(),
    }
}
