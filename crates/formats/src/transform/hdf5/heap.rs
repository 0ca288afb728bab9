//! Groups of the new kind with many members: link messages in a fractal heap, found through a B-tree of version 2.
//!
//! Trees of one leaf are read, which hold about 45 members.

use super::UNDEFINED;
use super::file::{File, Reader, bad, unsupported};
use super::links::Links;
use crate::error::Error;

/// A fractal heap, as far as it is needed to find small objects.
struct Heap<'f, 'a> {
    file: &'f File<'a>,
    /// Bytes of an offset into the heap, and of an object's length.
    offset_size: usize,
    length_size: usize,
    width: u64,
    start: u64,
    largest_direct: u64,
    root: u64,
    /// Rows of the root, which is an indirect block; 0 if it is a direct one.
    rows: u16,
}

/// Adds the links that the index at `names` lists, from the heap at `heap`.
pub(super) fn read_links<'a>(
    file: &File<'a>,
    heap: u64,
    names: u64,
    links: &mut Links<'a>,
) -> Result<(), Error> {
    let heap = Heap::open(file, heap)?;
    let mut header = file.from(names, "link index")?;
    header.signature(b"BTHD")?;
    header.skip(1)?;
    let kind = header.u8()?;
    header.skip(4)?;
    let (record, depth) = (usize::from(header.u16()?), header.u16()?);
    header.skip(2)?;
    let (root, count) = (header.address()?, header.u16()?);
    if kind != 5 || record < 5 {
        return Err(bad("link index", kind.into(), "it lists links by name"));
    }
    if depth > 0 {
        return Err(unsupported("a group of so many members"));
    }
    if root == UNDEFINED {
        return Ok(());
    }
    let mut leaf = file.from(root, "link index")?;
    leaf.signature(b"BTLF")?;
    leaf.skip(2)?;
    for _ in 0..count {
        let content = leaf.take(record)?;
        let id = leaf.part(&content[4..], "link index");
        links.push_message(heap.object(id)?)?;
    }
    Ok(())
}

impl<'f, 'a> Heap<'f, 'a> {
    fn open(file: &'f File<'a>, address: u64) -> Result<Self, Error> {
        let mut r = file.from(address, "fractal heap")?;
        r.signature(b"FRHP")?;
        r.skip(1 + 2)?;
        if r.u16()? != 0 {
            return Err(unsupported("a filtered heap"));
        }
        r.skip(1)?;
        let largest_object = u64::from(r.u32()?);
        r.length()?;
        r.address()?;
        r.length()?;
        r.address()?;
        for _ in 0..8 {
            r.length()?;
        }
        let width = u64::from(r.u16()?);
        let (start, largest_direct) = (r.length()?, r.length()?);
        let bits = usize::from(r.u16()?);
        r.skip(2)?;
        let (root, rows) = (r.address()?, r.u16()?);
        let bytes_for = |limit: u64| (limit.max(1).ilog2() / 8 + 1) as usize;
        let length_size = bytes_for(largest_direct).min(bytes_for(largest_object));
        Ok(Self {
            file,
            offset_size: bits.div_ceil(8),
            length_size,
            width,
            start,
            largest_direct,
            root,
            rows,
        })
    }

    /// The object with this identifier.
    fn object(&self, mut id: Reader<'a>) -> Result<Reader<'a>, Error> {
        const WHAT: &str = "fractal heap";
        let flags = id.u8()?;
        if flags & 0x30 != 0 {
            return Err(unsupported("a link of so long a name"));
        }
        let (offset, length) = (id.number(self.offset_size)?, id.number(self.length_size)?);
        let (block, within) = if self.rows == 0 { (self.root, offset) } else { self.block_of(offset)? };
        let mut reader = self.file.from(block, WHAT)?;
        reader.skip(usize::try_from(within).unwrap_or(usize::MAX))?;
        let content = reader.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        Ok(reader.part(content, WHAT))
    }

    /// The address of the direct block that holds a heap offset, and the offset within it.
    fn block_of(&self, offset: u64) -> Result<(u64, u64), Error> {
        const WHAT: &str = "fractal heap";
        let mut root = self.file.from(self.root, WHAT)?;
        root.signature(b"FHIB")?;
        root.skip(1 + self.file.offset_size() + self.offset_size)?;
        let mut first = 0_u64;
        for row in 0..u32::from(self.rows) {
            let size = self.start.checked_shl(row.saturating_sub(1)).unwrap_or(0);
            if size == 0 || size > self.largest_direct {
                break;
            }
            for _ in 0..self.width {
                let block = root.address()?;
                let end = first.saturating_add(size);
                if (first..end).contains(&offset) {
                    return Ok((block, offset - first));
                }
                first = end;
            }
        }
        Err(unsupported("a heap with blocks of blocks"))
    }
}
