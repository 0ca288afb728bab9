//! One DEFLATE block: choosing its kind and writing it (RFC 1951 §3.2.3–3.2.7).

use multiversion::multiversion;

use super::bits::BitWriter;
use super::huffman::{
    DISTANCE_LIMIT, DISTANCE_SYMBOLS, DynamicHeader, LITLEN_LIMIT, LITLEN_SYMBOLS, code_lengths, codes,
};
use super::matches::{MAX_LENGTH, Prices, Sequence};

const END_OF_BLOCK: usize = 256;
const STORED_LIMIT: usize = 65535;

/// Symbol, extra-bit value and number of extra bits of each match length.
const LENGTHS: [(u16, u8, u8); MAX_LENGTH + 1] = {
    let mut table = [(0, 0, 0); MAX_LENGTH + 1];
    let mut length = 3;
    while length <= MAX_LENGTH {
        let offset = length - 3;
        table[length] = if length == MAX_LENGTH {
            (285, 0, 0)
        } else if offset < 8 {
            (257 + offset as u16, 0, 0)
        } else {
            let extra = offset.ilog2() - 2;
            let step = (offset >> extra) & 3;
            (257 + 4 + 4 * extra as u16 + step as u16, (offset & ((1 << extra) - 1)) as u8, extra as u8)
        };
        length += 1;
    }
    table
};

/// What the header of a block costs, roughly, in sixteenths of a bit.
const HEADER_BITS: u64 = 16 * 700;

/// Binary logarithm in sixteenths, zero for zero.
#[inline(always)]
fn log2(count: u32) -> u32 {
    // A power of two times 1 + x with the logarithm of 1 + x taken as x + 0.34 x (1 - x), in 256ths.
    let power = (count | 1).ilog2();
    let x = ((u64::from(count) << 8) >> power) as u32 & 0xff;
    16 * power + ((x + ((87 * x * (256 - x)) >> 16)) + 8) / 16
}

/// Four bytes from `at` on; zeros past the end.
#[inline(always)]
fn four(data: &[u8], at: usize) -> [u8; 4] {
    let mut bytes = [0; 4];
    if let Some(all) = data.get(at..at + 4) {
        bytes.copy_from_slice(all);
    } else if let Some(some) = data.get(at..) {
        bytes[..some.len()].copy_from_slice(some);
    }
    bytes
}

/// Length and distance codes of fixed blocks.
fn fixed_lengths() -> [u8; LITLEN_SYMBOLS] {
    let mut lengths = [8; LITLEN_SYMBOLS];
    lengths[144..256].fill(9);
    lengths[256..280].fill(7);
    lengths
}

/// Counts of the symbols of one block, or of a part of it.
#[derive(Clone)]
pub(super) struct Frequencies {
    litlen: [u32; LITLEN_SYMBOLS],
    distance: [u32; DISTANCE_SYMBOLS],
    /// Their cost, see [`Self::entropy`].
    bits: u64,
}

impl Frequencies {
    pub(super) fn of(data: &[u8], sequences: &[Sequence]) -> Self {
        // Four tables, so that equal neighbours do not wait for each other's store. Entries past 255 take the counts of
        // bytes that are no literals: a run of up to four is counted without a branch on its length.
        let mut literals = [[0u32; 512]; 4];
        let mut litlen = [0; LITLEN_SYMBOLS];
        let mut distance = [0; 32];
        let mut at = 0;
        for sequence in sequences {
            let mut run = sequence.literals as usize;
            while run > 4 {
                let bytes = four(data, at);
                for (table, byte) in literals.iter_mut().zip(bytes) {
                    table[byte as usize] += 1;
                }
                at += 4;
                run -= 4;
            }
            let bytes = four(data, at);
            for (place, (table, byte)) in literals.iter_mut().zip(bytes).enumerate() {
                let entry = if place < run { byte as usize } else { 256 };
                table[entry] += 1;
            }
            litlen[LENGTHS[sequence.length as usize].0 as usize] += 1;
            distance[sequence.symbol as usize & 31] += 1;
            at += run + sequence.length as usize;
        }
        // Sequences without a match were counted as one of distance 1.
        distance[0] -= sequences.iter().filter(|sequence| sequence.length == 0).count() as u32;
        for (byte, count) in litlen[..256].iter_mut().enumerate() {
            *count = literals.iter().map(|table| table[byte]).sum();
        }
        litlen[END_OF_BLOCK] = 1;
        let mut used = [0; DISTANCE_SYMBOLS];
        used.copy_from_slice(&distance[..DISTANCE_SYMBOLS]);
        let mut result = Self { litlen, distance: used, bits: 0 };
        result.bits = result.entropy();
        result
    }

