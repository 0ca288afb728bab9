//! The minima of a relief.

use microtome_image::{Array, Blank};
use rayon::prelude::*;

use super::relief::{Height, Relief};
use crate::progress::{Cancelled, Progress};
use crate::segmentation::regions::neighbours::Neighbours;

/// 1 for every voxel of a regional minimum (a flat region all of whose neighbours are higher) that is deeper
/// than `depth`, else 0: the regional minima of the relief once all basins of at most that depth are filled.
pub(in super::super) fn minima(
    relief: &Relief,
    dims: [usize; 3],
    neighbours: &Neighbours,
    depth: f64,
    progress: &Progress,
) -> Result<Array, Cancelled> {
    let mask = match relief {
        Relief::Single(heights) => of_heights(heights, dims, neighbours, depth, progress)?,
        Relief::Double(heights) => of_heights(heights, dims, neighbours, depth, progress)?,
    };
    Ok(Array::from(mask))
}

fn of_heights<H: Height>(
    heights: &[H],
    dims: [usize; 3],
    neighbours: &Neighbours,
    depth: f64,
    progress: &Progress,
) -> Result<Vec<u8>, Cancelled> {
    if depth > 0.0 {
        let filled = filled(heights, dims, neighbours, depth, &progress.step(0.0..0.7))?;
        return regional(&filled, neighbours, &progress.step(0.7..1.0));
    }
    regional(heights, neighbours, progress)
}

/// Slices of a slab.
const SLICES: usize = 32;

/// The relief with all basins filled that are at most `depth` deep: its reconstruction by erosion from
/// `depth` above it (Vincent, IEEE Transactions on Image Processing 2(2), 1993). The result is the one
/// surface above the relief that cannot sink, so slabs may be worked on side by side and in any order.
fn filled<H: Height>(
    heights: &[H],
    dims: [usize; 3],
    neighbours: &Neighbours,
    depth: f64,
    progress: &Progress,
) -> Result<Blank<H>, Cancelled> {
    let slice = dims[0] * dims[1];
    let mut surface = Blank::new(heights.len());
    let size = slice * SLICES;
    surface.par_chunks_mut(size).zip(heights.par_chunks(size)).enumerate().try_for_each(
        |(n, (surface, floor))| {
            surface.iter_mut().zip(floor).for_each(|(s, f)| *s = f.raised(depth));
            let slab = Slab { start: n * size, floor, neighbours };
            progress.check()?;
            let mut open = slab.sweep(surface);
            progress.check()?;
            slab.sink(surface, &mut open);
            progress.report(0.5)
        },
    )?;
    // What sinks at the border of a slab lets that beside it sink.
    loop {
        progress.check()?;
        let mut opened: Vec<Vec<usize>> = vec![Vec::new(); surface.len().div_ceil(size)];
        for border in (size..surface.len()).step_by(size) {
            for n in border - slice..border + slice {
                let level = surface[n];
                neighbours.each(n, |m| {
                    let across = (m < border) != (n < border);
                    if across && level < surface[m] && heights[m] < surface[m] {
                        surface[m] = if level < heights[m] { heights[m] } else { level };
                        opened[m / size].push(m % size);
                    }
                });
            }
        }
        if opened.iter().all(Vec::is_empty) {
            return Ok(surface);
        }
        let tasks = surface.par_chunks_mut(size).zip(heights.par_chunks(size)).zip(opened).enumerate();
        tasks.for_each(|(n, ((surface, floor), mut open))| {
            Slab { start: n * size, floor, neighbours }.sink(surface, &mut open);
        });
    }
}

/// A part of the relief.
struct Slab<'a, H> {
    /// The number of its first voxel.
    start: usize,
    floor: &'a [H],
    neighbours: &'a Neighbours,
}

impl<H: Height> Slab<'_, H> {
    /// Calls `each` with the neighbours of a voxel that lie in the slab.
    #[inline(always)]
    fn near(&self, n: usize, mut each: impl FnMut(usize)) {
        self.neighbours.each(self.start + n, |m| {
            let m = m.wrapping_sub(self.start);
            if m < self.floor.len() {
                each(m);
            }
        });
    }

    /// Lets the surface sink forward and backward in scan order; gives the voxels from which it can sink
    /// further.
    fn sweep(&self, surface: &mut [H]) -> Vec<usize> {
        for n in 0..surface.len() {
            let mut level = surface[n];
            self.near(n, |m| level = if m < n && surface[m] < level { surface[m] } else { level });
            surface[n] = if level < self.floor[n] { self.floor[n] } else { level };
        }
        let mut open = Vec::new();
        for n in (0..surface.len()).rev() {
            let mut level = surface[n];
            self.near(n, |m| level = if m > n && surface[m] < level { surface[m] } else { level });
            let level = if level < self.floor[n] { self.floor[n] } else { level };
            surface[n] = level;
            let mut further = false;
            self.near(n, |m| further |= m > n && level < surface[m] && self.floor[m] < surface[m]);
            if further {
                open.push(n);
            }
        }
        open
    }

    /// Lets the surface sink from the voxels in `open` on.
    fn sink(&self, surface: &mut [H], open: &mut Vec<usize>) {
        let mut next = 0;
        while next < open.len() {
            let n = open[next];
            next += 1;
            if next == 1 << 20 {
                open.drain(..next);
                next = 0;
            }
            let level = surface[n];
            self.near(n, |m| {
                if level < surface[m] && self.floor[m] < surface[m] {
                    surface[m] = if level < self.floor[m] { self.floor[m] } else { level };
                    open.push(m);
                }
            });
        }
    }
}

