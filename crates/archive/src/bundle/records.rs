//! The records of a zip archive, as PKWARE's APPNOTE 6.3.10 lays them out; all numbers are little-endian.

/// Begins a member's own header (4.3.7).
pub(super) const LOCAL_HEADER: u32 = 0x0403_4b50;
/// Begins a member's entry in the directory (4.3.12).
pub(super) const ENTRY: u32 = 0x0201_4b50;
/// Begins the end of the directory (4.3.16).
pub(super) const END: u32 = 0x0605_4b50;
/// Begins the end of a large directory (4.3.14).
pub(super) const END_64: u32 = 0x0606_4b50;
/// Begins what tells where that is (4.3.15).
pub(super) const LOCATOR_64: u32 = 0x0706_4b50;
/// Length of [`END`] without its comment.
pub(super) const END_LENGTH: usize = 22;
/// Length of [`LOCATOR_64`].
pub(super) const LOCATOR_64_LENGTH: usize = 20;
/// Length of [`LOCAL_HEADER`] without name and extra fields.
pub(super) const LOCAL_HEADER_LENGTH: usize = 30;
/// Length of [`ENTRY`] without name, extra fields and comment.
pub(super) const ENTRY_LENGTH: usize = 46;
/// The extra field with sizes beyond 32 bits (4.5.3).
pub(super) const EXTRA_64: u16 = 1;
/// An extra field that only fills space, as Android's `zipalign` has it.
pub(super) const EXTRA_ALIGNMENT: u16 = 0xd935;
/// Flag: names are UTF-8.
pub(super) const UTF8: u16 = 1 << 11;
/// Flag: sizes stand behind the data.
pub(super) const STREAMED: u16 = 1 << 3;
/// Flags: encrypted, strongly encrypted, directory encrypted.
pub(super) const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
/// Flag: a patch for data that is elsewhere.
pub(super) const PATCH: u16 = 1 << 5;

/// How a member's bytes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// Compressed with DEFLATE.
    Deflated,
}

impl Method {
    pub(super) const fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }

    pub(super) const fn of_number(number: u16) -> Option<Self> {
        match number {
            0 => Some(Self::Stored),
            8 => Some(Self::Deflated),
            _ => None,
        }
    }
}

/// Reads numbers from the front of some bytes.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// The next `length` bytes; `None` where there are fewer.
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.array()?))
    }
}
