//! How much labels of two label maps overlap.

use std::collections::BTreeMap;

use microtome_image::{Array, Scalar, with_values};
use multiversion::multiversion;
use rayon::prelude::*;

use super::super::runs::ByLabel;
use crate::progress::{Cancelled, Progress};

/// How many voxels a label has in one label map, in another, and in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// In the first.
    pub first: u64,
    /// In the second.
    pub second: u64,
    /// In both.
    pub both: u64,
}

impl Overlap {
    /// Twice the common voxels over all of both; NaN where there are none.
    pub fn dice(&self) -> f64 {
        2.0 * self.both as f64 / (self.first + self.second) as f64
    }

    /// The common voxels over those in either; NaN where there are none.
    pub fn jaccard(&self) -> f64 {
        self.both as f64 / (self.first + self.second - self.both) as f64
    }
}

/// Voxels of one parallel task.
const TASK: usize = 1 << 17;

/// The overlaps of every label but 0 of two label maps of equally many voxels, by rising label.
///
/// # Errors
/// [`Cancelled`] on request.
///
/// # Panics
/// If one has more voxels than the other.
pub fn label_overlaps(a: &Array, b: &Array, progress: &Progress) -> Result<Vec<(i64, Overlap)>, Cancelled> {
    assert_eq!(a.len(), b.len(), "label maps of equally many voxels");
    if a.scalar_type() == b.scalar_type() {
        with_values!(a, a => of_values(a, b, progress))
    } else {
        let wide = microtome_image::ScalarType::Int64;
        with_values!(&a.cast(wide), a => of_values(a, &b.cast(wide), progress))
    }
}

fn of_values<T: Scalar>(a: &[T], b: &Array, progress: &Progress) -> Result<Vec<(i64, Overlap)>, Cancelled> {
    let b = b.as_slice::<T>().unwrap_or_default();
    let count = a.len().max(1) as f64;
    let parts: Vec<Vec<(i64, Overlap)>> = a
        .par_chunks(TASK)
        .zip(b.par_chunks(TASK))
        .enumerate()
        .map(|(n, (a, b))| {
            progress.report((n * TASK) as f64 / count)?;
            let mut parts = ByLabel::default();
            add(a, b, &mut parts);
            Ok(parts.into_parts())
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut all: BTreeMap<i64, Overlap> = BTreeMap::new();
    for (label, part) in parts.into_iter().flatten().filter(|(label, _)| *label != 0) {
        let found = all.entry(label).or_default();
        found.first += part.first;
        found.second += part.second;
        found.both += part.both;
    }
    Ok(all.into_iter().collect())
}

/// Adds voxels, group by group: most have one label throughout.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn add<T: Scalar>(a: &[T], b: &[T], parts: &mut ByLabel<Overlap>) {
    const GROUP: usize = 64;
    let mut start = 0;
    while start < a.len() {
        let (x, y) = (a[start], b[start]);
        let whole = a[start..].as_chunks::<GROUP>().0.iter().zip(b[start..].as_chunks::<GROUP>().0);
        let same = |(a, b): &(&[T; GROUP], &[T; GROUP])| {
            (0..GROUP).fold(true, |same, n| same & (a[n] == x) & (b[n] == y))
        };
        let mut end = start + whole.take_while(same).count() * GROUP;
        if end == start {
            end = start + 1;
            while end < a.len() && a[end] == x && b[end] == y {
                end += 1;
            }
        }
        let n = (end - start) as u64;
        let (x, y) = (x.to_f64() as i64, y.to_f64() as i64);
        if x != 0 {
            let part = parts.of(x, Overlap::default);
            part.first += n;
            part.both += if x == y { n } else { 0 };
        }
        if y != 0 {
            parts.of(y, Overlap::default).second += n;
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_counted_in_both() {
        let a: Vec<u8> = (0..1000_usize).map(|n| (n / 100 % 4) as u8).collect();
        let b: Vec<i16> = (0..1000_usize).map(|n| ((n + 30) / 100 % 4) as i16).collect();
        let found = label_overlaps(&a.clone().into(), &b.clone().into(), &Progress::ignored()).unwrap();
        let same = Array::from(b.clone()).cast(microtome_image::ScalarType::UInt8);
        assert_eq!(found, label_overlaps(&a.clone().into(), &same, &Progress::ignored()).unwrap());
        assert_eq!(found.iter().map(|(l, _)| *l).collect::<Vec<_>>(), [1, 2, 3]);
        for (label, overlap) in found {
            let is = |v: i64| v == label;
            let first = a.iter().filter(|v| is(i64::from(**v))).count() as u64;
            let second = b.iter().filter(|v| is(i64::from(**v))).count() as u64;
            let both =
                a.iter().zip(&b).filter(|(a, b)| is(i64::from(**a)) && is(i64::from(**b))).count() as u64;
            assert_eq!(overlap, Overlap { first, second, both });
            assert!((overlap.dice() - 2.0 * both as f64 / (first + second) as f64).abs() < 1e-15);
        }
    }
}
