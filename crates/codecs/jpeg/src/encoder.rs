//! Encoder for the lossless process with predictor 1 (DICOM's 1.2.840.10008.1.2.4.70).

use crate::error::Error;
use crate::sample::Sample;
use std::cmp::Reverse;

/// An image to encode.
#[derive(Debug, Clone, Copy)]
pub struct LosslessImage<'a, T> {
    /// Columns, at least 1.
    pub width: u16,
    /// Rows, at least 1.
    pub height: u16,
    /// Interleaved samples per pixel, 1 (grey) to 4.
    pub components: u8,
    /// Bits per sample, 2 to 16. No sample may have more.
    pub precision: u8,
    /// Width × height × components samples, row by row.
    pub samples: &'a [T],
}

/// A sample type that can be encoded: `u8` and `u16`.
#[allow(private_bounds)]
pub trait EncodeSample: Sample {}

impl EncodeSample for u8 {}
impl EncodeSample for u16 {}

/// Encodes an image losslessly (T.81 process 14, selection value 1) with the Huffman table that suits it best. All
/// components are in one scan and share the table.
///
/// # Errors
/// [`Error::Encode`] where a size is 0, the number of components is not 1 to 4, the precision is not 2 to 16, the
/// number of samples is not width × height × components, or a sample has more bits than the precision.
pub fn encode_lossless<T: EncodeSample>(image: &LosslessImage<'_, T>) -> Result<Vec<u8>, Error> {
    let refuse = |reason| Err(Error::Encode { reason });
    let (width, components) = (usize::from(image.width), usize::from(image.components));
    if width == 0 || image.height == 0 {
        return refuse("the width or height is 0");
    }
    if !(1..=4).contains(&components) {
        return refuse("the number of components is not 1 to 4");
    }
    if !(2..=16).contains(&image.precision) {
        return refuse("the precision is not 2 to 16 bits");
    }
    let count = u64::from(image.width) * u64::from(image.height) * u64::from(image.components);
    if image.samples.len() as u64 != count {
        return refuse("the number of samples is not width x height x components");
    }
    if image.samples.iter().any(|s| s.to_i32() >> image.precision != 0) {
        return refuse("a sample has more bits than the precision");
    }
    let mut frequencies = [0u64; 17];
    for_each_difference(image, |difference| frequencies[category(difference) as usize] += 1);
    let (counts, symbols) = optimal_table(&frequencies);

    let mut out = Vec::with_capacity(image.samples.len() + 128);
    write_segments(image, &counts, &symbols, &mut out);
    let codes = assign_codes(&counts, &symbols);
    let mut writer = BitWriter { out: &mut out, pending: 0, count: 0 };
    for_each_difference(image, |difference| {
        let size = category(difference);
        let (code, length) = codes[size as usize];
        // Negative values are coded as their magnitude's complement; the size 16 has no extra bits.
        let extra_bits = if size == 16 { 0 } else { size };
        let extra = (difference - i32::from(difference < 0)) as u64 & ((1 << extra_bits) - 1);
        writer.write((code << extra_bits) | extra, length + extra_bits);
    });
    writer.finish();
    out.extend([0xFF, 0xD9]);
    Ok(out)
}

/// Calls `visit` with every sample's difference from its prediction, modulo 2¹⁶, as -32767 to 32768.
fn for_each_difference<T: Sample>(image: &LosslessImage<'_, T>, mut visit: impl FnMut(i32)) {
    let count = usize::from(image.components);
    // The first pixel's prediction is half the range, that of a row's first pixel the one above.
    let mut start = [1i32 << (image.precision - 1); 4];
    for row in image.samples.chunks_exact(usize::from(image.width) * count) {
        let mut left = start;
        for pixel in row.chunks_exact(count) {
            for (left, sample) in left.iter_mut().zip(pixel) {
                let value = sample.to_i32();
                let difference = i32::from((value - *left) as i16);
                visit(if difference == -32768 { 32768 } else { difference });
                *left = value;
            }
        }
        for (start, sample) in start.iter_mut().zip(row) {
            *start = sample.to_i32();
        }
    }
}

/// Number of bits of a difference's magnitude.
fn category(difference: i32) -> u32 {
    32 - difference.unsigned_abs().leading_zeros()
}

/// Code lengths of least total for the frequencies, none over 16, and no code of ones only (T.81 K.2). Returns the
/// number of codes of each length and the symbols in order of their codes.
fn optimal_table(frequencies: &[u64; 17]) -> ([u8; 16], Vec<u8>) {
    // A symbol beyond the last takes the longest code, which is left unused.
    let mut weights: Vec<(u64, Vec<u8>)> = Vec::new();
    weights.push((0, vec![17]));
    weights.extend((0u8..17).zip(frequencies).filter(|&(_, &f)| f > 0).map(|(s, &f)| (f, vec![s])));
    let mut lengths = [0usize; 18];
    while weights.len() > 1 {
        // Merge the two rarest groups: their symbols get one bit more.
        weights.sort_by_key(|group| Reverse(group.0));
        if let (Some((f1, group1)), Some((f2, group2))) = (weights.pop(), weights.pop()) {
            let group = [group1, group2].concat();
            for &symbol in &group {
                lengths[usize::from(symbol)] += 1;
            }
            weights.push((f1 + f2, group));
        }
    }
    // At most 18 symbols: lengths reach 17 at most. Shorten as K.2 does: a pair of longest codes gives its prefix to
    // one of the two, and the other goes below a shorter code.
    let mut counts = [0usize; 19];
    for &length in &lengths {
        counts[length] += 1;
    }
    for length in (17..counts.len()).rev() {
        while counts[length] > 0 {
            let Some(shorter) = (1..length - 1).rev().find(|&l| counts[l] > 0) else { break };
            counts[length] -= 2;
            counts[length - 1] += 1;
            counts[shorter + 1] += 2;
            counts[shorter] -= 1;
        }
    }
    // The unused symbol has the longest code.
    if let Some(longest) = (1..=16).rev().find(|&l| counts[l] > 0) {
        counts[longest] -= 1;
    }
    let mut symbols: Vec<u8> = (0u8..17).filter(|&s| lengths[usize::from(s)] > 0).collect();
    symbols.sort_by_key(|&s| lengths[usize::from(s)]);
    (std::array::from_fn(|i| counts[i + 1] as u8), symbols)
}

