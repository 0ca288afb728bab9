//! Running greatest values along lines, three comparisons a voxel whatever the reach (van Herk; Gil and Werman).

use multiversion::multiversion;

use crate::kernels::key::{Key, Keyed};
use crate::kernels::lines::{Bundle, LANES};

/// Memory for one line after another, with `reach` more places at both ends.
pub(super) struct Scratch<K> {
    reach: usize,
    keys: Vec<[K; LANES]>,
    /// The greatest key from the start of a window's length up to each place.
    since: Vec<[K; LANES]>,
}

impl<K: Key> Scratch<K> {
    pub(super) fn new(length: usize, reach: usize) -> Self {
        let count = length + 2 * reach;
        Self { reach, keys: vec![[K::LEAST; LANES]; count], since: vec![[K::LEAST; LANES]; count] }
    }
}

/// Replaces every value by the greatest, of keys put through exclusive or with `turn`, not farther away than the reach.
pub(super) fn greatest<T: Keyed>(scratch: &mut Scratch<T::Key>, lines: &mut Bundle<T>, turn: T::Key) {
    let reach = scratch.reach;
    let (least, keys) = (T::Key::LEAST, &mut scratch.keys);
    keys[..reach].fill([least; LANES]);
    keys[reach + lines.len()..].fill([least; LANES]);
    for (keys, line) in keys[reach..].iter_mut().zip(&*lines) {
        *keys = line.map(|v| v.key() ^ turn);
    }
    windows(keys, &mut scratch.since, reach);
    for (keys, line) in scratch.keys.iter().zip(lines) {
        *line = keys.map(|k| T::of_key(k ^ turn));
    }
}

#[inline(always)]
fn greater<K: Key>(a: &[K; LANES], b: &[K; LANES]) -> [K; LANES] {
    std::array::from_fn(|lane| if b[lane] > a[lane] { b[lane] } else { a[lane] })
}

/// Puts the greatest of the `2 * reach + 1` keys from each place on into that place.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn windows<K: Key>(keys: &mut [[K; LANES]], since: &mut [[K; LANES]], reach: usize) {
    let window = 2 * reach + 1;
    for (since, keys) in since.chunks_mut(window).zip(keys.chunks_mut(window)) {
        let mut last = [K::LEAST; LANES];
        for (since, key) in since.iter_mut().zip(&*keys) {
            last = greater(&last, key);
            *since = last;
        }
        // From behind, in place: the greatest from each place up to the end of its window's length.
        let mut last = [K::LEAST; LANES];
        for key in keys.iter_mut().rev() {
            last = greater(&last, key);
            *key = last;
        }
    }
    for (key, since) in keys.iter_mut().zip(&since[2 * reach..]) {
        *key = greater(key, since);
    }
}
