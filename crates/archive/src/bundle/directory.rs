//! Finding and reading an archive's directory.

use super::error::{Refusal, ZipError};
use super::limits::Limits;
use super::name;
use super::records::*;

/// One entry of the directory, as it says of itself; names and attributes are checked, places are not.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// The name's bytes.
    pub(super) raw_name: &'a [u8],
    pub(super) name: String,
    pub(super) is_folder: bool,
    pub(super) flags: u16,
    pub(super) method: Method,
    pub(super) checksum: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Where its local header begins.
    pub(super) header: u64,
}

/// The directory of an archive.
pub(super) struct Directory<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    /// Where the directory begins; members end before that.
    pub(super) start: usize,
}

/// Where the directory is, and how many entries it claims.
struct End {
    entries: u64,
    start: usize,
    end: usize,
}

impl<'a> Directory<'a> {
    /// # Errors
    /// [`ZipError`].
    pub(super) fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, ZipError> {
        let End { entries: count, start, end } = End::find(bytes)?;
        if count > limits.members {
            return Err(ZipError::TooMany { found: count, most: limits.members });
        }
        let mut fields = Fields(&bytes[start..end]);
        let most = (end - start) / ENTRY_LENGTH;
        let mut entries = Vec::with_capacity(usize::try_from(count).unwrap_or(most).min(most));
        for _ in 0..count {
            entries.push(Entry::parse(&mut fields)?);
        }
        if !fields.0.is_empty() {
            return Err(ZipError::damaged("its directory holds more than it claims"));
        }
        Ok(Self { entries, start })
    }
}

impl End {
    fn find(bytes: &[u8]) -> Result<Self, ZipError> {
        // A comment of up to 65,535 bytes may follow, and must then end the file.
        let last = bytes.len().checked_sub(END_LENGTH).ok_or(ZipError::NotZip { why: "it is too short" })?;
        let first = last.saturating_sub(usize::from(u16::MAX));
        let ends_file = |at: usize| {
            let comment = Fields(&bytes[at + 20..]).u16().map_or(0, usize::from);
            bytes[at..].starts_with(&END.to_le_bytes()) && at + END_LENGTH + comment == bytes.len()
        };
        let at = (first..=last)
            .rev()
            .find(|&at| ends_file(at))
            .ok_or(ZipError::NotZip { why: "it does not end with a directory" })?;
        let mut fields = Fields(&bytes[at + 4..]);
        let [disk, directory_disk, here, total] = std::array::from_fn(|_| fields.u16().unwrap_or_default());
        let [length, start] = std::array::from_fn(|_| fields.u32().unwrap_or_default());
        let large =
            at.checked_sub(LOCATOR_64_LENGTH).filter(|&n| bytes[n..].starts_with(&LOCATOR_64.to_le_bytes()));
        if let Some(locator) = large {
            return Self::large(bytes, locator);
        }
        if disk != 0 || directory_disk != 0 || here != total {
            return Err(ZipError::damaged("it is one of several parts"));
        }
        Self::new(u64::from(total), u64::from(length), u64::from(start), at)
    }

    /// The end of a large directory, by the record that says where it is.
    fn large(bytes: &[u8], locator: usize) -> Result<Self, ZipError> {
        let wrong = || ZipError::damaged("the end of its large directory is not where it claims to be");
        let place =
            Fields(&bytes[locator + 8..]).u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(wrong)?;
        let record = bytes.get(place..locator).ok_or_else(wrong)?;
        let mut fields = Fields(record);
        if fields.u32() != Some(END_64) {
            return Err(wrong());
        }
        // Its length and two versions.
        fields.take(12).ok_or_else(wrong)?;
        let disks = fields.u64().ok_or_else(wrong)?;
        let mut next = || fields.u64().ok_or_else(wrong);
        let (here, total, length, start) = (next()?, next()?, next()?, next()?);
        if disks != 0 || here != total {
            return Err(ZipError::damaged("it is one of several parts"));
        }
        Self::new(total, length, start, place)
    }

