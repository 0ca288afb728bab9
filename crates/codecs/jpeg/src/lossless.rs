//! Lossless scans (T.81 Annex H, process 14): Huffman-coded differences from one of seven predictions.

use crate::bits::{BitReader, EntropyData, ReaderState};
use crate::error::Error;
use crate::frame::Frame;
use crate::huffman::{HuffmanTable, SymbolKind};
use crate::markers::{Parser, Scan};
use crate::planes::{Plane, scatter};
use crate::sample::Sample;
use crate::sequential::scan_table;

/// The prediction from the samples to the left (`a`), above (`b`) and above to the left (`c`), table H.1.
#[inline(always)]
fn predict(selection: u8, a: i32, b: i32, c: i32) -> i32 {
    match selection {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    }
}

/// Decodes a row of `N` interleaved components whose first pixel is predicted by `start` and each other one by `P`.
///
/// Pixels go in pairs and the bit buffer is refilled before every second difference.
#[inline(always)]
fn decode_row<T: Sample, const P: u8, const N: usize>(
    reader: &mut BitReader<'_>,
    tables: &[&HuffmanTable; N],
    start: [i32; N],
    above: &[[T; N]],
    row: &mut [[T; N]],
) {
    let (Some((first, row)), Some((corner, above))) = (row.split_first_mut(), above.split_first()) else {
        return;
    };
    // A local copy of the reader stays in registers.
    let mut bits = *reader;
    let mut left = start;
    for c in 0..N {
        bits.refill();
        left[c] = (left[c] + tables[c].difference(&mut bits)) & 0xFFFF;
        first[c] = T::from_i32(left[c]);
    }
    let mut corner = corner.map(T::to_i32);
    let mut step = |bits: &mut BitReader<'_>, c: usize, up: T| {
        let up = up.to_i32();
        let prediction = predict(P, left[c], up, corner[c]);
        left[c] = (prediction + tables[c].difference(bits)) & 0xFFFF;
        corner[c] = up;
        T::from_i32(left[c])
    };
    let (pairs, odd) = row.as_chunks_mut::<2>();
    let (pairs_above, odd_above) = above.as_chunks::<2>();
    for (pair, up) in pairs.iter_mut().zip(pairs_above) {
        for i in 0..2 * N {
            if i % 2 == 0 {
                bits.refill();
            }
            pair[i / N][i % N] = step(&mut bits, i % N, up[i / N][i % N]);
        }
    }
    for (pixel, up) in odd.iter_mut().zip(odd_above) {
        for c in 0..N {
            bits.refill();
            pixel[c] = step(&mut bits, c, up[c]);
        }
    }
    *reader = bits;
}

/// Decodes a row below another one: the first pixel is predicted from above.
fn decode_next_row<T: Sample, const P: u8, const N: usize>(
    reader: &mut BitReader<'_>,
    tables: &[&HuffmanTable; N],
    above: &[T],
    row: &mut [T],
) {
    let above = above.as_chunks::<N>().0;
    let start = above.first().map_or([0; N], |pixel| pixel.map(T::to_i32));
    decode_row::<T, P, N>(reader, tables, start, above, row.as_chunks_mut::<N>().0);
}

/// Decodes the first row of the scan or of a restart interval: the first pixel is predicted by `start`, the others
/// from the left. `zeros` is a row of any content.
fn decode_first_row<T: Sample, const N: usize>(
    reader: &mut BitReader<'_>,
    tables: &[&HuffmanTable; N],
    start: i32,
    zeros: &[T],
    row: &mut [T],
) {
    let (above, row) = (zeros.as_chunks::<N>().0, row.as_chunks_mut::<N>().0);
    decode_row::<T, 1, N>(reader, tables, [start; N], above, row);
}

/// Where rows of a scan's interleaved components go.
trait Rows<T> {
    /// The row above row `y` (of any content for `y` = 0) and row `y`.
    fn above_and_current(&mut self, y: usize) -> (&[T], &mut [T]);
    /// Row `y` is decoded.
    fn finish(&mut self, y: usize);
}

/// Rows that are the image's (or the plane's) own.
struct DirectRows<'a, T> {
    samples: &'a mut [T],
    length: usize,
}