/// What a voxel may be: not part of a minimum; part of one for all that its neighbours show; that, and as
/// high as one of them.
const ABOVE: u8 = 0;
const LOWEST: u8 = 1;
const FLAT: u8 = 2;

/// 1 for the voxels of flat regions all of whose neighbours are higher.
fn regional<H: Height>(
    heights: &[H],
    neighbours: &Neighbours,
    progress: &Progress,
) -> Result<Vec<u8>, Cancelled> {
    const TASK: usize = 1 << 14;
    let mut mask = vec![ABOVE; heights.len()];
    mask.par_chunks_mut(TASK).enumerate().try_for_each(|(task, mask)| {
        progress.report(0.5 * (task * TASK) as f64 / heights.len() as f64)?;
        for (n, state) in mask.iter_mut().enumerate() {
            let n = task * TASK + n;
            let height = heights[n];
            let (mut lower, mut equal) = (false, false);
            neighbours.each(n, |m| {
                lower |= heights[m] < height;
                equal |= heights[m] == height;
            });
            *state = match (lower, equal) {
                (true, _) => ABOVE,
                (false, true) => FLAT,
                (false, false) => LOWEST,
            };
        }
        Ok(())
    })?;
    // A flat region from which one voxel has a way down is no minimum.
    let mut open = Vec::new();
    for n in 0..mask.len() {
        if mask[n] != FLAT {
            continue;
        }
        let mut leaks = false;
        neighbours.each(n, |m| leaks |= mask[m] == ABOVE && heights[m] == heights[n]);
        if leaks {
            mask[n] = ABOVE;
            open.push(n);
        }
        while let Some(n) = open.pop() {
            neighbours.each(n, |m| {
                if mask[m] == FLAT && heights[m] == heights[n] {
                    mask[m] = ABOVE;
                    open.push(m);
                }
            });
        }
    }
    progress.report(1.0)?;
    mask.iter_mut().for_each(|state| *state = (*state).min(LOWEST));
    Ok(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(heights: &[f32], dims: [usize; 3], depth: f64) -> Array {
        let relief = Relief::Single(heights.to_vec().into());
        minima(&relief, dims, &Neighbours::new(dims, false), depth, &Progress::ignored()).unwrap()
    }

    #[test]
    fn shallow_basins_are_none() {
        let heights = [3.0, 1.0, 1.0, 2.0, 1.5, 4.0, 0.0, 0.0, 5.0];
        assert_eq!(found(&heights, [9, 1, 1], 0.0), Array::from(vec![0_u8, 1, 1, 0, 1, 0, 1, 1, 0]));
        assert_eq!(found(&heights, [9, 1, 1], 0.5), Array::from(vec![0_u8, 1, 1, 0, 0, 0, 1, 1, 0]));
        // Filled to the level of the ridge it is a flat region with a way down.
        assert_eq!(found(&heights, [9, 1, 1], 3.0), Array::from(vec![0_u8, 0, 0, 0, 0, 0, 1, 1, 0]));
        assert_eq!(found(&heights, [9, 1, 1], 9.0), Array::from(vec![1_u8; 9]));
    }

    #[test]
    fn slabs_make_no_difference() {
        let dims = [5, 4, 3 * SLICES + 7];
        let heights: Vec<f32> =
            (0..dims.iter().product::<usize>()).map(|n| (n * 7919 % 211) as f32).collect();
        let neighbours = Neighbours::new(dims, true);
        let surface = filled(&heights, dims, &neighbours, 40.0, &Progress::ignored()).unwrap();
        let mut expected: Vec<f32> = heights.iter().map(|h| h + 40.0).collect();
        loop {
            let before = expected.clone();
            for n in 0..heights.len() {
                let mut level = expected[n];
                neighbours.each(n, |m| level = level.min(expected[m]));
                expected[n] = level.max(heights[n]);
            }
            if before == expected {
                break;
            }
        }
        assert_eq!(surface.to_vec(), expected);
    }
}
