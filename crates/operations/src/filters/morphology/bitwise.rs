//! Dilation and erosion of volumes of bits: a vector register holds hundreds of voxels.

use multiversion::multiversion;
use rayon::prelude::*;

use super::element::{Element, Row};
use crate::bits::BitVolume;
use crate::progress::{Cancelled, Progress};

/// Every voxel that an element around a set voxel covers; `beyond`: whether the voxels outside the volume are set.
pub(super) fn dilate(
    bits: BitVolume,
    elements: &[Element],
    beyond: bool,
    progress: &Progress,
) -> Result<BitVolume, Cancelled> {
    let mut bits = bits;
    for (n, element) in elements.iter().enumerate() {
        let steps = elements.len() as f64;
        let step = progress.step(n as f64 / steps..(n + 1) as f64 / steps);
        bits = once(&bits, element, beyond, &step)?;
    }
    Ok(bits)
}

/// Every voxel around which an element covers only set voxels.
pub(super) fn erode(
    mut bits: BitVolume,
    elements: &[Element],
    beyond: bool,
    progress: &Progress,
) -> Result<BitVolume, Cancelled> {
    bits.flip();
    let mut found = dilate(bits, elements, !beyond, progress)?;
    found.flip();
    Ok(found)
}

/// The same voxels with `margin` more, not set, on every side.
pub(super) fn framed(bits: &BitVolume, margin: [usize; 3]) -> BitVolume {
    let dims = std::array::from_fn(|a| bits.dims()[a] + 2 * margin[a]);
    moved(bits, BitVolume::none(dims), margin.map(|m| m as isize))
}

/// The voxels without `margin` of them on every side.
pub(super) fn inner(bits: &BitVolume, margin: [usize; 3]) -> BitVolume {
    let dims = std::array::from_fn(|a| bits.dims()[a] - 2 * margin[a]);
    moved(bits, BitVolume::none(dims), margin.map(|m| -(m as isize)))
}

/// `out` with the voxels of `bits` that are in it when they stand `by` voxels farther on.
fn moved(bits: &BitVolume, mut out: BitVolume, by: [isize; 3]) -> BitVolume {
    let (dims, words, last) = (out.dims(), out.words(), out.last_word());
    let from = |n: usize, axis: usize| n.checked_add_signed(-by[axis]).filter(|&n| n < bits.dims()[axis]);
    let (far, near) = ((-by[0]).div_euclid(64), (-by[0]).rem_euclid(64) as u32);
    out.bits_mut().par_chunks_mut(words * dims[1]).enumerate().for_each(|(k, slice)| {
        let Some(k) = from(k, 2) else { return };
        for (j, row) in slice.chunks_exact_mut(words).enumerate() {
            let Some(j) = from(j, 1) else { continue };
            let source = bits.row(j, k);
            let word = |n: usize, plus: isize| {
                n.checked_add_signed(far + plus).and_then(|n| source.get(n).copied()).unwrap_or(0)
            };
            for (n, to) in row.iter_mut().enumerate() {
                *to = word(n, 0) >> near | word(n, 1).checked_shl(64 - near).unwrap_or(0);
            }
            row[words - 1] &= last;
        }
    });
    out
}

