use libdeflater::Decompressor;
use memchr::memmem::find;
use rayon::prelude::*;

use super::header::{Header, Index, begins_member};
use crate::checksum::Checksum;
use crate::inflate::{End, Stop, resumable, to_vec};
use crate::{Error, Filled, Inflated, Size};

/// CRC-32 and length after each member.
const TRAILER: usize = 8;
/// Content so short that decoding it once more is nothing, and its trailer (zeros, for none) no unmistakable sign.
const LITTLE: usize = 1024;
/// An empty final block, which ends a chunk that the stream continues.
const FINAL_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// Whether the data begins with a gzip member.
pub fn is_gzip(data: &[u8]) -> bool {
    begins_member(data)
}

/// Decodes all members of a gzip file; what follows the last one (padding, garbage) is ignored as `gzip -d` does.
///
/// A member with our index (see [the module](crate::gzip)) is decoded on all cores. Checksums are always compared.
///
/// # Errors
/// [`Error::NotGzip`], [`Error::Unsupported`], [`Error::Truncated`], [`Error::Corrupt`], [`Error::ChecksumMismatch`],
/// [`Error::LengthMismatch`], and by `size` [`Error::Short`] or [`Error::TooLarge`].
pub fn decompress(data: &[u8], size: Size) -> Result<Inflated, Error> {
    let indexed = Header::parse(data)?.index.map(|index| index.content);
    // The length in the last trailer is right for nearly all files below 4 GiB, and a wrong one costs only time.
    let last = data.last_chunk::<4>().map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
    let hint = usize::try_from(indexed.or(last).unwrap_or(0)).unwrap_or(0);
    to_vec(data.len(), size, hint, |out| decompress_into(data, out))
}

/// Decodes all members of a gzip file into `out`, which may be larger or smaller than the content.
///
/// # Errors
/// As [`decompress`], without those of the size.
pub fn decompress_into(data: &[u8], out: &mut [u8]) -> Result<Filled, Error> {
    let mut at = 0;
    let mut len = 0;
    loop {
        let member = match member(&data[at..], &mut out[len..]) {
            Ok(member) => member,
            // After the first member anything but a member is not ours to read.
            Err(Error::NotGzip) if at > 0 => return Ok(Filled { len, more: false }),
            Err(error) => return Err(error.after(at, len)),
        };
        len += member.content;
        at += member.len;
        if member.more {
            return Ok(Filled { len, more: true });
        }
        if !begins_member(&data[at..]) {
            return Ok(Filled { len, more: false });
        }
    }
}

/// The first `count` bytes of the content; fewer where the content, or the data given, ends before. Meant for a look at
/// a header: little is decoded, and no checksum compared.
///
/// # Errors
/// [`Error::NotGzip`], [`Error::Unsupported`], [`Error::Corrupt`].
pub fn decompress_prefix(data: &[u8], count: usize) -> Result<Vec<u8>, Error> {
    crate::prefix(count, data.len(), |out| {
        let mut at = 0;
        let mut produced = 0;
        loop {
            let header = match Header::parse(&data[at..]) {
                Err(Error::NotGzip) if at > 0 => return Ok(Stop { input: at, produced, end: End::Complete }),
                other => other?,
            };
            at += header.len;
            let stop = resumable(&data[at..], &mut out[produced..]);
            at = at.saturating_add(stop.input).saturating_add(TRAILER);
            produced += stop.produced;
            if stop.end != End::Complete || at >= data.len() {
                return Ok(Stop { input: at.min(data.len()), produced, end: stop.end });
            }
        }
    })
}

/// One member as decoded.
struct Member {
    /// Its compressed bytes, header and trailer included.
    len: usize,
    /// Its content bytes.
    content: usize,
    /// The buffer ended before the content.
    more: bool,
}

/// Decodes the member at the start of `data` into the start of `out`.
fn member(data: &[u8], out: &mut [u8]) -> Result<Member, Error> {
    let header = Header::parse(data)?;
    if let Some(index) = &header.index
        && let Some(member) = indexed(&data[header.len..], index, out)
    {
        return Ok(Member { len: member.len + header.len, ..member });
    }
    if let Ok(content) = Decompressor::new().gzip_decompress(data, out)
        && let Some(len) = member_len(data, &header, &out[..content])
    {
        return Ok(Member { len, content, more: false });
    }
    in_sequence(data, &header, out)
}

