//! Lines along an axis: what a separable filter works on.

use std::ops::Range;

use super::tasks;
use crate::progress::{Cancelled, Progress};
use microtome_image::Scalar;

/// How many lines a kernel is given at once, beside each other: what is done to all of them fills vector registers.
pub(crate) const LANES: usize = 16;

/// Some lines beside each other: element n of all of them, then element n + 1.
pub(crate) type Bundle<T> = [[T; LANES]];

/// Columns of one parallel task, where the lines of an axis stand beside each other in memory.
const TASK_COLUMNS: usize = 4 * LANES;

/// Calls `kernel` for all lines of a volume along `axis` (0, 1, 2 for i, j, k), [`LANES`] at a time; what it leaves in the
/// bundle takes the lines' place. `scratch` makes what a kernel wants to
/// keep between the calls of one task. Lanes without a line
/// repeat the last line.
pub(crate) fn within<T: Scalar, S>(
    values: &mut [T],
    dims: [usize; 3],
    axis: usize,
    progress: &Progress,
    scratch: impl Fn() -> S + Sync,
    kernel: impl Fn(&mut S, &mut Bundle<T>) + Sync,
) -> Result<(), Cancelled> {
    let length = dims[axis];
    let lines = Lines::of(values, dims, axis);
    let total = lines.0.len() as f64;
    tasks::items(lines.0, &|n, mut task| {
        progress.report(n as f64 / total)?;
        let (mut state, mut bundle) = (scratch(), vec![[T::default(); LANES]; length]);
        for lanes in task.lanes() {
            task.gather(&lanes, &mut bundle);
            kernel(&mut state, &mut bundle);
            task.scatter(&lanes, &bundle);
        }
        Ok(())
    })
}

/// As [`within`], from `values` to `out`, which have the same dimensions and may have other types.
pub(crate) fn between<T: Scalar, U: Scalar, S>(
    values: &[T],
    out: &mut [U],
    dims: [usize; 3],
    axis: usize,
    progress: &Progress,
    scratch: impl Fn() -> S + Sync,
    kernel: impl Fn(&mut S, &Bundle<T>, &mut Bundle<U>) + Sync,
) -> Result<(), Cancelled> {
    let length = dims[axis];
    let lines = Lines::of(out, dims, axis);
    let sources = Lines::read(values, dims, axis);
    let total = lines.0.len() as f64;
    tasks::items(lines.0, &|n, mut task| {
        progress.report(n as f64 / total)?;
        let source = &sources.0[n];
        let mut state = scratch();
        let (mut bundle, mut made) =
            (vec![[T::default(); LANES]; length], vec![[U::default(); LANES]; length]);
        for lanes in task.lanes() {
            source.gather(&lanes, &mut bundle);
            kernel(&mut state, &bundle, &mut made);
            task.scatter(&lanes, &made);
        }
        Ok(())
    })
}

/// The lines of an axis, in parts that can be worked on side by side.
struct Lines<P>(Vec<P>);

/// Some lines of a volume: either rows that stand one after the other, or columns through equally long pieces of rows.
enum Part<M> {
    Rows { memory: M, length: usize },
    Columns { pieces: Vec<M> },
}

impl<'a, T: Scalar> Lines<Part<&'a mut [T]>> {
    fn of(values: &'a mut [T], dims: [usize; 3], axis: usize) -> Self {
        let length = dims[axis];
        if axis == 0 {
            let parts = values.chunks_mut(length * TASK_COLUMNS);
            return Self(parts.map(|memory| Part::Rows { memory, length }).collect());
        }
        let stride: usize = dims[..axis].iter().product();
        let blocks = values.chunks_mut(stride * length);
        Self(
            blocks
                .flat_map(|block| {
                    columns(length, stride, block.chunks_mut(stride).map(|r| r.chunks_mut(TASK_COLUMNS)))
                })
                .collect(),
        )
    }
}

impl<'a, T: Scalar> Lines<Part<&'a [T]>> {
    fn read(values: &'a [T], dims: [usize; 3], axis: usize) -> Self {
        let length = dims[axis];
        if axis == 0 {
            let parts = values.chunks(length * TASK_COLUMNS);
            return Self(parts.map(|memory| Part::Rows { memory, length }).collect());
        }
        let stride: usize = dims[..axis].iter().product();
        let blocks = values.chunks(stride * length);
        Self(
            blocks
                .flat_map(|block| {
                    columns(length, stride, block.chunks(stride).map(|r| r.chunks(TASK_COLUMNS)))
                })
                .collect(),
        )
    }
}

