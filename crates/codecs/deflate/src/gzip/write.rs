use std::io::{self, Seek, SeekFrom, Write};

use super::header::{Index, MOST_CHUNKS};
use crate::checksum::Checksum;
use crate::chunks::Content;
use crate::{Compressed, Level};

/// Compresses `parts`, taken as if they lay end to end, into one gzip member in memory, on all cores.
///
/// The bytes are the same for any number of threads. See [`write`](fn@write) for the way that keeps less in memory.
pub fn compress(parts: &[&[u8]], level: Level) -> Compressed {
    let content = Content::new(parts, MOST_CHUNKS);
    let mut member = Compressed::body(&content, level, Checksum::Crc32);
    let index = index(&content, member.pieces.iter().map(Vec::len));
    member.pieces.insert(0, index.header(extra_flags(level)));
    member.pieces.push(trailer(member.checksum, member.content_len));
    member
}

/// Compresses `parts`, taken as if they lay end to end, into one gzip member written at the writer's position, and
/// returns its size in bytes.
///
/// Writing overlaps with compressing and little is kept in memory: a few chunks (1 MiB of content each) per core. The
/// header with the index is written last, at the beginning, and the position then set to the member's end.
///
/// # Errors
/// Those of the writer.
pub fn write<W: Write + Seek + Send>(parts: &[&[u8]], level: Level, writer: &mut W) -> io::Result<u64> {
    let content = Content::new(parts, MOST_CHUNKS);
    let start = writer.stream_position()?;
    writer.write_all(&vec![0; Index::header_len(content.chunk_count())])?;
    let mut sizes = Vec::with_capacity(content.chunk_count());
    let mut checksum = Checksum::Crc32.empty();
    content.compress(level, Checksum::Crc32, |chunks| {
        for chunk in chunks {
            writer.write_all(&chunk.bytes)?;
            sizes.push(chunk.bytes.len());
            checksum = Checksum::Crc32.combine(checksum, chunk.checksum, chunk.len as u64);
        }
        Ok(())
    })?;
    writer.write_all(&trailer(checksum, content.len() as u64))?;
    let end = writer.stream_position()?;
    writer.seek(SeekFrom::Start(start))?;
    writer.write_all(&index(&content, sizes.into_iter()).header(extra_flags(level)))?;
    writer.seek(SeekFrom::Start(end))?;
    Ok(end.saturating_sub(start))
}

fn index(content: &Content<'_>, sizes: impl Iterator<Item = usize>) -> Index {
    // Chunk sizes stay far below 4 GiB for any content that an address space can hold with `MOST_CHUNKS` chunks; a
    // larger one would be recorded wrong and the member then simply be read in sequence.
    Index {
        content: content.len() as u64,
        chunk: u32::try_from(content.chunk_size()).unwrap_or(u32::MAX),
        compressed: sizes.map(|size| u32::try_from(size).unwrap_or(u32::MAX)).collect(),
    }
}

fn extra_flags(level: Level) -> u8 {
    match level {
        Level::Fast => 4,
        Level::Best => 2,
    }
}

fn trailer(checksum: u32, content_len: u64) -> Vec<u8> {
    let mut trailer = checksum.to_le_bytes().to_vec();
    trailer.extend((content_len as u32).to_le_bytes());
    trailer
}
