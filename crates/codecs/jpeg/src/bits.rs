//! Entropy-coded segments without their stuffing, and a bit reader over them.

use crate::error::Error;

/// Zero bytes after a segment's data, so that the reader may load eight bytes at any position in them.
const PADDING: usize = 8;

/// Walks the entropy-coded segments of one scan: the stretches between restart markers (T.81 B.1.1.5).
pub(crate) struct EntropyData<'a> {
    data: &'a [u8],
    position: usize,
    segment: Vec<u8>,
    next_restart: u8,
}

impl<'a> EntropyData<'a> {
    /// The scan's data begin at `position` in `data`.
    pub(crate) fn new(data: &'a [u8], position: usize) -> Self {
        Self { data, position, segment: Vec::new(), next_restart: 0 }
    }

    /// Offset of the marker that ended the segment read last, or the length of the data.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Copies the next segment up to its marker, leaves out the stuffed zero after each `FF`, and returns a reader
    /// over it.
    pub(crate) fn next_segment(&mut self) -> BitReader<'_> {
        self.segment.clear();
        let mut rest = self.data.get(self.position..).unwrap_or_default();
        loop {
            let run = find_ff(rest);
            let (plain, after) = rest.split_at(run);
            self.segment.extend_from_slice(plain);
            match after {
                [0xFF, 0x00, tail @ ..] => {
                    self.segment.push(0xFF);
                    rest = tail;
                }
                // A fill byte: any number of FF may stand before a marker (B.1.1.2).
                [0xFF, 0xFF, ..] => rest = &after[1..],
                _ => {
                    rest = after;
                    break;
                }
            }
        }
        // A lone FF at the very end is half a marker: nothing of it is data.
        self.position = self.data.len() - rest.len();
        let length = self.segment.len();
        self.segment.resize(length + PADDING, 0);
        BitReader { data: &self.segment, position: 0, buffer: 0, count: 0, length, invalid: false }
    }

    /// Steps over the restart marker that must follow the segment read last.
    pub(crate) fn expect_restart(&mut self) -> Result<(), Error> {
        match self.data.get(self.position..).unwrap_or_default() {
            [0xFF, code, ..] if *code == 0xD0 + self.next_restart => {
                self.next_restart = (self.next_restart + 1) % 8;
                self.position += 2;
                Ok(())
            }
            [0xFF, _, ..] => Err(Error::Corrupt {
                offset: self.position,
                what: "a restart marker is missing or out of order",
            }),
            _ => Err(Error::Truncated { offset: self.data.len(), what: "a scan, before a restart marker" }),
        }
    }

    /// The error for a segment that ran out of bits.
    pub(crate) fn exhausted(&self) -> Error {
        if self.position + 1 >= self.data.len() {
            Error::Truncated { offset: self.data.len(), what: "entropy-coded data" }
        } else {
            Error::Corrupt { offset: self.position, what: "entropy-coded data end too early" }
        }
    }

    /// The error for a segment whose bits are no code of the Huffman table or lead outside the block.
    pub(crate) fn invalid(&self) -> Error {
        Error::Corrupt {
            offset: self.position,
            what: "entropy-coded data before this marker hold an invalid code",
        }
    }

    /// Turns the state of a reader, read after a stretch of decoding, into a result.
    pub(crate) fn verdict(&self, state: ReaderState) -> Result<(), Error> {
        match state {
            ReaderState::Good => Ok(()),
            ReaderState::Exhausted => Err(self.exhausted()),
            ReaderState::Invalid => Err(self.invalid()),
        }
    }
}

/// Index of the first `FF` in `bytes`, or their number.
fn find_ff(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, _) = bytes.as_chunks::<8>();
    let mut start = 0;
    for word in words {
        // Bit 7 of each byte of `hit` below the lowest true hit is exact: a byte of `inverse` that is zero.
        let inverse = !u64::from_le_bytes(*word);
        let hit = inverse.wrapping_sub(ONES) & !inverse & (ONES << 7);
        if hit != 0 {
            return start + (hit.trailing_zeros() / 8) as usize;
        }
        start += 8;
    }
    bytes[start..].iter().position(|&b| b == 0xFF).map_or(bytes.len(), |i| start + i)
}