    /// Bits of all symbols in an ideal code, in sixteenths.
    fn entropy(&self) -> u64 {
        // Σ n log n over the symbols against that of the total.
        let weighted = |count: u32| u64::from(count) * u64::from(log2(count));
        [&self.litlen[..], &self.distance]
            .iter()
            .map(|counts| {
                let each: u64 = counts.iter().map(|&count| weighted(count)).sum();
                weighted(counts.iter().sum()).saturating_sub(each)
            })
            .sum()
    }

    /// The counts of both parts as one block, unless they differ so much that two blocks will be smaller.
    pub(super) fn joined(&self, next: &Self) -> Option<Self> {
        let mut joined = self.clone();
        for (count, more) in joined.litlen.iter_mut().zip(&next.litlen) {
            *count += more;
        }
        for (count, more) in joined.distance.iter_mut().zip(&next.distance) {
            *count += more;
        }
        joined.litlen[END_OF_BLOCK] = 1;
        joined.bits = joined.entropy();
        (joined.bits <= self.bits + next.bits + HEADER_BITS).then_some(joined)
    }

    /// Sets the prices to what the symbols cost if they go on coming as often as they did.
    pub(super) fn set_prices(&self, prices: &mut Prices) {
        /// Bits of a literal, a length and a distance that did not occur.
        const ABSENT: [u32; 3] = [13, 10, 7];
        let price = |total: u32, count: u32, absent: u32| match count {
            0 => absent,
            _ => ((log2(total).saturating_sub(log2(count)) + 8) / 16).clamp(1, absent),
        };
        let total = self.litlen.iter().sum();
        for (literal, &count) in prices.literal.iter_mut().zip(&self.litlen) {
            *literal = price(total, count, ABSENT[0]) as u8;
        }
        for (match_length, &(symbol, _, extra)) in prices.length.iter_mut().zip(&LENGTHS).skip(3) {
            *match_length = price(total, self.litlen[symbol as usize], ABSENT[1]) as u8 + extra;
        }
        let total = self.distance.iter().sum();
        for (symbol, (distance, &count)) in prices.distance.iter_mut().zip(&self.distance).enumerate() {
            *distance = price(total, count, ABSENT[2]) as u8 + (symbol as u8 / 2).saturating_sub(1);
        }
    }

    /// Bits of the block's body with these code lengths, the extra bits not counted.
    fn cost(&self, litlen: &[u8; LITLEN_SYMBOLS], distance: &[u8; DISTANCE_SYMBOLS]) -> u64 {
        let sum = |counts: &[u32], lengths: &[u8]| -> u64 {
            counts.iter().zip(lengths).map(|(&count, &length)| u64::from(count) * u64::from(length)).sum()
        };
        sum(&self.litlen, litlen) + sum(&self.distance, distance)
    }

    /// Extra bits of all matches.
    fn extra_bits(&self) -> u64 {
        let lengths: u64 =
            (8..28).map(|code| u64::from(self.litlen[257 + code]) * (code as u64 / 4 - 1)).sum();
        let distances: u64 = (4..30).map(|code| u64::from(self.distance[code]) * (code as u64 / 2 - 1)).sum();
        lengths + distances
    }
}

/// Writes the block of `data` that `sequences` describe, in whichever of the three forms is smallest.
pub(super) fn write(
    out: &mut BitWriter,
    data: &[u8],
    sequences: &[Sequence],
    frequencies: &Frequencies,
    is_final: bool,
) {
    let mut litlen = [0; LITLEN_SYMBOLS];
    let mut distance = [0; DISTANCE_SYMBOLS];
    code_lengths(&frequencies.litlen, LITLEN_LIMIT, &mut litlen);
    code_lengths(&frequencies.distance, DISTANCE_LIMIT, &mut distance);
    let header = DynamicHeader::new(&litlen, &distance);
    let extra = frequencies.extra_bits();
    let dynamic_bits = 3 + header.bits + frequencies.cost(&litlen, &distance) + extra;
    let fixed = fixed_lengths();
    let fixed_bits = 3 + frequencies.cost(&fixed, &[5; DISTANCE_SYMBOLS]) + extra;
    let stored_blocks = data.len().div_ceil(STORED_LIMIT).max(1) as u64;
    let stored_bits = stored_blocks * (3 + 7 + 32) + 8 * data.len() as u64;

    out.reserve(dynamic_bits.max(fixed_bits).max(stored_bits));
    if stored_bits <= dynamic_bits.min(fixed_bits) {
        write_stored(out, data, is_final);
    } else if fixed_bits <= dynamic_bits {
        out.put(u64::from(is_final) | 1 << 1, 3);
        write_body(out, data, sequences, &fixed, &[5; DISTANCE_SYMBOLS]);
    } else {
        out.put(u64::from(is_final) | 2 << 1, 3);
        header.write(out);
        write_body(out, data, sequences, &litlen, &distance);
    }
}

