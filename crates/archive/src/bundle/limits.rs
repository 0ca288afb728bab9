//! How much an archive may claim.

use std::fs;

use microtome_formats::ReadOptions;

use crate::open::OpenOptions;

/// The most that an archive may claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members, folders counted.
    pub members: u64,
    /// Bytes of all compressed members together once inflated. Members that are not compressed cost no memory.
    pub inflated: u64,
    /// Bytes that a compressed member may hold for each of its own, once it holds more than
    /// [`unquestioned`](Self::unquestioned).
    pub ratio: u64,
    /// A member with no more content than this may be compressed to any ratio: an empty label map is.
    pub unquestioned: u64,
}

impl Limits {
    /// What any machine can take: for tests and where memory is not known.
    pub const MODEST: Self =
        Self { members: 100_000, inflated: 8 << 30, ratio: 1000, unquestioned: 64 << 20 };

    /// What this machine can take: three quarters of its memory.
    pub fn of_this_machine() -> Self {
        let inflated = memory().map_or(Self::MODEST.inflated, |bytes| bytes / 4 * 3);
        Self { inflated, ..Self::MODEST }
    }

    /// How what is inside an archive of `length` bytes may be read. What is compressed twice could hold a thousand times as
    /// much as these limits see, so no more is believed than the archive's own length and some of the memory justify.
    pub(crate) fn inside(&self, length: usize, options: &OpenOptions) -> OpenOptions {
        let justified = u64::try_from(length).unwrap_or(u64::MAX).saturating_mul(self.ratio);
        let inflated = self.inflated.min(justified.max(self.unquestioned));
        let max_bytes = options.read.max_bytes.min(justified.max(self.inflated / 3));
        let read = ReadOptions { max_bytes, ..options.read.clone() };
        OpenOptions { read, archives: Self { inflated, ..*self }, anywhere: options.anywhere }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of_this_machine()
    }
}

/// The machine's memory in bytes, where the system tells it in a file.
fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