    /// `before` is where the records after the directory begin.
    fn new(entries: u64, length: u64, start: u64, before: usize) -> Result<Self, ZipError> {
        let wrong = || {
            ZipError::damaged(format!("its directory of {length} bytes at {start} lies outside of the file"))
        };
        let end = start.checked_add(length).and_then(|n| usize::try_from(n).ok()).ok_or_else(wrong)?;
        let start = usize::try_from(start).map_err(|_| wrong())?;
        if end > before {
            return Err(wrong());
        }
        Ok(Self { entries, start, end })
    }
}

impl<'a> Entry<'a> {
    fn parse(fields: &mut Fields<'a>) -> Result<Self, ZipError> {
        let short = || ZipError::damaged("its directory ends within an entry");
        if fields.u32() != Some(ENTRY) {
            return Err(ZipError::damaged("an entry of its directory does not begin as it should"));
        }
        let mut head = Fields(fields.take(ENTRY_LENGTH - 4).ok_or_else(short)?);
        let mut short_field = || head.u16().unwrap_or_default();
        let [_made_by, _needed, flags, method, _time, _date] = std::array::from_fn(|_| short_field());
        let [checksum, packed, size] = std::array::from_fn(|_| head.u32().unwrap_or_default());
        let [name_length, extra_length, comment_length, disk, _internal] =
            std::array::from_fn(|_| head.u16().unwrap_or_default());
        let [attributes, header] = std::array::from_fn(|_| head.u32().unwrap_or_default());
        let raw_name = fields.take(usize::from(name_length)).ok_or_else(short)?;
        let extra = fields.take(usize::from(extra_length)).ok_or_else(short)?;
        fields.take(usize::from(comment_length)).ok_or_else(short)?;

        let as_written = name::decode(raw_name, flags & UTF8 != 0)
            .map_err(|why| ZipError::refused(&String::from_utf8_lossy(raw_name), why))?;
        let refused = |why| ZipError::refused(&as_written, why);
        let name = name::checked(&as_written).map_err(refused)?;
        let is_folder = as_written.ends_with('/');
        kind(attributes, is_folder).map_err(refused)?;
        if flags & ENCRYPTED != 0 {
            return Err(refused(Refusal::Encrypted));
        }
        let supported = Method::of_number(method).filter(|_| flags & PATCH == 0);
        let method = supported.ok_or_else(|| refused(Refusal::Method(method)))?;

        let [mut packed, mut size, mut header] = [packed, size, header].map(u64::from);
        // The large field holds, in this order, just those numbers that do not fit.
        let mut large = extra_field(extra, EXTRA_64).map(Fields);
        for number in [&mut size, &mut packed, &mut header] {
            if *number == u64::from(u32::MAX)
                && let Some(large) = &mut large
            {
                *number = large.u64().ok_or_else(|| refused(Refusal::Contradiction("size")))?;
            }
        }
        if disk != 0 && !(disk == u16::MAX && large.is_some()) {
            return Err(ZipError::damaged("it is one of several parts"));
        }
        if is_folder && size != 0 {
            return Err(refused(Refusal::FolderWithContent));
        }
        Ok(Self { raw_name, name, is_folder, flags, method, checksum, packed, size, header })
    }
}

/// The data of the extra field `wanted`.
fn extra_field(extra: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut fields = Fields(extra);
    loop {
        let (id, length) = (fields.u16()?, fields.u16()?);
        let data = fields.take(usize::from(length))?;
        if id == wanted {
            return Some(data);
        }
    }
}

/// Refuses whatever is no plain file or folder by its Unix mode, whichever system the archive claims to be from.
fn kind(attributes: u32, is_folder: bool) -> Result<(), Refusal> {
    const FILE: u32 = 0o100_000;
    const FOLDER: u32 = 0o040_000;
    const LINK: u32 = 0o120_000;
    const SET_USER_OR_GROUP: u32 = 0o6000;
    let mode = attributes >> 16;
    match mode & 0o170_000 {
        0 | FILE | FOLDER => {}
        LINK => return Err(Refusal::Link),
        other => return Err(Refusal::Special(other)),
    }
    // On a folder these bits only say which group new files belong to.
    let folder = is_folder || mode & 0o170_000 == FOLDER;
    if mode & SET_USER_OR_GROUP != 0 && !folder { Err(Refusal::SetUser) } else { Ok(()) }
}
