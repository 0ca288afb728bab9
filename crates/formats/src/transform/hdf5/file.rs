//! The bytes of an HDF5 file: addresses, numbers, and the superblock.

use super::{MAGIC, NAME, UNDEFINED};
use crate::error::Error;

/// An HDF5 file.
pub(super) struct File<'a> {
    bytes: &'a [u8],
    /// Where address 0 is.
    base: u64,
    /// Bytes of an address.
    offset_size: usize,
    /// Bytes of a length.
    length_size: usize,
    /// The address of the root group.
    pub(super) root: u64,
}

/// Some bytes of a file, read from the front.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    what: &'static str,
    offset_size: usize,
    length_size: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Error::Truncated {
            format: NAME,
            what: self.what,
            expected: count as u64,
            found: self.bytes.len() as u64,
        })?;
        self.bytes = rest;
        Ok(taken)
    }

    /// A number of `size` bytes, least significant first; all ones of any size is [`UNDEFINED`].
    pub(super) fn number(&mut self, size: usize) -> Result<u64, Error> {
        let bytes = self.take(size)?;
        if size == 0 || size > 8 {
            return Err(bad(self.what, size as u64, "a number has 1 to 8 bytes"));
        }
        let mut value = [0; 8];
        value[..size].copy_from_slice(bytes);
        Ok(u64::from_le_bytes(value))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Error> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, Error> {
        Ok(self.number(2)? as u16)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Error> {
        Ok(self.number(4)? as u32)
    }

    /// An address; [`UNDEFINED`] if it is all ones.
    pub(super) fn address(&mut self) -> Result<u64, Error> {
        let size = self.offset_size;
        let value = self.number(size)?;
        let ones = if size == 8 { u64::MAX } else { (1 << (8 * size)) - 1 };
        Ok(if value == ones { UNDEFINED } else { value })
    }

    pub(super) fn length(&mut self) -> Result<u64, Error> {
        self.number(self.length_size)
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), Error> {
        self.take(count).map(|_| ())
    }

    pub(super) fn remaining(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn signature(&mut self, expected: &[u8; 4]) -> Result<(), Error> {
        let found = self.take(4)?;
        if found == expected {
            return Ok(());
        }
        let why = format!("it begins with \"{}\"", expected.escape_ascii());
        Err(Error::field(NAME, self.what, &found.escape_ascii().to_string(), why))
    }

    /// The same bytes as another part of the file.
    pub(super) fn part(&self, bytes: &'a [u8], what: &'static str) -> Self {
        Self { bytes, what, ..self.clone() }
    }
}

/// A value that cannot be.
pub(super) fn bad(field: &'static str, value: u64, why: &str) -> Error {
    Error::field(NAME, field, &value.to_string(), why)
}

/// A feature of HDF5 that transform files do not use.
pub(super) fn unsupported(what: impl Into<String>) -> Error {
    Error::Unsupported { format: NAME, what: what.into() }
}

impl<'a> File<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        let starts = std::iter::once(0)
            .chain((9..).map(|n| 1_usize << n).take_while(|&at| at < bytes.len().min(1 << 40)));
        let mut starts = starts.filter(|&at| bytes.get(at..).is_some_and(|rest| rest.starts_with(MAGIC)));
        let not_hdf5 = || Error::NotThisFormat { format: NAME, why: "it has no HDF5 signature".to_owned() };
        let start = starts.next().ok_or_else(not_hdf5)?;
        let what = "superblock";
        let mut reader =
            Reader { bytes: &bytes[start + MAGIC.len()..], what, offset_size: 8, length_size: 8 };
        let version = reader.u8()?;
        if version > 3 {
            return Err(unsupported(format!("version {version} of the superblock")));
        }
        if version < 2 {
            reader.skip(4)?;
        }
        let (offset_size, length_size) = (usize::from(reader.u8()?), usize::from(reader.u8()?));
        for size in [offset_size, length_size] {
            if !matches!(size, 2 | 4 | 8) {
                return Err(bad("size of addresses", size as u64, "it is 2, 4 or 8"));
            }
        }
        (reader.offset_size, reader.length_size) = (offset_size, length_size);
        match version {
            0 => reader.skip(1 + 4 + 4)?,
            1 => reader.skip(1 + 4 + 4 + 4)?,
            _ => reader.skip(1)?,
        }
        let base = reader.address()?;
        reader.address()?;
        reader.address()?;
        if version < 2 {
            // Driver information, and the name in the root group's entry.
            reader.address()?;
            reader.address()?;
        }
        let root = reader.address()?;
        Ok(Self { bytes, base, offset_size, length_size, root })
    }

    /// What begins at an address, to the end of the file.
    pub(super) fn from(&self, address: u64, what: &'static str) -> Result<Reader<'a>, Error> {
        let at = self.base.checked_add(address).filter(|_| address != UNDEFINED);
        let bytes = at.and_then(|at| self.bytes.get(usize::try_from(at).ok()?..));
        let bytes = bytes.ok_or_else(|| bad(what, address, "its address lies outside the file"))?;
        Ok(Reader { bytes, what, offset_size: self.offset_size, length_size: self.length_size })
    }

    /// A part of the file.
    pub(super) fn part(&self, address: u64, length: u64, what: &'static str) -> Result<Reader<'a>, Error> {
        let mut reader = self.from(address, what)?;
        let bytes = reader.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        Ok(reader.part(bytes, what))
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes of an address.
    pub(super) fn offset_size(&self) -> usize {
        self.offset_size
    }

    /// Bytes of a length.
    pub(super) fn length_size(&self) -> usize {
        self.length_size
    }
}
