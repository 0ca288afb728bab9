//! One bit a voxel, row by row: what component labelling and surface extraction work on.

use microtome_image::Scalar;
use multiversion::multiversion;
use rayon::prelude::*;

/// A yes or no for every voxel. A row of `dims[0]` voxels takes whole words, voxel 0 in the lowest bit of the first;
/// bits beyond the row's end are zero.
#[derive(Clone)]
pub(crate) struct BitVolume {
    dims: [usize; 3],
    words: usize,
    bits: Vec<u64>,
}

/// Rows packed by one parallel task.
const TASK_ROWS: usize = 64;

impl BitVolume {
    /// The voxels (i fastest, then j, k; as many as `dims` says) for which `inside` holds.
    pub(crate) fn new<T: Scalar>(
        values: &[T],
        dims: [usize; 3],
        inside: impl Fn(T) -> bool + Sync + Copy,
    ) -> Self {
        let row = dims[0].max(1);
        let words = row.div_ceil(64);
        let mut bits = vec![0_u64; words * dims[1] * dims[2]];
        let tasks = bits.par_chunks_mut(words * TASK_ROWS).zip(values.par_chunks(row * TASK_ROWS));
        tasks.for_each(|(bits, values)| pack(bits, words, values, row, inside));
        Self { dims, words, bits }
    }

    /// As many voxels as `dims` says, all "no".
    pub(crate) fn none(dims: [usize; 3]) -> Self {
        let words = dims[0].max(1).div_ceil(64);
        Self { dims, words, bits: vec![0; words * dims[1] * dims[2]] }
    }

    /// The words, to change them; bits beyond a row's end stay zero.
    pub(crate) fn bits_mut(&mut self) -> &mut [u64] {
        &mut self.bits
    }

    /// Turns every yes into a no and the reverse.
    pub(crate) fn flip(&mut self) {
        let last = self.last_word();
        for row in self.bits.chunks_exact_mut(self.words) {
            row.iter_mut().for_each(|word| *word = !*word);
            row[row.len() - 1] &= last;
        }
    }

    /// The bits of a row's last word that are voxels.
    pub(crate) const fn last_word(&self) -> u64 {
        match self.dims[0] % 64 {
            0 => u64::MAX,
            rest => (1 << rest) - 1,
        }
    }

    /// The same voxels with one voxel of "no" around them on every side.
    pub(crate) fn padded(&self) -> Self {
        let dims = self.dims.map(|d| d + 2);
        let words = dims[0].div_ceil(64);
        let mut bits = vec![0_u64; words * dims[1] * dims[2]];
        bits.par_chunks_mut(words * dims[1]).enumerate().skip(1).take(self.dims[2]).for_each(|(k, slice)| {
            for (j, row) in slice.chunks_exact_mut(words).skip(1).take(self.dims[1]).enumerate() {
                let mut carry = 0;
                let from = self.row(j, k - 1).iter().copied().chain([0]);
                for (word, from) in row.iter_mut().zip(from) {
                    *word = from << 1 | carry;
                    carry = from >> 63;
                }
            }
        });
        Self { dims, words, bits }
    }

    /// Number of voxels along i, j and k.
    pub(crate) const fn dims(&self) -> [usize; 3] {
        self.dims
    }

    /// Words a row.
    pub(crate) const fn words(&self) -> usize {
        self.words
    }

    /// All words.
    pub(crate) fn bits(&self) -> &[u64] {
        &self.bits
    }

    /// The words of row `j`, `k`.
    #[inline(always)]
    pub(crate) fn row(&self, j: usize, k: usize) -> &[u64] {
        let start = (k * self.dims[1] + j) * self.words;
        &self.bits[start..start + self.words]
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
fn pack<T: Scalar, F: Fn(T) -> bool + Copy>(
    bits: &mut [u64],
    words: usize,
    values: &[T],
    row: usize,
    inside: F,
) {
    for (bits, values) in bits.chunks_exact_mut(words).zip(values.chunks_exact(row)) {
        let (whole, rest) = values.as_chunks::<64>();
        for (word, values) in bits.iter_mut().zip(whole) {
            *word = word_of(values, inside);
        }
        if let Some(last) = bits.get_mut(whole.len()).filter(|_| !rest.is_empty()) {
            *last = rest.iter().enumerate().fold(0, |word, (n, &v)| word | u64::from(inside(v)) << n);
        }
    }
}

#[inline(always)]
fn word_of<T: Scalar>(values: &[T; 64], inside: impl Fn(T) -> bool) -> u64 {
    let mut flags = [0_u8; 64];
    for (flag, &v) in flags.iter_mut().zip(values) {
        *flag = u8::from(inside(v));
    }
    let mut word = 0;
    for (n, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        // The product brings the eight lowest bits together in the highest byte.
        let byte = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= byte << (8 * n);
    }
    word
}

/// The positions of the set bits of `word`, rising.
#[inline(always)]
pub(crate) fn ones(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (word != 0).then(|| {
            let bit = word.trailing_zeros();
            word &= word - 1;
            bit
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_where_the_voxels_are() {
        let dims = [131, 3, 2];
        let values: Vec<i16> = (0..131 * 6).map(|n: i32| (n * 7919 % 601 - 300) as i16).collect();
        let volume = BitVolume::new(&values, dims, |v| v >= 17);
        let padded = volume.padded();
        for k in 0..2 {
            for j in 0..3 {
                for i in 0..131 {
                    let expected = values[(k * 3 + j) * 131 + i] >= 17;
                    assert_eq!(volume.row(j, k)[i / 64] >> (i % 64) & 1 == 1, expected);
                    assert_eq!(padded.row(j + 1, k + 1)[(i + 1) / 64] >> ((i + 1) % 64) & 1 == 1, expected);
                }
            }
        }
        let mut flipped = BitVolume::new(&values, dims, |v| v >= 17);
        flipped.flip();
        let below = BitVolume::new(&values, dims, |v| v < 17);
        assert_eq!(flipped.bits(), below.bits());
        let count = |v: &BitVolume| v.bits().iter().map(|w| w.count_ones()).sum::<u32>();
        assert_eq!(count(&volume), count(&padded));
        assert_eq!(ones(0b1010_0001).collect::<Vec<_>>(), [0, 5, 7]);
    }
}
