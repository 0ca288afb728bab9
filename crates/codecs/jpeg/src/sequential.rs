//! Sequential DCT scans, baseline and extended (T.81 F.2).

use crate::bits::{BitReader, EntropyData, ReaderState};
use crate::error::Error;
use crate::frame::Frame;
use crate::huffman::{HuffmanSpec, HuffmanTable, SymbolKind};
use crate::idct::{ZIGZAG, inverse_dct};
use crate::markers::{Parser, Scan};
use crate::planes::Plane;
use crate::sample::Sample;

/// Builds the decoding table of a specification that a scan selects.
pub(crate) fn scan_table(
    spec: Option<&HuffmanSpec>,
    kind: SymbolKind,
    scan: &Scan,
) -> Result<HuffmanTable, Error> {
    let offset = scan.data_offset;
    let spec =
        spec.ok_or(Error::Corrupt { offset, what: "a scan uses a Huffman table that is not defined" })?;
    HuffmanTable::new(spec, kind)
        .ok_or(Error::Corrupt { offset, what: "a Huffman table is not a prefix code" })
}

/// The order in which a scan visits blocks (T.81 A.2).
pub(crate) struct BlockOrder {
    mcus_wide: usize,
    mcus_high: usize,
    /// For each block of an MCU: position in the scan's list of components, column and row within the MCU.
    blocks: Vec<(usize, usize, usize)>,
    /// For each component of the scan: columns and rows of blocks of an MCU, and of the whole component.
    sizes: Vec<[usize; 4]>,
}

impl BlockOrder {
    pub(crate) fn new(frame: &Frame, scan: &Scan) -> Self {
        let components = scan.components.iter().map(|c| &frame.components[c.index]);
        if let [only] = scan.components.as_slice() {
            let component = &frame.components[only.index];
            let (wide, high) = (component.blocks_wide, component.blocks_high);
            return Self {
                mcus_wide: wide,
                mcus_high: high,
                blocks: vec![(0, 0, 0)],
                sizes: vec![[1, 1, wide, high]],
            };
        }
        let mut blocks = Vec::new();
        for (index, component) in components.clone().enumerate() {
            for y in 0..component.v {
                blocks.extend((0..component.h).map(|x| (index, x, y)));
            }
        }
        Self {
            mcus_wide: frame.mcus_wide(8),
            mcus_high: frame.mcus_high(8),
            blocks,
            sizes: components.map(|c| [c.h, c.v, c.blocks_wide, c.blocks_high]).collect(),
        }
    }

    /// Visits all blocks, restart interval by restart interval. `restart` is called at the begin of each; `block` with
    /// the position in the scan's list of components and the block's column and row, or `None` for padding beyond the
    /// component's edge.
    pub(crate) fn visit<S>(
        &self,
        entropy: &mut EntropyData<'_>,
        restart_interval: usize,
        state: &mut S,
        restart: impl Fn(&mut S),
        mut block: impl FnMut(&mut S, &mut BitReader<'_>, usize, Option<(usize, usize)>),
    ) -> Result<(), Error> {
        let total = self.mcus_wide * self.mcus_high;
        let interval = if restart_interval == 0 { total } else { restart_interval };
        let (mut column, mut row, mut done) = (0, 0, 0);
        while done < total {
            if done > 0 {
                entropy.expect_restart()?;
            }
            restart(state);
            let mut reader = entropy.next_segment();
            let end = total.min(done + interval);
            let mut verdict = reader.state();
            while done < end {
                for &(index, x, y) in &self.blocks {
                    let [h, v, wide, high] = self.sizes[index];
                    let (x, y) = (column * h + x, row * v + y);
                    block(state, &mut reader, index, (x < wide && y < high).then_some((x, y)));
                }
                done += 1;
                column += 1;
                if column == self.mcus_wide {
                    column = 0;
                    row += 1;
                    verdict = reader.state();
                    if verdict != ReaderState::Good {
                        break;
                    }
                }
            }
            if verdict == ReaderState::Good {
                verdict = reader.state();
            }
            entropy.verdict(verdict)?;
        }
        Ok(())
    }
}

/// One component of the scan.
struct Channel {
    dc: HuffmanTable,
    ac: HuffmanTable,
    /// In zigzag order.
    quantization: [u16; 64],
    prediction: i32,
}

/// Decodes one block to dequantized coefficients in natural order. Returns the zigzag index of the last one.
#[inline(always)]
fn read_block(channel: &mut Channel, reader: &mut BitReader<'_>, block: &mut [i32; 64]) -> usize {
    reader.refill();
    let difference = channel.dc.difference(reader);
    channel.prediction = channel.prediction.wrapping_add(difference);
    block[0] = channel.prediction.wrapping_mul(i32::from(channel.quantization[0]));
    let mut last = 0;
    let mut k = 1;
    while k < 64 {
        reader.refill();
        let symbol = channel.ac.symbol(reader);
        let value = symbol.value(reader.buffer());
        reader.consume(symbol.total_bits());
        if symbol.size() == 0 {
            if symbol.run() != 15 {
                break;
            }
            k += 16;
            continue;
        }
        k += symbol.run() as usize;
        if k > 63 {
            reader.set_invalid();
            break;
        }
        block[usize::from(ZIGZAG[k]) & 63] = value.wrapping_mul(i32::from(channel.quantization[k]));
        last = k;
        k += 1;
    }
    last
}

/// Decodes one scan into the planes. Returns where its data end.
pub(crate) fn decode_scan<T: Sample>(
    parser: &Parser<'_>,
    frame: &Frame,
    scan: &Scan,
    planes: &mut [Plane<T>],
) -> Result<usize, Error> {
    let offset = scan.data_offset;
    let mut channels = Vec::with_capacity(scan.components.len());
    for part in &scan.components {
        let table = parser.quantization[frame.components[part.index].quantization];
        channels.push(Channel {
            dc: scan_table(parser.dc_tables[part.dc_table].as_ref(), SymbolKind::Dc, scan)?,
            ac: scan_table(parser.ac_tables[part.ac_table].as_ref(), SymbolKind::Ac, scan)?,
            quantization: table
                .ok_or(Error::Corrupt { offset, what: "a component's quantization table is not defined" })?,
            prediction: 0,
        });
    }
    let mut entropy = EntropyData::new(parser.data(), offset);
    let order = BlockOrder::new(frame, scan);
    let mut block = [0i32; 64];
    order.visit(
        &mut entropy,
        parser.restart_interval,
        &mut channels,
        |channels| channels.iter_mut().for_each(|c| c.prediction = 0),
        |channels, reader, index, place| {
            // A copy of the reader stays in registers while the block is read.
            let mut local = *reader;
            let last = read_block(&mut channels[index], &mut local, &mut block);
            *reader = local;
            if let Some((x, y)) = place {
                let plane = &mut planes[scan.components[index].index];
                let at = y * 8 * plane.stride + x * 8;
                inverse_dct(&block, last, frame.precision, &mut plane.samples, at, plane.stride);
            }
            if last > 0 {
                block = [0; 64];
            }
        },
    )?;
    Ok(entropy.position())
}
