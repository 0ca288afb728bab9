//! Medians over large boxes of values of more than 16 bits: each box by itself.

use crate::kernels::key::Keyed;
use crate::kernels::rows::{self, Rows};
use crate::progress::{Cancelled, Progress};

/// Writes every voxel's median.
pub(super) fn fill<T: Keyed>(
    rows: &Rows<T::Key>,
    dims: [usize; 3],
    radius: [usize; 3],
    out: &mut [T],
    progress: &Progress,
) -> Result<(), Cancelled> {
    let [wi, wj, wk] = radius.map(|r| 2 * r + 1);
    let count = wi * wj * wk;
    rows::fill_with(
        out,
        dims,
        progress,
        || Vec::with_capacity(count),
        |window, j, k, out| {
            for (i, out) in out.iter_mut().enumerate() {
                window.clear();
                for c in 0..wk {
                    for b in 0..wj {
                        let row = rows.row(
                            (j + b) as isize - radius[1] as isize,
                            (k + c) as isize - radius[2] as isize,
                        );
                        window.extend_from_slice(&row[i..i + wi]);
                    }
                }
                *out = T::of_key(*window.select_nth_unstable(count / 2).1);
            }
        },
    )
}
