//! The two checksums, and how those of neighbouring pieces combine.

/// Which checksum a container carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// gzip and zip: CRC-32 (ISO 3309).
    Crc32,
    /// zlib: Adler-32 (RFC 1950 §8.2).
    Adler32,
}

impl Checksum {
    /// The checksum of no bytes.
    pub(crate) fn empty(self) -> u32 {
        match self {
            Self::Crc32 => 0,
            Self::Adler32 => 1,
        }
    }

    pub(crate) fn of(self, data: &[u8]) -> u32 {
        match self {
            Self::Crc32 => libdeflater::crc32(data),
            Self::Adler32 => libdeflater::adler32(data),
        }
    }

    /// The checksum of two pieces together, of which the second has `second_len` bytes.
    pub(crate) fn combine(self, first: u32, second: u32, second_len: u64) -> u32 {
        match self {
            Self::Crc32 => {
                let mut hasher = crc32fast::Hasher::new_with_initial(first);
                hasher.combine(&crc32fast::Hasher::new_with_initial_len(second, second_len));
                hasher.finalize()
            }
            Self::Adler32 => {
                // a = 1 + Σ bytes, b = Σ of a after every byte, both modulo 65521.
                const MODULUS: u64 = 65521;
                let (a1, b1) = (u64::from(first & 0xffff), u64::from(first >> 16));
                let (a2, b2) = (u64::from(second & 0xffff), u64::from(second >> 16));
                let a = (a1 + a2 + MODULUS - 1) % MODULUS;
                let b = (b1 + b2 + (second_len % MODULUS) * ((a1 + MODULUS - 1) % MODULUS)) % MODULUS;
                (b << 16 | a) as u32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // The check values of both algorithms for the digits "123456789".
        assert_eq!(Checksum::Crc32.of(b"123456789"), 0xcbf4_3926);
        assert_eq!(Checksum::Adler32.of(b"123456789"), 0x091e_01de);
    }

    #[test]
    fn pieces_combine_to_the_whole() {
        let data: Vec<u8> = (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for checksum in [Checksum::Crc32, Checksum::Adler32] {
            for cut in [0, 1, 65_521, 131_072, 299_999, 300_000] {
                let (first, second) = data.split_at(cut);
                let joined = checksum.combine(checksum.of(first), checksum.of(second), second.len() as u64);
                assert_eq!(joined, checksum.of(&data), "{checksum:?} cut at {cut}");
                assert_eq!(checksum.combine(checksum.empty(), checksum.of(&data), data.len() as u64), joined);
            }
        }
    }
}
