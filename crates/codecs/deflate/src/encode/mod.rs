//! The compressor: byte chunks to byte-aligned runs of DEFLATE blocks.

mod bits;
mod block;
mod fast;
mod huffman;
mod matches;
mod thorough;

use multiversion::multiversion;

use bits::BitWriter;
use block::Frequencies;
use fast::FastMatcher;
use matches::{Parsed, Prices, Sequence};
use thorough::ThoroughMatcher;

/// Literals and matches that are parsed at once; a block is one or more of these spans.
const SPAN: usize = 4096;
/// Spans that go without a search for matches once one has found next to none.
const UNSEARCHED: usize = 7;

/// How hard the compressor tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// For saving while a person waits: as small as zlib's level 2 or smaller as a rule, at a multiple of its speed.
    #[default]
    Fast,
    /// For archives: smaller than zlib's level 6 as a rule, five to ten times slower than [`Fast`](Self::Fast).
    Best,
}

/// Working memory of one thread, reused from chunk to chunk.
pub(crate) struct Encoder {
    fast: FastMatcher,
    /// Made when first needed.
    thorough: Option<ThoroughMatcher>,
    sequences: Vec<Sequence>,
    out: BitWriter,
}

impl Encoder {
    pub(crate) fn new() -> Self {
        Self { fast: FastMatcher::new(), thorough: None, sequences: Vec::new(), out: BitWriter::new() }
    }

    /// Compresses one chunk without reference to any other.
    ///
    /// The result ends on a byte boundary: the last chunk of a stream (`is_final`) with the final block, any other
    /// with an empty stored block (`00 00 FF FF`, what zlib calls a sync flush). It depends on the arguments only.
    /// Of content that is `small` as a whole, the fast level searches more carefully: nobody will wait for it.
    pub(crate) fn encode(&mut self, data: &[u8], level: Level, is_final: bool, small: bool) -> &[u8] {
        self.fast.clear();
        match level {
            Level::Fast => self.thorough = None,
            Level::Best => self.thorough.get_or_insert_with(ThoroughMatcher::new).clear(),
        }
        self.out.clear();
        let mut prices = Prices::new();
        let layout = Layout::of(data);
        // Spans yet to be taken without a search for matches.
        let mut unsearched = 0;
        // The block being gathered.
        let mut start = 0;
        let mut gathered: Option<Frequencies> = None;
        self.sequences.clear();
        let mut end = 0;
        while end < data.len() {
            let from = end;
            let known = self.sequences.len();
            if unsearched > 0 {
                let target = (from + SPAN).min(data.len());
                if !repeats(&data[from..target]) {
                    unsearched -= 1;
                    self.sequences.push(Sequence::literals(target - from));
                    end = target;
                } else {
                    unsearched = 0;
                }
            }
            if end == from {
                let found = self.search(data, from, layout, small, &prices);
                // A quarter of a percent.
                let worthwhile = (found.end - from) as i64 * 8 / 400;
                unsearched = if found.saved < worthwhile { UNSEARCHED } else { 0 };
                end = found.end;
            }
            let new = Frequencies::of(&data[from..end], &self.sequences[known..]);
            gathered = Some(match gathered {
                None => new,
                Some(block) => match block.joined(&new) {
                    Some(joined) => joined,
                    None => {
                        block::write(
                            &mut self.out,
                            &data[start..from],
                            &self.sequences[..known],
                            &block,
                            false,
                        );
                        start = from;
                        self.sequences.drain(..known);
                        new
                    }
                },
            });
            if let Some(block) = &gathered {
                block.set_prices(&mut prices);
            }
        }
        let block = gathered.unwrap_or_else(|| Frequencies::of(&[], &[]));
        block::write(&mut self.out, &data[start..], &self.sequences, &block, is_final);
        if is_final {
            self.out.align();
        } else {
            block::write_stored(&mut self.out, &[], false);
        }
        self.out.finished()
    }

