//! How far voxels are from a set.

use rayon::prelude::*;

use crate::bits::{BitVolume, ones};
use crate::filters::morphology::distance::{Measure, Side, Target, distances};
use crate::progress::{Cancelled, Progress};

/// Rows that are looked at around a voxel reach so far along j and k; voxels whose nearest one is further away take their distance from
/// a map of all.
const REACH: isize = 24;

/// Rows near a row, by rising distance.
struct Rows {
    /// Steps along j and k, and the square of the distance.
    near: Vec<(isize, isize, f64)>,
    /// The square of the distance within which no row is missing.
    complete: f64,
}

impl Rows {
    fn of(dims: [usize; 3], spacing: [f64; 3]) -> Self {
        let reach = [1, 2].map(|a| REACH.min(dims[a] as isize - 1));
        let mut near = Vec::new();
        for dk in -reach[1]..=reach[1] {
            for dj in -reach[0]..=reach[0] {
                let (y, z) = (dj as f64 * spacing[1], dk as f64 * spacing[2]);
                near.push((dj, dk, y * y + z * z));
            }
        }
        near.sort_by(|a, b| a.2.total_cmp(&b.2));
        let limit = |n: usize| {
            let all = reach[n] as usize + 1 >= dims[n + 1];
            if all { f64::INFINITY } else { (reach[n] + 1) as f64 * spacing[n + 1] }
        };
        Self { near, complete: limit(0).min(limit(1)).powi(2) }
    }
}

/// Steps from voxel `i` to the nearest one of the row; `most`: further ones need not be found.
#[inline(always)]
fn steps(row: &[u64], i: usize, most: usize) -> Option<usize> {
    let (word, bit) = (i / 64, i % 64);
    let mut best = usize::MAX;
    let ahead = row[word] >> bit;
    if ahead != 0 {
        best = ahead.trailing_zeros() as usize;
    } else {
        for (n, w) in row[word + 1..].iter().enumerate() {
            let first = 64 - bit + 64 * n;
            if first > most {
                break;
            }
            if *w != 0 {
                best = first + w.trailing_zeros() as usize;
                break;
            }
        }
    }
    let behind = row[word] << (63 - bit);
    if behind != 0 {
        best = best.min(behind.leading_zeros() as usize);
    } else {
        for (n, w) in row[..word].iter().rev().enumerate() {
            let first = bit + 1 + 64 * n;
            if first > most.min(best) {
                break;
            }
            if *w != 0 {
                best = best.min(first + w.leading_zeros() as usize);
                break;
            }
        }
    }
    (best != usize::MAX).then_some(best)
}

/// The distance from each voxel of `from` that is not in `to` to the nearest voxel of `to`, slice by slice, row by row; empty
/// where `to` is.
///
/// Most sets that are compared lie close together: around each voxel the rows are searched from near to far. Where that does
/// not lead to the nearest one, a map of all distances is made, whose relative error is below one millionth.
///
/// # Errors
/// [`Cancelled`] on request.
///
/// # Panics
/// If the dimensions differ.
pub(super) fn outside_distances(
    from: &BitVolume,
    to: &BitVolume,
    spacing: [f64; 3],
    progress: &Progress,
) -> Result<Vec<f64>, Cancelled> {
    assert_eq!(from.dims(), to.dims(), "sets on one grid");
    if to.bits().iter().all(|word| *word == 0) {
        return Ok(Vec::new());
    }
    let dims = from.dims();
    let [_, nj, nk] = dims;
    let rows = Rows::of(dims, spacing);
    let slices: Vec<Vec<f64>> = (0..nk)
        .into_par_iter()
        .map(|k| {
            progress.report(0.5 * k as f64 / nk as f64)?;
            let mut found = Vec::new();
            for j in 0..nj {
                of_row(from, to, [j, k], spacing, &rows, &mut found);
            }
            Ok(found)
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut found = slices.concat();
    if found.iter().any(|d| d.is_infinite()) {
        complete(&mut found, from, to, spacing, &progress.step(0.5..1.0))?;
    }
    progress.report(1.0)?;
    Ok(found)
}

/// The voxels of `from` in a row that are not in `to`.
fn outside<'a>(
    from: &'a BitVolume,
    to: &'a BitVolume,
    [j, k]: [usize; 2],
) -> impl Iterator<Item = usize> + 'a {
    let words = from.row(j, k).iter().zip(to.row(j, k)).enumerate();
    words.flat_map(|(w, (from, to))| ones(from & !to).map(move |bit| 64 * w + bit as usize))
}

