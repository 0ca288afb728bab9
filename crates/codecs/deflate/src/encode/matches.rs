//! What matches are, what they cost, and how candidates are compared (LZ77).

/// Longest match that the format can express.
pub(super) const MAX_LENGTH: usize = 258;
/// Largest distance that the format can express.
pub(super) const MAX_DISTANCE: usize = 32768;
/// Shortest match that the format can express.
pub(super) const MIN_LENGTH: usize = 3;
/// Shortest match looked for: one of three bytes seldom saves anything.
pub(super) const SOUGHT: usize = 4;
/// Bits of the hash of four bytes.
pub(super) const HASH_BITS: u32 = 15;
/// Bytes at the end of the data where no match begins, so that eight bytes can be loaded anywhere before.
pub(super) const TAIL: usize = 8;

/// Some literals, then one match; with `length` 0 no match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    pub(super) literals: u16,
    pub(super) length: u16,
    pub(super) distance: u16,
    /// Symbol of the distance and the number of its extra bits.
    pub(super) symbol: u8,
    pub(super) extra: u8,
}

impl Sequence {
    /// `count` literals without a match; a block is short enough for the type.
    pub(super) fn literals(count: usize) -> Self {
        debug_assert!(count <= usize::from(u16::MAX));
        Self { literals: count as u16, length: 0, distance: 0, symbol: 0, extra: 0 }
    }
}

/// Appends a match, which may be longer than the format's longest, and returns the length that could be expressed.
#[inline(always)]
pub(super) fn push(sequences: &mut Vec<Sequence>, literals: usize, length: usize, found: Match) -> usize {
    let Match { distance, symbol, extra, .. } = found;
    let first = length.min(MAX_LENGTH);
    sequences.push(Sequence { literals: literals as u16, length: first as u16, distance, symbol, extra });
    let mut rest = length - first;
    while rest >= MIN_LENGTH {
        let now = rest.min(MAX_LENGTH);
        sequences.push(Sequence { literals: 0, length: now as u16, distance, symbol, extra });
        rest -= now;
    }
    length - rest
}

/// A place where the coming bytes were seen before. No match if `length` is 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) length: usize,
    pub(super) distance: u16,
    pub(super) symbol: u8,
    pub(super) extra: u8,
}

impl Match {
    pub(super) const NONE: Self = Self { length: 0, distance: 0, symbol: 0, extra: 0 };

    #[inline(always)]
    pub(super) fn new(length: usize, distance: usize) -> Self {
        let distance = distance as u16;
        let (symbol, extra) = distance_symbol(distance);
        Self { length, distance, symbol, extra }
    }
}

/// Symbol and number of extra bits of a distance of 1–32768; the extra bits are the low bits of `distance - 1`.
#[inline(always)]
pub(super) fn distance_symbol(distance: u16) -> (u8, u8) {
    let offset = u32::from(distance.wrapping_sub(1));
    // Setting bit 1 lets the two smallest offsets follow the general rule.
    let extra = (offset | 2).ilog2() - 1;
    ((2 * extra + (offset >> extra)) as u8, extra as u8)
}

#[inline(always)]
pub(super) fn load32(data: &[u8], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&data[at..at + 4]);
    u32::from_le_bytes(bytes)
}

#[inline(always)]
fn load64(data: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&data[at..at + 8]);
    u64::from_le_bytes(bytes)
}

#[inline(always)]
pub(super) fn hash(value: u32) -> usize {
    (value.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}

/// Length of the common run of `data[at..]` and `data[at - distance..]`, at most `most`, knowing that the first
/// `known` bytes agree.
#[inline(always)]
pub(super) fn common_length(data: &[u8], at: usize, distance: usize, known: usize, most: usize) -> usize {
    let here = &data[at..at + most];
    let there = &data[at - distance..at - distance + most];
    let mut length = known;
    while length + 8 <= most {
        let difference = load64(here, length) ^ load64(there, length);
        if difference != 0 {
            return length + (difference.trailing_zeros() >> 3) as usize;
        }
        length += 8;
        // In a long run, 32 bytes at a time.
        while let (Some(this), Some(that)) =
            (here[length..].first_chunk::<32>(), there[length..].first_chunk::<32>())
            && this == that
        {
            length += 32;
        }
    }
    while length < most && here[length] == there[length] {
        length += 1;
    }
    length
}

/// What a symbol and its extra bits cost, in bits, as it was lately.
pub(super) struct Prices {
    pub(super) literal: [u8; 256],
    /// By match length, up to [`Self::EVALUATED`].
    pub(super) length: [u8; Self::EVALUATED + 1],
    /// By distance symbol.
    pub(super) distance: [u8; 32],
}

impl Prices {
    /// Longer matches are taken without a look at what they save.
    pub(super) const EVALUATED: usize = 15;

    /// For data of which nothing is known yet.
    pub(super) fn new() -> Self {
        let mut distance = [0; 32];
        for (symbol, price) in distance.iter_mut().enumerate() {
            *price = 5 + (symbol as u8 / 2).saturating_sub(1);
        }
        Self { literal: [8; 256], length: [4; Self::EVALUATED + 1], distance }
    }

    /// Bits that a match saves over its bytes as literals.
    #[inline(always)]
    pub(super) fn saving(&self, data: &[u8], at: usize, found: Match) -> i32 {
        if found.length > Self::EVALUATED {
            return 4 * found.length as i32;
        }
        let bytes = &data[at..at + found.length];
        let literals: i32 = bytes.iter().map(|&byte| i32::from(self.literal[byte as usize])).sum();
        literals - i32::from(self.length[found.length]) - i32::from(self.distance[found.symbol as usize & 31])
    }
}

/// What a parse found.
pub(super) struct Parsed {
    /// Where it stopped: beyond the target by the rest of a match at most.
    pub(super) end: usize,
    /// Bits that the matches save, estimated.
    pub(super) saved: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_symbols_of_the_standard() {
        // RFC 1951 §3.2.5.
        for (distance, symbol, extra) in [
            (1, 0, 0),
            (2, 1, 0),
            (3, 2, 0),
            (4, 3, 0),
            (5, 4, 1),
            (6, 4, 1),
            (7, 5, 1),
            (193, 15, 6),
            (24577, 29, 13),
        ] {
            assert_eq!(distance_symbol(distance), (symbol, extra), "{distance}");
        }
        assert_eq!(distance_symbol(32768), (29, 13));
    }

    #[test]
    fn common_lengths() {
        for length in 5..300 {
            let mut data = vec![9; 20 + length];
            data.push(8);
            data.extend([9; 400]);
            assert_eq!(common_length(&data, 20, 20, 4, 350), length);
            assert_eq!(common_length(&data, 20, 1, 4, length - 1), length - 1);
        }
    }
}