impl<T> Rows<T> for DirectRows<'_, T> {
    fn above_and_current(&mut self, y: usize) -> (&[T], &mut [T]) {
        let (before, after) = self.samples.split_at_mut(y * self.length);
        (&before[y.saturating_sub(1) * self.length..], &mut after[..self.length])
    }

    fn finish(&mut self, _: usize) {}
}

/// Rows of some of the image's components.
struct ScatteredRows<'a, T> {
    above: Vec<T>,
    current: Vec<T>,
    /// Index of each of the scan's components among the image's.
    indices: Vec<usize>,
    count: usize,
    image: &'a mut [T],
}

impl<T: Sample> Rows<T> for ScatteredRows<'_, T> {
    fn above_and_current(&mut self, _: usize) -> (&[T], &mut [T]) {
        (&self.above, &mut self.current)
    }

    fn finish(&mut self, y: usize) {
        let in_scan = self.indices.len();
        let width = self.current.len() / in_scan;
        let line = &mut self.image[y * width * self.count..][..width * self.count];
        if let [index] = self.indices.as_slice() {
            scatter(&self.current, *index, self.count, line);
        } else {
            for (pixel, source) in line.chunks_exact_mut(self.count).zip(self.current.chunks_exact(in_scan)) {
                for (&index, &sample) in self.indices.iter().zip(source) {
                    pixel[index] = sample;
                }
            }
        }
        std::mem::swap(&mut self.above, &mut self.current);
    }
}

/// What all rows of a scan share.
struct RowScan<'a> {
    tables: &'a [HuffmanTable],
    selection: u8,
    start: i32,
    width: usize,
    height: usize,
    rows_per_interval: usize,
}

impl RowScan<'_> {
    fn decode<T: Sample>(&self, entropy: &mut EntropyData<'_>, rows: &mut impl Rows<T>) -> Result<(), Error> {
        match self.tables {
            [a] => self.select([a], entropy, rows),
            [a, b] => self.select([a, b], entropy, rows),
            [a, b, c] => self.select([a, b, c], entropy, rows),
            [a, b, c, d] => self.select([a, b, c, d], entropy, rows),
            _ => Err(Error::Unsupported { feature: "scans of more than four components" }),
        }
    }

    fn select<T: Sample, const N: usize>(
        &self,
        tables: [&HuffmanTable; N],
        entropy: &mut EntropyData<'_>,
        rows: &mut impl Rows<T>,
    ) -> Result<(), Error> {
        let next_row = match self.selection {
            1 => decode_next_row::<T, 1, N>,
            2 => decode_next_row::<T, 2, N>,
            3 => decode_next_row::<T, 3, N>,
            4 => decode_next_row::<T, 4, N>,
            5 => decode_next_row::<T, 5, N>,
            6 => decode_next_row::<T, 6, N>,
            _ => decode_next_row::<T, 7, N>,
        };
        let zeros = vec![T::default(); self.width * N];
        let mut y = 0;
        while y < self.height {
            if y > 0 {
                entropy.expect_restart()?;
            }
            let mut reader = entropy.next_segment();
            let end = self.height.min(y + self.rows_per_interval);
            let mut first = true;
            let mut state = ReaderState::Good;
            while y < end && state == ReaderState::Good {
                let (above, row) = rows.above_and_current(y);
                if first {
                    decode_first_row(&mut reader, &tables, self.start, &zeros, row);
                } else {
                    next_row(&mut reader, &tables, above, row);
                }
                first = false;
                state = reader.state();
                rows.finish(y);
                y += 1;
            }
            entropy.verdict(state)?;
        }
        Ok(())
    }
}