/// Decodes the chunks of a member in parallel. `None` if anything disagrees with the index.
///
/// `body` begins after the header. The length returned does not count the header.
fn indexed(body: &[u8], index: &Index, out: &mut [u8]) -> Option<Member> {
    let content = usize::try_from(index.content).ok()?;
    let out = out.get_mut(..content)?;
    let mut chunks = Vec::with_capacity(index.compressed.len());
    let mut rest = body;
    for &size in &index.compressed {
        let (chunk, after) = rest.split_at_checked(size as usize)?;
        chunks.push(chunk);
        rest = after;
    }
    let trailer = rest.first_chunk::<TRAILER>()?;
    let len = body.len() - rest.len() + TRAILER;
    // Content without bytes makes no slices to decode into; the sequential way reads it.
    let pieces: Vec<&mut [u8]> = out.chunks_mut(index.chunk as usize).collect();
    if pieces.len() != chunks.len() {
        return None;
    }
    let last = chunks.len() - 1;
    let checksums: Option<Vec<(u32, u64)>> = pieces
        .into_par_iter()
        .zip(chunks)
        .enumerate()
        .map_init(
            || (Decompressor::new(), Vec::new()),
            |(decompressor, ended), (number, (piece, chunk))| {
                let stream = if number == last {
                    chunk
                } else {
                    ended.clear();
                    ended.extend_from_slice(chunk);
                    ended.extend_from_slice(&FINAL_BLOCK);
                    &ended[..]
                };
                let decoded = decompressor.deflate_decompress(stream, piece).ok()?;
                (decoded == piece.len()).then(|| (Checksum::Crc32.of(piece), piece.len() as u64))
            },
        )
        .collect();
    let checksum = checksums?
        .into_iter()
        .fold(Checksum::Crc32.empty(), |sum, (next, len)| Checksum::Crc32.combine(sum, next, len));
    (trailer_of(checksum, content) == *trailer).then_some(Member { len, content, more: false })
}

fn trailer_of(checksum: u32, content: usize) -> [u8; TRAILER] {
    (u64::from(checksum) | (content as u64) << 32).to_le_bytes()
}

/// Where the member that gave `content` ends: libdeflate checks the trailer but does not tell where it found it.
///
/// The trailer is known from the content, so it can be looked for. In the usual case of one member it is at the very
/// end, which costs less than computing the checksum again.
fn member_len(data: &[u8], header: &Header, content: &[u8]) -> Option<usize> {
    if content.len() < LITTLE {
        return None;
    }
    let body = data.get(header.len..)?;
    let size = (content.len() as u32).to_le_bytes();
    if data.ends_with(&size) {
        // Members of equal size also end like this, hence the look for this one's length followed by another's start.
        let border = [&size[..], &[0x1f, 0x8b, 8]].concat();
        if find(body, &border).is_none() {
            return Some(data.len());
        }
    }
    let at = find(body, &trailer_of(Checksum::Crc32.of(content), content.len()))?;
    Some(header.len + at + TRAILER)
}

/// Decodes a member with the decoder that knows where it is: for buffers smaller than the content, and for damaged
/// data, to say what is wrong with it.
fn in_sequence(data: &[u8], header: &Header, out: &mut [u8]) -> Result<Member, Error> {
    let body = &data[header.len..];
    let stop = resumable(body, out);
    let filled = stop.filled().map_err(|error| error.after(header.len, 0))?;
    if filled.more {
        return Ok(Member { len: header.len + stop.input, content: filled.len, more: true });
    }
    let Some(trailer) = body.get(stop.input..).and_then(|rest| rest.first_chunk::<TRAILER>()) else {
        return Err(Error::Truncated { input: data.len(), produced: stop.produced });
    };
    let trailer = u64::from_le_bytes(*trailer);
    let (expected, expected_len) = (trailer as u32, (trailer >> 32) as u32);
    let found = Checksum::Crc32.of(&out[..filled.len]);
    if found != expected {
        return Err(Error::ChecksumMismatch { expected, found });
    }
    if filled.len as u32 != expected_len {
        return Err(Error::LengthMismatch { expected: expected_len, found: filled.len as u64 });
    }
    Ok(Member { len: header.len + stop.input + TRAILER, content: filled.len, more: false })
}
