//! Voxel by voxel.

use std::ops::Range;

use super::tasks;
use crate::progress::{Cancelled, Progress};
use microtome_image::{Blank, Buffer, Scalar};

/// Voxels of one parallel task: large enough that handing out tasks costs nothing.
pub(crate) const TASK: usize = 1 << 16;

/// Makes an array of `count` values: `fill` writes those at a range.
pub(crate) fn fill<T: Scalar>(
    count: usize,
    progress: &Progress,
    fill: impl Fn(Range<usize>, &mut [T]) + Sync,
) -> Result<Buffer<T>, Cancelled> {
    let mut out = Blank::new(count);
    tasks::chunks(&mut out, TASK, &|task, out| {
        let start = task * TASK;
        progress.report(start as f64 / count as f64)?;
        fill(start..start + out.len(), out);
        Ok(())
    })?;
    Ok(out.into())
}

/// A function of every value.
pub(crate) fn map<S: Scalar, T: Scalar>(
    values: &[S],
    progress: &Progress,
    f: impl Fn(S) -> T + Sync,
) -> Result<Buffer<T>, Cancelled> {
    fill(values.len(), progress, |range, out| {
        out.iter_mut().zip(&values[range]).for_each(|(o, &v)| *o = f(v))
    })
}

/// A function of every two values that stand at the same place; as many as the shorter has.
pub(crate) fn zip<A: Scalar, B: Scalar, T: Scalar>(
    a: &[A],
    b: &[B],
    progress: &Progress,
    f: impl Fn(A, B) -> T + Sync,
) -> Result<Buffer<T>, Cancelled> {
    fill(a.len().min(b.len()), progress, |range, out| {
        out.iter_mut().zip(a[range.clone()].iter().zip(&b[range])).for_each(|(o, (&a, &b))| *o = f(a, b));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_reached_once() {
        let values: Vec<i32> = (0..3 * TASK as i32 + 5).collect();
        let doubled = map(&values, &Progress::ignored(), |v| i64::from(v) * 2).unwrap();
        assert!(doubled.iter().enumerate().all(|(n, &v)| v == 2 * n as i64));
        let sums = zip(&values, &doubled, &Progress::ignored(), |a, b| f64::from(a) + b as f64).unwrap();
        assert!(sums.iter().enumerate().all(|(n, &v)| v == 3.0 * n as f64));
    }

    #[test]
    fn it_stops_on_request() {
        let progress = Progress::ignored();
        progress.cancel();
        assert!(map(&[1_u8], &progress, |v| v).is_err());
    }
}
