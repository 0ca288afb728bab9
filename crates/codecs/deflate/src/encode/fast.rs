//! The quick parse: one to four candidates for each place.

use super::SPAN;
use super::matches::{
    HASH_BITS, MAX_DISTANCE, MAX_LENGTH, Match, Parsed, Prices, SOUGHT, Sequence, TAIL, common_length, hash,
    load32, push,
};

/// A match as long as this is taken at once; a shorter one only if the next place has none that is longer.
const GOOD: usize = 32;
/// Longest distance without extra bits.
const REPEATED: usize = 4;
/// Bytes after which a run in a match from afar is taken for a long one.
const LONG_RUN: usize = 4;
/// The same for data that are mostly runs, where more than a run is worth repeating.
const LONG_RUN_OF_MANY: usize = 300;
/// Longest match looked for: what is compared but not taken stays in proportion.
const LONGEST: usize = 32 << 10;
/// Of a good match only the end is entered into the table, this many places: the border of a region, which the next row
/// will meet again. Its inside is a run or a repeat of what the table has already.
const BORDER: usize = 3;
/// Of a shorter match, at most this many places are entered.
const INSIDE: usize = 16;
/// After each this many misses the search takes one step more at a time.
const PATIENCE: usize = 128;

/// A table from the hash of four bytes to the last four places where they were seen, the latest in the low bits.
///
/// Places are kept modulo 65536. An entry that has gone stale is merely a candidate that fails the comparison with the
/// data, so nothing is ever cleaned up within a chunk.
pub(super) struct FastMatcher {
    table: Box<[u64; 1 << HASH_BITS]>,
}

impl FastMatcher {
    pub(super) fn new() -> Self {
        Self { table: Box::new([0; 1 << HASH_BITS]) }
    }

    /// Forgets the previous chunk, so that a chunk's bytes depend on nothing but itself.
    pub(super) fn clear(&mut self) {
        self.table.fill(0);
    }

    /// Parses one span of `data` from `start` on: until there are [`SPAN`] literals and matches, roughly, or the data end.
    /// Appends the sequences.
    ///
    /// Looks at the last `WAYS` (up to four) places with the same hash; see [`candidate`].
    /// Matches begin only at places that are `phase` modulo `STEP` (a power of two). With a step of one, a short match
    /// gives way to a longer one that begins a byte later.
    #[inline(always)]
    pub(super) fn parse<const STEP: usize, const WAYS: usize>(
        &mut self,
        data: &[u8],
        start: usize,
        phase: usize,
        prices: &Prices,
        sequences: &mut Vec<Sequence>,
    ) -> Parsed {
        let table = &mut *self.table;
        let searchable = data.len().saturating_sub(TAIL);
        // Where the span ends; each match moves it on.
        let mut target = (start + SPAN).min(data.len());
        let mut last = searchable.min(target);
        let align = |at: usize| at + (phase.wrapping_sub(at) & (STEP - 1));
        let mut anchor = start;
        let mut at = align(start);
        let mut misses = 0;
        let mut saved = 0;
        while at < last {
            let (mut found, mut saving) = candidate::<WAYS>(table, data, at, prices);
            if STEP == 1 {
                while saving > 0 && found.length < GOOD && at + 1 < last {
                    let (next, next_saving) = candidate::<WAYS>(table, data, at + 1, prices);
                    if next_saving <= saving {
                        break;
                    }
                    at += 1;
                    (found, saving) = (next, next_saving);
                }
            }
            if saving <= 0 {
                misses += 1;
                at += STEP * (1 + misses / PATIENCE);
                continue;
            }
            misses = 0;
            saved += i64::from(saving);
            let length = push(sequences, at - anchor, found.length, found);
            target = (target + length).min(data.len());
            last = searchable.min(target);
            if STEP == 2 && length == 5 {
                // By far the commonest length in noisy 16-bit voxels. Going on from here by constants lets the
                // processor look ahead.
                enter(table, data, at + 2);
                enter(table, data, at + 4);
                anchor = at + 5;
                at += 6;
                continue;
            }
            let end = at + length;
            let (first, stop) =
                if length > GOOD { (align(end - BORDER), end) } else { (at + STEP, end.min(at + INSIDE)) };
            for inside in (first..stop.min(searchable)).step_by(STEP) {
                enter(table, data, inside);
            }
            anchor = end;
            at = align(end);
        }
        let end = if last == target { anchor.max(target) } else { data.len() };
        sequences.push(Sequence::literals(end - anchor));
        Parsed { end, saved }
    }
}

/// The match at one place that saves most, and how many bits, zero if there is none; enters the place. The match may be
/// longer than the format's longest.
///
/// With two ways the second candidate is looked at only if the first saves nothing, which costs little time. With one
/// way the first candidate is taken without a look at prices, as if it saved more the longer it is.
#[inline(always)]
fn candidate<const WAYS: usize>(
    table: &mut [u64; 1 << HASH_BITS],
    data: &[u8],
    at: usize,
    prices: &Prices,
) -> (Match, i32) {
    let value = load32(data, at);
    let slot = &mut table[hash(value)];
    let places = *slot;
    *slot = places << 16 | u64::from(at as u16);
    let most = (data.len() - at).min(LONGEST);
    let mut best = (Match::NONE, 0);
    for way in 0..WAYS {
        let distance = usize::from((at as u16).wrapping_sub((places >> (16 * way)) as u16));
        if distance.wrapping_sub(1) >= MAX_DISTANCE || distance > at || load32(data, at - distance) != value {
            continue;
        }
        let length = common_length(data, at, distance, SOUGHT, most);
        if WAYS == 1 {
            let length = without_run(data, at, distance, length, LONG_RUN_OF_MANY);
            return (Match::new(length, distance), 4 * length as i32);
        }
        if length > best.0.length {
            let length = without_run(data, at, distance, length, LONG_RUN);
            let found = Match::new(length, distance);
            let saving = prices.saving(data, at, found);
            if saving > best.1 {
                best = (found, saving);
                if WAYS == 2 || length >= GOOD {
                    break;
                }
            }
        }
    }
    best
}

/// Enters a place without a search.
#[inline(always)]
fn enter(table: &mut [u64; 1 << HASH_BITS], data: &[u8], at: usize) {
    let slot = &mut table[hash(load32(data, at))];
    *slot = *slot << 16 | u64::from(at as u16);
}

/// Shortens a match from afar that goes on as a run of one byte to the format's longest: the rest will be found again at
/// distance 1, where each of its pieces costs no extra bits. A run of `enough` bytes, or most of the match, will do.
#[inline(always)]
fn without_run(data: &[u8], at: usize, distance: usize, length: usize, enough: usize) -> usize {
    if length <= MAX_LENGTH + 8 || distance <= REPEATED {
        return length;
    }
    let rest = length - MAX_LENGTH;
    let needed = enough.min(rest / 4 * 3);
    if common_length(data, at + MAX_LENGTH, 1, 0, needed) >= needed { MAX_LENGTH } else { length }
}