fn of_row(
    from: &BitVolume,
    to: &BitVolume,
    [j, k]: [usize; 2],
    spacing: [f64; 3],
    rows: &Rows,
    found: &mut Vec<f64>,
) {
    let [_, nj, nk] = to.dims();
    // The last voxel and its distance: the next one cannot be further away by more than the way to it.
    let mut last: Option<(usize, f64)> = None;
    for i in outside(from, to, [j, k]) {
        let bound = last.map_or(f64::INFINITY, |(before, d)| d + (i - before) as f64 * spacing[0]);
        let mut best = (bound * bound) * (1.0 + 1e-12);
        let mut met = false;
        for &(dj, dk, apart) in &rows.near {
            if apart > best {
                break;
            }
            let (Some(j), Some(k)) = (j.checked_add_signed(dj), k.checked_add_signed(dk)) else { continue };
            if j >= nj || k >= nk {
                continue;
            }
            let most = ((best - apart).sqrt() / spacing[0] + 1.0) as usize;
            if let Some(steps) = steps(to.row(j, k), i, most) {
                let way = steps as f64 * spacing[0];
                let square = way * way + apart;
                if square <= best {
                    best = square;
                    met = true;
                }
            }
        }
        let distance = if met && best <= rows.complete { best.sqrt() } else { f64::INFINITY };
        last = distance.is_finite().then_some((i, distance));
        found.push(distance);
    }
}

/// Puts those that were not found in their places.
fn complete(
    found: &mut [f64],
    from: &BitVolume,
    to: &BitVolume,
    spacing: [f64; 3],
    progress: &Progress,
) -> Result<(), Cancelled> {
    let measure =
        Measure { side: Side::Outside, target: Target::Other, inside_is_positive: false, squared: false };
    let map = distances(to, spacing, measure, progress)?;
    let [ni, nj, nk] = from.dims();
    let rows =
        (0..nj * nk).flat_map(|row| outside(from, to, [row % nj, row / nj]).map(move |i| row * ni + i));
    for (distance, voxel) in found.iter_mut().zip(rows) {
        if distance.is_infinite() {
            *distance = f64::from(map[voxel]);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far_ones_are_the_nearest() {
        let dims = [150, 61, 9];
        let spacing = [0.7, 1.3, 2.0];
        let count: usize = dims.iter().product();
        let place = |n: usize| [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
        let from: Vec<u8> = (0..count).map(|n| u8::from(n * 7919 % 97 == 3 || n % 1009 < 30)).collect();
        for scattered in [13_usize, 40_009] {
            let to: Vec<u8> = (0..count).map(|n| u8::from(n * 31 % scattered == 7)).collect();
            let sets = [&from, &to].map(|set| BitVolume::new(set, dims, |v| v != 0));
            let found = outside_distances(&sets[0], &sets[1], spacing, &Progress::ignored()).unwrap();
            let targets: Vec<[usize; 3]> = (0..count).filter(|n| to[*n] != 0).map(place).collect();
            let queries = (0..count).filter(|n| from[*n] != 0 && to[*n] == 0).map(place);
            for (found, q) in found.iter().zip(queries).step_by(17) {
                let square = |t: &[usize; 3]| -> f64 {
                    (0..3).map(|a| ((t[a] as f64 - q[a] as f64) * spacing[a]).powi(2)).sum()
                };
                let least = targets.iter().map(square).fold(f64::INFINITY, f64::min).sqrt();
                assert!((found - least).abs() <= 1e-6 * least, "{found} {least} at {q:?}");
            }
        }
    }
}
