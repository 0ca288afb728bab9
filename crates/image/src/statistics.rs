//! Range and mean of arrays.

use multiversion::multiversion;
use rayon::prelude::*;

use crate::array::{Array, Buffer, WINDOW};
use crate::scalar::Scalar;
use crate::with_values;

/// Range and mean of some numbers; NaN is not counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// Least number; +∞ if there are none.
    pub min: f64,
    /// Greatest number; −∞ if there are none.
    pub max: f64,
    /// Sum of all numbers.
    pub sum: f64,
    /// How many numbers there are, without NaN.
    pub count: u64,
}

/// Numbers per partial sum. Fixed, so that sums come out the same on any number of threads.
const CHUNK: usize = 1 << 16;

impl Statistics {
    const NONE: Self = Self { min: f64::INFINITY, max: f64::NEG_INFINITY, sum: 0.0, count: 0 };

    /// Arithmetic mean; NaN if there are no numbers.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// Of all numbers of `array` together.
    pub fn of(array: &Array) -> Self {
        with_values!(array, values => in_windows(values, CHUNK, of_slice))
    }

    /// Of each of `components` interleaved components.
    pub fn per_component(array: &Array, components: usize) -> Vec<Self> {
        let chunk = CHUNK.next_multiple_of(components.max(1));
        (0..components)
            .map(|c| {
                with_values!(array, values => in_windows(values, chunk, |chunk| {
                    of_chunk(chunk.iter().copied().skip(c).step_by(components))
                }))
            })
            .collect()
    }

    /// Of both together.
    pub fn merged(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
            count: self.count + other.count,
        }
    }
}

/// Merges what `of` finds in pieces of `chunk` numbers, in their order. A mapped file is passed through window by window
/// and does not stay in memory.
fn in_windows<T: Scalar>(
    values: &Buffer<T>,
    chunk: usize,
    of: impl Fn(&[T]) -> Statistics + Sync,
) -> Statistics {
    let window = (WINDOW / chunk).max(1) * chunk;
    let mut all = Statistics::NONE;
    for start in (0..values.len()).step_by(window) {
        let end = values.len().min(start + window);
        let parts: Vec<Statistics> = values[start..end].par_chunks(chunk).map(&of).collect();
        all = parts.into_iter().fold(all, Statistics::merged);
        values.release(start..end);
    }
    all
}

/// Numbers that are added up side by side; the order of the sum is part of the result.
const LANES: usize = 16;

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn of_slice<T: Scalar>(values: &[T]) -> Statistics {
    let mut min = [T::from_f64(f64::INFINITY); LANES];
    let mut max = [T::from_f64(f64::NEG_INFINITY); LANES];
    let mut sum = [0.0_f64; LANES];
    let mut missing = [0_u64; LANES];
    let (groups, rest) = values.as_chunks::<LANES>();
    for group in groups {
        for lane in 0..LANES {
            let v = group[lane];
            min[lane] = if v < min[lane] { v } else { min[lane] };
            max[lane] = if v > max[lane] { v } else { max[lane] };
            if T::TYPE.is_integer() {
                sum[lane] += v.to_f64();
            } else {
                let missed = v.to_f64().is_nan();
                sum[lane] += if missed { 0.0 } else { v.to_f64() };
                missing[lane] += u64::from(missed);
            }
        }
    }
    let mut whole = of_chunk(rest.iter().copied());
    let count = (groups.len() * LANES) as u64 - missing.iter().sum::<u64>();
    if count > 0 {
        for lane in 0..LANES {
            whole.min = whole.min.min(min[lane].to_f64());
            whole.max = whole.max.max(max[lane].to_f64());
            whole.sum += sum[lane];
        }
        whole.count += count;
    }
    whole
}

fn of_chunk<T: Scalar>(values: impl Iterator<Item = T>) -> Statistics {
    if T::TYPE.is_integer() { of_integers(values) } else { of_floats(values) }
}

fn of_integers<T: Scalar>(mut values: impl Iterator<Item = T>) -> Statistics {
    let Some(first) = values.next() else { return Statistics::NONE };
    let start = (first, first, first.to_f64(), 1_u64);
    let (min, max, sum, count) = values.fold(start, |(min, max, sum, count), v| {
        (if v < min { v } else { min }, if v > max { v } else { max }, sum + v.to_f64(), count + 1)
    });
    Statistics { min: min.to_f64(), max: max.to_f64(), sum, count }
}

fn of_floats<T: Scalar>(values: impl Iterator<Item = T>) -> Statistics {
    values.map(Scalar::to_f64).filter(|v| !v.is_nan()).fold(Statistics::NONE, |s, v| Statistics {
        min: s.min.min(v),
        max: s.max.max(v),
        sum: s.sum + v,
        count: s.count + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_not_counted() {
        let s = Statistics::of(&Array::from(vec![1.0_f32, f32::NAN, 3.0]));
        assert_eq!((s.min, s.max, s.mean(), s.count), (1.0, 3.0, 2.0, 2));
    }

    #[test]
    fn lanes_and_rest_are_one() {
        let mut values: Vec<f32> = (0..1000).map(|n| (n * 7919 % 601) as f32 - 300.0).collect();
        values[17] = f32::NAN;
        values[999] = f32::INFINITY;
        let expected = of_chunk(values.iter().copied());
        assert_eq!(of_slice(&values), expected);
        assert_eq!(of_slice(&[f32::NAN; 40]).count, 0);
        assert_eq!(of_slice(&[f32::NAN; 40]).min, f64::INFINITY);
        let ints: Vec<i16> = (0..1003).map(|n: i32| (n * 7919 % 601 - 300) as i16).collect();
        assert_eq!(of_slice(&ints), of_chunk(ints.iter().copied()));
    }

    #[test]
    fn components_are_told_apart() {
        let array = Array::from((0..300_000_i32).collect::<Vec<_>>());
        let parts = Statistics::per_component(&array, 3);
        assert_eq!(
            parts.iter().map(|p| (p.min, p.max)).collect::<Vec<_>>(),
            [(0.0, 299_997.0), (1.0, 299_998.0), (2.0, 299_999.0)]
        );
    }
}
