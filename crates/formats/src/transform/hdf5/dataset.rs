//! The values of datasets.

use super::file::{File, Reader, bad, unsupported};
use super::object::{Object, kind};
use super::{NAME, UNDEFINED};
use microtome_image::Bytes;

use crate::error::Error;
use crate::gzip::unzlib;
use crate::source::ReadOptions;

/// The most that a byte of deflate can become.
pub(super) const MOST_EXPANSION: u64 = 1032;
/// The most nodes that a tree of chunks may have.
const MOST_NODES: usize = 1 << 16;

/// The type of a dataset's elements, as far as transform files use them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Element {
    Float { size: usize, big: bool },
    FixedText { size: usize },
    VariableText { size: usize },
}

impl Element {
    fn parse(mut message: Reader<'_>) -> Result<Self, Error> {
        let class = message.u8()? & 0xf;
        let bits = message.take(3)?;
        let size = message.u32()? as usize;
        match class {
            1 if matches!(size, 4 | 8) => Ok(Self::Float { size, big: bits[0] & 1 != 0 }),
            3 => Ok(Self::FixedText { size }),
            9 if bits[0] & 0xf == 1 => Ok(Self::VariableText { size }),
            _ => Err(unsupported(format!("a dataset of type class {class} with {size} bytes"))),
        }
    }

    fn size(self) -> usize {
        match self {
            Self::Float { size, .. } | Self::FixedText { size } | Self::VariableText { size } => size,
        }
    }
}

impl<'a> File<'a> {
    /// The floats of the dataset at `address`.
    pub(super) fn floats(&self, address: u64, options: &ReadOptions) -> Result<Vec<f64>, Error> {
        let object = self.object(address)?;
        let element = Element::parse(object.require(kind::DATATYPE, "datatype")?)?;
        let Element::Float { size, big } = element else {
            return Err(unsupported("parameters that are no floats"));
        };
        let bytes = self.values(&object, element, options)?;
        Ok(bytes
            .chunks_exact(size)
            .map(|chunk| {
                let mut le = [0; 8];
                le[..size].copy_from_slice(chunk);
                if big {
                    le[..size].reverse();
                }
                let value = u64::from_le_bytes(le);
                if size == 4 { f32::from_bits(value as u32).into() } else { f64::from_bits(value) }
            })
            .collect())
    }

    /// The first text of the dataset at `address`.
    pub(super) fn text(&self, address: u64) -> Result<String, Error> {
        let object = self.object(address)?;
        let element = Element::parse(object.require(kind::DATATYPE, "datatype")?)?;
        let bytes =
            self.values(&object, element, &ReadOptions { max_bytes: 1 << 16, ..ReadOptions::default() })?;
        let content = match element {
            Element::FixedText { size } => bytes.get(..size).unwrap_or_default().to_vec(),
            Element::VariableText { .. } => self.global(&bytes)?,
            Element::Float { .. } => return Err(unsupported("a text that is a number")),
        };
        let end = content.iter().position(|&b| b == 0).unwrap_or(content.len());
        Ok(String::from_utf8_lossy(content[..end].trim_ascii()).into_owned())
    }

