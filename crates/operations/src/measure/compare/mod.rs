//! How alike two sets of voxels are.

pub mod hausdorff;
mod nearest;
pub mod overlap;

use crate::bits::{BitVolume, ones};

/// The voxels of a set of which a neighbour by face is not in it, or lies outside the volume.
pub(super) fn boundary(set: &BitVolume) -> BitVolume {
    let dims = set.dims();
    let mut out = BitVolume::none(dims);
    let words = set.words();
    let empty = vec![0_u64; words];
    let rows = out.bits_mut().chunks_exact_mut(words.max(1)).enumerate();
    for (n, row) in rows {
        let (j, k) = (n % dims[1], n / dims[1]);
        let here = set.row(j, k);
        let beside = |j: Option<usize>, k: Option<usize>| match (j, k) {
            (Some(j), Some(k)) if j < dims[1] && k < dims[2] => set.row(j, k),
            _ => &empty[..],
        };
        let around = [
            beside(j.checked_sub(1), Some(k)),
            beside(Some(j + 1), Some(k)),
            beside(Some(j), k.checked_sub(1)),
            beside(Some(j), Some(k + 1)),
        ];
        for (w, out) in row.iter_mut().enumerate() {
            let word = here[w];
            if word == 0 {
                continue;
            }
            let before = w.checked_sub(1).map_or(0, |w| here[w] >> 63);
            let after = here.get(w + 1).map_or(0, |next| next << 63);
            let along = (word << 1 | before) & (word >> 1 | after);
            *out = word & !around.iter().fold(along, |inner, row| inner & row[w]);
        }
    }
    out
}

/// How many voxels a set has.
pub(super) fn size(set: &BitVolume) -> u64 {
    set.bits().iter().map(|word| u64::from(word.count_ones())).sum()
}

/// The mean index of a set's voxels; `None` if it has none.
pub(super) fn center(set: &BitVolume) -> Option<[f64; 3]> {
    let [_, nj, nk] = set.dims();
    let mut sums = [0_u64; 3];
    let mut count = 0;
    for k in 0..nk {
        for j in 0..nj {
            let mut voxels = 0;
            for (w, word) in set.row(j, k).iter().enumerate().filter(|(_, word)| **word != 0) {
                let n = u64::from(word.count_ones());
                voxels += n;
                sums[0] += 64 * w as u64 * n + ones(*word).map(u64::from).sum::<u64>();
            }
            sums[1] += voxels * j as u64;
            sums[2] += voxels * k as u64;
            count += voxels;
        }
    }
    (count > 0).then(|| sums.map(|sum| sum as f64 / count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_where_a_neighbour_is_missing() {
        let dims = [70, 5, 4];
        let inside = |n: usize| {
            let [i, j, k] = [n % 70, n / 70 % 5, n / 350];
            (60..=66).contains(&i) && j >= 1 && k <= 2
        };
        let values: Vec<u8> = (0..1400).map(|n| u8::from(inside(n))).collect();
        let set = BitVolume::new(&values, dims, |v| v != 0);
        assert_eq!(size(&set), 7 * 4 * 3);
        assert_eq!(center(&set), Some([63.0, 2.5, 1.0]));
        // Of 7 × 4 × 3 voxels, the last rows and the first slice at the border of the volume, 5 × 2 × 1 are within.
        assert_eq!(size(&boundary(&set)), 84 - 10);
        let none = BitVolume::none(dims);
        assert_eq!((size(&boundary(&none)), center(&none)), (0, None));
    }
}
