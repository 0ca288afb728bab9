//! Bits to bytes, least significant bit first (RFC 1951 §3.1.1).

/// Appends bit strings to a byte vector, in which [`reserve`](Self::reserve) makes room ahead.
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bytes of `bytes` that hold finished output.
    len: usize,
    pending: u64,
    pending_bits: u32,
}

impl BitWriter {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), len: 0, pending: 0, pending_bits: 0 }
    }

    /// Forgets what was written, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.pending = 0;
        self.pending_bits = 0;
    }

    /// Makes room for `bits` further bits.
    pub(super) fn reserve(&mut self, bits: u64) {
        let needed = self.len + (bits / 8) as usize + 32;
        if self.bytes.len() < needed {
            self.bytes.resize(needed + needed / 4, 0);
        }
    }

    /// Lets `body` write through a writer that lives in registers.
    #[inline(always)]
    pub(super) fn burst(&mut self, body: impl FnOnce(&mut Burst<'_>)) {
        let mut burst = Burst {
            bytes: &mut self.bytes,
            len: self.len,
            pending: self.pending,
            pending_bits: self.pending_bits,
        };
        body(&mut burst);
        (self.len, self.pending, self.pending_bits) = (burst.len, burst.pending, burst.pending_bits);
    }

    /// Adds the `count` low bits of `value`: for headers, where speed does not matter.
    pub(super) fn put(&mut self, value: u64, count: u32) {
        self.burst(|out| {
            out.add(value, count);
            out.flush();
        });
    }

    /// Fills the current byte with zero bits.
    pub(super) fn align(&mut self) {
        self.put(0, self.pending_bits.wrapping_neg() & 7);
    }

    /// Appends whole bytes; the position must be byte-aligned and room reserved.
    pub(super) fn append(&mut self, data: &[u8]) {
        debug_assert_eq!(self.pending_bits, 0);
        self.bytes[self.len..self.len + data.len()].copy_from_slice(data);
        self.len += data.len();
    }

    /// The finished bytes.
    pub(super) fn finished(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The inner loop's view of a [`BitWriter`].
///
/// Up to 56 bits may be added between two calls of [`flush`](Self::flush), which is one store of eight bytes and has no
/// branch on the number of bits.
pub(super) struct Burst<'a> {
    bytes: &'a mut [u8],
    len: usize,
    pending: u64,
    pending_bits: u32,
}

impl Burst<'_> {
    /// Adds the `count` low bits of `value`; the bits above must be zero.
    #[inline(always)]
    pub(super) fn add(&mut self, value: u64, count: u32) {
        self.pending |= value << (self.pending_bits & 63);
        self.pending_bits += count;
    }

    /// Moves whole bytes out, leaving fewer than eight bits pending.
    #[inline(always)]
    pub(super) fn flush(&mut self) {
        self.bytes[self.len..self.len + 8].copy_from_slice(&self.pending.to_le_bytes());
        self.len += (self.pending_bits >> 3) as usize;
        // At most 63 bits are pending, so at most 56 are shifted out.
        self.pending >>= self.pending_bits & 56;
        self.pending_bits &= 7;
    }
}