/// Writes `data` as stored blocks; no data makes one empty block, which aligns the output to a byte.
pub(super) fn write_stored(out: &mut BitWriter, data: &[u8], is_final: bool) {
    let mut rest = data;
    loop {
        let (now, after) = rest.split_at(rest.len().min(STORED_LIMIT));
        out.reserve(8 * (now.len() as u64 + 5));
        out.put(u64::from(is_final && after.is_empty()), 3);
        out.align();
        let length = now.len() as u64;
        out.put(length | (!length & 0xffff) << 16, 32);
        out.append(now);
        rest = after;
        if rest.is_empty() {
            return;
        }
    }
}

#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt+movbe"))]
fn write_body(
    out: &mut BitWriter,
    data: &[u8],
    sequences: &[Sequence],
    litlen: &[u8; LITLEN_SYMBOLS],
    distance: &[u8; DISTANCE_SYMBOLS],
) {
    let mut litlen_codes = [0; LITLEN_SYMBOLS];
    codes(litlen, &mut litlen_codes);
    let mut distance_codes = [0; 32];
    codes(distance, &mut distance_codes[..DISTANCE_SYMBOLS]);
    let mut literals = [(0u16, 0u16); 256];
    for (entry, &code) in literals.iter_mut().zip(&litlen_codes) {
        *entry = (code as u16, (code >> 16) as u16);
    }
    // Code and extra bits of each match length as one string: bits, count.
    let mut lengths = [(0u32, 0u32); 512];
    for (entry, &(symbol, value, extra)) in lengths.iter_mut().zip(&LENGTHS) {
        let code = litlen_codes.get(symbol as usize).copied().unwrap_or(0);
        *entry = (code & 0xffff | u32::from(value) << (code >> 16), (code >> 16) + u32::from(extra));
    }

    out.burst(|out| {
        let mut at = 0;
        for sequence in sequences {
            let mut run = sequence.literals as usize;
            while run > 4 {
                let (value, counts) = joined(&literals, four(data, at));
                out.add(value, (counts >> 32) as u32 & 0xff);
                out.flush();
                at += 4;
                run -= 4;
            }
            // Up to four without a branch on their number: all are joined, and those that belong are kept.
            let (value, counts) = joined(&literals, four(data, at));
            let count = (counts >> (8 * run)) as u32 & 0xff;
            out.add(value & ((1 << count) - 1), count);
            out.flush();
            at += run;
            if sequence.length > 0 {
                let (bits, count) = lengths[sequence.length as usize & 511];
                out.add(u64::from(bits), count);
                let code = distance_codes[sequence.symbol as usize & 31];
                out.add(u64::from(code & 0xffff), code >> 16);
                let value = u64::from(sequence.distance.wrapping_sub(1)) & ((1 << (sequence.extra & 15)) - 1);
                out.add(value, u32::from(sequence.extra));
                out.flush();
                at += sequence.length as usize;
            }
        }
    });
    let end = litlen_codes[END_OF_BLOCK];
    out.put(u64::from(end & 0xffff), end >> 16);
}

/// The codes of four literals, one after the other, and in byte n of the second number how many bits the first n have.
#[inline(always)]
fn joined(literals: &[(u16, u16); 256], bytes: [u8; 4]) -> (u64, u64) {
    let [(a, a_bits), (b, b_bits), (c, c_bits), (d, d_bits)] = bytes.map(|byte| literals[byte as usize]);
    let low = u64::from(a) | u64::from(b) << a_bits;
    let high = u64::from(c) | u64::from(d) << c_bits;
    let each = u64::from(a_bits) | u64::from(b_bits) << 8 | u64::from(c_bits) << 16 | u64::from(d_bits) << 24;
    // A product with ones at the bytes 1 to 4 makes running sums of bytes.
    (low | high << (a_bits + b_bits), each.wrapping_mul(0x01_0101_0100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_symbols_of_the_standard() {
        // RFC 1951 §3.2.5, first and last length of some codes.
        for (length, symbol, value, extra) in [
            (3, 257, 0, 0),
            (10, 264, 0, 0),
            (11, 265, 0, 1),
            (12, 265, 1, 1),
            (18, 268, 1, 1),
            (19, 269, 0, 2),
        ] {
            assert_eq!(LENGTHS[length], (symbol, value, extra));
        }
        assert_eq!(LENGTHS[130], (280, 15, 4));
        assert_eq!(LENGTHS[227], (284, 0, 5));
        assert_eq!(LENGTHS[257], (284, 30, 5));
        assert_eq!(LENGTHS[258], (285, 0, 0));
    }
}