/// Code and length of each symbol (T.81 Annex C).
fn assign_codes(counts: &[u8; 16], symbols: &[u8]) -> [(u64, u32); 17] {
    let mut codes = [(0, 0); 17];
    let mut code = 0;
    let mut symbols = symbols.iter();
    for (length, &count) in (1u32..).zip(counts) {
        for &symbol in symbols.by_ref().take(usize::from(count)) {
            codes[usize::from(symbol)] = (code, length);
            code += 1;
        }
        code <<= 1;
    }
    codes
}

/// Writes SOI and the frame, table and scan headers.
fn write_segments<T>(image: &LosslessImage<'_, T>, counts: &[u8; 16], symbols: &[u8], out: &mut Vec<u8>) {
    let components = image.components;
    out.extend([0xFF, 0xD8, 0xFF, 0xC3, 0, 8 + 3 * components, image.precision]);
    out.extend(image.height.to_be_bytes());
    out.extend(image.width.to_be_bytes());
    out.push(components);
    for id in 1..=components {
        out.extend([id, 0x11, 0]);
    }
    out.extend([0xFF, 0xC4, 0, 19 + symbols.len() as u8, 0]);
    out.extend(counts);
    out.extend(symbols);
    out.extend([0xFF, 0xDA, 0, 6 + 2 * components, components]);
    for id in 1..=components {
        out.extend([id, 0]);
    }
    out.extend([1, 0, 0]);
}

/// Writes bits, most significant first, with a zero byte after each `FF`.
struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// The last `count` bits are still to be written.
    pending: u64,
    count: u32,
}

impl BitWriter<'_> {
    /// Writes the low `length` bits (at most 32) of `bits`, whose others are zero.
    #[inline]
    fn write(&mut self, bits: u64, length: u32) {
        self.pending = (self.pending << length) | bits;
        self.count += length;
        if self.count >= 32 {
            self.count -= 32;
            let word = ((self.pending >> self.count) as u32).to_be_bytes();
            if word.contains(&0xFF) {
                word.into_iter().for_each(|byte| self.byte(byte));
            } else {
                self.out.extend_from_slice(&word);
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
        if byte == 0xFF {
            self.out.push(0);
        }
    }

    /// Fills the last byte with ones (F.1.2.3).
    fn finish(mut self) {
        let fill = (8 - self.count % 8) % 8;
        self.write((1 << fill) - 1, fill);
        while self.count > 0 {
            self.count -= 8;
            let byte = (self.pending >> self.count) as u8;
            self.byte(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, decode_u8, decode_u16};

    fn kraft(counts: &[u8; 16]) -> u32 {
        (1u32..).zip(counts).map(|(length, &n)| u32::from(n) << (16 - length)).sum()
    }

    #[test]
    fn tables_are_prefix_codes_without_the_code_of_ones() {
        // Fibonacci weights give the deepest tree.
        let mut fibonacci = [1u64; 17];
        for i in 2..17 {
            fibonacci[i] = fibonacci[i - 1] + fibonacci[i - 2];
        }
        let mut single = [0; 17];
        single[5] = 9;
        for frequencies in [fibonacci, single, [7; 17]] {
            let (counts, symbols) = optimal_table(&frequencies);
            assert_eq!(counts.iter().map(|&n| usize::from(n)).sum::<usize>(), symbols.len());
            assert!(kraft(&counts) < 1 << 16, "{counts:?}");
            let used = frequencies.iter().filter(|&&f| f > 0).count();
            assert_eq!(symbols.len(), used);
        }
    }

    #[test]
    fn extremes_round_trip() {
        let samples = [0u16, 65535, 32768, 0, 32767, 65535, 0, 0, 32768];
        let image = LosslessImage { width: 3, height: 3, components: 1, precision: 16, samples: &samples };
        let stream = encode_lossless(&image).unwrap();
        assert_eq!(decode_u16(&stream, &Options::default()).unwrap().1, samples);
        let samples = [0u8, 255, 128, 7, 250, 3];
        let image = LosslessImage { width: 1, height: 2, components: 3, precision: 8, samples: &samples };
        let stream = encode_lossless(&image).unwrap();
        assert_eq!(decode_u8(&stream, &Options::default()).unwrap().1, samples);
    }

    #[test]
    fn wrong_images_are_refused() {
        let image = LosslessImage { width: 2, height: 1, components: 1, precision: 8, samples: &[1u16, 256] };
        assert!(matches!(encode_lossless(&image), Err(Error::Encode { .. })));
        let image = LosslessImage { width: 2, height: 2, components: 1, precision: 8, samples: &[1u16, 2] };
        assert!(matches!(encode_lossless(&image), Err(Error::Encode { .. })));
    }
}
