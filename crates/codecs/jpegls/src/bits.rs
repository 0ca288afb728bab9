//! Bit input and output with the bit stuffing of T.87 A.1: after a byte 0xFF only seven bits follow.

/// Repeats a byte eight times.
const fn splat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Whether one of eight bytes is 0xFF.
fn has_ff(word: u64) -> bool {
    let inverse = !word;
    inverse.wrapping_sub(splat(0x01)) & word & splat(0x80) != 0
}

/// Index of the first byte 0xFF.
pub(crate) fn find_ff(data: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    // Whole blocks first, without an early exit inside them, so that they are compared many bytes at a time.
    let holds_ff = |block: &[u8; BLOCK]| block.iter().fold(false, |found, &byte| found | (byte == 0xFF));
    let blocks = data.as_chunks::<BLOCK>().0;
    let start = BLOCK * blocks.iter().position(holds_ff).unwrap_or(blocks.len());
    let found = data[start..].iter().position(|&byte| byte == 0xFF)?;
    Some(start + found)
}

/// The entropy-coded data ended, or a code is longer than any sound one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadCode;

/// Reads bits of one entropy-coded segment, most significant first. Cheap to copy, so that loops keep it in registers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BitReader<'a> {
    /// Next bytes, none of them 0xFF.
    clean: &'a [u8],
    /// Bytes after those, empty or beginning with 0xFF.
    after: &'a [u8],
    /// The next bits from the top; those below `available` may already hold a part of the next byte.
    cache: u64,
    available: u32,
}

/// Splits before the first byte 0xFF.
fn split_at_ff(data: &[u8]) -> (&[u8], &[u8]) {
    data.split_at(find_ff(data).unwrap_or(data.len()))
}

impl<'a> BitReader<'a> {
    /// Reads `segment`, which ends before its closing marker.
    pub fn new(segment: &'a [u8]) -> Self {
        let (clean, after) = split_at_ff(segment);
        Self { clean, after, cache: 0, available: 0 }
    }

    /// Fills the cache to 49 bits or more unless the segment ends.
    #[inline(always)]
    fn refill(&mut self) {
        if let Some(&bytes) = self.clean.first_chunk::<8>() {
            self.cache |= u64::from_be_bytes(bytes) >> self.available;
            let taken = (63 - self.available) >> 3 & 7;
            self.clean = &self.clean[taken as usize..];
            self.available += taken * 8;
        } else {
            *self = self.refilled_by_bytes();
        }
    }

    #[inline(never)]
    fn refilled_by_bytes(mut self) -> Self {
        while self.available <= 48 {
            if let Some((&byte, clean)) = self.clean.split_first() {
                self.clean = clean;
                self.cache |= u64::from(byte) << (56 - self.available);
                self.available += 8;
            } else if let Some((&byte, after)) = self.after.split_first() {
                self.cache |= u64::from(byte) << (56 - self.available);
                self.available += 8;
                let mut rest = after;
                if let Some((&stuffed, after)) = after.split_first() {
                    self.cache |= u64::from(stuffed & 0x7F) << (57 - self.available);
                    self.available += 7;
                    rest = after;
                }
                (self.clean, self.after) = split_at_ff(rest);
            } else {
                break;
            }
        }
        self
    }

    /// Drops bits; `count` is at most `available`.
    #[inline(always)]
    fn skip(&mut self, count: u32) {
        self.cache = self.cache.checked_shl(count).unwrap_or(0);
        self.available -= count;
    }

    /// Next `count` bits, at most 32.
    #[inline(always)]
    pub fn bits(&mut self, count: u32) -> Result<u32, BadCode> {
        if self.available < count {
            self.refill();
            if self.available < count {
                return Err(BadCode);
            }
        }
        let value = (self.cache >> 1 >> (63 - count)) as u32;
        self.skip(count);
        Ok(value)
    }

    /// Golomb code of order `order` with limited length (T.87 A.5.3 reversed): `escape` zeros announce a value of
    /// `escaped_bits` bits.
    #[inline(always)]
    pub fn golomb(&mut self, order: u32, escape: u32, escaped_bits: u32) -> Result<u32, BadCode> {
        self.refill();
        let zeros = self.cache.leading_zeros();
        let length = zeros + 1 + order;
        if length <= self.available && zeros < escape {
            let rest = self.cache << (zeros + 1);
            self.cache = rest << order;
            self.available -= length;
            return Ok((zeros << order) | (rest >> 1 >> (63 - order)) as u32);
        }
        let (reader, value) = self.long_golomb(order, escape, escaped_bits)?;
        *self = reader;
        Ok(value)
    }

