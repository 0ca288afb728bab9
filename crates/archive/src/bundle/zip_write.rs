//! Writing zip archives.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom, Write};

use microtome_deflate::{Level, raw};
use microtome_formats::{Sink, SinkFile};

use super::block_sums::BlockSums;
use super::error::{Refusal, ZipError};
use super::name;
use super::records::*;
use super::zip_read::Packed;

/// Stored content begins at a multiple of this, so that voxels of any type can be used in place when the archive is
/// mapped.
const ALIGNMENT: u64 = 64;
/// The least data in the field that aligns: room for the field of large sizes and the rest of itself.
const LEAST_FILL: u64 = 22;
/// 1980-01-01, the first day that a zip archive knows: the same bytes come from the same scene on any day.
const DATE: u16 = 1 << 5 | 1;
const VERSION: u16 = 20;
const VERSION_64: u16 = 45;
/// The system whose file modes the attributes hold.
const UNIX: u16 = 3 << 8;

/// Writes an archive, member by member, without keeping more than the directory in memory.
///
/// Members that are streamed are stored as they are; their headers are mended when their sizes are known.
pub struct ZipWriter<F> {
    file: F,
    at: u64,
    /// How far the file has been written ever: what is taken back leaves something behind.
    extent: u64,
    entries: Vec<Entry>,
    names: BTreeSet<String>,
    streaming: Option<Streaming>,
}

struct Entry {
    name: String,
    is_folder: bool,
    method: Method,
    checksum: u32,
    packed: u64,
    size: u64,
    header: u64,
}

/// The member that is being written, piece by piece.
struct Streaming {
    name: String,
    header: u64,
    /// Where its content begins.
    start: u64,
    /// Bytes of the field that aligns the content.
    fill: u64,
    position: u64,
    sums: BlockSums,
}

impl<F: Read + Write + Seek + Send> ZipWriter<F> {
    /// An archive at the beginning of `file`, which is empty.
    pub const fn new(file: F) -> Self {
        Self { file, at: 0, extent: 0, entries: Vec::new(), names: BTreeSet::new(), streaming: None }
    }

    /// How many members there are: all that are added later can be [taken back](Self::take_back).
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn count(&mut self) -> io::Result<usize> {
        self.finish_member()?;
        Ok(self.entries.len())
    }

