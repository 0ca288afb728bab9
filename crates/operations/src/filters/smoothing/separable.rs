//! Filters that work along one axis after the other.

use microtome_image::{Blank, Buffer, Scalar};
use rayon::prelude::*;

use crate::kernels::lines::{self, Bundle};
use crate::kernels::pointwise;
use crate::kernels::real::Voxel;
use crate::progress::{Cancelled, Progress};

/// What is done to the lines of an axis, which may be of any length.
pub(in crate::filters) trait LineFilter<R>: Sync {
    /// Puts the filtered lines in the place of the lines; `scratch` may hold anything.
    fn apply(&self, scratch: &mut Vec<[R; lines::LANES]>, lines: &mut Bundle<R>);
}

impl<R, F: LineFilter<R>> LineFilter<R> for &F {
    fn apply(&self, scratch: &mut Vec<[R; lines::LANES]>, lines: &mut Bundle<R>) {
        (*self).apply(scratch, lines);
    }
}

/// The values of a volume of `dims` voxels, filtered along i, j and k where there is a filter for that axis.
///
/// A slice is filtered along i and j while it is in the cache, so that large volumes are walked through twice.
pub(in crate::filters) fn filter<T: Voxel>(
    values: &[T],
    dims: [usize; 3],
    filters: &[Option<impl LineFilter<T::Real>>; 3],
    progress: &Progress,
) -> Result<Blank<T::Real>, Cancelled> {
    let mut out = Blank::new(values.len());
    let [ni, nj, nk] = dims;
    let slice = [ni, nj, 1];
    let along = progress.step(0.0..if filters[2].is_some() { 0.6 } else { 1.0 });
    let slices = out.par_chunks_mut(ni * nj).zip(values.par_chunks(ni * nj)).enumerate();
    slices.try_for_each(|(k, (out, values))| {
        let progress = along.step(k as f64 / nk as f64..(k + 1) as f64 / nk as f64);
        match &filters[0] {
            Some(filter) => {
                lines::between(values, out, slice, 0, &progress, Vec::new, |scratch, from, to| {
                    convert(from, to);
                    filter.apply(scratch, to);
                })?
            }
            None => out.iter_mut().zip(values).for_each(|(o, &v)| *o = v.to_real()),
        }
        match &filters[1] {
            Some(filter) => lines::within(out, slice, 1, &progress, Vec::new, |scratch, lines| {
                filter.apply(scratch, lines)
            }),
            None => progress.check(),
        }
    })?;
    if let Some(filter) = &filters[2] {
        let progress = progress.step(0.6..1.0);
        lines::within(&mut out, dims, 2, &progress, Vec::new, |scratch, lines| filter.apply(scratch, lines))?;
    }
    Ok(out)
}

fn convert<T: Voxel>(from: &Bundle<T>, to: &mut Bundle<T::Real>) {
    from.iter().zip(to).for_each(|(from, to)| *to = std::array::from_fn(|lane| from[lane].to_real()));
}

/// The values as the type `T`, rounded and saturated.
pub(in crate::filters) fn rounded<T: Voxel>(
    values: &[T::Real],
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled> {
    pointwise::map(values, progress, T::from_real)
}

/// A value of the type that is computed in.
pub(in crate::filters) fn real<R: Scalar>(value: f64) -> R {
    R::from_f64(value)
}
