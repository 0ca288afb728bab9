//! Greatest values within elements of any form: rows of the element, each a running maximum along i.

use multiversion::multiversion;

use super::super::element::Element;
use crate::kernels::key::{Key, Keyed};
use crate::kernels::tasks;
use crate::progress::{Cancelled, Progress};

/// Slices of one parallel task, and rows of a slice that are made together.
const TILE: [usize; 2] = [32, 16];

/// Keys that are compared with each row of the element at once.
const PIECE: usize = 64;

/// Fills `out`, of `out_dims` voxels, with the greatest value, of keys put through exclusive or with `turn`, around each voxel
/// that stands `offset` farther on in `values`.
pub(super) fn greatest<T: Keyed>(
    values: &[T],
    dims: [usize; 3],
    out: &mut [T],
    out_dims: [usize; 3],
    offset: [isize; 3],
    element: &Element,
    turn: T::Key,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let radius = element.radius();
    let groups = element.by_reach();
    let [ni, nj, nk] = out_dims;
    // Tiles much smaller than the element would look at most rows again and again.
    let (tile_j, tile_k) = (TILE[0].max(2 * radius[1]).min(nj), TILE[1].max(2 * radius[2]).min(nk));
    let (rows_j, rows_k) = (tile_j + 2 * radius[1], tile_k + 2 * radius[2]);
    let length = ni + 2 * radius[0];
    let scratch = || Tile {
        padded: vec![T::Key::LEAST; rows_j * rows_k * length],
        wide: vec![T::Key::LEAST; rows_j * rows_k * ni],
        found: vec![T::Key::LEAST; tile_j * tile_k * ni],
    };
    tasks::chunks(out, ni * nj * tile_k, &|slab, out| {
        let mut tile = scratch();
        let first_k = slab * tile_k;
        for first_j in (0..nj).step_by(tile_j) {
            progress.report((first_k as f64 + tile_k as f64 * first_j as f64 / nj as f64) / nk as f64)?;
            let place = |n: usize, first: usize, axis: usize| {
                (first + n)
                    .checked_add_signed(offset[axis] - radius[axis] as isize)
                    .filter(|&n| n < dims[axis])
            };
            for (n, row) in tile.padded.chunks_exact_mut(length).enumerate() {
                let (j, k) = (place(n % rows_j, first_j, 1), place(n / rows_j, first_k, 2));
                let source = j.zip(k).map(|(j, k)| &values[(k * dims[1] + j) * dims[0]..][..dims[0]]);
                fill::<T>(row, source, offset[0] - radius[0] as isize, turn);
            }
            tile.wide.fill(T::Key::LEAST);
            tile.found.fill(T::Key::LEAST);
            let mut next = 0;
            for (reach, rows) in &groups {
                for (wide, padded) in tile.wide.chunks_exact_mut(ni).zip(tile.padded.chunks_exact(length)) {
                    for shift in next..=*reach {
                        raise(wide, &padded[radius[0] - shift..], &padded[radius[0] + shift..]);
                    }
                }
                next = reach + 1;
                let starts: Vec<usize> = rows
                    .iter()
                    .map(|row| {
                        let at = |n: isize, axis: usize| (n + radius[axis] as isize) as usize;
                        (at(row.k, 2) * rows_j + at(row.j, 1)) * ni
                    })
                    .collect();
                for (n, found) in tile.found.chunks_exact_mut(ni).enumerate() {
                    gather(found, &tile.wide[(n / tile_j * rows_j + n % tile_j) * ni..], &starts);
                }
            }
            for (n, found) in tile.found.chunks_exact(ni).enumerate() {
                let (j, k) = (first_j + n % tile_j, n / tile_j);
                if let Some(out) = out.get_mut((k * nj + j) * ni..(k * nj + j + 1) * ni).filter(|_| j < nj) {
                    out.iter_mut().zip(found).for_each(|(out, &key)| *out = T::of_key(key ^ turn));
                }
            }
        }
        Ok(())
    })
}

/// Some rows of some slices, with those around them.
struct Tile<K> {
    /// Keys, with room at the ends of rows.
    padded: Vec<K>,
    /// The greatest keys within a reach along i.
    wide: Vec<K>,
    /// The greatest keys found.
    found: Vec<K>,
}

/// A row of keys whose first stands at `start`; outside there is the least key.
fn fill<T: Keyed>(row: &mut [T::Key], source: Option<&[T]>, start: isize, turn: T::Key) {
    let Some(source) = source else {
        row.fill(T::Key::LEAST);
        return;
    };
    let before = ((-start).max(0) as usize).min(row.len());
    let source = source.get(start.max(0) as usize..).unwrap_or_default();
    let (head, rest) = row.split_at_mut(before);
    let (middle, tail) = rest.split_at_mut(source.len().min(rest.len()));
    head.fill(T::Key::LEAST);
    middle.iter_mut().zip(source).for_each(|(key, v)| *key = v.key() ^ turn);
    tail.fill(T::Key::LEAST);
}

/// Raises keys to those of two rows.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn raise<K: Key>(to: &mut [K], a: &[K], b: &[K]) {
    for ((to, &a), &b) in to.iter_mut().zip(a).zip(b) {
        *to = (*to).max(a).max(b);
    }
}

/// Raises keys to those of the rows that begin at `starts`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn gather<K: Key>(found: &mut [K], wide: &[K], starts: &[usize]) {
    let (pieces, rest) = found.as_chunks_mut::<PIECE>();
    let done = pieces.len() * PIECE;
    for (n, piece) in pieces.iter_mut().enumerate() {
        let mut best = *piece;
        for &start in starts {
            let from = &wide[start + n * PIECE..][..PIECE];
            best.iter_mut().zip(from).for_each(|(best, &key)| *best = (*best).max(key));
        }
        *piece = best;
    }
    for &start in starts {
        rest.iter_mut().zip(&wide[start + done..]).for_each(|(best, &key)| *best = (*best).max(key));
    }
}
