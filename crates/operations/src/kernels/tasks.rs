//! Handing out work to threads.
//!
//! What is done is given as `dyn`: the machinery of threads is then compiled once for each type of voxel, and not once more for
//! every filter.

use rayon::prelude::*;

use crate::progress::Cancelled;

/// What is done with each part of a slice, given its number.
type OnPart<'a, T> = dyn Fn(usize, &mut [T]) -> Result<(), Cancelled> + Sync + 'a;

/// Calls `work` with the number of each part of `values` and the part, `size` values long but for the last.
pub(crate) fn chunks<T: Send>(values: &mut [T], size: usize, work: &OnPart<'_, T>) -> Result<(), Cancelled> {
    values.par_chunks_mut(size).enumerate().try_for_each(|(n, chunk)| work(n, chunk))
}

/// Calls `work` with the number of each item and the item.
pub(crate) fn items<T: Send>(
    items: Vec<T>,
    work: &(dyn Fn(usize, T) -> Result<(), Cancelled> + Sync),
) -> Result<(), Cancelled> {
    items.into_par_iter().enumerate().try_for_each(|(n, item)| work(n, item))
}
