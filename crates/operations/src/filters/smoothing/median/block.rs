//! Medians over small boxes: 16 voxels of a row side by side through sorting networks.
//!
//! The values of a box that lie in one row's plane (along i and k) are sorted once for every row and serve all boxes that the row
//! is part of. Two boxes one above the other have all but their outermost rows in common: these are merged once for both, of
//! which only the middle values can still become a median, and each box adds its own row.

use multiversion::multiversion;
use rayon::prelude::*;

use super::SMALL;
use super::network::{LANES, Lanes, Network};
use crate::kernels::key::{Key, Keyed};
use crate::kernels::rows::Rows;
use crate::progress::{Cancelled, Progress};

/// Rows of one parallel task.
const TASK_ROWS: usize = 32;

/// A network, and the wires on which it leaves the values that go on, in order.
struct Stage {
    network: Network,
    order: Vec<u16>,
}

/// Medians over boxes of a volume.
pub(super) struct Blocks<'a, K> {
    rows: &'a Rows<K>,
    dims: [usize; 3],
    radius: [usize; 3],
    /// Sorts the values along k.
    along_k: Stage,
    /// Merges those of all places along i.
    plane: Stage,
    /// Merges two rows' planes.
    pair: Stage,
    /// Merges what two boxes have in common, up to the values that can be a median.
    common: Stage,
}

/// What a task needs.
struct Scratch<K> {
    /// The rows at all places along k: a piece of each, and what lies beyond its end.
    pieces: [Vec<Lanes<K>>; 2],
    wires: Vec<Lanes<K>>,
    /// The sorted planes of the rows around two boxes.
    planes: Vec<Vec<Lanes<K>>>,
    /// Of planes 1 and 2, and of planes 3 and 4.
    pairs: [Vec<Lanes<K>>; 2],
}

impl<'a, K: Key> Blocks<'a, K> {
    /// How far rows must go on beyond their ends.
    pub(super) fn margin(dims: [usize; 3], radius: [usize; 3]) -> usize {
        radius[0] + LANES.saturating_sub(dims[0])
    }

    pub(super) fn new(rows: &'a Rows<K>, dims: [usize; 3], radius: [usize; 3]) -> Self {
        let [wi, wj, wk] = radius.map(|r| (2 * r + 1) as u16);
        let wires = |from: u16, count: u16| (from..from + count).collect::<Vec<u16>>();
        let stage = |make: &dyn Fn(&mut Network) -> Vec<u16>| {
            let mut network = Network::default();
            let order = make(&mut network);
            Stage { network, order }
        };
        let plane = wi * wk;
        let shared = plane * (wj - 1);
        let mut common =
            stage(&|network| network.merge(&wires(0, shared / 2), &wires(shared / 2, shared / 2)));
        if wj > 1 {
            // Of two sorted lists of s and p values, of which the median of all is the one numbered m from 0: it is one of m - p
            // to m of the first, or of the second.
            let median = usize::from((shared + plane) / 2);
            common.order = common.order[median - usize::from(plane)..=median].to_vec();
            common.network.keep(&common.order);
        }
        Self {
            rows,
            dims,
            radius,
            along_k: stage(&|network| network.sort(&wires(0, wk))),
            plane: stage(&|network| network.merge_all((0..wi).map(|i| wires(i * wk, wk)).collect())),
            pair: stage(&|network| network.merge(&wires(0, plane), &wires(plane, plane))),
            common,
        }
    }

    /// Writes every voxel's median.
    pub(super) fn fill<T: Keyed<Key = K>>(
        &self,
        out: &mut [T],
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        let [ni, nj, nk] = self.dims;
        let tasks = out.chunks_mut(ni * nj).enumerate().flat_map(|(k, slice)| {
            slice.chunks_mut(ni * TASK_ROWS).enumerate().map(move |(n, rows)| (k, n * TASK_ROWS, rows))
        });
        let tasks: Vec<_> = tasks.collect();
        tasks.into_par_iter().try_for_each_init(
            || Scratch::new(self),
            |scratch, (k, j, out)| {
                progress.report(k as f64 / nk as f64)?;
                let mut start = 0;
                while start < ni {
                    // The last piece overlaps the one before it.
                    let start_of = start.min(ni.saturating_sub(LANES));
                    piece::<T>(self, scratch, [start_of, j, k], out);
                    start += LANES;
                }
                Ok(())
            },
        )
    }

