//! Ranges of values in blocks of a volume, and how far it is to the next block that matters.

use rayon::prelude::*;

/// Edge of a block in cells.
pub(super) const EDGE: usize = 4;

/// Least and greatest value in each block of 4³ cells; the voxels on a block's far faces belong to it too, so that every
/// value interpolated in a cell lies in the range of its block.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    dims: [usize; 3],
    ranges: Vec<[f32; 2]>,
    range: (f32, f32),
}

impl Blocks {
    pub(super) fn new<T: Copy + PartialOrd + Sync>(
        values: &[T],
        dims: [usize; 3],
        real: impl Fn(T) -> f32 + Sync,
    ) -> Self {
        let counts = dims.map(|d| (d.max(2) - 1).div_ceil(EDGE));
        let mut ranges = vec![[0.0_f32; 2]; counts.iter().product()];
        let [ni, nj, nk] = dims;
        ranges.par_chunks_mut(counts[0] * counts[1]).enumerate().for_each(|(bk, layer)| {
            let ks = bk * EDGE..(bk * EDGE + EDGE + 1).min(nk);
            for (bj, row) in layer.chunks_exact_mut(counts[0]).enumerate() {
                let js = bj * EDGE..(bj * EDGE + EDGE + 1).min(nj);
                for (bi, range) in row.iter_mut().enumerate() {
                    let is = bi * EDGE..(bi * EDGE + EDGE + 1).min(ni);
                    let first = values[(ks.start * nj + js.start) * ni + is.start];
                    let (mut low, mut high) = (first, first);
                    for k in ks.clone() {
                        for j in js.clone() {
                            let line = (k * nj + j) * ni;
                            for &v in &values[line + is.start..line + is.end] {
                                low = if v < low { v } else { low };
                                high = if v > high { v } else { high };
                            }
                        }
                    }
                    *range = [real(low), real(high)];
                }
            }
        });
        let range =
            ranges.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |r, b| (r.0.min(b[0]), r.1.max(b[1])));
        Self { dims: counts, ranges, range }
    }

    pub(super) const fn dims(&self) -> [usize; 3] {
        self.dims
    }

    pub(super) fn ranges(&self) -> &[[f32; 2]] {
        &self.ranges
    }

    pub(super) const fn range(&self) -> (f32, f32) {
        self.range
    }

    /// For each block the Chebyshev distance, in blocks, to the nearest one whose range `occupied` accepts; 0 for that
    /// one itself, at most 255.
    pub(super) fn distances(&self, occupied: impl Fn(f32, f32) -> bool + Sync) -> Vec<u8> {
        let mut distance: Vec<u8> =
            self.ranges.par_iter().map(|&[low, high]| if occupied(low, high) { 0 } else { 255 }).collect();
        let [ni, nj, nk] = self.dims;
        // Two sweeps over the half neighbourhoods give the exact distance when all 26 neighbours cost 1.
        let mut sweep = |forward: bool| {
            for n in 0..distance.len() {
                let at = if forward { n } else { distance.len() - 1 - n };
                if distance[at] == 0 {
                    continue;
                }
                let [i, j, k] = [at % ni, at / ni % nj, at / (ni * nj)];
                let mut least = distance[at];
                for dk in -1..=1_isize {
                    for dj in -1..=1_isize {
                        for di in -1..=1_isize {
                            let order = (dk, dj, di);
                            if (order >= (0, 0, 0)) == forward {
                                continue;
                            }
                            let neighbour = [(i, di, ni), (j, dj, nj), (k, dk, nk)]
                                .map(|(x, d, size)| x.checked_add_signed(d).filter(|&y| y < size));
                            if let [Some(i), Some(j), Some(k)] = neighbour {
                                least = least.min(distance[(k * nj + j) * ni + i].saturating_add(1));
                            }
                        }
                    }
                }
                distance[at] = least;
            }
        };
        sweep(true);
        sweep(false);
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_overlap_and_distances_are_chebyshev() {
        let dims = [41, 33, 50];
        let mut values = vec![0_i16; dims.iter().product()];
        let at = |i: usize, j: usize, k: usize| (k * 33 + j) * 41 + i;
        values[at(16, 3, 9)] = 70;
        values[at(30, 30, 44)] = -5;
        let blocks = Blocks::new(&values, dims, f32::from);
        assert_eq!(blocks.dims(), [10, 8, 13]);
        assert_eq!(blocks.range(), (-5.0, 70.0));
        // Voxel 16 is the far face of block 3 and the near face of block 4; so is slice 44 of blocks 10 and 11.
        let range = |i: usize, j: usize, k: usize| blocks.ranges()[(k * 8 + j) * 10 + i];
        assert_eq!([range(3, 0, 2), range(4, 0, 2), range(5, 0, 2)], [[0.0, 70.0], [0.0, 70.0], [0.0, 0.0]]);
        let distance = blocks.distances(|low, high| low < 0.0 || high > 0.0);
        let seeds = [[3, 0, 2], [4, 0, 2], [7, 7, 10], [7, 7, 11]];
        for k in 0..13_usize {
            for j in 0..8_usize {
                for i in 0..10_usize {
                    let far = |s: &[usize; 3]| s[0].abs_diff(i).max(s[1].abs_diff(j)).max(s[2].abs_diff(k));
                    let expected = seeds.iter().map(far).min().unwrap();
                    assert_eq!(usize::from(distance[(k * 8 + j) * 10 + i]), expected, "{i} {j} {k}");
                }
            }
        }
    }
}