    #[cold]
    #[inline(never)]
    fn long_golomb(mut self, order: u32, escape: u32, escaped_bits: u32) -> Result<(Self, u32), BadCode> {
        let mut zeros = 0;
        loop {
            self.refill();
            let run = self.cache.leading_zeros().min(self.available);
            zeros += run;
            self.skip(run);
            if zeros > escape {
                return Err(BadCode);
            }
            if self.available > 0 {
                break;
            }
            if run == 0 {
                return Err(BadCode);
            }
        }
        self.skip(1);
        let value = if zeros == escape {
            self.bits(escaped_bits)? + 1
        } else {
            (zeros << order) | self.bits(order)?
        };
        Ok((self, value))
    }
}

/// Writes bits, most significant first, with bit stuffing.
#[derive(Debug, Clone, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Pending bits at the top.
    cache: u64,
    pending: u32,
    after_ff: bool,
}

impl BitWriter {
    /// Appends to `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// Appends the `count` low bits of `value`, which has no others; at most 32.
    #[inline(always)]
    pub fn bits(&mut self, value: u32, count: u32) {
        self.cache |= (u64::from(value) << 1) << (63 - self.pending - count);
        self.pending += count;
        if self.pending >= 32 {
            self.drain();
        }
    }

    /// Appends `count` zeros.
    fn zeros(&mut self, mut count: u32) {
        while count > 0 {
            let part = count.min(32);
            self.bits(0, part);
            count -= part;
        }
    }

    /// Golomb code of order `order` with limited length (T.87 A.5.3).
    #[inline(always)]
    pub fn golomb(&mut self, value: u32, order: u32, escape: u32, escaped_bits: u32) {
        let zeros = value >> order;
        if zeros >= escape {
            self.zeros(escape);
            self.bits(1, 1);
            self.bits(value - 1, escaped_bits);
        } else if zeros + 1 + order <= 32 {
            self.bits((1 << order) | (value & ((1 << order) - 1)), zeros + 1 + order);
        } else {
            self.zeros(zeros);
            self.bits((1 << order) | (value & ((1 << order) - 1)), 1 + order);
        }
    }

    /// Moves whole bytes out until fewer than eight bits (seven after 0xFF) are pending.
    fn drain(&mut self) {
        let word = (self.cache >> 32) as u32;
        if !self.after_ff && self.pending >= 32 && !has_ff(u64::from(word)) {
            self.bytes.extend_from_slice(&word.to_be_bytes());
            self.cache <<= 32;
            self.pending -= 32;
            return;
        }
        loop {
            let width = if self.after_ff { 7 } else { 8 };
            if self.pending < width {
                return;
            }
            let byte = (self.cache >> (64 - width)) as u8;
            self.bytes.push(byte);
            self.cache <<= width;
            self.pending -= width;
            self.after_ff = byte == 0xFF;
        }
    }

    /// Pads with zeros to a byte, never ending on 0xFF, and gives the bytes back.
    pub fn finish(mut self) -> Vec<u8> {
        self.drain();
        if self.pending > 0 || self.after_ff {
            let width = if self.after_ff { 7 } else { 8 };
            self.bytes.push((self.cache >> (64 - width)) as u8);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stuffed_bytes_keep_seven_bits() {
        let mut writer = BitWriter::new(Vec::new());
        for _ in 0..5 {
            writer.bits(0xFF, 8);
        }
        let bytes = writer.finish();
        assert!(bytes.windows(2).all(|pair| pair[0] != 0xFF || pair[1] < 0x80));
        assert_eq!(bytes, [0xFF, 0x7F, 0xFF, 0x7F, 0xFF, 0x60]);
        let mut reader = BitReader::new(&bytes);
        assert!((0..5).all(|_| reader.bits(8) == Ok(0xFF)));
    }

    #[test]
    fn ff_is_found_anywhere() {
        let mut data = [0x7F; 100];
        assert_eq!(find_ff(&data), None);
        for at in (0..data.len()).rev() {
            data[at] = 0xFF;
            assert_eq!(find_ff(&data), Some(at));
        }
        assert_eq!(find_ff(&[]), None);
    }

    #[test]
    fn the_end_is_an_error() {
        let mut reader = BitReader::new(&[0x80]);
        assert_eq!(reader.bits(8), Ok(0x80));
        assert_eq!(reader.bits(1), Err(BadCode));
        assert_eq!(BitReader::new(&[0; 40]).golomb(2, 23, 8), Err(BadCode));
        assert_eq!(BitReader::new(&[]).golomb(2, 23, 8), Err(BadCode));
    }

    proptest! {
        #[test]
        fn codes_return(values in prop::collection::vec((0_u32..40_000, 0_u32..14, prop::bool::ANY), 0..400)) {
            let mut writer = BitWriter::new(Vec::new());
            for &(value, order, golomb) in &values {
                if golomb {
                    writer.golomb(value, order, 46, 16);
                } else {
                    writer.bits(value, 16);
                }
            }
            let bytes = writer.finish();
            let mut reader = BitReader::new(&bytes);
            for &(value, order, golomb) in &values {
                let read = if golomb { reader.golomb(order, 46, 16) } else { reader.bits(16) };
                prop_assert_eq!(read, Ok(value));
            }
        }
    }
}
