//! Reading zip archives.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use microtome_deflate::{Error as DeflateError, Size, raw};
use microtome_image::Bytes;

use super::directory::{Directory, Entry};
use super::error::{Refusal, ZipError, shown};
use super::limits::Limits;
use super::name;
use super::records::*;

/// A zip archive whose directory has been read and checked. Its members are read when they are asked for.
#[derive(Debug)]
pub struct Zip {
    bytes: Bytes,
    members: Vec<Member>,
    places: HashMap<String, usize>,
}

/// A file in an archive.
#[derive(Debug)]
pub struct Member {
    name: String,
    method: Method,
    checksum: u32,
    size: u64,
    place: Range<usize>,
    /// Whether the checksum of a stored member has been compared.
    verified: AtomicBool,
}

impl Member {
    /// The path in the archive, with slashes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of content.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Bytes in the archive.
    pub fn packed_size(&self) -> u64 {
        self.place.len() as u64
    }

    /// How the content is kept.
    pub const fn method(&self) -> Method {
        self.method
    }
}

/// A member's bytes as they are in the archive, to be put into another.
#[derive(Clone, Debug)]
pub struct Packed {
    /// How the content is kept.
    pub method: Method,
    /// CRC-32 of the content.
    pub checksum: u32,
    /// Bytes of content.
    pub size: u64,
    /// The bytes.
    pub bytes: Bytes,
}

impl Zip {
    /// Maps the archive at `path` and checks its directory. Nothing is inflated yet.
    ///
    /// # Errors
    /// [`ZipError`]: the archive as a whole is refused if any member is.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, ZipError> {
        Self::new(Bytes::map(path)?, limits)
    }

    /// The archive in `bytes`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(bytes: Bytes, limits: &Limits) -> Result<Self, ZipError> {
        let directory = Directory::parse(&bytes, limits)?;
        check_names(&directory.entries)?;
        check_claims(&directory.entries, limits)?;
        let places = places(&bytes, &directory)?;
        let mut members = Vec::with_capacity(directory.entries.len());
        for (entry, place) in directory.entries.into_iter().zip(places) {
            if !entry.is_folder {
                members.push(Member {
                    name: entry.name,
                    method: entry.method,
                    checksum: entry.checksum,
                    size: entry.size,
                    place,
                    verified: AtomicBool::new(false),
                });
            }
        }
        let places = members.iter().enumerate().map(|(n, member)| (member.name.clone(), n)).collect();
        Ok(Self { bytes, members, places })
    }

    /// All files, in the archive's order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Which member has this path; `None` if none has.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The content of member `index`: a stored one shares the archive's memory, a deflated one is inflated anew.
    ///
    /// # Errors
    /// [`ZipError::Refused`] if the content has not the size or checksum that the archive says, or cannot be inflated;
    /// [`ZipError::Absent`] for an index beyond the last.
    pub fn content(&self, index: usize) -> Result<Bytes, ZipError> {
        let member = self.member(index)?;
        let packed = self.packed_bytes(member)?;
        let refused = |why| ZipError::refused(&member.name, why);
        match member.method {
            Method::Stored => {
                if !member.verified.load(Ordering::Relaxed) {
                    check_sum(member.checksum, &packed).map_err(refused)?;
                    member.verified.store(true, Ordering::Relaxed);
                }
                Ok(packed)
            }
            Method::Deflated => {
                let content = inflate(&packed, member.size).map_err(refused)?;
                check_sum(member.checksum, &content).map_err(refused)?;
                Ok(content.into())
            }
        }
    }

    /// Member `index` as it is in the archive.
    ///
    /// # Errors
    /// [`ZipError::Absent`] for an index beyond the last.
    pub fn packed(&self, index: usize) -> Result<Packed, ZipError> {
        let member = self.member(index)?;
        let bytes = self.packed_bytes(member)?;
        Ok(Packed { method: member.method, checksum: member.checksum, size: member.size, bytes })
    }

    fn member(&self, index: usize) -> Result<&Member, ZipError> {
        self.members.get(index).ok_or_else(|| ZipError::Absent { name: format!("number {index}") })
    }

    fn packed_bytes(&self, member: &Member) -> Result<Bytes, ZipError> {
        let bytes = self.bytes.slice(member.place.clone());
        bytes.ok_or_else(|| ZipError::Absent { name: member.name.clone() })
    }
}

fn check_sum(declared: u32, content: &[u8]) -> Result<(), Refusal> {
    let found = crc32fast::hash(content);
    if found == declared { Ok(()) } else { Err(Refusal::Checksum { declared, found }) }
}

