//! A volume in single precision that changes step by step.

use microtome_image::{Blank, Scalar};
use rayon::prelude::*;

use crate::kernels::real::Voxel;
use crate::progress::{Cancelled, Progress};

/// A volume whose rows go on by one voxel beyond each end: outside the volume stands the nearest voxel's value.
pub(super) struct Field {
    values: Blank<f32>,
    pub(super) dims: [usize; 3],
}

/// Rows of one parallel task, where rows do not depend on each other.
const TASK_ROWS: usize = 64;

impl Field {
    /// Zeros.
    pub(super) fn blank(dims: [usize; 3]) -> Self {
        Self { values: Blank::new((dims[0] + 2) * dims[1] * dims[2]), dims }
    }

    /// A copy of a volume's values.
    pub(super) fn new<T: Scalar>(
        values: &[T],
        dims: [usize; 3],
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let mut field = Self::blank(dims);
        let stride = field.stride();
        let tasks =
            field.values.par_chunks_mut(stride * TASK_ROWS).zip(values.par_chunks(dims[0] * TASK_ROWS));
        tasks.try_for_each(|(out, values)| {
            progress.check()?;
            for (out, row) in out.chunks_exact_mut(stride).zip(values.chunks_exact(dims[0])) {
                out[1..].iter_mut().zip(row).for_each(|(o, &v)| *o = v.to_f64() as f32);
                close(out);
            }
            Ok(())
        })?;
        Ok(field)
    }

    /// Values from one row to the next.
    pub(super) const fn stride(&self) -> usize {
        self.dims[0] + 2
    }

    /// The row at j and k, or the nearest.
    #[inline(always)]
    pub(super) fn row(&self, j: isize, k: isize) -> &[f32] {
        let j = j.clamp(0, self.dims[1] as isize - 1) as usize;
        let k = k.clamp(0, self.dims[2] as isize - 1) as usize;
        &self.values[(k * self.dims[1] + j) * self.stride()..][..self.stride()]
    }

    /// All rows, to be written.
    pub(super) fn rows_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The sum over all voxels of what `of_row` gives for each row, in an order that does not depend on threads.
    pub(super) fn sum(
        &self,
        progress: &Progress,
        of_row: impl Fn(isize, isize) -> f64 + Sync,
    ) -> Result<f64, Cancelled> {
        let [_, nj, nk] = self.dims;
        let sums: Result<Vec<f64>, Cancelled> = (0..nj * nk)
            .into_par_iter()
            .with_min_len(TASK_ROWS)
            .map(|n| {
                progress.check()?;
                Ok(of_row((n % nj) as isize, (n / nj) as isize))
            })
            .collect();
        Ok(sums?.into_iter().sum())
    }

    /// The values as the type `T`, rounded and saturated.
    pub(super) fn to_values<T: Voxel>(&self, out: &mut [T]) {
        let (ni, stride) = (self.dims[0], self.stride());
        let tasks = out.par_chunks_mut(ni * TASK_ROWS).zip(self.values.par_chunks(stride * TASK_ROWS));
        tasks.for_each(|(out, values)| {
            for (out, row) in out.chunks_exact_mut(ni).zip(values.chunks_exact(stride)) {
                out.iter_mut().zip(&row[1..]).for_each(|(o, &v)| *o = narrow(v));
            }
        });
    }
}

/// Writes the values beyond the ends of a row.
pub(super) fn close(row: &mut [f32]) {
    if let [first, second, .., before, last] = row {
        (*first, *last) = (*second, *before);
    } else if let [first, only, last] = row {
        (*first, *last) = (*only, *only);
    }
}

#[inline(always)]
fn narrow<T: Voxel>(value: f32) -> T {
    T::from_real(<T::Real as Scalar>::from_f64(f64::from(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_voxel_stands_outside() {
        let values: Vec<i16> = (0..12).collect();
        let field = Field::new(&values, [3, 2, 2], &Progress::ignored()).unwrap();
        assert_eq!(field.row(-1, 5), [6.0, 6.0, 7.0, 8.0, 8.0]);
        let mut back = vec![0_i16; 12];
        field.to_values(&mut back);
        assert_eq!(back, values);
        assert_eq!(Field::new(&[5_u8], [1, 1, 1], &Progress::ignored()).unwrap().row(0, 0), [5.0; 3]);
    }
}
