//! Writing triangles.

use multiversion::multiversion;

use super::cases::Case;
use super::count::{CellRow, Row};
use crate::bits::BitVolume;

/// Writes the triangles of the cells between slices `k` and `k + 1`.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+popcnt+lzcnt", "x86_64+sse4.2+popcnt"))]
pub(super) fn write_slice(
    bits: &BitVolume,
    rows: &[Row],
    k: usize,
    cases: &[Case; 256],
    out: &mut [[u32; 3]],
) {
    let nj = bits.dims()[1];
    let mut written = 0;
    for j in 0..nj {
        let Some(cells) = CellRow::new(bits, j, k) else { continue };
        let own =
            [rows[k * nj + j], rows[k * nj + j + 1], rows[(k + 1) * nj + j], rows[(k + 1) * nj + j + 1]];
        if own[0].triangles == 0 {
            continue;
        }
        // The numbers of the next points along i on the four rows, along j on two and along k on two.
        let mut i: [u32; 4] = own.map(|row| row.first(0));
        let mut along_j = [own[0].first(1), own[2].first(1)];
        let mut along_k = [own[0].first(2), own[1].first(2)];
        cells.for_each(|bits| {
            let case = &cases[bits];
            let differ = |a: usize, b: usize| ((bits >> a ^ bits >> b) & 1) as u32;
            let (j0, j1) = (differ(0, 2), differ(4, 6));
            let (k0, k1) = (differ(0, 4), differ(2, 6));
            let points = [
                i[0],
                i[1],
                i[2],
                i[3],
                along_j[0],
                along_j[0] + j0,
                along_j[1],
                along_j[1] + j1,
                along_k[0],
                along_k[0] + k0,
                along_k[1],
                along_k[1] + k1,
                0,
                0,
                0,
                0,
            ];
            for (slot, corners) in out[written..].iter_mut().zip(case.triangles()) {
                *slot = corners.map(|edge| points[usize::from(edge & 15)]);
            }
            written += usize::from(case.count);
            for (r, next) in i.iter_mut().enumerate() {
                *next += differ(2 * r, 2 * r + 1);
            }
            along_j = [along_j[0] + j0, along_j[1] + j1];
            along_k = [along_k[0] + k0, along_k[1] + k1];
        });
    }
}