    /// The object of a global heap that a reference (length, address, index) leads to.
    fn global(&self, reference: &[u8]) -> Result<Vec<u8>, Error> {
        const WHAT: &str = "global heap";
        let truncated = || bad(WHAT, reference.len() as u64, "a reference is longer");
        let size = self.offset_size();
        let (length, rest) = reference.split_at_checked(4).ok_or_else(truncated)?;
        let (address, rest) = rest.split_at_checked(size).ok_or_else(truncated)?;
        let index = rest.get(..4).ok_or_else(truncated)?;
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |n, &b| n << 8 | u64::from(b));
        let (length, wanted) = (number(length), number(index));
        let mut heap = self.from(number(address), WHAT)?;
        heap.signature(b"GCOL")?;
        heap.skip(4)?;
        let total = heap.length()?;
        let mut objects = self.part(number(address), total, WHAT)?;
        objects.skip(8 + self.length_size())?;
        while objects.remaining() >= 8 + self.length_size() {
            let index = u64::from(objects.u16()?);
            objects.skip(6)?;
            let size = usize::try_from(objects.length()?).unwrap_or(usize::MAX);
            if index == 0 {
                break;
            }
            let content = objects.take(size)?;
            if index == wanted {
                let length = usize::try_from(length).unwrap_or(usize::MAX).min(content.len());
                return Ok(content[..length].to_vec());
            }
            objects.skip(size.next_multiple_of(8) - size)?;
        }
        Err(bad(WHAT, wanted, "there is no object of this number"))
    }

    /// The stored bytes of a dataset, filters undone.
    fn values(&self, object: &Object<'a>, element: Element, options: &ReadOptions) -> Result<Vec<u8>, Error> {
        let count = count(object.require(kind::DATASPACE, "dataspace")?)?;
        let claimed = u128::from(count) * element.size() as u128;
        let too_large =
            |limit: u64| Error::TooLarge { format: NAME, what: "parameters", claimed, limit: limit.into() };
        let byte_count = u64::try_from(claimed).ok().filter(|&n| n <= options.max_bytes);
        let byte_count = byte_count.ok_or_else(|| too_large(options.max_bytes))?;
        let mut layout = object.require(kind::LAYOUT, "data layout")?;
        let version = layout.u8()?;
        if !matches!(version, 3 | 4) {
            return Err(unsupported(format!("version {version} of the data layout")));
        }
        match layout.u8()? {
            0 => {
                let size = usize::from(layout.u16()?);
                whole(layout.take(size)?, byte_count)
            }
            1 => {
                let (address, size) = (layout.address()?, layout.length()?);
                if address == UNDEFINED || byte_count == 0 {
                    return if byte_count == 0 {
                        Ok(Vec::new())
                    } else {
                        Err(bad("data", 0, "they were never written"))
                    };
                }
                let mut data = self.part(address, size.max(byte_count), "data")?;
                whole(data.take(data.remaining())?, byte_count)
            }
            2 => {
                let chunks = self.chunks(layout, version, element.size() as u64, count)?;
                let filters = object.get(kind::FILTERS).map_or(Ok(Vec::new()), filters)?;
                let stored =
                    chunks.list.iter().map(|c| c.size).fold(0, u64::saturating_add).min(self.len() as u64);
                if byte_count > stored.saturating_mul(MOST_EXPANSION) {
                    return Err(too_large(stored.saturating_mul(MOST_EXPANSION)));
                }
                self.unpacked(&chunks, &filters, element.size(), byte_count)
            }
            class => Err(unsupported(format!("data layout {class}"))),
        }
    }

    fn unpacked(
        &self,
        chunks: &Chunks,
        filters: &[u16],
        element: usize,
        total: u64,
    ) -> Result<Vec<u8>, Error> {
        let chunk_bytes = usize::try_from(chunks.elements * element as u64).unwrap_or(usize::MAX);
        let mut out = Vec::new();
        for (n, chunk) in chunks.list.iter().enumerate() {
            if chunk.first != chunks.elements * n as u64 {
                return Err(bad("chunk", chunk.first, "a chunk of the data is missing or listed twice"));
            }
            if chunk.size > chunk_bytes as u64 + chunk_bytes as u64 / 8 + 64 {
                return Err(bad(
                    "bytes of a chunk",
                    chunk.size,
                    "a packed chunk is no larger than what it holds",
                ));
            }
            let mut part = self.part(chunk.address, chunk.size, "chunk")?;
            let mut bytes = part.take(part.remaining())?.to_vec();
            for (at, filter) in filters.iter().enumerate().rev() {
                if at < 32 && chunk.skipped >> at & 1 != 0 {
                    continue;
                }
                bytes = match filter {
                    1 => unzlib(NAME, &Bytes::from(bytes), chunk_bytes)?.to_vec(),
                    2 => unshuffled(&bytes, element),
                    3 => bytes[..bytes.len().saturating_sub(4)].to_vec(),
                    other => return Err(unsupported(format!("the data filter {other}"))),
                };
            }
            out.extend_from_slice(&whole(&bytes, chunk_bytes as u64)?);
        }
        whole(&out, total)
    }

    /// The chunks of one-dimensional data, in order.
    fn chunks(&self, mut layout: Reader<'a>, version: u8, element: u64, count: u64) -> Result<Chunks, Error> {
        let one_dimension =
            |rank: u8| if rank == 2 { Ok(()) } else { Err(unsupported("chunks of several dimensions")) };
        if version == 4 {
            let flags = layout.u8()?;
            one_dimension(layout.u8()?)?;
            let size = usize::from(layout.u8()?);
            let elements = layout.number(size)?;
            layout.number(size)?;
            if layout.u8()? != 1 || count > elements {
                return Err(unsupported("an index of chunks other than a B-tree of version 1"));
            }
            let stored = if flags & 2 != 0 { layout.length()? } else { elements.saturating_mul(element) };
            let skipped = if flags & 2 != 0 { layout.u32()? } else { 0 };
            let chunk = Chunk { first: 0, address: layout.address()?, size: stored, skipped };
            check_chunk(elements, element, self.len())?;
            return Ok(Chunks { elements, list: vec![chunk] });
        }
        one_dimension(layout.u8()?)?;
        let tree = layout.address()?;
        let elements = u64::from(layout.u32()?);
        check_chunk(elements, element, self.len())?;
        let most = count.div_ceil(elements);
        // Each is listed in more than 16 bytes.
        if most > self.len() as u64 / 16 {
            return Err(bad("number of chunks", most, "the file is too small to list them"));
        }
        let mut list = Vec::new();
        let mut nodes = if tree == UNDEFINED { Vec::new() } else { vec![tree] };
        let mut seen = 0;
        while let Some(address) = nodes.pop() {
            seen += 1;
            let mut node = self.from(address, "chunk B-tree")?;
            node.signature(b"TREE")?;
            let (kind, level, entries) = (node.u8()?, node.u8()?, node.u16()?);
            node.address()?;
            node.address()?;
            for _ in 0..entries {
                let (size, skipped, first) = (u64::from(node.u32()?), node.u32()?, node.number(8)?);
                node.number(8)?;
                let address = node.address()?;
                if level > 0 {
                    nodes.push(address);
                } else {
                    list.push(Chunk { first, address, size, skipped });
                }
            }
            if kind != 1 || seen + nodes.len() > MOST_NODES || list.len() as u64 > most {
                return Err(bad("chunk B-tree", list.len() as u64, "it has too many chunks"));
            }
        }
        list.sort_unstable_by_key(|chunk| chunk.first);
        if (list.len() as u64) < most {
            return Err(bad("chunk B-tree", list.len() as u64, "a chunk of the data is missing"));
        }
        Ok(Chunks { elements, list })
    }
}

