//! How often each value occurs.

use rayon::prelude::*;

use crate::array::Array;
use crate::histogram::{Bins, Histogram};
use crate::scalar::Scalar;

/// How often each value of an 8- or 16-bit integer type occurs: one pass, from which range, histograms and percentiles
/// follow exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How often each value occurs, from the type's least value on.
    pub counts: Vec<u64>,
    /// The type's least value.
    pub least: i32,
}

/// Neighbouring values are often equal. Each of four neighbours has its own count, so that none waits for another.
const WAYS: usize = 4;

/// The most numbers that one task counts, in 32 bits.
const MOST: usize = 1 << 30;

impl Tally {
    /// Of all numbers of `array`; `None` if its type is not an integer of 8 or 16 bits.
    pub fn new(array: &Array) -> Option<Self> {
        Some(match array {
            Array::UInt8(v) => Self { counts: tally(v, 1 << 8, usize::from), least: 0 },
            Array::Int8(v) => {
                Self { counts: tally(v, 1 << 8, |v| usize::from(v as u8 ^ 0x80)), least: i8::MIN.into() }
            }
            Array::UInt16(v) => Self { counts: tally(v, 1 << 16, usize::from), least: 0 },
            Array::Int16(v) => {
                Self { counts: tally(v, 1 << 16, |v| usize::from(v as u16 ^ 0x8000)), least: i16::MIN.into() }
            }
            _ => return None,
        })
    }

    /// Every value that occurs, rising, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (f64, u64)> {
        let values = (self.least..).map(f64::from);
        values.zip(self.counts.iter().copied()).filter(|&(_, n)| n > 0)
    }

    /// Least and greatest value; `None` if there are none.
    pub fn range(&self) -> Option<(f64, f64)> {
        let first = self.counts.iter().position(|&n| n > 0)?;
        let last = self.counts.iter().rposition(|&n| n > 0)?;
        let value = |n: usize| f64::from(self.least) + n as f64;
        Some((value(first), value(last)))
    }

    /// The histogram of `bins` equal bins over `[min, max]`, the last one closed.
    pub(crate) fn binned(&self, min: f64, max: f64, bins: usize) -> Histogram {
        let bins = Bins::new(min, max, bins);
        let mut counts = vec![0; bins.count];
        for (value, n) in self.iter() {
            if let Some(count) = bins.of(value).and_then(|b| counts.get_mut(b)) {
                *count += n;
            }
        }
        Histogram { start: min, bin_width: bins.width, counts }
    }
}

fn tally<T: Scalar>(values: &[T], size: usize, index: impl Fn(T) -> usize + Sync) -> Vec<u64> {
    let task = values.len().div_ceil(rayon::current_num_threads().max(1)).clamp(1 << 18, MOST);
    let parts: Vec<Vec<[u32; WAYS]>> = values
        .par_chunks(task)
        .map(|values| {
            let mut counts = vec![[0_u32; WAYS]; size];
            let (groups, rest) = values.as_chunks::<WAYS>();
            let mut add = |v: T, way: usize| {
                if let Some(count) = counts.get_mut(index(v)) {
                    count[way] += 1;
                }
            };
            for group in groups {
                (0..WAYS).for_each(|way| add(group[way], way));
            }
            rest.iter().for_each(|&v| add(v, 0));
            counts
        })
        .collect();
    let total = |n: usize| parts.iter().flat_map(|part| part[n]).map(u64::from).sum();
    (0..size).map(total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_values_are_in_order() {
        let tally = Tally::new(&Array::from(vec![-128_i8, 127, -1, 0, -1])).unwrap();
        assert_eq!(tally.iter().collect::<Vec<_>>(), [(-128.0, 1), (-1.0, 2), (0.0, 1), (127.0, 1)]);
        assert_eq!(tally.range(), Some((-128.0, 127.0)));
        assert_eq!(Tally::new(&Array::from(Vec::<u16>::new())).unwrap().range(), None);
        assert_eq!(Tally::new(&Array::from(vec![0_i32])), None);
    }
}