    /// Sorts the values of the boxes at `place` that lie in its row's plane into plane `n`.
    #[inline(always)]
    fn sort_plane(&self, scratch: &mut Scratch<K>, n: usize, [i, j, k]: [isize; 3]) {
        let [radius, _, depth] = self.radius;
        // The first value that is read stands `radius` before voxel i.
        let start = (i as usize + Self::margin(self.dims, self.radius)) - radius;
        let Scratch { pieces: [pieces, beyond], wires, planes, .. } = scratch;
        for (n, offset) in (-(depth as isize)..=depth as isize).enumerate() {
            let row = &self.rows.row(j, k + offset)[start..start + LANES + 2 * radius];
            pieces[n].copy_from_slice(&row[..LANES]);
            beyond[n][..2 * radius].copy_from_slice(&row[LANES..]);
        }
        self.along_k.network.run(pieces);
        self.along_k.network.run(beyond);
        wires.clear();
        for shift in 0..2 * radius + 1 {
            for &wire in &self.along_k.order {
                let mut lanes = [K::default(); LANES];
                let (piece, beyond) = (&pieces[usize::from(wire)], &beyond[usize::from(wire)]);
                lanes[..LANES - shift].copy_from_slice(&piece[shift..]);
                lanes[LANES - shift..].copy_from_slice(&beyond[..shift]);
                wires.push(lanes);
            }
        }
        self.plane.network.run(wires);
        planes[n].clear();
        planes[n].extend(self.plane.order.iter().map(|&wire| wires[usize::from(wire)]));
    }

    /// Merges the planes `n` and `n + 1` into the second pair.
    #[inline(always)]
    fn merge_pair(&self, scratch: &mut Scratch<K>, n: usize) {
        let Scratch { wires, planes, pairs, .. } = scratch;
        wires.clear();
        wires.extend(planes[n].iter().chain(&planes[n + 1]));
        self.pair.network.run(wires);
        pairs[1].clear();
        pairs[1].extend(self.pair.order.iter().map(|&wire| wires[usize::from(wire)]));
    }

    /// The median of what two boxes have in common, of which the middle is known, and the row that only one has.
    #[inline(always)]
    fn median(&self, wires: &[Lanes<K>], own: &[Lanes<K>]) -> Lanes<K> {
        // With n values of the own row below it, the median is the greater of the n-th of these and the one of the others that
        // makes up the number; the right n is that which gives the least.
        let common = |n: usize| &wires[usize::from(self.common.order[n])];
        let count = own.len();
        let mut least = *common(count);
        for (n, own) in own.iter().enumerate() {
            let other = common(count - 1 - n);
            for l in 0..LANES {
                least[l] = least[l].min(own[l].max(other[l]));
            }
        }
        least
    }
}

/// The medians of a piece of some rows of a slice, whose first voxel is at `place`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn piece<T: Keyed>(
    blocks: &Blocks<'_, T::Key>,
    scratch: &mut Scratch<T::Key>,
    [i, j, k]: [usize; 3],
    out: &mut [T],
) {
    let (ni, radius) = (blocks.dims[0], blocks.radius[1]);
    let count = out.len() / ni;
    let width = LANES.min(ni);
    let write = |out: &mut [T], row: usize, medians: &Lanes<T::Key>| {
        if let Some(row) = out.get_mut(row * ni + i..row * ni + i + width) {
            row.iter_mut().zip(medians).for_each(|(o, &m)| *o = T::of_key(m));
        }
    };
    // Planes 0 to 2 radius + 1 are those of the rows from `radius` before the first of two boxes on.
    let at = |row: usize, plane: usize| {
        [i as isize, (j + row) as isize - radius as isize + plane as isize, k as isize]
    };
    if radius == 0 {
        for row in 0..count {
            blocks.sort_plane(scratch, 0, at(row, 0));
            let plane = &scratch.planes[0];
            write(out, row, &plane[plane.len() / 2]);
        }
        return;
    }
    let span = 2 * radius + 2;
    for n in 0..span - 2 {
        blocks.sort_plane(scratch, n, at(0, n));
    }
    if radius == SMALL {
        blocks.merge_pair(scratch, 1);
    }
    for row in (0..count).step_by(2) {
        for n in span - 2..span {
            blocks.sort_plane(scratch, n, at(row, n));
        }
        if radius == SMALL {
            // Planes 1 and 2 were merged before, as 3 and 4.
            scratch.pairs.swap(0, 1);
            blocks.merge_pair(scratch, 3);
        }
        let Scratch { wires, planes, pairs, .. } = &mut *scratch;
        wires.clear();
        if radius == SMALL {
            wires.extend(pairs[0].iter().chain(&pairs[1]));
        } else {
            wires.extend(planes[1].iter().chain(&planes[2]));
        }
        blocks.common.network.run(wires);
        write(out, row, &blocks.median(wires, &planes[0]));
        write(out, row + 1, &blocks.median(wires, &planes[span - 1]));
        planes.rotate_left(2);
    }
}

impl<K: Key> Scratch<K> {
    fn new(blocks: &Blocks<'_, K>) -> Self {
        Self {
            pieces: std::array::from_fn(|_| vec![[K::default(); LANES]; blocks.along_k.order.len()]),
            wires: Vec::new(),
            planes: vec![Vec::new(); 2 * blocks.radius[1] + 2],
            pairs: [Vec::new(), Vec::new()],
        }
    }
}