/// Decodes an interleaved scan of components with different sampling: units of h × v samples of each component.
fn decode_units<T: Sample>(
    frame: &Frame,
    scan: &Scan,
    setup: &RowScan<'_>,
    entropy: &mut EntropyData<'_>,
    planes: &mut [Plane<T>],
) -> Result<(), Error> {
    let (wide, high) = (frame.mcus_wide(1), frame.mcus_high(1));
    let mut unit_row = 0;
    while unit_row < high {
        if unit_row > 0 {
            entropy.expect_restart()?;
        }
        let mut reader = entropy.next_segment();
        let (begin, end) = (unit_row, high.min(unit_row + setup.rows_per_interval));
        let mut state = ReaderState::Good;
        while unit_row < end && state == ReaderState::Good {
            for unit in 0..wide {
                for (part, table) in scan.components.iter().zip(setup.tables) {
                    let component = &frame.components[part.index];
                    let plane = &mut planes[part.index];
                    for cell in 0..component.h * component.v {
                        let x = unit * component.h + cell % component.h;
                        let y = unit_row * component.v + cell / component.h;
                        reader.refill();
                        let difference = table.difference(&mut reader);
                        if x >= component.width || y >= component.height {
                            continue;
                        }
                        let at = y * plane.stride + x;
                        let get = |back: usize| plane.samples[at - back].to_i32();
                        let prediction = match (x, y == begin * component.v) {
                            (0, true) => setup.start,
                            (_, true) => get(1),
                            (0, false) => get(plane.stride),
                            _ => predict(setup.selection, get(1), get(plane.stride), get(plane.stride + 1)),
                        };
                        plane.samples[at] = T::from_i32((prediction + difference) & 0xFFFF);
                    }
                }
            }
            state = reader.state();
            unit_row += 1;
        }
        entropy.verdict(state)?;
    }
    Ok(())
}

/// Where a lossless image's samples go.
pub(crate) enum Target<'a, T> {
    /// All components have the image's size: straight to the interleaved image.
    Image(&'a mut [T]),
    /// Components differ in size.
    Planes(&'a mut [Plane<T>]),
}

/// Decodes one scan. Returns where its data end. The point transform is still to be undone.
pub(crate) fn decode_scan<T: Sample>(
    parser: &Parser<'_>,
    frame: &Frame,
    scan: &Scan,
    target: &mut Target<'_, T>,
) -> Result<usize, Error> {
    let corrupt = |what| Error::Corrupt { offset: scan.data_offset, what };
    if !(1..=7).contains(&scan.start) {
        return Err(corrupt("the predictor (selection value) is not 1 to 7"));
    }
    if scan.low >= frame.precision {
        return Err(corrupt("the point transform is not smaller than the precision"));
    }
    let mut tables = Vec::with_capacity(scan.components.len());
    for part in &scan.components {
        tables.push(scan_table(parser.dc_tables[part.dc_table].as_ref(), SymbolKind::Lossless, scan)?);
    }
    let single = match scan.components.as_slice() {
        [only] => Some(only.index),
        _ => None,
    };
    // A scan of one component has units of one sample.
    let (wide, high) = match single {
        Some(index) => (frame.components[index].width, frame.components[index].height),
        None => (frame.mcus_wide(1), frame.mcus_high(1)),
    };
    let rows_per_interval = match parser.restart_interval {
        0 => high,
        interval if interval >= wide * high => high,
        interval if interval % wide == 0 => interval / wide,
        _ => {
            return Err(Error::Unsupported { feature: "lossless restart intervals that are not whole rows" });
        }
    };
    let setup = RowScan {
        tables: &tables,
        selection: scan.start,
        start: 1 << (frame.precision - scan.low - 1),
        width: wide,
        height: high,
        rows_per_interval,
    };
    let mut entropy = EntropyData::new(parser.data(), scan.data_offset);
    match target {
        Target::Image(image) => {
            let indices: Vec<usize> = scan.components.iter().map(|c| c.index).collect();
            let count = frame.components.len();
            if indices.iter().copied().eq(0..count) {
                setup.decode(&mut entropy, &mut DirectRows { samples: image, length: wide * count })?;
            } else {
                let row = vec![T::default(); wide * indices.len()];
                let mut rows = ScatteredRows { above: row.clone(), current: row, indices, count, image };
                setup.decode(&mut entropy, &mut rows)?;
            }
        }
        Target::Planes(planes) => match single {
            Some(index) => {
                let samples = planes[index].samples.as_mut_slice();
                setup.decode(&mut entropy, &mut DirectRows { samples, length: wide })?;
            }
            None => decode_units(frame, scan, &setup, &mut entropy, planes)?,
        },
    }
    Ok(entropy.position())
}