fn once(
    bits: &BitVolume,
    element: &Element,
    beyond: bool,
    progress: &Progress,
) -> Result<BitVolume, Cancelled> {
    let (dims, words) = (bits.dims(), bits.words());
    let mut out = BitVolume::none(dims);
    let mut wide = BitVolume::none(dims);
    let slice = words * dims[1];
    let groups = element.by_reach();
    let total: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
    let mut done = 0;
    let mut before = None;
    for (reach, rows) in &groups {
        let last = bits.last_word();
        wide.bits_mut().par_chunks_mut(slice).zip(bits.bits().par_chunks(slice)).try_for_each_init(
            || Shifts::new(words),
            |shifts, (wide, bits)| {
                progress.check()?;
                for (wide, bits) in wide.chunks_exact_mut(words).zip(bits.chunks_exact(words)) {
                    shifts.widen(wide, bits, before.map_or(0, |b: usize| b + 1)..*reach + 1, beyond, last);
                }
                Ok(())
            },
        )?;
        let wide = wide.bits();
        out.bits_mut().par_chunks_mut(slice).enumerate().try_for_each(|(k, out)| {
            progress.report((done as f64 + rows.len() as f64 * k as f64 / dims[2] as f64) / total as f64)?;
            gather(out, wide, rows, Place { k, dims, words, beyond });
            Ok(())
        })?;
        done += rows.len();
        before = Some(*reach);
    }
    let last = out.last_word();
    out.bits_mut().chunks_exact_mut(words).for_each(|row| row[words - 1] &= last);
    Ok(out)
}

/// A slice, and the volume that it is of.
#[derive(Clone, Copy)]
struct Place {
    k: usize,
    dims: [usize; 3],
    words: usize,
    beyond: bool,
}

/// Sets what is set in the slices around, moved by each row's place.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn gather(out: &mut [u64], wide: &[u64], rows: &[Row], place: Place) {
    let [_, nj, nk] = place.dims;
    let slice = place.words * nj;
    for row in rows {
        let from = match place.k.checked_add_signed(row.k) {
            Some(k) if k < nk => &wide[k * slice..(k + 1) * slice],
            _ if place.beyond => {
                out.fill(u64::MAX);
                return;
            }
            _ => continue,
        };
        let away = row.j.unsigned_abs().min(nj) * place.words;
        let rest = slice - away;
        let (to, from, outside) = if row.j >= 0 {
            let (to, outside) = out.split_at_mut(rest);
            (to, &from[away..], outside)
        } else {
            let (outside, to) = out.split_at_mut(away);
            (to, &from[..rest], outside)
        };
        to.iter_mut().zip(from).for_each(|(to, from)| *to |= from);
        if place.beyond {
            outside.fill(u64::MAX);
        }
    }
}

/// A row with as many words outside at both ends, to take shifted words from.
struct Shifts {
    padded: Vec<u64>,
    words: usize,
}

impl Shifts {
    fn new(words: usize) -> Self {
        Self { padded: vec![0; 3 * words + 2], words }
    }

