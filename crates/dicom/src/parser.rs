//! From bytes to an index of elements (PS3.5 section 7), without copying a value.

use std::ops::Range;

use dicom_core::{Tag, VR};
use microtome_image::Endian;

use crate::error::Error;
use crate::syntax::Encoding;

/// Sequences within sequences, at most.
const MAX_DEPTH: usize = 64;
/// Elements on one level, at most. Real files have some hundreds.
const MAX_ELEMENTS: usize = 1 << 20;

const UNDEFINED: u32 = u32::MAX;
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// Where one element lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub tag: Tag,
    /// `None` where the dataset does not say it.
    pub vr: Option<VR>,
    /// Whether the length was not stated: a sequence, or fragments of pixels.
    pub undefined: bool,
    start: usize,
    length: usize,
}

impl Element {
    /// Where the value lies; delimiters of undefined lengths are left out. It may reach beyond the bytes that were
    /// parsed if parsing stopped at the pixels.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start.saturating_add(self.length)
    }
}

/// Where to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// At the header of the pixel data, which is indexed, but whose bytes need not be there.
    Header,
    /// At the end of the bytes.
    Whole,
}

/// Whether `tag` is one of the three attributes that hold pixels.
pub(crate) fn is_pixel_data(tag: Tag) -> bool {
    tag.0 == 0x7FE0 && matches!(tag.1, 0x0008..=0x0010)
}

pub(crate) struct Parser<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

struct Header {
    tag: Tag,
    vr: Option<VR>,
    length: u32,
    value: usize,
}

impl<'a> Parser<'a> {
    pub fn new(bytes: &'a [u8], encoding: Encoding) -> Self {
        Self { bytes, encoding }
    }

    fn truncated(&self, what: impl Into<String>, needed: usize) -> Error {
        Error::Truncated { what: what.into(), needed: needed as u64, found: self.bytes.len() as u64 }
    }

    fn u16_at(&self, at: usize) -> Option<u16> {
        let b = self.bytes.get(at..at.checked_add(2)?)?;
        let b = [b[0], b[1]];
        Some(match self.encoding.endian {
            Endian::Little => u16::from_le_bytes(b),
            Endian::Big => u16::from_be_bytes(b),
        })
    }

    fn u32_at(&self, at: usize) -> Option<u32> {
        let b = self.bytes.get(at..at.checked_add(4)?)?;
        let b = [b[0], b[1], b[2], b[3]];
        Some(match self.encoding.endian {
            Endian::Little => u32::from_le_bytes(b),
            Endian::Big => u32::from_be_bytes(b),
        })
    }

    fn tag_at(&self, at: usize) -> Option<Tag> {
        Some(Tag(self.u16_at(at)?, self.u16_at(at + 2)?))
    }

    fn header(&self, at: usize, encoding: Encoding) -> Result<Header, Error> {
        let read = || {
            let tag = self.tag_at(at)?;
            let code = [*self.bytes.get(at + 4)?, *self.bytes.get(at + 5)?];
            let named = encoding.explicit && tag.0 != 0xFFFE && code.iter().all(u8::is_ascii_uppercase);
            if !named {
                // Implicit, an item, or one of the files that mix implicit elements into an explicit dataset.
                return Some(Header { tag, vr: None, length: self.u32_at(at + 4)?, value: at + 8 });
            }
            let vr = VR::from_binary(code).unwrap_or(VR::UN);
            Some(if has_long_length(vr) {
                Header { tag, vr: Some(vr), length: self.u32_at(at + 8)?, value: at + 12 }
            } else {
                Header { tag, vr: Some(vr), length: u32::from(self.u16_at(at + 6)?), value: at + 8 }
            })
        };
        read().ok_or_else(|| self.truncated("an element's header", at.saturating_add(8)))
    }

    /// Indexes the elements of `range`, in file order, and says where they end. Elements of other groups than `group`
    /// end the dataset if `group` is given.
    pub fn elements(
        &self,
        range: Range<usize>,
        extent: Extent,
        group: Option<u16>,
    ) -> Result<(Vec<Element>, usize), Error> {
        let mut elements = Vec::with_capacity(64);
        let mut at = range.start;
        let mut pixels_seen = false;
        while at < range.end {
            if group.is_some() && self.tag_at(at).map(|t| t.0) != group {
                break;
            }
            match self.element(at, range.end, extent, &mut elements) {
                Ok(Some(next)) => at = next,
                Ok(None) => break,
                // Padding and rubbish after the pixels harm nobody.
                Err(_) if pixels_seen => break,
                Err(error) => return Err(error),
            }
            pixels_seen |= elements.last().is_some_and(|e| is_pixel_data(e.tag));
            if elements.len() > MAX_ELEMENTS {
                return Err(Error::Damaged { offset: at, why: "there are too many elements" });
            }
        }
        Ok((elements, at))
    }

