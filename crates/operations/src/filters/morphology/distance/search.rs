//! The other axes: the least sum of a square and the square of the way to it.

use multiversion::multiversion;

use crate::kernels::lines::{Bundle, LANES};

/// Squares beside each other, of one place of each line.
type Squares = [f32; LANES];

/// Places whose least square is kept, to pass over them together.
const BLOCK: usize = 8;

/// Lines from this length on are searched in a time in proportion to their length, one by one.
pub(super) const LONG: usize = 4096;

/// How lines of one axis are searched.
pub(super) struct Search {
    /// Squares of the ways over 0, 1, 2 … voxels.
    ways: Vec<f32>,
    spacing: f64,
    /// Whether voxels of both signs are targets of the other sign, at no way.
    other: bool,
}

/// Memory for one line after another.
pub(super) struct Scratch {
    squares: Vec<Squares>,
    least: Vec<Squares>,
    envelope: Vec<(usize, f64)>,
}

impl Search {
    pub(super) fn new(length: usize, spacing: f64, other: bool) -> Self {
        let ways = (0..length).map(|n| (n as f64 * spacing).powi(2) as f32).collect();
        Self { ways, spacing, other }
    }

    pub(super) fn scratch(&self) -> Scratch {
        Scratch { squares: vec![[0.0; LANES]; self.ways.len()], least: Vec::new(), envelope: Vec::new() }
    }

    /// Replaces signed squares along the axes before by those along this one too.
    pub(super) fn apply(&self, scratch: &mut Scratch, lines: &mut Bundle<f32>) {
        if lines.len() == 1 {
            return;
        }
        if !self.other {
            self.turn(scratch, lines, f32::abs, |_| true);
            return;
        }
        // Each sign by itself: the voxels of the other sign are where it is 0.
        self.turn(scratch, lines, |v| v.max(0.0), |v| v > 0.0);
        self.turn(scratch, lines, |v| (-v).max(0.0), |v| v < 0.0);
    }

    /// Searches among the squares of `square` for the voxels of `wanted`.
    fn turn(
        &self,
        scratch: &mut Scratch,
        lines: &mut Bundle<f32>,
        square: impl Fn(f32) -> f32,
        wanted: impl Fn(f32) -> bool,
    ) {
        for (squares, line) in scratch.squares.iter_mut().zip(&*lines) {
            *squares = line.map(&square);
        }
        let squares = &scratch.squares;
        if lines.len() >= LONG {
            for lane in 0..LANES {
                let take = |n: usize, found: f32| {
                    let v = &mut lines[n][lane];
                    if wanted(*v) {
                        *v = found.copysign(*v);
                    }
                };
                one_by_one(squares, lane, self.spacing, &mut scratch.envelope, take);
            }
            return;
        }
        scratch.least.clear();
        scratch.least.extend(
            squares
                .chunks(BLOCK)
                .map(|block| block.iter().fold([f32::INFINITY; LANES], |least, v| lesser(&least, v))),
        );
        if scratch.least.iter().flatten().all(|v| v.is_infinite()) {
            return;
        }
        for (n, line) in lines.iter_mut().enumerate() {
            let found = nearest(squares, &scratch.least, &self.ways, n);
            for (v, found) in line.iter_mut().zip(found) {
                if wanted(*v) {
                    *v = found.copysign(*v);
                }
            }
        }
    }
}

#[inline(always)]
fn lesser(a: &Squares, b: &Squares) -> Squares {
    std::array::from_fn(|lane| if b[lane] < a[lane] { b[lane] } else { a[lane] })
}

/// The least of the square at any place of a line and that of the way to it, from place `n`.
///
/// Blocks are visited from near to far, those of which no place can be nearer are passed over, and the search ends where the
/// way alone is too far for all lines.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn nearest(squares: &[Squares], least: &[Squares], ways: &[f32], n: usize) -> Squares {
    let own = n / BLOCK;
    let mut best = squares[n];
    visit(&mut best, squares, ways, n, own);
    for away in 1..least.len() {
        let mut any = false;
        if let Some(block) = own.checked_sub(away) {
            let way = ways[n - (block * BLOCK + BLOCK - 1)];
            if is_any_beyond(&best, way) {
                any = true;
                if can_be_nearer(&best, &least[block], way) {
                    visit(&mut best, squares, ways, n, block);
                }
            }
        }
        let block = own + away;
        if block < least.len() {
            let way = ways[block * BLOCK - n];
            if is_any_beyond(&best, way) {
                any = true;
                if can_be_nearer(&best, &least[block], way) {
                    visit(&mut best, squares, ways, n, block);
                }
            }
        }
        if !any {
            break;
        }
    }
    best
}

#[inline(always)]
fn is_any_beyond(best: &Squares, way: f32) -> bool {
    best.iter().fold(false, |any, &b| any | (b > way))
}

#[inline(always)]
fn can_be_nearer(best: &Squares, least: &Squares, way: f32) -> bool {
    best.iter().zip(least).fold(false, |any, (&b, &l)| any | (b > l + way))
}

#[inline(always)]
fn visit(best: &mut Squares, squares: &[Squares], ways: &[f32], n: usize, block: usize) {
    let start = block * BLOCK;
    for (m, squares) in squares.iter().enumerate().skip(start).take(BLOCK) {
        let way = ways[n.abs_diff(m)];
        *best = lesser(best, &squares.map(|v| v + way));
    }
}

/// The same for one line, in a time in proportion to its length: the places whose parabola is lowest somewhere, and where each
/// begins to be (Felzenszwalb and Huttenlocher, 2012). Calls `take` with every place and its least sum.
fn one_by_one(
    squares: &[Squares],
    lane: usize,
    spacing: f64,
    envelope: &mut Vec<(usize, f64)>,
    mut take: impl FnMut(usize, f32),
) {
    envelope.clear();
    let height = |n: usize| f64::from(squares[n][lane]);
    let at = |n: usize| n as f64 * spacing;
    for n in (0..squares.len()).filter(|&n| height(n).is_finite()) {
        let mut begin = f64::NEG_INFINITY;
        while let Some(&(last, since)) = envelope.last() {
            let crossing =
                (height(n) - height(last) + at(n) * at(n) - at(last) * at(last)) / (2.0 * (at(n) - at(last)));
            if crossing > since {
                begin = crossing;
                break;
            }
            envelope.pop();
        }
        envelope.push((n, begin));
    }
    let mut lowest = 0;
    for n in 0..squares.len() {
        while envelope.get(lowest + 1).is_some_and(|&(_, since)| since <= at(n)) {
            lowest += 1;
        }
        if let Some(&(m, _)) = envelope.get(lowest) {
            let way = at(n) - at(m);
            take(n, (height(m) + way * way) as f32);
        }
    }
}