/// Rows of `stride` values cut into pieces, the pieces of equal place put together.
fn columns<M>(
    length: usize,
    stride: usize,
    rows: impl Iterator<Item = impl Iterator<Item = M>>,
) -> Vec<Part<M>> {
    let mut parts: Vec<Vec<M>> =
        (0..stride.div_ceil(TASK_COLUMNS)).map(|_| Vec::with_capacity(length)).collect();
    for row in rows {
        parts.iter_mut().zip(row).for_each(|(part, piece)| part.push(piece));
    }
    parts.into_iter().map(|pieces| Part::Columns { pieces }).collect()
}

impl<T: Scalar, M: std::ops::Deref<Target = [T]>> Part<M> {
    /// The lines, [`LANES`] at a time, the last group maybe fewer.
    fn lanes(&self) -> Vec<Range<usize>> {
        let count = match self {
            Self::Rows { memory, length } => memory.len() / length,
            Self::Columns { pieces } => pieces.first().map_or(0, |piece| piece.len()),
        };
        (0..count).step_by(LANES).map(|start| start..(start + LANES).min(count)).collect()
    }

    fn gather(&self, lanes: &Range<usize>, bundle: &mut Bundle<T>) {
        match self {
            Self::Rows { memory, length } => {
                let rows: [&[T]; LANES] = std::array::from_fn(|lane| {
                    let row = (lanes.start + lane).min(lanes.end - 1);
                    &memory[row * length..][..*length]
                });
                for (n, element) in bundle.iter_mut().enumerate() {
                    *element = std::array::from_fn(|lane| rows[lane][n]);
                }
            }
            Self::Columns { pieces } => {
                for (element, piece) in bundle.iter_mut().zip(pieces) {
                    match <&[T; LANES]>::try_from(&piece[lanes.clone()]) {
                        Ok(whole) => *element = *whole,
                        Err(_) => {
                            *element =
                                std::array::from_fn(|lane| piece[(lanes.start + lane).min(lanes.end - 1)]);
                        }
                    }
                }
            }
        }
    }
}

impl<T: Scalar> Part<&mut [T]> {
    fn scatter(&mut self, lanes: &Range<usize>, bundle: &Bundle<T>) {
        match self {
            Self::Rows { memory, length } => {
                let rows = memory[lanes.start * *length..lanes.end * *length].chunks_exact_mut(*length);
                for (lane, row) in rows.enumerate() {
                    row.iter_mut().zip(bundle).for_each(|(v, element)| *v = element[lane]);
                }
            }
            Self::Columns { pieces } => {
                for (element, piece) in bundle.iter().zip(pieces) {
                    piece[lanes.clone()].copy_from_slice(&element[..lanes.len()]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Running sums along an axis, the plain way.
    fn sums(values: &[i32], dims: [usize; 3], axis: usize) -> Vec<i32> {
        let stride: usize = dims[..axis].iter().product();
        let mut out = values.to_vec();
        for n in 0..out.len() {
            if !(n / stride).is_multiple_of(dims[axis]) {
                out[n] += out[n - stride];
            }
        }
        out
    }

    #[test]
    fn every_line_is_walked_once_along_every_axis() {
        for dims in [[5, 4, 3], [1, 1, 7], [70, 33, 2], [129, 1, 3], [1, 100, 1], [17, 65, 20]] {
            let values: Vec<i32> =
                (0..dims.iter().product::<usize>() as i32).map(|n| n * 7919 % 1000).collect();
            for axis in 0..3 {
                let expected = sums(&values, dims, axis);
                let add = |lines: &mut Bundle<i32>| {
                    for n in 1..lines.len() {
                        lines[n] = std::array::from_fn(|lane| lines[n][lane] + lines[n - 1][lane]);
                    }
                };
                let mut own = values.clone();
                within(&mut own, dims, axis, &Progress::ignored(), || (), |(), lines| add(lines)).unwrap();
                assert_eq!(own, expected, "{dims:?} {axis}");
                let mut out = vec![0_i64; values.len()];
                between(&values, &mut out, dims, axis, &Progress::ignored(), Vec::new, |sums, from, to| {
                    sums.clear();
                    sums.extend_from_slice(from);
                    add(sums);
                    to.iter_mut().zip(sums).for_each(|(to, sum)| *to = sum.map(i64::from));
                })
                .unwrap();
                assert!(out.iter().zip(&expected).all(|(a, b)| *a == i64::from(*b)), "{dims:?} {axis}");
            }
        }
    }
}
