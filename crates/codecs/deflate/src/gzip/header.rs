//! The member header and the index of chunks in its extra field.

use crate::Error;
use crate::inflate::most_content;

/// Identifies our subfield of the extra field.
const INDEX_ID: [u8; 2] = *b"MT";
const INDEX_FIXED: usize = 12;
/// Length of the header before the extra field's content.
const BEFORE_EXTRA: usize = 12;

/// The most chunks that an index can list: the extra field holds at most 65535 bytes.
pub(super) const MOST_CHUNKS: usize = (65535 - 4 - INDEX_FIXED) / 4;

const HAS_HEADER_CRC: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;

/// Where the chunks of a member lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    /// Content bytes of the member.
    pub(super) content: u64,
    /// Content bytes of every chunk but the last.
    pub(super) chunk: u32,
    /// Compressed bytes of each chunk.
    pub(super) compressed: Vec<u32>,
}

impl Index {
    /// Size of a member header with an index of `chunks` chunks.
    pub(super) fn header_len(chunks: usize) -> usize {
        BEFORE_EXTRA + 4 + INDEX_FIXED + 4 * chunks
    }

    /// The whole member header. `extra_flags` is the XFL byte: 2 for the slowest, 4 for the fastest compression.
    pub(super) fn header(&self, extra_flags: u8) -> Vec<u8> {
        // Time unknown, operating system unknown: the same content always gives the same bytes.
        let mut header = vec![0x1f, 0x8b, 8, HAS_EXTRA, 0, 0, 0, 0, extra_flags, 255];
        let subfield = INDEX_FIXED + 4 * self.compressed.len();
        debug_assert!(self.compressed.len() <= MOST_CHUNKS);
        header.extend(((subfield + 4) as u16).to_le_bytes());
        header.extend(INDEX_ID);
        header.extend((subfield as u16).to_le_bytes());
        header.extend(self.content.to_le_bytes());
        header.extend(self.chunk.to_le_bytes());
        header.extend(self.compressed.iter().flat_map(|size| size.to_le_bytes()));
        header
    }

    /// Reads the index from an extra field; none if there is none or it contradicts itself.
    fn parse(mut extra: &[u8]) -> Option<Self> {
        loop {
            let (head, rest) = extra.split_first_chunk::<4>()?;
            let (body, after) = rest.split_at_checked(usize::from(u16::from_le_bytes([head[2], head[3]])))?;
            extra = after;
            if head[..2] != INDEX_ID {
                continue;
            }
            let (content, body) = body.split_first_chunk::<8>()?;
            let (chunk, body) = body.split_first_chunk::<4>()?;
            let content = u64::from_le_bytes(*content);
            let chunk = u32::from_le_bytes(*chunk);
            let (sizes, rest) = body.as_chunks::<4>();
            if chunk == 0 || !rest.is_empty() || content.div_ceil(chunk.into()).max(1) != sizes.len() as u64 {
                return None;
            }
            let compressed = sizes.iter().map(|&size| u32::from_le_bytes(size)).collect();
            return Some(Self { content, chunk, compressed });
        }
    }

    /// Compressed bytes of all chunks.
    pub(super) fn compressed_len(&self) -> u64 {
        self.compressed.iter().map(|&size| u64::from(size)).sum()
    }
}

/// A member header as read.
#[derive(Debug)]
pub(super) struct Header {
    /// Its size in bytes.
    pub(super) len: usize,
    pub(super) index: Option<Index>,
}

impl Header {
    /// Reads the header at the start of `data`.
    pub(super) fn parse(data: &[u8]) -> Result<Self, Error> {
        let truncated = Error::Truncated { input: data.len(), produced: 0 };
        if !begins_member(data) {
            // A proper beginning that is merely too short is named as such.
            let start = [0x1f, 0x8b, 8];
            let common = data.len().min(3);
            return Err(if common > 0 && data[..common] == start[..common] {
                truncated
            } else {
                Error::NotGzip
            });
        }
        let flags = data[3];
        if flags & RESERVED != 0 {
            return Err(Error::Unsupported("gzip member with reserved flags"));
        }
        let mut rest = data.get(10..).ok_or_else(|| truncated.clone())?;
        let mut index = None;
        if flags & HAS_EXTRA != 0 {
            let (len, after) = rest.split_first_chunk::<2>().ok_or_else(|| truncated.clone())?;
            let (extra, after) = after
                .split_at_checked(usize::from(u16::from_le_bytes(*len)))
                .ok_or_else(|| truncated.clone())?;
            index = Index::parse(extra);
            rest = after;
        }
        for flag in [HAS_NAME, HAS_COMMENT] {
            if flags & flag != 0 {
                let end = rest.iter().position(|&byte| byte == 0).ok_or_else(|| truncated.clone())?;
                rest = &rest[end + 1..];
            }
        }
        if flags & HAS_HEADER_CRC != 0 {
            rest = rest.get(2..).ok_or(truncated)?;
        }
        let len = data.len() - rest.len();
        // An index that promises the impossible is not believed.
        let index = index.filter(|index| {
            index.compressed_len() <= rest.len() as u64 && index.content <= most_content(rest.len()) as u64
        });
        Ok(Self { len, index })
    }
}

/// Whether a gzip member with the DEFLATE method begins here.
pub(super) fn begins_member(data: &[u8]) -> bool {
    data.len() >= 4 && data[..3] == [0x1f, 0x8b, 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_survives_the_header() {
        let index = Index { content: 300_000, chunk: 131_072, compressed: vec![7, 8, 9] };
        let mut member = index.header(4);
        assert_eq!(member.len(), Index::header_len(3));
        member.extend([0; 1000]);
        let header = Header::parse(&member).unwrap();
        assert_eq!((header.len, header.index), (Index::header_len(3), Some(index)));
    }

    #[test]
    fn contradicting_index_is_ignored() {
        for (content, chunk, compressed) in [
            (300_000, 131_072, vec![7, 8]),
            (300_000, 0, vec![7]),
            (3, 1 << 20, vec![2000]),
            (u64::MAX, u32::MAX, vec![1]),
        ] {
            let mut member = Index { content, chunk, compressed }.header(4);
            member.extend([0; 1000]);
            assert!(Header::parse(&member).unwrap().index.is_none());
        }
    }

    #[test]
    fn optional_fields_are_skipped() {
        let member = b"\x1f\x8b\x08\x1e\0\0\0\0\0\xff\x05\0XY\x01\0!name\0comment\0\x12\x34body";
        let header = Header::parse(member).unwrap();
        assert_eq!((&member[header.len..], header.index), (&b"body"[..], None));
        for cut in 1..header.len {
            assert!(matches!(Header::parse(&member[..cut]), Err(Error::Truncated { .. })), "{cut}");
        }
    }
}
