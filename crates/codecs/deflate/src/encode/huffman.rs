//! Length-limited Huffman codes and their transmission in a dynamic block header (RFC 1951 §3.2.2, §3.2.7).

use super::bits::BitWriter;

/// Symbols of the literal/length alphabet. The last two never occur, but take part in making the fixed code.
pub(super) const LITLEN_SYMBOLS: usize = 288;
/// Symbols of the distance alphabet that may occur.
pub(super) const DISTANCE_SYMBOLS: usize = 30;
/// Longest literal/length code we make: four literals then fit one flush of the bit writer.
pub(super) const LITLEN_LIMIT: usize = 14;
/// Longest distance code we make.
pub(super) const DISTANCE_LIMIT: usize = 14;
/// Longest code of the code-length alphabet (the format's limit).
const PRECODE_LIMIT: usize = 7;
const PRECODE_SYMBOLS: usize = 19;
/// The order in which the lengths of the code-length code are sent.
const PRECODE_ORDER: [usize; PRECODE_SYMBOLS] =
    [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Code lengths of at most `limit` bits for the symbols with these frequencies, zero for a symbol that never occurs.
///
/// A complete code always results: with fewer than two symbols in use, symbols are added so that there are two of one
/// bit each, because some decoders refuse an incomplete code.
pub(super) fn code_lengths(frequencies: &[u32], limit: usize, lengths: &mut [u8]) {
    lengths.fill(0);
    // Frequency above, symbol below: one sort key. Ties are broken by the symbol, so the result is reproducible.
    let mut keys = [0u64; LITLEN_SYMBOLS];
    let mut used = 0;
    for (symbol, &frequency) in frequencies.iter().enumerate() {
        if frequency > 0 {
            keys[used] = u64::from(frequency) << 16 | symbol as u64;
            used += 1;
        }
    }
    if used < 2 {
        let only = if used == 1 { (keys[0] & 0xffff) as usize } else { 0 };
        lengths[only] = 1;
        lengths[usize::from(only == 0)] = 1;
        return;
    }
    let keys = &mut keys[..used];
    keys.sort_unstable();
    let mut per_length = depths(keys);
    limit_depths(&mut per_length, limit);
    // The rarest symbols (first in order) get the longest codes.
    let mut next = 0;
    for length in (1..=limit).rev() {
        for _ in 0..per_length[length] {
            lengths[(keys[next] & 0xffff) as usize] = length as u8;
            next += 1;
        }
    }
}

/// How many leaves lie at each depth of the Huffman tree of these keys (ascending), by the two-queue method; depths
/// beyond 31 are counted at 31.
fn depths(keys: &[u64]) -> [u32; 32] {
    let leaves = keys.len();
    let weight = |leaf: usize| keys[leaf] >> 16;
    // Inner nodes in order of creation, which is also the order of weight.
    let mut weights = [0u64; LITLEN_SYMBOLS];
    let mut parents = [0u16; LITLEN_SYMBOLS];
    // Leaf children of each inner node.
    let mut leaf_children = [0u8; LITLEN_SYMBOLS];
    let (mut leaf, mut inner) = (0, 0);
    for node in 0..leaves - 1 {
        let mut sum = 0;
        for _ in 0..2 {
            if leaf < leaves && (inner >= node || weight(leaf) <= weights[inner]) {
                sum += weight(leaf);
                leaf_children[node] += 1;
                leaf += 1;
            } else {
                sum += weights[inner];
                parents[inner] = node as u16;
                inner += 1;
            }
        }
        weights[node] = sum;
    }
    let mut counts = [0u32; 32];
    let mut depth = [0u8; LITLEN_SYMBOLS];
    for node in (0..leaves - 1).rev() {
        if node < leaves - 2 {
            depth[node] = (depth[parents[node] as usize] + 1).min(30);
        }
        counts[depth[node] as usize + 1] += u32::from(leaf_children[node]);
    }
    counts
}

/// Moves leaves so that none lies deeper than `limit` and the Kraft sum is exactly one.
fn limit_depths(counts: &mut [u32; 32], limit: usize) {
    let too_deep: u32 = counts[limit + 1..].iter().sum();
    if too_deep == 0 {
        return;
    }
    counts[limit + 1..].fill(0);
    counts[limit] += too_deep;
    // Kraft sum in units of 2^-limit.
    let full = 1u32 << limit;
    let mut sum: u32 = (1..=limit).map(|length| counts[length] << (limit - length)).sum();
    while sum > full {
        // Split the deepest leaf above the limit: it and one leaf of the limit become siblings one level further down.
        let Some(length) = (1..limit).rev().find(|&length| counts[length] > 0) else { break };
        counts[limit] -= 1;
        counts[length] -= 1;
        counts[length + 1] += 2;
        sum -= 1;
    }
}

/// Canonical codes for code lengths, bit-reversed for the writer: `code | length << 16`.
pub(super) fn codes(lengths: &[u8], codes: &mut [u32]) {
    let mut counts = [0u32; 16];
    for &length in lengths {
        counts[length as usize & 15] += 1;
    }
    counts[0] = 0;
    let mut next = [0u32; 16];
    let mut code = 0;
    for length in 1..16 {
        code = (code + counts[length - 1]) << 1;
        next[length] = code;
    }
    for (code, &length) in codes.iter_mut().zip(lengths) {
        let length = u32::from(length & 15);
        if length == 0 {
            *code = 0;
            continue;
        }
        let plain = &mut next[length as usize];
        *code = plain.reverse_bits() >> (32 - length) | length << 16;
        *plain += 1;
    }
}

/// The header of a dynamic block, ready to be written.
pub(super) struct DynamicHeader {
    litlen_count: usize,
    distance_count: usize,
    precode_lengths: [u8; PRECODE_SYMBOLS],
    precode_count: usize,
    /// Symbol, value of the extra bits, number of extra bits.
    items: Vec<(u8, u8, u8)>,
    /// Size in bits, without the three bits of the block type.
    pub(super) bits: u64,
}

impl DynamicHeader {
    pub(super) fn new(litlen: &[u8; LITLEN_SYMBOLS], distance: &[u8; DISTANCE_SYMBOLS]) -> Self {
        let trimmed = |lengths: &[u8], least: usize| {
            lengths.iter().rposition(|&length| length != 0).map_or(least, |last| (last + 1).max(least))
        };
        let litlen_count = trimmed(litlen, 257);
        let distance_count = trimmed(distance, 1);
        let mut lengths = [0u8; LITLEN_SYMBOLS + DISTANCE_SYMBOLS];
        lengths[..litlen_count].copy_from_slice(&litlen[..litlen_count]);
        lengths[litlen_count..litlen_count + distance_count].copy_from_slice(&distance[..distance_count]);
        let items = run_lengths(&lengths[..litlen_count + distance_count]);
        let mut frequencies = [0u32; PRECODE_SYMBOLS];
        for &(symbol, _, _) in &items {
            frequencies[symbol as usize] += 1;
        }
        let mut precode_lengths = [0; PRECODE_SYMBOLS];
        code_lengths(&frequencies, PRECODE_LIMIT, &mut precode_lengths);
        let precode_count = PRECODE_ORDER
            .iter()
            .rposition(|&symbol| precode_lengths[symbol] != 0)
            .map_or(4, |last| (last + 1).max(4));
        let body: u64 = items
            .iter()
            .map(|&(symbol, _, extra)| u64::from(precode_lengths[symbol as usize]) + u64::from(extra))
            .sum();
        let bits = 14 + 3 * precode_count as u64 + body;
        Self { litlen_count, distance_count, precode_lengths, precode_count, items, bits }
    }

    pub(super) fn write(&self, out: &mut BitWriter) {
        out.put((self.litlen_count - 257) as u64, 5);
        out.put((self.distance_count - 1) as u64, 5);
        out.put((self.precode_count - 4) as u64, 4);
        for &symbol in &PRECODE_ORDER[..self.precode_count] {
            out.put(u64::from(self.precode_lengths[symbol]), 3);
        }
        let mut precode = [0; PRECODE_SYMBOLS];
        codes(&self.precode_lengths, &mut precode);
        for &(symbol, value, extra) in &self.items {
            let code = precode[symbol as usize];
            let length = code >> 16;
            out.put(u64::from(code & 0xffff) | u64::from(value) << length, length + u32::from(extra));
        }
    }
}

/// Code lengths as symbols of the code-length alphabet: 0–15 a length, 16 the previous one 3–6 times, 17 and 18 runs
/// of zeros.
fn run_lengths(lengths: &[u8]) -> Vec<(u8, u8, u8)> {
    let mut items = Vec::with_capacity(lengths.len());
    let mut start = 0;
    while start < lengths.len() {
        let length = lengths[start];
        let mut run = lengths[start..].iter().take_while(|&&other| other == length).count();
        start += run;
        if length == 0 {
            while run >= 11 {
                let now = run.min(138);
                items.push((18, (now - 11) as u8, 7));
                run -= now;
            }
            if run >= 3 {
                items.push((17, (run - 3) as u8, 3));
                run = 0;
            }
        } else {
            items.push((length, 0, 0));
            run -= 1;
            while run >= 3 {
                let now = run.min(6);
                items.push((16, (now - 3) as u8, 2));
                run -= now;
            }
        }
        items.extend(std::iter::repeat_n((length, 0, 0), run));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kraft(lengths: &[u8]) -> f64 {
        lengths.iter().filter(|&&length| length > 0).map(|&length| 0.5f64.powi(length.into())).sum()
    }

    #[test]
    fn textbook_code_is_optimal() {
        // Cormen et al., Introduction to Algorithms, §16.3: a 45, b 13, c 12, d 16, e 9, f 5 costs 224 bits.
        let frequencies = [45, 13, 12, 16, 9, 5];
        let mut lengths = [0; 6];
        code_lengths(&frequencies, 15, &mut lengths);
        let cost: u32 = frequencies.iter().zip(lengths).map(|(f, l)| f * u32::from(l)).sum();
        assert_eq!(cost, 224);
    }

    #[test]
    fn fibonacci_frequencies_are_limited_and_complete() {
        let mut frequencies = [0u32; 40];
        let (mut a, mut b) = (1, 1);
        for frequency in &mut frequencies {
            *frequency = a;
            (a, b) = (b, a + b);
        }
        for limit in 6..=15 {
            let mut lengths = [0; 40];
            code_lengths(&frequencies, limit, &mut lengths);
            assert!(lengths.iter().all(|&length| length > 0 && length as usize <= limit));
            assert_eq!(kraft(&lengths), 1.0, "limit {limit}");
        }
    }

    #[test]
    fn fewer_than_two_symbols_still_make_a_complete_code() {
        for frequencies in [[0, 0, 0], [7, 0, 0], [0, 7, 0], [0, 0, 7]] {
            let mut lengths = [0; 3];
            code_lengths(&frequencies, 7, &mut lengths);
            assert_eq!(kraft(&lengths), 1.0);
            assert!(frequencies.iter().zip(lengths).all(|(&f, l)| f == 0 || l == 1));
        }
    }

    #[test]
    fn canonical_codes_of_the_standard() {
        // RFC 1951 §3.2.2: lengths 3,3,3,3,3,2,4,4 give 010 011 100 101 110 00 1110 1111.
        let mut out = [0; 8];
        codes(&[3, 3, 3, 3, 3, 2, 4, 4], &mut out);
        let plain: Vec<u32> = out.iter().map(|&c| (c & 0xffff).reverse_bits() >> (32 - (c >> 16))).collect();
        assert_eq!(plain, [0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111]);
    }
}
