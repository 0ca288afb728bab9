//! Progressive DCT scans (T.81 Annex G): spectral selection and successive approximation.

use crate::bits::{BitReader, EntropyData};
use crate::error::Error;
use crate::frame::Frame;
use crate::huffman::{HuffmanTable, SymbolKind};
use crate::idct::{ZIGZAG, inverse_dct};
use crate::markers::{Parser, Scan};
use crate::planes::Plane;
use crate::sample::Sample;
use crate::sequential::{BlockOrder, scan_table};

/// Mark of a coefficient that no scan has coded yet.
const UNSEEN: u8 = u8::MAX;

/// The coefficients of one component while its scans come in.
struct Coefficients {
    /// Blocks row by row, each in zigzag order.
    blocks: Vec<[i16; 64]>,
    /// For each coefficient: the bit position it is known down to.
    known: [u8; 64],
    /// In effect at the component's first scan, in zigzag order.
    quantization: Option<[u16; 64]>,
}

/// The state of a progressive image.
pub(crate) struct Progression {
    components: Vec<Coefficients>,
}

/// The part of a scan that blocks change.
struct ScanState<'a> {
    progression: &'a mut Progression,
    dc_tables: Vec<Option<HuffmanTable>>,
    ac_table: Option<HuffmanTable>,
    predictions: [i32; 4],
    /// Blocks still to come in an end-of-band run.
    end_of_band_run: u32,
}

impl Progression {
    /// All coefficients zero.
    pub(crate) fn new(frame: &Frame) -> Self {
        let components = frame
            .components
            .iter()
            .map(|c| Coefficients {
                blocks: vec![[0; 64]; c.blocks_wide * c.blocks_high],
                known: [UNSEEN; 64],
                quantization: None,
            })
            .collect();
        Self { components }
    }

    /// Whether every component has had its first DC scan.
    pub(crate) fn is_complete(&self) -> bool {
        self.components.iter().all(|c| c.known[0] != UNSEEN)
    }

    /// Checks a scan's parameters (G.1.1.1) against what is known, and notes what will be.
    fn register(&mut self, parser: &Parser<'_>, frame: &Frame, scan: &Scan) -> Result<(), Error> {
        let corrupt = |what| Error::Corrupt { offset: scan.data_offset, what };
        let band = usize::from(scan.start)..=usize::from(scan.end);
        let refines = scan.high != 0;
        if band.is_empty() || *band.end() > 63 || (scan.start == 0 && scan.end != 0) || scan.low > 13 {
            return Err(corrupt("a progressive scan's band or bit position is out of range"));
        }
        if refines && scan.low + 1 != scan.high {
            return Err(corrupt("a refinement scan does not refine by one bit"));
        }
        if scan.start > 0 && scan.components.len() != 1 {
            return Err(corrupt("an AC scan has more than one component"));
        }
        for part in &scan.components {
            let component = &mut self.components[part.index];
            if scan.start > 0 && component.known[0] == UNSEEN {
                return Err(corrupt("an AC scan comes before the component's DC scan"));
            }
            for known in &mut component.known[band.clone()] {
                if (refines && *known != scan.high) || (!refines && *known != UNSEEN) {
                    return Err(corrupt("a progressive scan does not continue the scans before it"));
                }
                *known = scan.low;
            }
            if component.quantization.is_none() {
                let table = parser.quantization[frame.components[part.index].quantization];
                component.quantization =
                    Some(table.ok_or(corrupt("a component's quantization table is not defined"))?);
            }
        }
        Ok(())
    }

    /// Decodes one scan. Returns where its data end.
    pub(crate) fn decode_scan(
        &mut self,
        parser: &Parser<'_>,
        frame: &Frame,
        scan: &Scan,
    ) -> Result<usize, Error> {
        self.register(parser, frame, scan)?;
        let mut dc_tables = Vec::new();
        let mut ac_table = None;
        for part in &scan.components {
            if scan.start > 0 {
                ac_table = Some(scan_table(parser.ac_tables[part.ac_table].as_ref(), SymbolKind::Ac, scan)?);
            } else if scan.high == 0 {
                let spec = parser.dc_tables[part.dc_table].as_ref();
                dc_tables.push(Some(scan_table(spec, SymbolKind::Dc, scan)?));
            }
        }
        let mut state =
            ScanState { progression: self, dc_tables, ac_table, predictions: [0; 4], end_of_band_run: 0 };
        let mut entropy = EntropyData::new(parser.data(), scan.data_offset);
        let order = BlockOrder::new(frame, scan);
        let (first, last, low) = (usize::from(scan.start), usize::from(scan.end), u32::from(scan.low));
        order.visit(
            &mut entropy,
            parser.restart_interval,
            &mut state,
            |state| {
                state.predictions = [0; 4];
                state.end_of_band_run = 0;
            },
            |state, reader, index, place| {
                let ScanState { progression, dc_tables, ac_table, predictions, end_of_band_run } = state;
                let component = scan.components[index].index;
                let mut padding = [0; 64];
                let block = match place {
                    Some((x, y)) => {
                        let at = y * frame.components[component].blocks_wide + x;
                        &mut progression.components[component].blocks[at]
                    }
                    None => &mut padding,
                };
                match (ac_table.as_ref(), dc_tables.get(index).and_then(Option::as_ref)) {
                    (Some(table), _) if scan.high == 0 => {
                        first_ac(table, reader, block, first, last, low, end_of_band_run);
                    }
                    (Some(table), _) => refine_ac(table, reader, block, first, last, low, end_of_band_run),
                    (None, Some(table)) => first_dc(table, reader, block, low, &mut predictions[index]),
                    (None, None) => refine_dc(reader, block, low),
                }
            },
        )?;
        Ok(entropy.position())
    }