/// How decoding of a segment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReaderState {
    /// All bits came from the data and all codes were valid.
    Good,
    /// More bits were used than the segment has.
    Exhausted,
    /// An invalid code was met.
    Invalid,
}

/// Reads bits, most significant first. After the end it gives zeros; [`BitReader::state`] tells.
///
/// It is `Copy` so that inner loops work on a local copy that stays in registers.
#[derive(Clone, Copy)]
pub(crate) struct BitReader<'a> {
    data: &'a [u8],
    position: usize,
    /// The next bits, from bit 63 down. Bits after the first `count` are right or zero.
    buffer: u64,
    count: u32,
    length: usize,
    invalid: bool,
}

impl BitReader<'_> {
    /// Makes at least 56 bits available.
    #[inline(always)]
    pub(crate) fn refill(&mut self) {
        let word = match self.data.get(self.position..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(bytes) => u64::from_be_bytes(*bytes),
            None => 0,
        };
        self.buffer |= word >> self.count;
        self.position += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
    }

    /// The buffer, next bit at bit 63.
    #[inline(always)]
    pub(crate) fn buffer(&self) -> u64 {
        self.buffer
    }

    /// Drops `n` bits, which must be available (n < 64).
    #[inline(always)]
    pub(crate) fn consume(&mut self, n: u32) {
        self.buffer <<= n & 63;
        self.count = self.count.wrapping_sub(n);
    }

    /// The next `n` bits (0 to 16), refilling as needed.
    #[inline(always)]
    pub(crate) fn bits(&mut self, n: u32) -> u32 {
        if self.count < n {
            self.refill();
        }
        let value = ((self.buffer >> 1) >> (63 - n)) as u32;
        self.consume(n);
        value
    }

    /// The next bit, refilling as needed.
    #[inline(always)]
    pub(crate) fn bit(&mut self) -> bool {
        self.bits(1) != 0
    }

    /// Notes that the data are not valid.
    #[inline(always)]
    pub(crate) fn set_invalid(&mut self) {
        self.invalid = true;
    }

    /// Whether all so far was well.
    pub(crate) fn state(&self) -> ReaderState {
        let used = self.position.saturating_mul(8).saturating_sub(self.count as usize);
        if used > self.length.saturating_mul(8) {
            ReaderState::Exhausted
        } else if self.invalid {
            ReaderState::Invalid
        } else {
            ReaderState::Good
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing_and_fill_bytes_are_removed() {
        let data = [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xFF, 0xD0, 0xAB, 0xFF, 0xD9];
        let mut entropy = EntropyData::new(&data, 0);
        let mut reader = entropy.next_segment();
        assert_eq!(reader.bits(8), 0x12);
        assert_eq!(reader.bits(16), 0xFF34);
        assert_eq!(reader.state(), ReaderState::Good);
        assert_eq!(reader.bits(1), 0);
        assert_eq!(reader.state(), ReaderState::Exhausted);
        entropy.expect_restart().unwrap();
        assert_eq!(entropy.next_segment().bits(8), 0xAB);
        assert_eq!(entropy.position(), 8);
        assert!(matches!(entropy.expect_restart(), Err(Error::Corrupt { offset: 8, .. })));
    }

    #[test]
    fn the_first_ff_is_found_at_every_offset() {
        for length in 0..40 {
            for at in 0..=length {
                let mut bytes = vec![0xFE; length];
                if at < length {
                    bytes[at] = 0xFF;
                    bytes[length - 1] = 0xFF;
                }
                assert_eq!(find_ff(&bytes), at);
            }
        }
    }

    #[test]
    fn long_reads_cross_refills() {
        let data: Vec<u8> = (0..200u8).collect();
        let mut entropy = EntropyData::new(&data, 0);
        let mut reader = entropy.next_segment();
        for expected in 0..200 {
            let high = reader.bits(3);
            assert_eq!((high << 5) | reader.bits(5), expected);
        }
        assert_eq!(reader.state(), ReaderState::Good);
    }
}
