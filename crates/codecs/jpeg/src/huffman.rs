//! Huffman tables (T.81 Annex C and F.2.2.3) as lookup tables.

use crate::bits::BitReader;

/// Index bits of the lookup table. With 10, one refill (56 bits) covers a longest code with its extra bits
/// (16 + 15) and then one looked-up code with its own (10 + 15).
const LOOKUP_BITS: u32 = 10;

/// A table as a DHT segment gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HuffmanSpec {
    /// Number of codes of each length from 1 to 16.
    pub(crate) counts: [u8; 16],
    /// The symbols in order of their codes, at most 256.
    pub(crate) symbols: Vec<u8>,
}

/// What a table's symbols mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SymbolKind {
    /// Size of a DC difference, 0 to 15.
    Dc,
    /// Zero run and size of an AC coefficient.
    Ac,
    /// Size of a lossless difference, 0 to 16.
    Lossless,
}

/// A decoded symbol, packed: bits 0-7 code length plus extra bits, 8-15 code length, 16-23 63 minus the number of
/// extra bits, 24-27 zero run, 30 the size-16 difference of the lossless process, 31 not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol(u32);

const SIZE_16: u32 = 1 << 30;
const INVALID: u32 = 1 << 31;

impl Symbol {
    /// Marks lookup entries that need the slower search.
    const NONE: Self = Self(0);

    fn new(kind: SymbolKind, length: u32, symbol: u8) -> Self {
        let symbol = u32::from(symbol);
        let (run, size) = match kind {
            SymbolKind::Ac => (symbol >> 4, symbol & 15),
            SymbolKind::Dc | SymbolKind::Lossless => (0, symbol),
        };
        match (kind, size) {
            (_, 0..=15) => Self((length + size) | (length << 8) | ((63 - size) << 16) | (run << 24)),
            (SymbolKind::Lossless, 16) => Self(length | (length << 8) | (63 << 16) | SIZE_16),
            _ => Self::invalid(),
        }
    }

    fn invalid() -> Self {
        Self(1 | (1 << 8) | (63 << 16) | INVALID)
    }

    /// Bits of the code and its extra bits.
    #[inline(always)]
    pub(crate) fn total_bits(self) -> u32 {
        self.0 & 0xFF
    }

    /// Bits of the code.
    #[inline(always)]
    pub(crate) fn code_bits(self) -> u32 {
        (self.0 >> 8) & 0xFF
    }

    /// Number of extra bits (the size category).
    #[inline(always)]
    pub(crate) fn size(self) -> u32 {
        63 - self.shift()
    }

    /// The zero run before an AC coefficient.
    #[inline(always)]
    pub(crate) fn run(self) -> u32 {
        (self.0 >> 24) & 15
    }

    #[inline(always)]
    fn shift(self) -> u32 {
        (self.0 >> 16) & 63
    }

    /// The signed value of the extra bits (EXTEND, T.81 F.2.2.1), given the reader's buffer before the code.
    #[inline(always)]
    pub(crate) fn value(self, buffer: u64) -> i32 {
        let extra = buffer << (self.code_bits() & 63);
        // All ones where the first extra bit is 0: a negative value, coded as its magnitude's complement.
        let negative = !(((extra as i64) >> 63) as u64);
        let magnitude = ((extra ^ negative) >> 1) >> self.shift();
        (magnitude ^ negative).wrapping_sub(negative) as i32
    }
}

/// A table ready for decoding.
pub(crate) struct HuffmanTable {
    lookup: Box<[Symbol; 1 << LOOKUP_BITS]>,
    /// For each length: one past the last code of that length or shorter, aligned left to 16 bits.
    limits: [u32; 17],
    /// For each length: index of its first symbol minus its first code.
    offsets: [i32; 17],
    symbols: [u8; 256],
    kind: SymbolKind,
}