    /// Dequantizes and transforms all blocks.
    pub(crate) fn transform<T: Sample>(&self, frame: &Frame, planes: &mut [Plane<T>]) {
        for ((component, coefficients), plane) in frame.components.iter().zip(&self.components).zip(planes) {
            let Some(quantization) = coefficients.quantization else { continue };
            let mut natural = [0i32; 64];
            for (index, block) in coefficients.blocks.iter().enumerate() {
                let last = block.iter().rposition(|&c| c != 0).unwrap_or(0);
                natural.fill(0);
                for k in 0..=last {
                    natural[usize::from(ZIGZAG[k])] = i32::from(block[k]) * i32::from(quantization[k]);
                }
                let (x, y) = (index % component.blocks_wide, index / component.blocks_wide);
                let at = y * 8 * plane.stride + x * 8;
                inverse_dct(&natural, last, frame.precision, &mut plane.samples, at, plane.stride);
            }
        }
    }
}

fn first_dc(
    table: &HuffmanTable,
    reader: &mut BitReader<'_>,
    block: &mut [i16; 64],
    low: u32,
    prediction: &mut i32,
) {
    reader.refill();
    *prediction = prediction.wrapping_add(table.difference(reader));
    block[0] = (*prediction << low) as i16;
}

fn refine_dc(reader: &mut BitReader<'_>, block: &mut [i16; 64], low: u32) {
    block[0] |= i16::from(reader.bit()) << low;
}

/// Blocks that an end-of-band symbol of the given run category covers, this one included.
fn band_run(category: u32, reader: &mut BitReader<'_>) -> u32 {
    (1 << category) + reader.bits(category)
}

fn first_ac(
    table: &HuffmanTable,
    reader: &mut BitReader<'_>,
    block: &mut [i16; 64],
    first: usize,
    last: usize,
    low: u32,
    end_of_band_run: &mut u32,
) {
    if *end_of_band_run > 0 {
        *end_of_band_run -= 1;
        return;
    }
    let mut k = first;
    while k <= last {
        reader.refill();
        let symbol = table.symbol(reader);
        let value = symbol.value(reader.buffer());
        reader.consume(symbol.total_bits());
        if symbol.size() == 0 {
            if symbol.run() < 15 {
                *end_of_band_run = band_run(symbol.run(), reader) - 1;
                return;
            }
            k += 16;
            continue;
        }
        k += symbol.run() as usize;
        if k > last {
            reader.set_invalid();
            return;
        }
        block[k] = (value << low) as i16;
        k += 1;
    }
}

/// Adds one more bit to a coefficient that is not zero.
fn refine_nonzero(coefficient: &mut i16, reader: &mut BitReader<'_>, low: u32) {
    if reader.bit() {
        *coefficient = coefficient.wrapping_add(coefficient.signum().wrapping_shl(low));
    }
}

fn refine_ac(
    table: &HuffmanTable,
    reader: &mut BitReader<'_>,
    block: &mut [i16; 64],
    first: usize,
    last: usize,
    low: u32,
    end_of_band_run: &mut u32,
) {
    let mut k = first;
    while *end_of_band_run == 0 && k <= last {
        reader.refill();
        let symbol = table.symbol(reader);
        reader.consume(symbol.code_bits());
        let mut new_value = 0;
        match (symbol.size(), symbol.run()) {
            (0, 15) => {}
            (0, category) => {
                *end_of_band_run = band_run(category, reader);
                break;
            }
            (1, _) => new_value = if reader.bit() { 1 } else { -1 },
            _ => {
                reader.set_invalid();
                return;
            }
        }
        // The run counts coefficients that are still zero; those that are not get their bit on the way.
        let mut zeros = symbol.run();
        while k <= last {
            if block[k] != 0 {
                refine_nonzero(&mut block[k], reader, low);
            } else if zeros == 0 {
                block[k] = new_value << low;
                break;
            } else {
                zeros -= 1;
            }
            k += 1;
        }
        k += 1;
    }
    if *end_of_band_run > 0 {
        for coefficient in block.get_mut(k..=last).unwrap_or_default() {
            if *coefficient != 0 {
                refine_nonzero(coefficient, reader, low);
            }
        }
        *end_of_band_run -= 1;
    }
}
