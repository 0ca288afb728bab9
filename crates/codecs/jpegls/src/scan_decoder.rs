//! Decoding of the lines of a scan (T.87 annex F, the reverse of annex A).

use crate::bits::{BadCode, BitReader};
use crate::context::{
    Model, RUN_ORDERS, RegularContext, RunContext, apply_sign, fold, median, reconstruct, run_end,
};
use crate::parameters::Parameters;

/// Parameters of a scan as the decoder uses them.
#[derive(Clone, Copy)]
struct Codes {
    parameters: Parameters,
    escape: u32,
    bound: u32,
}

impl Codes {
    fn new(parameters: Parameters) -> Self {
        Self { parameters, escape: parameters.escape(), bound: parameters.mapped_bound() }
    }

    /// Decodes a sample in the regular mode.
    #[inline(always)]
    fn regular<const MODULAR: bool>(
        &self,
        bits: &mut BitReader,
        context: &mut RegularContext,
        sign: i32,
        predicted: i32,
    ) -> Result<i32, BadCode> {
        let p = &self.parameters;
        let prediction = (predicted + apply_sign(context.correction(), sign)).max(0).min(p.maximum);
        let mapped = bits.golomb(context.order(), self.escape, p.error_bits)?;
        if mapped > self.bound {
            return Err(BadCode);
        }
        let lossless = MODULAR || p.near == 0;
        let error = context.unmap(mapped, lossless);
        context.update(error, p, lossless);
        Ok(reconstruct::<MODULAR>(p, prediction, apply_sign(error, sign)))
    }

    /// Decodes the sample that ends a run.
    fn run_end<const MODULAR: bool>(
        &self,
        bits: &mut BitReader,
        context: &mut RunContext,
        run_order: u32,
        prediction: i32,
        sign: i32,
    ) -> Result<i32, BadCode> {
        let p = &self.parameters;
        let order = context.order();
        let mapped = bits.golomb(order, p.run_escape(run_order), p.error_bits)?;
        if mapped > self.bound {
            return Err(BadCode);
        }
        let error = context.unmap(mapped, order);
        context.update(error, mapped, p.reset);
        Ok(reconstruct::<MODULAR>(p, prediction, apply_sign(error, sign)))
    }
}

/// Decodes the length of a run of at most `room` pixels (T.87 A.7.1 reversed).
fn run_length(bits: &mut BitReader, run_index: &mut usize, room: usize) -> Result<usize, BadCode> {
    let mut length = 0;
    while bits.bits(1)? == 1 {
        let block = 1_usize << RUN_ORDERS[*run_index];
        if block > room - length {
            return Ok(room);
        }
        length += block;
        *run_index = (*run_index + 1).min(RUN_ORDERS.len() - 1);
        if length == room {
            return Ok(room);
        }
    }
    length += bits.bits(RUN_ORDERS[*run_index])? as usize;
    if length > room { Err(BadCode) } else { Ok(length) }
}

/// Decodes a line of one component. `above` and `current` have the borders of [`crate::lines::Lines`].
pub(crate) fn decode_line<const MODULAR: bool>(
    model: &mut Model,
    reader: &mut BitReader,
    run_index: &mut usize,
    above: &[[u16; 1]],
    current: &mut [[u16; 1]],
) -> Result<(), BadCode> {
    let Model { parameters, quantiser, regular, run } = model;
    let codes = Codes::new(*parameters);
    let mut bits = *reader;
    let width = current.len().checked_sub(2).ok_or(BadCode)?;
    let above = &above[..current.len()];
    let sample = |x: usize| i32::from(above[x][0]);

    let mut x = 1;
    let mut ra = i32::from(current[0][0]);
    let mut rb = sample(1);
    let mut rc = sample(0);
    let mut level_bc = quantiser.level(rb - rc);
    while x <= width {
        let rd = sample(x + 1);
        let level_db = quantiser.level(rd - rb);
        if let Some((slot, sign)) = quantiser.context(level_db, level_bc, rc - ra) {
            ra = codes.regular::<MODULAR>(&mut bits, &mut regular[slot], sign, median(ra, rb, rc))?;
            current[x] = [ra as u16];
            x += 1;
            rc = rb;
            rb = rd;
            level_bc = level_db;
        } else {
            let length = run_length(&mut bits, run_index, width + 1 - x)?;
            current[x..x + length].fill([ra as u16]);
            x += length;
            if x > width {
                break;
            }
            let (kind, prediction, sign) = run_end(ra, sample(x), codes.parameters.near);
            let run_order = RUN_ORDERS[*run_index];
            ra = codes.run_end::<MODULAR>(&mut bits, &mut run[kind], run_order, prediction, sign)?;
            *run_index = run_index.saturating_sub(1);
            current[x] = [ra as u16];
            x += 1;
            rc = sample(x - 1);
            rb = sample(x);
            level_bc = quantiser.level(rb - rc);
        }
    }
    *reader = bits;
    Ok(())
}

/// Decodes a line of pixels of `LANES` components whose samples are interleaved. A run needs all of them, and its last
/// pixel always has context 0 (T.87 B.3).
pub(crate) fn decode_pixels<const MODULAR: bool, const LANES: usize>(
    model: &mut Model,
    reader: &mut BitReader,
    run_index: &mut usize,
    above: &[[u16; LANES]],
    current: &mut [[u16; LANES]],
) -> Result<(), BadCode> {
    let Model { parameters, quantiser, regular, run } = model;
    let codes = Codes::new(*parameters);
    let mut bits = *reader;
    let width = current.len().checked_sub(2).ok_or(BadCode)?;
    let above = &above[..current.len()];

    let mut x = 1;
    while x <= width {
        let ra = current[x - 1].map(i32::from);
        let rb = above[x].map(i32::from);
        let rc = above[x - 1].map(i32::from);
        let rd = above[x + 1].map(i32::from);
        let numbers = quantiser.numbers([ra, rb, rc, rd]);
        if numbers != [0; LANES] {
            for lane in 0..LANES {
                let (slot, sign) = fold(numbers[lane]);
                let predicted = median(ra[lane], rb[lane], rc[lane]);
                let value = codes.regular::<MODULAR>(&mut bits, &mut regular[slot], sign, predicted)?;
                current[x][lane] = value as u16;
            }
            x += 1;
        } else {
            let length = run_length(&mut bits, run_index, width + 1 - x)?;
            let pixel = current[x - 1];
            current[x..x + length].fill(pixel);
            x += length;
            if x > width {
                break;
            }
            let run_order = RUN_ORDERS[*run_index];
            for lane in 0..LANES {
                let rb = i32::from(above[x][lane]);
                let sign = -i32::from(ra[lane] > rb);
                let value = codes.run_end::<MODULAR>(&mut bits, &mut run[0], run_order, rb, sign)?;
                current[x][lane] = value as u16;
            }
            *run_index = run_index.saturating_sub(1);
            x += 1;
        }
    }
    *reader = bits;
    Ok(())
}