impl HuffmanTable {
    /// Builds the table, or gives `None` where the counts are not those of a prefix code.
    pub(crate) fn new(spec: &HuffmanSpec, kind: SymbolKind) -> Option<Self> {
        let mut table = Self {
            lookup: Box::new([Symbol::NONE; 1 << LOOKUP_BITS]),
            limits: [0; 17],
            offsets: [0; 17],
            symbols: [0; 256],
            kind,
        };
        let mut code: u32 = 0;
        let mut index = 0;
        for (length, &count) in (1u32..).zip(&spec.counts) {
            let count = usize::from(count);
            table.offsets[length as usize] = index as i32 - code as i32;
            for &symbol in spec.symbols.get(index..index + count)? {
                if code >= 1 << length {
                    return None;
                }
                *table.symbols.get_mut(index)? = symbol;
                let entry = Symbol::new(kind, length, symbol);
                if length <= LOOKUP_BITS && entry.0 & (SIZE_16 | INVALID) == 0 {
                    let start = (code << (LOOKUP_BITS - length)) as usize;
                    let span = 1usize << (LOOKUP_BITS - length);
                    table.lookup.get_mut(start..start + span)?.fill(entry);
                }
                code += 1;
                index += 1;
            }
            table.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Some(table)
    }

    /// Finds the code at the head of `buffer` by its length: long codes, the size-16 difference, and what is no code.
    #[cold]
    #[inline(never)]
    fn search(&self, buffer: u64) -> Symbol {
        let head = (buffer >> 48) as u32;
        for length in 1..=16u32 {
            if head < self.limits[length as usize] {
                let index = (head >> (16 - length)) as i32 + self.offsets[length as usize];
                return Symbol::new(self.kind, length, self.symbols[(index & 255) as usize]);
            }
        }
        Symbol::invalid()
    }

    /// The symbol at the reader's position, which does not move. 56 bits must be available.
    #[inline(always)]
    pub(crate) fn symbol(&self, reader: &mut BitReader<'_>) -> Symbol {
        let found = self.lookup[(reader.buffer() >> (64 - LOOKUP_BITS)) as usize];
        if found != Symbol::NONE {
            return found;
        }
        let found = self.search(reader.buffer());
        if found.0 & INVALID != 0 {
            reader.set_invalid();
        }
        found
    }

    /// Decodes a difference with its extra bits. 25 bits must be available; refills by itself for a long code and
    /// leaves 25 then.
    #[inline(always)]
    pub(crate) fn difference(&self, reader: &mut BitReader<'_>) -> i32 {
        let found = self.lookup[(reader.buffer() >> (64 - LOOKUP_BITS)) as usize];
        if found != Symbol::NONE {
            let value = found.value(reader.buffer());
            reader.consume(found.total_bits());
            return value;
        }
        reader.refill();
        let found = self.search(reader.buffer());
        if found.0 & INVALID != 0 {
            reader.set_invalid();
        }
        let value = if found.0 & SIZE_16 != 0 { 32768 } else { found.value(reader.buffer()) };
        reader.consume(found.total_bits());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::EntropyData;

    /// T.81 table K.3: luminance DC.
    fn luminance_dc() -> HuffmanSpec {
        HuffmanSpec { counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols: (0..12).collect() }
    }

    #[test]
    fn values_follow_table_f1() {
        let table = HuffmanTable::new(&luminance_dc(), SymbolKind::Dc).unwrap();
        // 00 | 010 0 | 010 1 | 011 00 | 011 11 | 110 11111(size 5)... written as one bit string.
        let bits = "00".to_owned() + "0100" + "0101" + "01100" + "01111" + "11000000" + "11011111";
        let mut data: Vec<u8> = Vec::new();
        for chunk in bits.as_bytes().chunks(8) {
            let text: String = chunk.iter().map(|&b| b as char).collect();
            data.push(u8::from_str_radix(&format!("{text:0<8}"), 2).unwrap());
        }
        let mut entropy = EntropyData::new(&data, 0);
        let mut reader = entropy.next_segment();
        let mut values = Vec::new();
        for _ in 0..7 {
            reader.refill();
            values.push(table.difference(&mut reader));
        }
        assert_eq!(values, [0, -1, 1, -3, 3, -31, 31]);
    }

    #[test]
    fn a_size_16_difference_has_no_extra_bits() {
        let spec =
            HuffmanSpec { counts: [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], symbols: vec![16, 1] };
        let table = HuffmanTable::new(&spec, SymbolKind::Lossless).unwrap();
        let data = [0b0101_0000];
        let mut entropy = EntropyData::new(&data, 0);
        let mut reader = entropy.next_segment();
        reader.refill();
        assert_eq!(table.difference(&mut reader), 32768);
        assert_eq!(table.difference(&mut reader), 1);
    }

    #[test]
    fn long_codes_are_found_and_impossible_tables_refused() {
        let mut counts = [1u8; 16];
        counts[15] = 2;
        let spec = HuffmanSpec { counts, symbols: (0..17).map(|i| if i < 16 { i } else { 3 }).collect() };
        let table = HuffmanTable::new(&spec, SymbolKind::Dc).unwrap();
        // Fifteen ones and a zero: the first code of length 16, symbol 15; then 15 extra bits.
        let data = [0xFF, 0x00, 0xFE, 0x80, 0x00, 0x00];
        let mut entropy = EntropyData::new(&data, 0);
        let mut reader = entropy.next_segment();
        reader.refill();
        assert_eq!(table.difference(&mut reader), 1 << 14);
        let too_many =
            HuffmanSpec { counts: [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], symbols: vec![0, 1, 2] };
        assert!(HuffmanTable::new(&too_many, SymbolKind::Dc).is_none());
    }
}
