//! The quick parse: one candidate for each place.

use super::matches::{
    HASH_BITS, MAX_DISTANCE, MAX_LENGTH, Match, Parsed, Prices, SOUGHT, Sequence, TAIL, common_length, hash,
    load32, push,
};

/// A match as long as this is taken at once; a shorter one only if the next place has none that is longer.
const GOOD: usize = 32;
/// Of a good match only the end is entered into the table, this many places: the border of a region, which the next row
/// will meet again. Its inside is a run or a repeat of what the table has already.
const BORDER: usize = 3;
/// Of a shorter match, at most this many places are entered.
const INSIDE: usize = 16;
/// After each this many misses the search takes one step more at a time.
const PATIENCE: usize = 128;

/// A table from the hash of four bytes to the last place where they were seen.
///
/// Places are kept modulo 65536. An entry that has gone stale is merely a candidate that fails the comparison with the
/// data, so nothing is ever cleaned up within a chunk.
pub(super) struct FastMatcher {
    table: Box<[u16; 1 << HASH_BITS]>,
}

impl FastMatcher {
    pub(super) fn new() -> Self {
        Self { table: Box::new([0; 1 << HASH_BITS]) }
    }

    /// Forgets the previous chunk, so that a chunk's bytes depend on nothing but itself.
    pub(super) fn clear(&mut self) {
        self.table.fill(0);
    }

    /// Parses `data` from `start` until at least `target` (or the end of the data) is covered, and appends the sequences.
    ///
    /// Matches begin only at places that are `phase` modulo `STEP` (a power of two). With a step of one, a short match
    /// gives way to a longer one that begins a byte later.
    #[inline(always)]
    pub(super) fn parse<const STEP: usize>(
        &mut self,
        data: &[u8],
        start: usize,
        target: usize,
        phase: usize,
        prices: &Prices,
        sequences: &mut Vec<Sequence>,
    ) -> Parsed {
        let table = &mut *self.table;
        let searchable = data.len().saturating_sub(TAIL);
        let last = searchable.min(target);
        let align = |at: usize| at + (phase.wrapping_sub(at) & (STEP - 1));
        let mut anchor = start;
        let mut at = align(start);
        let mut misses = 0;
        let mut saved = 0;
        while at < last {
            let mut found = candidate(table, data, at, target);
            if STEP == 1 {
                while found.length > 0 && found.length < GOOD && at + 1 < last {
                    let next = candidate(table, data, at + 1, target);
                    if next.length <= found.length {
                        break;
                    }
                    at += 1;
                    found = next;
                }
            }
            let saving = if found.length > 0 { prices.saving(data, at, found) } else { 0 };
            if saving <= 0 {
                misses += 1;
                at += STEP * (1 + misses / PATIENCE);
                continue;
            }
            misses = 0;
            saved += i64::from(saving);
            let length = push(sequences, at - anchor, found.length, found);
            if STEP == 2 && length == 5 {
                // By far the commonest length in noisy 16-bit voxels. Going on from here by constants lets the
                // processor look ahead.
                table[hash(load32(data, at + 2))] = (at + 2) as u16;
                table[hash(load32(data, at + 4))] = (at + 4) as u16;
                anchor = at + 5;
                at += 6;
                continue;
            }
            let end = at + length;
            let (first, stop) =
                if length > GOOD { (align(end - BORDER), end) } else { (at + STEP, end.min(at + INSIDE)) };
            for inside in (first..stop.min(searchable)).step_by(STEP) {
                table[hash(load32(data, inside))] = inside as u16;
            }
            anchor = end;
            at = align(end);
        }
        let end = if last == target { anchor.max(target) } else { data.len() };
        sequences.push(Sequence::literals(end - anchor));
        Parsed { end, saved }
    }
}

/// The match at one place, if any, and enters the place. It may be longer than the format's longest.
#[inline(always)]
fn candidate(table: &mut [u16; 1 << HASH_BITS], data: &[u8], at: usize, target: usize) -> Match {
    let value = load32(data, at);
    let slot = &mut table[hash(value)];
    let distance = usize::from((at as u16).wrapping_sub(*slot));
    *slot = at as u16;
    if distance.wrapping_sub(1) >= MAX_DISTANCE || distance > at || load32(data, at - distance) != value {
        return Match::NONE;
    }
    let most = data.len().min(target.max(at + MAX_LENGTH)) - at;
    Match::new(common_length(data, at, distance, SOUGHT, most), distance)
}
