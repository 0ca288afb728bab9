//! The checksum of a file that is being written, also where writers go back to mend what they wrote.

use std::io;

use crc32fast::Hasher;

/// Checksums of each block, so that only blocks that were mended must be read again.
const BLOCK: u64 = 1 << 20;

/// The CRC-32 of a growing file, block by block.
#[derive(Default)]
pub(super) struct BlockSums {
    /// Of each block that was begun; `None` where it must be read again.
    blocks: Vec<Option<Hasher>>,
    length: u64,
}

impl BlockSums {
    /// Bytes so far.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// `bytes` were written at `at`.
    pub(super) fn written(&mut self, at: u64, bytes: &[u8]) {
        let mut at = at;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = usize::try_from(BLOCK - at % BLOCK).unwrap_or(usize::MAX);
            let (piece, after) = rest.split_at(room.min(rest.len()));
            self.piece(at, piece);
            at += piece.len() as u64;
            rest = after;
        }
    }

    fn piece(&mut self, at: u64, piece: &[u8]) {
        let block = usize::try_from(at / BLOCK).unwrap_or(usize::MAX);
        let grows = at == self.length;
        if block >= self.blocks.len() {
            // What a writer skips is read again, as zeros.
            self.blocks.resize_with(block, || None);
            self.blocks.push((grows && at.is_multiple_of(BLOCK)).then(Hasher::new));
        }
        if at > self.length {
            let skipped = usize::try_from(self.length / BLOCK).unwrap_or(usize::MAX);
            self.blocks.iter_mut().skip(skipped).for_each(|sum| *sum = None);
        }
        match &mut self.blocks[block] {
            Some(sum) if grows => sum.update(piece),
            sum => *sum = None,
        }
        self.length = self.length.max(at + piece.len() as u64);
    }

    /// The checksum of the whole; `read` fills a buffer with what stands at a place.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn finish(self, mut read: impl FnMut(u64, &mut [u8]) -> io::Result<()>) -> io::Result<u32> {
        let mut sum = Hasher::new();
        let mut buffer = Vec::new();
        for (n, block) in self.blocks.into_iter().enumerate() {
            let start = n as u64 * BLOCK;
            match block {
                Some(block) => sum.combine(&block),
                None => {
                    let length = (self.length - start).min(BLOCK);
                    buffer.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
                    read(start, &mut buffer)?;
                    sum.update(&buffer);
                }
            }
        }
        Ok(sum.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_what_stands_there_in_the_end() {
        let big = BLOCK as usize;
        let writes: [(usize, usize, u8); 8] = [
            (0, 100, 1),
            (100, 2 * big, 2),
            (3, 50, 3),
            (big - 5, 10, 4),
            (2 * big + 100, 7, 5),
            (4 * big, 9, 6),
            (4 * big + 9, big, 7),
            (2 * big + 1000, 20, 8),
        ];
        let mut file = Vec::new();
        let mut sums = BlockSums::default();
        for (n, (at, length, value)) in writes.into_iter().enumerate() {
            let bytes: Vec<u8> = (0..length).map(|i| (i as u8).wrapping_mul(value)).collect();
            file.resize(file.len().max(at + length), 0);
            file[at..at + length].copy_from_slice(&bytes);
            sums.written(at as u64, &bytes);
            assert_eq!(sums.length(), file.len() as u64, "after write {n}");
        }
        let found = sums.finish(|at, buffer| {
            buffer.copy_from_slice(&file[at as usize..][..buffer.len()]);
            Ok(())
        });
        assert_eq!(found.unwrap(), crc32fast::hash(&file));
        assert_eq!(BlockSums::default().finish(|_, _| Ok(())).unwrap(), 0);
    }
}
