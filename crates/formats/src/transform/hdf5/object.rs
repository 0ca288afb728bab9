//! Object headers: lists of messages.

use super::NAME;
use super::file::{File, Reader, bad, unsupported};
use crate::error::Error;

/// The most blocks that an object header may be spread over.
const MOST_BLOCKS: usize = 64;
/// The most messages that an object header may have.
const MOST_MESSAGES: usize = 4096;

/// Types of messages.
pub(super) mod kind {
    pub(in super::super) const DATASPACE: u16 = 0x01;
    pub(in super::super) const LINK_INFO: u16 = 0x02;
    pub(in super::super) const DATATYPE: u16 = 0x03;
    pub(in super::super) const LINK: u16 = 0x06;
    pub(in super::super) const LAYOUT: u16 = 0x08;
    pub(in super::super) const FILTERS: u16 = 0x0b;
    pub(in super::super) const CONTINUATION: u16 = 0x10;
    pub(in super::super) const SYMBOL_TABLE: u16 = 0x11;
}

/// The messages of an object header.
pub(super) struct Object<'a> {
    messages: Vec<(u16, Reader<'a>)>,
}

impl<'a> Object<'a> {
    /// The messages of a type.
    pub(super) fn all(&self, kind: u16) -> impl Iterator<Item = Reader<'a>> + '_ {
        self.messages.iter().filter(move |(k, _)| *k == kind).map(|(_, reader)| reader.clone())
    }

    /// The first message of a type.
    pub(super) fn get(&self, kind: u16) -> Option<Reader<'a>> {
        self.all(kind).next()
    }

    /// The first message of a type, which must be there.
    pub(super) fn require(&self, kind: u16, what: &'static str) -> Result<Reader<'a>, Error> {
        self.get(kind).ok_or_else(|| Error::Missing { format: NAME, field: what.to_owned() })
    }
}

/// How messages are written.
#[derive(Clone, Copy)]
enum Style {
    Old,
    New { creation_order: bool },
}

impl<'a> File<'a> {
    /// The object whose header is at `address`.
    pub(super) fn object(&self, address: u64) -> Result<Object<'a>, Error> {
        const WHAT: &str = "object header";
        let mut start = self.from(address, WHAT)?;
        let (style, first) = match start.u8()? {
            1 => {
                start.skip(1 + 2 + 4)?;
                let size = start.u32()?;
                start.skip(4)?;
                (Style::Old, start.take(size as usize)?)
            }
            b'O' => {
                let mut start = self.from(address, WHAT)?;
                start.signature(b"OHDR")?;
                let version = start.u8()?;
                if version != 2 {
                    return Err(unsupported(format!("version {version} of the object header")));
                }
                let flags = start.u8()?;
                let times = if flags & 0x20 != 0 { 16 } else { 0 };
                let phases = if flags & 0x10 != 0 { 4 } else { 0 };
                start.skip(times + phases)?;
                let size = start.number(1 << (flags & 3))?;
                let first = start.take(usize::try_from(size).unwrap_or(usize::MAX))?;
                (Style::New { creation_order: flags & 4 != 0 }, first)
            }
            version => return Err(bad(WHAT, version.into(), "its version is 1 or 2")),
        };
        let mut blocks = vec![start.part(first, WHAT)];
        let mut messages = Vec::new();
        let mut at = 0;
        while at < blocks.len() {
            let block = blocks[at].clone();
            at += 1;
            for (kind, mut body) in messages_of(block, style)? {
                if kind != kind::CONTINUATION {
                    if messages.len() >= MOST_MESSAGES {
                        return Err(bad(WHAT, messages.len() as u64, "it has too many messages"));
                    }
                    messages.push((kind, body));
                    continue;
                }
                if blocks.len() >= MOST_BLOCKS {
                    return Err(bad(WHAT, blocks.len() as u64, "it is spread over too many blocks"));
                }
                let (address, length) = (body.address()?, body.length()?);
                let mut block = self.part(address, length, WHAT)?;
                if matches!(style, Style::New { .. }) {
                    block.signature(b"OCHK")?;
                    let content = block.take(block.remaining().saturating_sub(4))?;
                    block = block.part(content, WHAT);
                }
                blocks.push(block);
            }
        }
        Ok(Object { messages })
    }
}

fn messages_of(mut block: Reader<'_>, style: Style) -> Result<Vec<(u16, Reader<'_>)>, Error> {
    let head = match style {
        Style::Old => 8,
        Style::New { creation_order } => 4 + if creation_order { 2 } else { 0 },
    };
    let mut messages = Vec::new();
    while block.remaining() >= head {
        let (kind, size, flags) = match style {
            Style::Old => {
                let (kind, size, flags) = (block.u16()?, block.u16()?, block.u8()?);
                block.skip(3)?;
                (kind, size, flags)
            }
            Style::New { creation_order } => {
                let (kind, size, flags) = (u16::from(block.u8()?), block.u16()?, block.u8()?);
                block.skip(if creation_order { 2 } else { 0 })?;
                (kind, size, flags)
            }
        };
        let body = block.take(size.into())?;
        // A shared message stands elsewhere; none that is read here is ever shared in these files.
        if flags & 2 == 0 {
            messages.push((kind, block.part(body, "message")));
        }
    }
    Ok(messages)
}