/// Inflates in no more memory than the member declares, and than its compressed bytes can hold.
fn inflate(packed: &[u8], declared: u64) -> Result<Vec<u8>, Refusal> {
    let size = usize::try_from(declared).unwrap_or(usize::MAX);
    let inflated = raw::decompress(packed, Size::Exactly(size)).map_err(|error| match error {
        DeflateError::Short { found, .. } => Refusal::Size { declared, found: Some(found as u64) },
        error => Refusal::Compression(error.to_string()),
    })?;
    if inflated.more {
        return Err(Refusal::Size { declared, found: None });
    }
    Ok(inflated.bytes)
}

/// Refuses two members of one name, upper and lower case taken for the same, and a file where another member has a folder.
fn check_names(entries: &[Entry<'_>]) -> Result<(), ZipError> {
    let mut names: Vec<(String, &Entry<'_>)> = entries.iter().map(|e| (name::folded(&e.name), e)).collect();
    names.sort_by(|(a, _), (b, _)| a.cmp(b));
    for pair in names.windows(2) {
        let [(first, entry), (second, other)] = pair else { continue };
        let same = first == second && !(entry.is_folder && other.is_folder && entry.name == other.name);
        let inside = !entry.is_folder
            && second.strip_prefix(first.as_str()).is_some_and(|rest| rest.starts_with('\0'));
        if same || inside {
            return Err(ZipError::refused(&other.name, Refusal::Duplicate(shown(&entry.name))));
        }
    }
    Ok(())
}

/// Refuses what claims to hold more than it can, or more than the memory takes.
fn check_claims(entries: &[Entry<'_>], limits: &Limits) -> Result<(), ZipError> {
    let mut claimed = 0_u128;
    for entry in entries {
        let (packed, size) = (entry.packed, entry.size);
        match entry.method {
            Method::Stored if packed != size => {
                let why = Refusal::Size { declared: size, found: Some(packed) };
                return Err(ZipError::refused(&entry.name, why));
            }
            Method::Stored => {}
            Method::Deflated => {
                if size > limits.unquestioned && size > packed.saturating_mul(limits.ratio) {
                    let why = Refusal::Ratio { packed, size, most: limits.ratio };
                    return Err(ZipError::refused(&entry.name, why));
                }
                claimed += u128::from(size);
            }
        }
    }
    if claimed > u128::from(limits.inflated) {
        return Err(ZipError::TooLarge { claimed, limit: limits.inflated });
    }
    Ok(())
}

/// Where each member's bytes are, by its local header, which must agree with the directory and overlap no other.
fn places(bytes: &[u8], directory: &Directory<'_>) -> Result<Vec<Range<usize>>, ZipError> {
    let places: Result<Vec<Range<usize>>, ZipError> =
        directory.entries.iter().map(|entry| place(bytes, entry, directory.start)).collect();
    let places = places?;
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|&n| directory.entries[n].header);
    for pair in order.windows(2) {
        let (first, second) = (&directory.entries[pair[0]], &directory.entries[pair[1]]);
        if places[pair[0]].end as u64 > second.header {
            return Err(ZipError::refused(&second.name, Refusal::Overlap(shown(&first.name))));
        }
    }
    Ok(places)
}

fn place(bytes: &[u8], entry: &Entry<'_>, limit: usize) -> Result<Range<usize>, ZipError> {
    let refused = |why| ZipError::refused(&entry.name, why);
    let outside = || refused(Refusal::Contradiction("place"));
    let at = usize::try_from(entry.header).map_err(|_| outside())?;
    let mut fields = Fields(bytes.get(at..limit).ok_or_else(outside)?);
    let mut head = Fields(fields.take(LOCAL_HEADER_LENGTH).ok_or_else(outside)?);
    if head.u32() != Some(LOCAL_HEADER) {
        return Err(outside());
    }
    let [_needed, flags, method, _time, _date] = std::array::from_fn(|_| head.u16().unwrap_or_default());
    let [_checksum, packed, size] = std::array::from_fn(|_| head.u32().unwrap_or_default());
    let [name_length, extra_length] = std::array::from_fn(|_| usize::from(head.u16().unwrap_or_default()));
    if flags & ENCRYPTED != 0 {
        return Err(refused(Refusal::Encrypted));
    }
    if method != entry.method.number() {
        return Err(refused(Refusal::Contradiction("compression method")));
    }
    // Where sizes stand behind the data, what stands here may be anything; large ones are only marked here.
    let streamed = (flags | entry.flags) & STREAMED != 0;
    let agrees = |local: u32, size: u64| streamed || local == u32::MAX || u64::from(local) == size;
    if !agrees(packed, entry.packed) || !agrees(size, entry.size) {
        return Err(refused(Refusal::Contradiction("size")));
    }
    if fields.take(name_length).ok_or_else(outside)? != entry.raw_name {
        return Err(refused(Refusal::Contradiction("name")));
    }
    fields.take(extra_length).ok_or_else(outside)?;
    let start = limit - fields.0.len();
    let length = usize::try_from(entry.packed).map_err(|_| outside())?;
    let end = start.checked_add(length).filter(|&end| end <= limit).ok_or_else(outside)?;
    Ok(start..end)
}
