//! The first axis: along a row, distances rise from one target and fall to the next.

/// Squares of the ways along a row.
pub(super) struct Ramps {
    /// Of 0, 1, 2 … voxels.
    rising: Vec<f32>,
    /// The same from the greatest down to 0.
    falling: Vec<f32>,
}

impl Ramps {
    /// For rows of `length` voxels, `spacing` apart.
    pub(super) fn new(length: usize, spacing: f64) -> Self {
        let rising: Vec<f32> = (0..=length).map(|n| (n as f64 * spacing).powi(2) as f32).collect();
        let falling = rising.iter().rev().copied().collect();
        Self { rising, falling }
    }

    /// Squared distances to the set voxels of `boundary`, negative in the object. Between two of them all voxels are in the
    /// object or none is: a voxel of the object next to one that is not is on the boundary.
    pub(super) fn to_boundary(&self, out: &mut [f32], object: &[u64], boundary: &[u64]) {
        let is_inside = |n: usize| object[n / 64] >> (n % 64) & 1 != 0;
        let mut from = None;
        let mut start = 0;
        loop {
            let next = next_set(boundary, start, |word| word);
            let end = next.unwrap_or(out.len());
            if start < end {
                self.fill(&mut out[start..end], [from.is_some(), next.is_some()], is_inside(start));
            }
            let Some(next) = next else { return };
            out[next] = -0.0;
            from = Some(next);
            start = next + 1;
        }
    }

    /// Squared distances to the nearest voxel of the other kind, negative in the object.
    pub(super) fn to_other(&self, out: &mut [f32], object: &[u64]) {
        let length = out.len();
        let mut start = 0;
        while start < length {
            let inside = object[start / 64] >> (start % 64) & 1 != 0;
            let next = next_set(object, start, |word| if inside { !word } else { word });
            let end = next.unwrap_or(length).min(length);
            self.fill(&mut out[start..end], [start > 0, end < length], inside);
            start = end;
        }
    }

    /// Voxels between two targets, each of which may be missing.
    fn fill(&self, out: &mut [f32], targets: [bool; 2], inside: bool) {
        let length = out.len();
        let (rising, falling) = (&self.rising[1..=length], &self.falling[self.falling.len() - 1 - length..]);
        match targets {
            [true, true] => {
                let half = length.div_ceil(2);
                out[..half].copy_from_slice(&rising[..half]);
                out[half..].copy_from_slice(&falling[half..length]);
            }
            [true, false] => out.copy_from_slice(rising),
            [false, true] => out.copy_from_slice(&falling[..length]),
            [false, false] => out.fill(f32::INFINITY),
        }
        if inside {
            out.iter_mut().for_each(|v| *v = -*v);
        }
    }
}

/// The first voxel from `start` on whose bit is set after `change`.
fn next_set(bits: &[u64], start: usize, change: impl Fn(u64) -> u64) -> Option<usize> {
    let first = start / 64;
    let head = change(*bits.get(first)?) & u64::MAX.checked_shl((start % 64) as u32).unwrap_or(0);
    let words = bits[first + 1..].iter().map(|&word| change(word));
    let (n, word) = std::iter::once(head).chain(words).enumerate().find(|(_, word)| *word != 0)?;
    Some((first + n) * 64 + word.trailing_zeros() as usize)
}