    /// Takes back all members but the first `count`, the unfinished one included.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn take_back(&mut self, count: usize) -> io::Result<()> {
        let mut start = None;
        if let Some(Streaming { name, header, start: content, sums, .. }) = self.streaming.take() {
            self.extent = self.extent.max(content + sums.length());
            self.names.remove(&name::folded(&name));
            start = Some(header);
        }
        self.extent = self.extent.max(self.at);
        for entry in self.entries.drain(count.min(self.entries.len())..).rev() {
            self.names.remove(&name::folded(entry.name.trim_end_matches('/')));
            start = Some(entry.header);
        }
        if let Some(start) = start {
            self.at = start;
            self.file.seek(SeekFrom::Start(start))?;
        }
        Ok(())
    }

    /// Adds a folder.
    ///
    /// # Errors
    /// As [`deflate`](Self::deflate).
    pub fn folder(&mut self, name: &str) -> Result<(), ZipError> {
        let name = self.begin(name)?;
        let (is_folder, method) = (true, Method::Stored);
        let header = self.at;
        let entry =
            Entry { name: format!("{name}/"), is_folder, method, checksum: 0, packed: 0, size: 0, header };
        self.write_header(&entry, None)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Adds a member that is compressed, unless that makes it larger.
    ///
    /// # Errors
    /// [`ZipError::Refused`] for a name that is not fit for an archive or taken; whatever the system says.
    pub fn deflate(&mut self, name: &str, content: &[u8], level: Level) -> Result<(), ZipError> {
        let compressed = raw::compress(&[content], level);
        if compressed.len() >= content.len() {
            return self.store(name, content);
        }
        let name = self.begin(name)?;
        let entry = Entry {
            name,
            is_folder: false,
            method: Method::Deflated,
            checksum: compressed.checksum(),
            packed: compressed.len() as u64,
            size: content.len() as u64,
            header: self.at,
        };
        self.write_header(&entry, None)?;
        compressed.write_to(&mut self.file)?;
        self.at += entry.packed;
        self.entries.push(entry);
        Ok(())
    }

    /// Adds a member as it is.
    ///
    /// # Errors
    /// As [`deflate`](Self::deflate).
    pub fn store(&mut self, name: &str, content: &[u8]) -> Result<(), ZipError> {
        self.put(name, Method::Stored, crc32fast::hash(content), content.len() as u64, content)
    }

    /// Adds a member of another archive, its bytes unchanged.
    ///
    /// # Errors
    /// As [`deflate`](Self::deflate).
    pub fn copy(&mut self, name: &str, member: &Packed) -> Result<(), ZipError> {
        self.put(name, member.method, member.checksum, member.size, &member.bytes)
    }

    fn put(
        &mut self,
        name: &str,
        method: Method,
        checksum: u32,
        size: u64,
        bytes: &[u8],
    ) -> Result<(), ZipError> {
        let name = self.begin(name)?;
        let packed = bytes.len() as u64;
        let entry = Entry { name, is_folder: false, method, checksum, packed, size, header: self.at };
        let fill = (method == Method::Stored).then(|| self.fill(&entry.name));
        self.write_header(&entry, fill)?;
        self.file.write_all(bytes)?;
        self.at += packed;
        self.entries.push(entry);
        Ok(())
    }

    /// The files that a writer makes as members of `folder` (with a slash at its end, or empty), stored as they come.
    /// [`finish_member`](Self::finish_member) ends the last.
    pub fn members<'a>(&'a mut self, folder: &str) -> Members<'a, F> {
        Members { zip: self, folder: folder.to_owned() }
    }

    /// Ends the member that is being streamed, if one is.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn finish_member(&mut self) -> io::Result<()> {
        let Some(Streaming { name, header, start, fill, sums, .. }) = self.streaming.take() else {
            return Ok(());
        };
        let size = sums.length();
        let file = &mut self.file;
        let checksum = sums.finish(|at, buffer| {
            file.seek(SeekFrom::Start(start + at))?;
            file.read_exact(buffer)
        })?;
        let entry =
            Entry { name, is_folder: false, method: Method::Stored, checksum, packed: size, size, header };
        self.file.seek(SeekFrom::Start(header))?;
        self.at = header;
        self.write_header(&entry, Some(fill))?;
        self.at = start + size;
        self.file.seek(SeekFrom::Start(self.at))?;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the directory and gives the file back. Where members were taken back, it may be longer than the archive.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn finish(self) -> io::Result<F> {
        self.finish_with_length().map(|(file, _)| file)
    }

    /// Writes the directory and gives the file back, and the length to which it has to be cut, if it is longer.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn finish_with_length(mut self) -> io::Result<(F, Option<u64>)> {
        self.finish_member()?;
        let start = self.at;
        for entry in &self.entries {
            let record = entry.record();
            self.file.write_all(&record)?;
            self.at += record.len() as u64;
        }
        let record = end(self.entries.len() as u64, start, self.at);
        self.file.write_all(&record)?;
        self.at += record.len() as u64;
        self.file.flush()?;
        Ok((self.file, (self.extent > self.at).then_some(self.at)))
    }

    /// Ends what is being written and takes the name for the next member.
    fn begin(&mut self, name: &str) -> Result<String, ZipError> {
        self.finish_member()?;
        let refused = |why| ZipError::refused(name, why);
        let checked = name::checked(name).map_err(refused)?;
        if checked.len() > usize::from(u16::MAX) - 1 {
            return Err(refused(Refusal::Contradiction("name's length")));
        }
        if !self.names.insert(name::folded(&checked)) {
            return Err(refused(Refusal::Duplicate(checked)));
        }
        Ok(checked)
    }

    /// Data bytes of the field that aligns the content of a member that begins here.
    const fn fill(&self, name: &str) -> u64 {
        let least = self.at + LOCAL_HEADER_LENGTH as u64 + name.len() as u64 + 4 + LEAST_FILL;
        LEAST_FILL + least.next_multiple_of(ALIGNMENT) - least
    }

    fn write_header(&mut self, entry: &Entry, fill: Option<u64>) -> io::Result<()> {
        let record = entry.header(fill);
        self.file.write_all(&record)?;
        self.at += record.len() as u64;
        Ok(())
    }

    fn stream(&mut self, name: &str) -> Result<(), ZipError> {
        let name = self.begin(name)?;
        let header = self.at;
        let fill = self.fill(&name);
        let entry =
            Entry { name, is_folder: false, method: Method::Stored, checksum: 0, packed: 0, size: 0, header };
        self.write_header(&entry, Some(fill))?;
        let (name, start) = (entry.name, self.at);
        self.streaming =
            Some(Streaming { name, header, start, fill, position: 0, sums: BlockSums::default() });
        Ok(())
    }
}

