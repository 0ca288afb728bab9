//! Neighbourhoods: a volume whose rows know what is around them.

use super::tasks;
use crate::progress::{Cancelled, Progress};
use microtome_image::{Blank, Scalar};

/// Rows of one parallel task.
const TASK_ROWS: usize = 16;

/// A copy of a volume whose rows go on beyond their ends: outside the volume stands the nearest voxel's value (a border
/// without flux).
pub(crate) struct Rows<R> {
    values: Blank<R>,
    dims: [usize; 3],
    margin: usize,
}

impl<R: Scalar> Rows<R> {
    /// Copies `values` of a volume of `dims` voxels, each put through `convert`; rows get `margin` more voxels at each end.
    pub(crate) fn new<S: Scalar>(
        values: &[S],
        dims: [usize; 3],
        margin: usize,
        progress: &Progress,
        convert: impl Fn(S) -> R + Sync,
    ) -> Result<Self, Cancelled> {
        let [ni, nj, nk] = dims;
        let stride = ni + 2 * margin;
        let mut rows = Blank::new(stride * nj * nk);
        tasks::chunks(&mut rows, stride * TASK_ROWS, &|task, out| {
            progress.check()?;
            let values = &values[task * ni * TASK_ROWS..];
            for (out, row) in out.chunks_exact_mut(stride).zip(values.chunks_exact(ni)) {
                let (head, rest) = out.split_at_mut(margin);
                let (body, tail) = rest.split_at_mut(ni);
                body.iter_mut().zip(row).for_each(|(o, &v)| *o = convert(v));
                head.fill(body[0]);
                tail.fill(body[ni - 1]);
            }
            Ok(())
        })?;
        Ok(Self { values: rows, dims, margin })
    }

    /// The row at j and k, or where these lie outside the volume at the nearest that do not. Voxel i stands at
    /// `i + margin`.
    #[inline]
    pub(crate) fn row(&self, j: isize, k: isize) -> &[R] {
        let [ni, nj, nk] = self.dims;
        let j = j.clamp(0, nj as isize - 1) as usize;
        let k = k.clamp(0, nk as isize - 1) as usize;
        let stride = ni + 2 * self.margin;
        &self.values[(k * nj + j) * stride..][..stride]
    }

    /// The rows around j and k: `around(j, k)[b][a]` is that at `j + a - 1`, `k + b - 1`.
    #[inline]
    pub(crate) fn around(&self, j: usize, k: usize) -> [[&[R]; 3]; 3] {
        let near = |n: usize, offset: usize| n as isize + offset as isize - 1;
        std::array::from_fn(|b| std::array::from_fn(|a| self.row(near(j, a), near(k, b))))
    }
}

/// Fills the rows of `out`, a volume of `dims` voxels: `fill` writes the row at j and k.
pub(crate) fn fill<T: Scalar>(
    out: &mut [T],
    dims: [usize; 3],
    progress: &Progress,
    fill: impl Fn(usize, usize, &mut [T]) + Sync,
) -> Result<(), Cancelled> {
    fill_with(out, dims, progress, || (), |(), j, k, row| fill(j, k, row))
}

/// As [`fill`], with what `scratch` makes to be kept between rows.
pub(crate) fn fill_with<T: Scalar, S>(
    out: &mut [T],
    dims: [usize; 3],
    progress: &Progress,
    scratch: impl Fn() -> S + Sync,
    fill: impl Fn(&mut S, usize, usize, &mut [T]) + Sync,
) -> Result<(), Cancelled> {
    let [ni, nj, nk] = dims;
    let count = (nj * nk) as f64;
    tasks::chunks(out, ni * TASK_ROWS, &|task, rows| {
        let state = &mut scratch();
        progress.report((task * TASK_ROWS) as f64 / count)?;
        for (n, row) in rows.chunks_exact_mut(ni).enumerate() {
            let number = task * TASK_ROWS + n;
            fill(state, number % nj, number / nj, row);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_voxel_stands_outside() {
        let dims = [3, 2, 2];
        let values: Vec<i16> = (0..12).collect();
        let rows = Rows::new(&values, dims, 2, &Progress::ignored(), f32::from).unwrap();
        assert_eq!(rows.row(0, 0), [0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 2.0]);
        assert_eq!(rows.row(-3, 9), rows.row(0, 1));
        let around = rows.around(1, 0);
        assert_eq!((around[0][0][2], around[1][1][2], around[2][2][2]), (0.0, 3.0, 9.0));
        let mut out = vec![0_i16; 12];
        fill(&mut out, dims, &Progress::ignored(), |j, k, out| {
            let row = rows.row(j as isize, k as isize);
            out.iter_mut().zip(&row[2..]).for_each(|(o, v)| *o = *v as i16);
        })
        .unwrap();
        assert_eq!(out, values);
    }
}
