//! Sweeps: every row takes from the rows before it all at once, then each voxel from the one before it.

use multiversion::multiversion;

use crate::kernels::key::{Key, Keyed};
use crate::progress::{Cancelled, Progress};

/// Sweeps from the first voxel to the last and back; gives how many voxels the way back changed.
pub(super) fn there_and_back<T: Keyed>(
    marker: &mut [T],
    mask: &[T],
    dims: [usize; 3],
    fully_connected: bool,
    turn: T::Key,
    progress: &Progress,
) -> Result<usize, Cancelled> {
    let [ni, nj, nk] = dims;
    let mut row: Vec<T::Key> = vec![T::Key::LEAST; ni];
    let mut around: Vec<T::Key> = vec![T::Key::LEAST; ni + 2];
    let mut changes = 0;
    for back in [false, true] {
        for step in 0..nj * nk {
            if step.is_multiple_of(nj) {
                progress.check()?;
            }
            let number = if back { nj * nk - 1 - step } else { step };
            let (j, k) = (number % nj, number / nj);
            // The rows that this sweep has been at, next to this one.
            let before = |j: isize, k: isize| if back { (-j, -k) } else { (j, k) };
            let near: &[(isize, isize)] =
                if fully_connected { &[(-1, 0), (-1, -1), (0, -1), (1, -1)] } else { &[(-1, 0), (0, -1)] };
            around.fill(T::Key::LEAST);
            for &(dj, dk) in near {
                let (dj, dk) = before(dj, dk);
                let place = j.checked_add_signed(dj).zip(k.checked_add_signed(dk));
                if let Some((j, k)) = place.filter(|&(j, k)| j < nj && k < nk) {
                    raise(&mut around[1..=ni], &marker[(k * nj + j) * ni..][..ni], turn);
                }
            }
            let range = number * ni..(number + 1) * ni;
            let (marker, mask) = (&mut marker[range.clone()], &mask[range]);
            take(&mut row, marker, &around, fully_connected, turn);
            changes += along(marker, mask, &row, back, turn) * usize::from(back);
        }
    }
    Ok(changes)
}

/// Raises keys to those of values.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn raise<T: Keyed>(keys: &mut [T::Key], values: &[T], turn: T::Key) {
    for (key, v) in keys.iter_mut().zip(values) {
        *key = (*key).max(v.key() ^ turn);
    }
}

/// What each voxel has, or the rows around it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn take<T: Keyed>(row: &mut [T::Key], marker: &[T], around: &[T::Key], wide: bool, turn: T::Key) {
    for ((key, v), near) in row.iter_mut().zip(marker).zip(around.windows(3)) {
        let beside = if wide { near[0].max(near[2]) } else { T::Key::LEAST };
        *key = (v.key() ^ turn).max(near[1]).max(beside);
    }
}

/// Hands values on along a row; gives how many change.
fn along<T: Keyed>(marker: &mut [T], mask: &[T], row: &[T::Key], back: bool, turn: T::Key) -> usize {
    let mut last = T::Key::LEAST;
    let mut changes = 0;
    let mut hand = |n: usize| {
        last = row[n].max(last).min(mask[n].key() ^ turn);
        let value = T::of_key(last ^ turn);
        changes += usize::from(value != marker[n]);
        marker[n] = value;
    };
    if back {
        (0..row.len()).rev().for_each(&mut hand)
    } else {
        (0..row.len()).for_each(&mut hand)
    }
    changes
}
