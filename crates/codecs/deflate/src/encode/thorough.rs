//! The thorough parse: many candidates for each place, judged by what they save.

use super::SPAN;
use super::matches::{
    HASH_BITS, MAX_DISTANCE, Match, Parsed, Prices, SOUGHT, Sequence, TAIL, common_length, hash, load32, push,
};

/// Candidates looked at for one place.
const DEPTH: usize = 64;
/// A match as long as this is taken at once.
const GOOD: usize = 128;
const WINDOW: usize = MAX_DISTANCE;

/// For the hash of four bytes the last place where they were seen, and for each place the one before.
///
/// Places are kept modulo 65536; as with [`FastMatcher`](super::fast::FastMatcher), stale entries do no harm.
pub(super) struct ThoroughMatcher {
    heads: Box<[u16; 1 << HASH_BITS]>,
    previous: Box<[u16; WINDOW]>,
}

impl ThoroughMatcher {
    pub(super) fn new() -> Self {
        Self { heads: Box::new([0; 1 << HASH_BITS]), previous: Box::new([0; WINDOW]) }
    }

    /// Forgets the previous chunk.
    pub(super) fn clear(&mut self) {
        self.heads.fill(0);
        self.previous.fill(0);
    }

    /// As [`FastMatcher::parse`](super::fast::FastMatcher::parse) with a step of one, but taking at each place the match
    /// that saves the most bits, unless the next place has one that saves more.
    pub(super) fn parse(
        &mut self,
        data: &[u8],
        start: usize,
        prices: &Prices,
        sequences: &mut Vec<Sequence>,
    ) -> Parsed {
        let searchable = data.len().saturating_sub(TAIL);
        // Where the span ends; each match moves it on.
        let mut target = (start + SPAN).min(data.len());
        let mut last = searchable.min(target);
        let mut anchor = start;
        let mut at = start;
        let mut saved = 0;
        while at < last {
            let (mut found, mut saving) = self.best(data, at, prices);
            if saving <= 0 {
                at += 1;
                continue;
            }
            while found.length < GOOD && at + 1 < last {
                let (next, next_saving) = self.best(data, at + 1, prices);
                if next_saving <= saving {
                    // The next place is entered already.
                    break;
                }
                at += 1;
                (found, saving) = (next, next_saving);
            }
            saved += i64::from(saving);
            let length = push(sequences, at - anchor, found.length, found);
            target = (target + length).min(data.len());
            last = searchable.min(target);
            let end = at + length;
            for inside in at + if found.length < GOOD { 2 } else { 1 }..end.min(searchable) {
                self.enter(inside, hash(load32(data, inside)));
            }
            anchor = end;
            at = end;
        }
        let end = if last == target { anchor.max(target) } else { data.len() };
        sequences.push(Sequence::literals(end - anchor));
        Parsed { end, saved }
    }

    fn enter(&mut self, at: usize, hash: usize) {
        self.previous[at % WINDOW] = self.heads[hash];
        self.heads[hash] = at as u16;
    }

    /// The match at one place that saves most, and how many bits; enters the place.
    fn best(&mut self, data: &[u8], at: usize, prices: &Prices) -> (Match, i32) {
        let value = load32(data, at);
        let slot = hash(value);
        let most = data.len() - at;
        let mut best = (Match::NONE, 0);
        let mut place = self.heads[slot];
        let mut nearer = 0;
        for _ in 0..DEPTH {
            let distance = usize::from((at as u16).wrapping_sub(place));
            // Each candidate lies farther back than the one before; a stale entry breaks the chain.
            if distance <= nearer || distance > MAX_DISTANCE || distance > at {
                break;
            }
            nearer = distance;
            if load32(data, at - distance) == value {
                let length = common_length(data, at, distance, SOUGHT, most);
                if length > best.0.length {
                    let found = Match::new(length, distance);
                    let saving = prices.saving(data, at, found);
                    if saving > best.1 {
                        best = (found, saving);
                        if length >= GOOD {
                            break;
                        }
                    }
                }
            }
            place = self.previous[(at - distance) % WINDOW];
        }
        self.enter(at, slot);
        best
    }
}