/// Chunks of equal length.
struct Chunks {
    elements: u64,
    list: Vec<Chunk>,
}

struct Chunk {
    /// The number of its first element.
    first: u64,
    address: u64,
    /// Bytes stored.
    size: u64,
    /// Filters that were not applied, a bit each.
    skipped: u32,
}

fn check_chunk(elements: u64, element: u64, file: usize) -> Result<(), Error> {
    let limit = (file as u64).saturating_mul(MOST_EXPANSION);
    if elements == 0 || elements.saturating_mul(element) > limit {
        return Err(bad(
            "elements of a chunk",
            elements,
            "a chunk holds more than nothing and no more than the file can",
        ));
    }
    Ok(())
}

/// The number of elements.
fn count(mut message: Reader<'_>) -> Result<u64, Error> {
    let version = message.u8()?;
    let rank = message.u8()?;
    message.u8()?;
    message.skip(match version {
        1 => 5,
        2 => 1,
        _ => return Err(bad("dataspace", version.into(), "its version is 1 or 2")),
    })?;
    (0..rank).try_fold(1_u64, |count, _| Ok(count.saturating_mul(message.length()?)))
}

/// The numbers of the filters that were applied, in their order.
fn filters(mut message: Reader<'_>) -> Result<Vec<u16>, Error> {
    let version = message.u8()?;
    let count = message.u8()?;
    message.skip(if version == 1 { 6 } else { 0 })?;
    let mut filters = Vec::new();
    for _ in 0..count {
        let id = message.u16()?;
        let name = if version == 1 || id >= 256 { usize::from(message.u16()?) } else { 0 };
        message.skip(2)?;
        let values = usize::from(message.u16()?);
        let padding = if version == 1 && values % 2 == 1 { 4 } else { 0 };
        let name = if version == 1 { name.next_multiple_of(8) } else { name };
        message.skip(name + 4 * values + padding)?;
        filters.push(id);
    }
    Ok(filters)
}

/// Bytes that were sorted by their place within an element, back in order.
fn unshuffled(bytes: &[u8], element: usize) -> Vec<u8> {
    let count = bytes.len() / element.max(1);
    let mut out = bytes.to_vec();
    for place in 0..element {
        for n in 0..count {
            out[n * element + place] = bytes[place * count + n];
        }
    }
    out
}

/// The first `count` bytes.
fn whole(bytes: &[u8], count: u64) -> Result<Vec<u8>, Error> {
    let taken = usize::try_from(count).ok().and_then(|count| bytes.get(..count));
    let found = bytes.len() as u64;
    taken.map(<[u8]>::to_vec).ok_or(Error::Truncated {
        format: NAME,
        what: "the data",
        expected: count,
        found,
    })
}
