//! Reconstruction: values flow from voxel to voxel as far as a mask lets them.

mod neighbours;
mod sweep;

use std::collections::VecDeque;

use microtome_image::Blank;
use rayon::prelude::*;

use super::element::Element;
use super::grayscale::{Extreme, extremes};
use crate::kernels::key::{Key, Keyed};
use crate::progress::{Cancelled, Progress};
use neighbours::Neighbours;

/// Rows of one parallel task.
const TASK_ROWS: usize = 64;

/// Pairs of sweeps at most, before single voxels are followed.
const SWEEPS: usize = 6;

/// Voxels taken off the queue between two reports.
const REPORT: usize = 1 << 16;

/// Lets the values of `marker` flow: greatest values below `mask`, or least values above it. Where the marker lies beyond the
/// mask, it is first brought to it.
///
/// The hybrid algorithm (Vincent, 1993): sweeps through the volume, there and back, carry values far; a queue of the voxels that
/// still have something to give does the rest. The result does not depend on the order.
pub(super) fn reconstruct<T: Keyed>(
    marker: &mut [T],
    mask: &[T],
    dims: [usize; 3],
    fully_connected: bool,
    extreme: Extreme,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let turn: T::Key = extreme.turn();
    let swept = progress.step(0.0..0.4);
    let mut before = usize::MAX;
    for n in 0..SWEEPS {
        swept.report(n as f64 / SWEEPS as f64)?;
        let changes = sweep::there_and_back(marker, mask, dims, fully_connected, turn, &swept)?;
        // Another pair pays while many voxels change, and fewer than before.
        if changes < mask.len() / 16 || changes > before / 2 {
            break;
        }
        before = changes;
    }
    follow(marker, mask, dims, fully_connected, turn, &progress.step(0.4..1.0))
}

fn follow<T: Keyed>(
    marker: &mut [T],
    mask: &[T],
    dims: [usize; 3],
    fully_connected: bool,
    turn: T::Key,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let near = Neighbours::new(dims, fully_connected);
    let key = |v: T| v.key() ^ turn;
    let mut queue: VecDeque<usize> = givers(marker, mask, dims, &near, turn, progress)?.into();
    let mut done = 0_usize;
    while let Some(n) = queue.pop_front() {
        if done.is_multiple_of(REPORT) {
            progress.report(done as f64 / (done + queue.len() + 1) as f64)?;
        }
        done += 1;
        let given = key(marker[n]);
        near.each(n, |m| {
            let limit = key(mask[m]);
            let has = key(marker[m]);
            if has < given && has < limit {
                marker[m] = T::of_key(given.min(limit) ^ turn);
                queue.push_back(m);
            }
        });
    }
    progress.report(1.0)?;
    Ok(())
}

/// The voxels with a neighbour that has less than they and could have more.
fn givers<T: Keyed>(
    marker: &[T],
    mask: &[T],
    dims: [usize; 3],
    near: &Neighbours,
    turn: T::Key,
    progress: &Progress,
) -> Result<Vec<usize>, Cancelled> {
    let key = |v: T| v.key() ^ turn;
    let size = dims[0] * TASK_ROWS;
    let tasks = marker.par_chunks(size).enumerate().map(|(task, values)| {
        progress.check()?;
        let mut found = Vec::new();
        for (n, &value) in (task * size..).zip(values) {
            let given = key(value);
            let mut gives = false;
            near.each(n, |m| gives |= key(marker[m]) < given && key(marker[m]) < key(mask[m]));
            if gives {
                found.push(n);
            }
        }
        Ok(found)
    });
    Ok(tasks.collect::<Result<Vec<_>, _>>()?.concat())
}

/// An opening (`Greatest`) or closing (`Least`) by reconstruction. With `preserve`, a second reconstruction starts from the values
/// themselves wherever the first found what it started from.
pub(super) fn by_reconstruction<T: Keyed>(
    values: &[T],
    dims: [usize; 3],
    elements: &[Element],
    fully_connected: bool,
    preserve: bool,
    extreme: Extreme,
    progress: &Progress,
) -> Result<Vec<T>, Cancelled> {
    let other = match extreme {
        Extreme::Greatest => Extreme::Least,
        Extreme::Least => Extreme::Greatest,
    };
    let flat = extremes(values, dims, elements, &[other], false, &progress.step(0.0..0.2))?;
    let mut found = flat.to_vec();
    reconstruct(&mut found, values, dims, fully_connected, extreme, &progress.step(0.2..0.6))?;
    if preserve {
        let none = T::of_key(T::Key::LEAST ^ extreme.turn());
        for ((found, flat), &value) in found.iter_mut().zip(&*flat).zip(values) {
            *found = if found == flat { value } else { none };
        }
        reconstruct(&mut found, values, dims, fully_connected, extreme, &progress.step(0.6..1.0))?;
    }
    Ok(found)
}

