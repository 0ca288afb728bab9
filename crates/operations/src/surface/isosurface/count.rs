//! Counting a row's points and triangles before any is made.

use multiversion::multiversion;

use super::cases::CASES;
use crate::bits::{BitVolume, ones};

/// What one row of voxels adds to the surface: the points on the edges that go out from its voxels along i, j and k, and
/// the triangles of the cells whose lowest corners are its voxels.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// Points on edges along each axis.
    pub(super) crossings: [u32; 3],
    /// Triangles.
    pub(super) triangles: u32,
    /// The number of the row's first point: first those along i, then j, then k.
    pub(super) first_point: u32,
    /// The number of the row's first triangle.
    pub(super) first_triangle: u32,
}

impl Row {
    /// All points.
    pub(super) fn points(&self) -> usize {
        self.crossings.iter().map(|&n| n as usize).sum()
    }

    /// The number of the first point along `axis`.
    pub(super) fn first(&self, axis: usize) -> u32 {
        self.first_point + self.crossings[..axis].iter().sum::<u32>()
    }
}

/// The bits of word `w` whose edge along i is crossed.
#[inline(always)]
pub(super) fn crossed_along_i(row: &[u64], w: usize, ni: usize) -> u64 {
    let next = row.get(w + 1).map_or(0, |n| n << 63);
    (row[w] ^ (row[w] >> 1 | next)) & below(ni - 1, w)
}

/// The bits of word `w` that belong to the first `count` of a row.
#[inline(always)]
const fn below(count: usize, w: usize) -> u64 {
    match count.saturating_sub(w * 64) {
        0 => 0,
        n if n >= 64 => u64::MAX,
        n => u64::MAX >> (64 - n),
    }
}

/// The cells between four rows, in the order of the cases' corners: (j, k), (j + 1, k), (j, k + 1), (j + 1, k + 1).
pub(super) struct CellRow<'a> {
    rows: [&'a [u64]; 4],
    cells: usize,
}

impl<'a> CellRow<'a> {
    /// The cells of row `j`, `k`; `None` at the end of the volume.
    #[inline(always)]
    pub(super) fn new(bits: &'a BitVolume, j: usize, k: usize) -> Option<Self> {
        let [ni, nj, nk] = bits.dims();
        let within = j + 1 < nj && k + 1 < nk && ni > 1;
        within.then(|| Self {
            rows: [bits.row(j, k), bits.row(j + 1, k), bits.row(j, k + 1), bits.row(j + 1, k + 1)],
            cells: ni - 1,
        })
    }

    /// Calls `each` with the case of every cell that the surface passes, in order.
    #[inline(always)]
    pub(super) fn for_each(&self, mut each: impl FnMut(usize)) {
        let words = self.rows[0].len();
        for w in 0..words {
            let word = |r: usize, w: usize| self.rows[r].get(w).copied().unwrap_or(0);
            let low: [u64; 4] = std::array::from_fn(|r| word(r, w));
            let next: [u64; 4] = std::array::from_fn(|r| word(r, w + 1) & 1);
            let high: [u64; 4] = std::array::from_fn(|r| low[r] >> 1 | next[r] << 63);
            let any = low.into_iter().chain(high).fold(0, |a, b| a | b);
            let all = low.into_iter().chain(high).fold(u64::MAX, |a, b| a & b);
            for bit in ones(any & !all & below(self.cells, w)) {
                let pair = |r: usize| (low[r] >> bit & 1) | (high[r] >> bit & 1) << 1;
                each((pair(0) | pair(1) << 2 | pair(2) << 4 | pair(3) << 6) as usize);
            }
        }
    }
}

/// Counts the rows of slice `k`.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+popcnt+lzcnt", "x86_64+sse4.2+popcnt"))]
pub(super) fn count_slice(bits: &BitVolume, k: usize, rows: &mut [Row]) {
    let [ni, nj, nk] = bits.dims();
    let cases = &*CASES;
    for (j, out) in rows.iter_mut().enumerate() {
        let row = bits.row(j, k);
        for w in 0..row.len() {
            out.crossings[0] += crossed_along_i(row, w, ni).count_ones();
        }
        if j + 1 < nj {
            out.crossings[1] = differing(row, bits.row(j + 1, k));
        }
        if k + 1 < nk {
            out.crossings[2] = differing(row, bits.row(j, k + 1));
        }
        let mut triangles = 0;
        if let Some(cells) = CellRow::new(bits, j, k) {
            cells.for_each(|case| triangles += u32::from(cases[case].count));
        }
        out.triangles = triangles;
    }
}

#[inline(always)]
fn differing(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}