    /// Sets in `wide` what is set in `bits` moved by each of `shifts` voxels, to both sides.
    fn widen(
        &mut self,
        wide: &mut [u64],
        bits: &[u64],
        shifts: std::ops::Range<usize>,
        beyond: bool,
        last: u64,
    ) {
        let words = self.words;
        let outside = if beyond { u64::MAX } else { 0 };
        let (head, rest) = self.padded.split_at_mut(words + 1);
        head.fill(outside);
        rest[..words].copy_from_slice(bits);
        rest[words..].fill(outside);
        if beyond {
            rest[words - 1] |= !last;
        }
        for shift in shifts {
            // Farther than a row there is only what is outside.
            let (far, near) = ((shift / 64).min(words), shift % 64);
            let at = words + 1;
            if near == 0 {
                let (low, high) = (&self.padded[at - far..], &self.padded[at + far..]);
                for ((wide, a), b) in wide.iter_mut().zip(low).zip(high) {
                    *wide |= a | b;
                }
            } else {
                let (low, high) = (&self.padded[at - far - 1..], &self.padded[at + far..]);
                for ((wide, a), b) in wide.iter_mut().zip(low.windows(2)).zip(high.windows(2)) {
                    *wide |= a[1] << near | a[0] >> (64 - near) | b[0] >> near | b[1] << (64 - near);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::element::Shape;
    use super::*;

    /// The plain way.
    fn expected(values: &[u8], dims: [usize; 3], shape: Shape, radius: [u32; 3], beyond: bool) -> Vec<u8> {
        let r = radius.map(|r| r as isize);
        let n = dims.map(|d| d as isize);
        let inside = |o: [isize; 3]| match shape {
            Shape::Box => true,
            Shape::Cross => o.iter().filter(|&&d| d != 0).count() <= 1,
            Shape::Ball => (0..3).map(|a| (o[a] as f64 / (r[a] as f64 + 0.5)).powi(2)).sum::<f64>() <= 1.0,
        };
        let mut out = Vec::new();
        for k in 0..n[2] {
            for j in 0..n[1] {
                for i in 0..n[0] {
                    let near = (-r[2]..=r[2]).flat_map(|c| {
                        (-r[1]..=r[1]).flat_map(move |b| (-r[0]..=r[0]).map(move |a| [a, b, c]))
                    });
                    let found = near.filter(|&o| inside(o)).any(|o| {
                        let p = [i + o[0], j + o[1], k + o[2]];
                        if (0..3).all(|a| (0..n[a]).contains(&p[a])) {
                            values[((p[2] * n[1] + p[1]) * n[0] + p[0]) as usize] != 0
                        } else {
                            beyond
                        }
                    });
                    out.push(u8::from(found));
                }
            }
        }
        out
    }

    #[test]
    fn frames_come_and_go() {
        for (dims, margin) in [([70, 3, 2], [3, 1, 0]), ([64, 2, 2], [64, 0, 2]), ([5, 1, 1], [130, 2, 1])] {
            let count: usize = dims.iter().product();
            let values: Vec<u8> = (0..count).map(|n| u8::from(n * 7919 % 3 == 0)).collect();
            let bits = BitVolume::new(&values, dims, |v| v != 0);
            let framed = framed(&bits, margin);
            for k in 0..dims[2] {
                for j in 0..dims[1] {
                    for i in 0..dims[0] {
                        let at = i + margin[0];
                        let found = framed.row(j + margin[1], k + margin[2])[at / 64] >> (at % 64) & 1;
                        assert_eq!(found, u64::from(values[(k * dims[1] + j) * dims[0] + i]));
                    }
                }
            }
            let ones = |v: &BitVolume| v.bits().iter().map(|w| w.count_ones()).sum::<u32>();
            assert_eq!(ones(&framed), ones(&bits));
            assert_eq!(inner(&framed, margin).bits(), bits.bits());
        }
    }

    #[test]
    fn every_element_covers_what_it_should() {
        for dims in [[70, 9, 6], [5, 1, 1], [130, 4, 1], [64, 3, 5], [1, 7, 3]] {
            let count = dims.iter().product::<usize>();
            for seldom in [7, 61] {
                let values: Vec<u8> = (0..count).map(|n| u8::from((n * 7919 + 3) % seldom == 0)).collect();
                let none: Vec<u8> = values.iter().map(|v| 1 - v).collect();
                for shape in [Shape::Ball, Shape::Box, Shape::Cross] {
                    for radius in [[1, 1, 1], [3, 2, 1], [0, 0, 2], [66, 1, 0], [2, 11, 9]] {
                        let elements = shape.elements(radius, None, dims, [1.0; 3]).unwrap();
                        for beyond in [false, true] {
                            let volume = |v: &[u8]| BitVolume::new(v, dims, |v| v != 0);
                            let wanted = expected(&values, dims, shape, radius, beyond);
                            let found =
                                dilate(volume(&values), &elements, beyond, &Progress::ignored()).unwrap();
                            assert_eq!(
                                found.bits(),
                                volume(&wanted).bits(),
                                "{dims:?} {shape:?} {radius:?} {beyond}"
                            );
                            let mut found =
                                erode(volume(&none), &elements, !beyond, &Progress::ignored()).unwrap();
                            found.flip();
                            assert_eq!(
                                found.bits(),
                                volume(&wanted).bits(),
                                "{dims:?} {shape:?} {radius:?} {beyond}"
                            );
                        }
                    }
                }
            }
        }
    }
}