/// A size as 32 bits hold it.
fn short(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// Whether a number needs the large records. All bits set means that it stands there.
const fn is_large(number: u64) -> bool {
    number >= u32::MAX as u64
}

impl Entry {
    /// The local header, before a field of `fill` bytes that aligns the content.
    fn header(&self, fill: Option<u64>) -> Vec<u8> {
        let large = is_large(self.size) || is_large(self.packed);
        let mut extra = Vec::new();
        if large {
            extra.extend(EXTRA_64.to_le_bytes());
            extra.extend(16_u16.to_le_bytes());
            extra.extend(self.size.to_le_bytes());
            extra.extend(self.packed.to_le_bytes());
        }
        if let Some(fill) = fill {
            let fill = if large { fill - extra.len() as u64 } else { fill };
            extra.extend(EXTRA_ALIGNMENT.to_le_bytes());
            extra.extend((fill as u16).to_le_bytes());
            extra.extend((ALIGNMENT as u16).to_le_bytes());
            extra.resize(extra.len() + fill as usize - 2, 0);
        }
        let (packed, size) =
            if large { (u32::MAX, u32::MAX) } else { (short(self.packed), short(self.size)) };
        let mut record = LOCAL_HEADER.to_le_bytes().to_vec();
        self.push_common(&mut record, large, packed, size);
        record.extend((extra.len() as u16).to_le_bytes());
        record.extend(self.name.as_bytes());
        record.extend(extra);
        record
    }

    /// What both headers have in common: from the needed version to the name's length.
    fn push_common(&self, record: &mut Vec<u8>, large: bool, packed: u32, size: u32) {
        for number in [if large { VERSION_64 } else { VERSION }, UTF8, self.method.number(), 0, DATE] {
            record.extend(number.to_le_bytes());
        }
        for number in [self.checksum, packed, size] {
            record.extend(number.to_le_bytes());
        }
        record.extend((self.name.len() as u16).to_le_bytes());
    }

    /// The entry in the directory.
    fn record(&self) -> Vec<u8> {
        let mut extra = Vec::new();
        // Just those that do not fit, in this order.
        for number in [self.size, self.packed, self.header] {
            if is_large(number) {
                extra.extend(number.to_le_bytes());
            }
        }
        if !extra.is_empty() {
            let length = extra.len() as u16;
            extra.splice(0..0, [EXTRA_64.to_le_bytes(), length.to_le_bytes()].concat());
        }
        let mut record = ENTRY.to_le_bytes().to_vec();
        record.extend((UNIX | VERSION_64).to_le_bytes());
        self.push_common(&mut record, !extra.is_empty(), short(self.packed), short(self.size));
        record.extend((extra.len() as u16).to_le_bytes());
        // No comment, the first disk, no internal attributes.
        record.extend([0; 6]);
        const FOLDER: u32 = 0o040_755 << 16 | 0x10;
        const FILE: u32 = 0o100_644 << 16;
        record.extend((if self.is_folder { FOLDER } else { FILE }).to_le_bytes());
        record.extend(short(self.header).to_le_bytes());
        record.extend(self.name.as_bytes());
        record.extend(extra);
        record
    }
}

/// What stands behind a directory of `count` entries from `start` to `end`.
fn end(count: u64, start: u64, end: u64) -> Vec<u8> {
    let length = end - start;
    let mut record = Vec::new();
    if count >= u64::from(u16::MAX) || is_large(length) || is_large(start) {
        record.extend(END_64.to_le_bytes());
        record.extend(44_u64.to_le_bytes());
        record.extend((UNIX | VERSION_64).to_le_bytes());
        record.extend(VERSION_64.to_le_bytes());
        record.extend([0; 8]);
        for number in [count, count, length, start] {
            record.extend(number.to_le_bytes());
        }
        record.extend(LOCATOR_64.to_le_bytes());
        record.extend([0; 4]);
        record.extend(end.to_le_bytes());
        record.extend(1_u32.to_le_bytes());
    }
    let short_count = u16::try_from(count).unwrap_or(u16::MAX);
    record.extend(END.to_le_bytes());
    record.extend([0; 4]);
    record.extend(short_count.to_le_bytes());
    record.extend(short_count.to_le_bytes());
    record.extend(short(length).to_le_bytes());
    record.extend(short(start).to_le_bytes());
    record.extend([0; 2]);
    record
}

/// A folder of an archive as a place for files; see [`ZipWriter::members`].
pub struct Members<'a, F> {
    zip: &'a mut ZipWriter<F>,
    folder: String,
}

impl<F: Read + Write + Seek + Send> Sink for Members<'_, F> {
    fn create(&mut self, name: &str) -> io::Result<&mut dyn SinkFile> {
        self.zip.stream(&format!("{}{name}", self.folder))?;
        Ok(self)
    }
}

impl<F: Read + Write + Seek + Send> Write for Members<'_, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let streaming = self.zip.streaming.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let written = self.zip.file.write(bytes)?;
        streaming.sums.written(streaming.position, &bytes[..written]);
        streaming.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.file.flush()
    }
}

impl<F: Read + Write + Seek + Send> Seek for Members<'_, F> {
    /// Positions count from the beginning of the member.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let streaming = self.zip.streaming.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let position = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => streaming.sums.length().checked_add_signed(n),
            SeekFrom::Current(n) => streaming.position.checked_add_signed(n),
        };
        let position = position.ok_or(io::ErrorKind::InvalidInput)?;
        let place = streaming.start.checked_add(position).ok_or(io::ErrorKind::InvalidInput)?;
        self.zip.file.seek(SeekFrom::Start(place))?;
        streaming.position = position;
        Ok(position)
    }
}