/// The mask where a voxel is on the border of the volume, elsewhere the value that gives way to all others. Along an axis of one
/// voxel there is no border.
pub(super) fn border<T: Keyed>(mask: &[T], dims: [usize; 3], extreme: Extreme) -> Blank<T> {
    let none = match extreme {
        Extreme::Greatest => mask.iter().map(|v| v.key()).min(),
        Extreme::Least => mask.iter().map(|v| v.key()).max(),
    };
    let none = T::of_key(none.unwrap_or(T::Key::LEAST));
    let mut marker = Blank::new(mask.len());
    let [ni, nj, nk] = dims;
    let is_end = |n: usize, count: usize| count > 1 && (n == 0 || n + 1 == count);
    for (row, (marker, mask)) in marker.chunks_exact_mut(ni).zip(mask.chunks_exact(ni)).enumerate() {
        if is_end(row % nj, nj) || is_end(row / nj, nk) {
            marker.copy_from_slice(mask);
            continue;
        }
        marker.fill(none);
        if ni > 1 {
            marker[0] = mask[0];
            marker[ni - 1] = mask[ni - 1];
        }
    }
    marker
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One voxel after another until nothing changes.
    fn expected(marker: &[i32], mask: &[i32], dims: [usize; 3], full: bool) -> Vec<i32> {
        let mut out: Vec<i32> = marker.iter().zip(mask).map(|(&a, &b)| a.min(b)).collect();
        let place = |n: usize| [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
        loop {
            let before = out.clone();
            for n in 0..out.len() {
                for m in 0..out.len() {
                    let apart: Vec<usize> = (0..3).map(|a| place(n)[a].abs_diff(place(m)[a])).collect();
                    let near = apart.iter().all(|&d| d <= 1) && (full || apart.iter().sum::<usize>() == 1);
                    if near {
                        out[n] = out[n].max(out[m]).min(mask[n]);
                    }
                }
            }
            if out == before {
                return out;
            }
        }
    }

    #[test]
    fn values_flow_as_far_as_they_can() {
        for dims in [[7, 6, 5], [19, 8, 1], [1, 1, 30], [1, 9, 9], [2, 2, 2]] {
            let count: usize = dims.iter().product();
            let mask: Vec<i32> = (0..count as i32).map(|n| n * 7919 % 101).collect();
            let marker: Vec<i32> =
                mask.iter().enumerate().map(|(n, v)| if n % 23 == 5 { 90 } else { v / 4 }).collect();
            for full in [false, true] {
                let wanted = expected(&marker, &mask, dims, full);
                let mut found = marker.clone();
                reconstruct(&mut found, &mask, dims, full, Extreme::Greatest, &Progress::ignored()).unwrap();
                assert_eq!(found, wanted, "{dims:?} {full}");
                let negative = |values: &[i32]| values.iter().map(|v| -v).collect::<Vec<_>>();
                let mut found = negative(&marker);
                reconstruct(&mut found, &negative(&mask), dims, full, Extreme::Least, &Progress::ignored())
                    .unwrap();
                assert_eq!(negative(&found), wanted, "{dims:?} {full}");
            }
        }
    }

    #[test]
    fn a_border_is_where_an_axis_has_ends() {
        let mask: Vec<i16> = (1..=25).collect();
        let found = border(&mask, [5, 5, 1], Extreme::Greatest);
        assert_eq!(&found[5..10], [6, 1, 1, 1, 10]);
        assert_eq!(&found[20..], [21, 22, 23, 24, 25]);
        let found = border(&mask, [25, 1, 1], Extreme::Least);
        assert_eq!((found[0], found[1], found[24]), (1, 25, 25));
    }
}