    /// Indexes the element at `at`; gives the place after it, or nothing where the dataset is over.
    fn element(
        &self,
        at: usize,
        end: usize,
        extent: Extent,
        elements: &mut Vec<Element>,
    ) -> Result<Option<usize>, Error> {
        let Header { tag, vr, length, value } = self.header(at, self.encoding)?;
        if tag == ITEM_END {
            return Ok(None);
        }
        if tag.0 == 0xFFFE {
            return Err(Error::Damaged { offset: at, why: "an item stands outside of a sequence" });
        }
        let pixels = is_pixel_data(tag);
        let undefined = length == UNDEFINED;
        let mut push = |length| elements.push(Element { tag, vr, undefined, start: value, length });
        if pixels && extent == Extent::Header {
            push(if undefined { self.bytes.len().saturating_sub(value) } else { length as usize });
            return Ok(None);
        }
        if !undefined {
            let next = value.saturating_add(length as usize);
            if next > end {
                if pixels {
                    // What there is may still be shown; the decoder counts the bytes.
                    push(end.saturating_sub(value));
                    return Ok(None);
                }
                return Err(self.truncated(format!("element {tag}"), next));
            }
            push(length as usize);
            return Ok(Some(next));
        }
        if pixels {
            let (content_end, next) = self.skip_fragments(value, end);
            push(content_end - value);
            return Ok(Some(next));
        }
        let encoding = if vr == Some(VR::UN) { Encoding::IMPLICIT_LITTLE } else { self.encoding };
        let (content_end, next) = self.skip_items(value, end, encoding, 0)?;
        push(content_end - value);
        Ok(Some(next))
    }

    /// The end of the fragments that begin at `at`, and the place after their delimiter. Fragments of a truncated file
    /// end with the file.
    fn skip_fragments(&self, mut at: usize, end: usize) -> (usize, usize) {
        loop {
            let (Some(tag), Some(length)) = (self.tag_at(at), self.u32_at(at.saturating_add(4))) else {
                return (end, end);
            };
            if tag == SEQUENCE_END {
                return (at, at + 8);
            }
            let next = at.saturating_add(8).saturating_add(length as usize);
            if tag != ITEM || next > end {
                return (if tag == ITEM { end } else { at }, end);
            }
            at = next;
        }
    }

    /// The end of the items that begin at `at`, and the place after their delimiter.
    fn skip_items(
        &self,
        mut at: usize,
        end: usize,
        encoding: Encoding,
        depth: usize,
    ) -> Result<(usize, usize), Error> {
        if depth >= MAX_DEPTH {
            return Err(Error::Damaged { offset: at, why: "sequences are nested too deeply" });
        }
        loop {
            let (Some(tag), Some(length)) = (self.tag_at(at), self.u32_at(at.saturating_add(4))) else {
                return Err(self.truncated("a sequence", at.saturating_add(8)));
            };
            if tag == SEQUENCE_END {
                return Ok((at, at + 8));
            }
            if tag != ITEM {
                return Err(Error::Damaged { offset: at, why: "a sequence holds something else than items" });
            }
            at = if length == UNDEFINED {
                self.skip_item(at + 8, end, encoding, depth)?
            } else {
                at.saturating_add(8).saturating_add(length as usize)
            };
            if at > end {
                return Err(self.truncated("an item of a sequence", at));
            }
        }
    }

    /// The place after the item of undefined length whose elements begin at `at`.
    fn skip_item(&self, mut at: usize, end: usize, encoding: Encoding, depth: usize) -> Result<usize, Error> {
        loop {
            let Header { tag, vr, length, value } = self.header(at, encoding)?;
            if tag == ITEM_END {
                return Ok(value);
            }
            at = if length == UNDEFINED {
                let inner = if vr == Some(VR::UN) { Encoding::IMPLICIT_LITTLE } else { encoding };
                self.skip_items(value, end, inner, depth + 1)?.1
            } else {
                value.saturating_add(length as usize)
            };
            if at > end {
                return Err(self.truncated(format!("element {tag} in a sequence"), at));
            }
        }
    }

    /// The ranges of the elements of each item of the sequence whose items lie in `range`.
    pub fn items(&self, range: Range<usize>) -> Result<Vec<Range<usize>>, Error> {
        let mut items = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let (Some(tag), Some(length)) = (self.tag_at(at), self.u32_at(at + 4)) else {
                return Err(self.truncated("a sequence", at.saturating_add(8)));
            };
            if tag == SEQUENCE_END {
                break;
            }
            if tag != ITEM {
                return Err(Error::Damaged { offset: at, why: "a sequence holds something else than items" });
            }
            let start = at + 8;
            let (stop, next) = if length == UNDEFINED {
                let next = self.skip_item(start, range.end, self.encoding, 0)?;
                (next.saturating_sub(8).max(start), next)
            } else {
                let stop = start.saturating_add(length as usize);
                (stop, stop)
            };
            if stop > range.end {
                return Err(self.truncated("an item of a sequence", stop));
            }
            items.push(start..stop);
            at = next;
            if items.len() > MAX_ELEMENTS {
                return Err(Error::Damaged { offset: at, why: "there are too many items" });
            }
        }
        Ok(items)
    }

    /// The fragments in `range`, the offset table first.
    pub fn fragments(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut fragments = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let (Some(tag), Some(length)) = (self.tag_at(at), self.u32_at(at + 4)) else { break };
            if tag != ITEM {
                break;
            }
            let start = at + 8;
            let stop = start.saturating_add(length as usize).min(range.end);
            fragments.push(start.min(stop)..stop);
            at = stop.max(start);
        }
        fragments
    }
}

fn has_long_length(vr: VR) -> bool {
    use VR::{OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV};
    matches!(vr, OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV)
}