    fn search(&mut self, data: &[u8], start: usize, layout: Layout, small: bool, prices: &Prices) -> Parsed {
        if let Some(thorough) = &mut self.thorough {
            return thorough.parse(data, start, prices, &mut self.sequences);
        }
        fast_search(&mut self.fast, &mut self.sequences, data, start, layout, small, prices)
    }
}

/// The fast parse in the way that suits the data.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt+movbe"))]
fn fast_search(
    fast: &mut FastMatcher,
    sequences: &mut Vec<Sequence>,
    data: &[u8],
    start: usize,
    layout: Layout,
    small: bool,
    prices: &Prices,
) -> Parsed {
    let Layout { step, phase } = layout;
    match (step, small) {
        (0, _) => fast.parse::<1, 1>(data, start, phase, prices, sequences),
        (2, true) => fast.parse::<2, 4>(data, start, phase, prices, sequences),
        (2, false) => fast.parse::<2, 2>(data, start, phase, prices, sequences),
        (4, false) => fast.parse::<4, 2>(data, start, phase, prices, sequences),
        _ => fast.parse::<1, 2>(data, start, phase, prices, sequences),
    }
}

/// Where in a voxel matches begin, for voxels of several bytes with noise in the low ones.
///
/// The best match of such data begins with a high byte, which is nearly always the same: looking only there halves the
/// work, and finds longer matches than looking everywhere would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    /// Bytes of a voxel: 1, 2 or 4; 1 also if unknown, and 0 for data that are mostly runs of one byte.
    step: usize,
    /// Place of the first byte after the noisy ones.
    phase: usize,
}

impl Layout {
    /// Judges by the entropy of the bytes at each place modulo four, in samples from all over the data.
    fn of(data: &[u8]) -> Self {
        const SAMPLE: usize = 1024;
        const SAMPLES: usize = 16;
        /// Bits by which the entropies of noisy and predictable bytes differ at least.
        const CONTRAST: f32 = 1.0;
        /// Bits by which the entropies of bytes of the same kind differ at most.
        const LIKENESS: f32 = 0.5;
        let mut counts = [[0u32; 256]; 4];
        let (mut places, mut flat) = (0, 0);
        let stride = (data.len() / SAMPLES).max(SAMPLE) & !3;
        for sample in data.chunks(stride) {
            let (fours, _) = sample[..sample.len().min(SAMPLE)].as_chunks::<4>();
            places += fours.len();
            for four in fours {
                flat += usize::from(*four == [four[0]; 4]);
                for (counts, &byte) in counts.iter_mut().zip(four) {
                    counts[byte as usize] += 1;
                }
            }
        }
        if flat * 10 > places * 9 {
            return Self { step: 0, phase: 0 };
        }
        let entropy = counts.map(|counts| {
            let total = counts.iter().sum::<u32>().max(1) as f32;
            let used = counts.iter().filter(|&&count| count > 0);
            used.map(|&count| (total / count as f32).log2() * count as f32 / total).sum::<f32>()
        });
        let [a, b, c, d] = entropy;
        let even = (a + c) / 2.0;
        let odd = (b + d) / 2.0;
        if (even - odd).abs() > CONTRAST && (a - c).abs() < LIKENESS && (b - d).abs() < LIKENESS {
            return Self { step: 2, phase: usize::from(odd < even) };
        }
        // The place where noise ends.
        let drop = |place: usize| entropy[(place + 3) % 4] - entropy[place];
        let phase = (0..4).max_by(|&x, &y| drop(x).total_cmp(&drop(y))).unwrap_or(0);
        if drop(phase) > CONTRAST {
            return Self { step: 4, phase };
        }
        Self { step: 1, phase: 0 }
    }
}

/// Whether equal neighbours turn up in a few places, as in runs and flat regions: then matches are worth looking for.
fn repeats(data: &[u8]) -> bool {
    const PLACES: usize = 64;
    let stride = (data.len() / PLACES).max(16);
    data.chunks_exact(stride).any(|piece| piece[..8] == piece[4..12])
}
