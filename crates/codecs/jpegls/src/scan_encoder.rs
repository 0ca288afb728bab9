//! Encoding of the lines of a scan (T.87 annex A).

use crate::bits::BitWriter;
use crate::context::{
    Model, RUN_ORDERS, RegularContext, RunContext, apply_sign, fold, median, reconstruct, run_end,
};
use crate::parameters::Parameters;

/// Quantises a prediction error and reduces it to the error range (T.87 A.4.4 and A.4.5).
#[inline(always)]
fn quantise_error(p: &Parameters, error: i32) -> i32 {
    let mut error = match p.near {
        0 => error,
        near if error > 0 => (error + near) / p.step,
        near => -((near - error) / p.step),
    };
    if error < 0 {
        error += p.range;
    }
    if error >= (p.range + 1) / 2 {
        error -= p.range;
    }
    error
}

/// Encodes a sample in the regular mode and gives its reconstruction.
#[inline(always)]
fn regular<const MODULAR: bool>(
    p: &Parameters,
    bits: &mut BitWriter,
    context: &mut RegularContext,
    sign: i32,
    predicted: i32,
    value: i32,
) -> i32 {
    let prediction = (predicted + apply_sign(context.correction(), sign)).max(0).min(p.maximum);
    let error = quantise_error(p, apply_sign(value - prediction, sign));
    let lossless = MODULAR || p.near == 0;
    bits.golomb(context.map(error, lossless), context.order(), p.escape(), p.error_bits);
    context.update(error, p, lossless);
    if MODULAR { value } else { reconstruct::<MODULAR>(p, prediction, apply_sign(error, sign)) }
}

/// Encodes the sample that ends a run and gives its reconstruction.
fn end_run<const MODULAR: bool>(
    p: &Parameters,
    bits: &mut BitWriter,
    context: &mut RunContext,
    run_order: u32,
    prediction: i32,
    sign: i32,
    value: i32,
) -> i32 {
    let error = quantise_error(p, apply_sign(value - prediction, sign));
    let order = context.order();
    let mapped = context.map(error, order);
    bits.golomb(mapped, order, p.run_escape(run_order), p.error_bits);
    context.update(error, mapped, p.reset);
    reconstruct::<MODULAR>(p, prediction, apply_sign(error, sign))
}

/// Encodes the length of a run, which reaches the end of the line or is followed by its last sample (T.87 A.7.1).
fn run_length(bits: &mut BitWriter, run_index: &mut usize, mut length: usize, to_end_of_line: bool) {
    while length >= 1 << RUN_ORDERS[*run_index] {
        bits.bits(1, 1);
        length -= 1 << RUN_ORDERS[*run_index];
        *run_index = (*run_index + 1).min(RUN_ORDERS.len() - 1);
    }
    if !to_end_of_line {
        bits.bits(length as u32, RUN_ORDERS[*run_index] + 1);
    } else if length > 0 {
        bits.bits(1, 1);
    }
}

/// Encodes a line of one component, and replaces `current` by its reconstruction. Both lines have the borders of
/// [`crate::lines::Lines`].
pub(crate) fn encode_line<const MODULAR: bool>(
    model: &mut Model,
    bits: &mut BitWriter,
    run_index: &mut usize,
    above: &[[u16; 1]],
    current: &mut [[u16; 1]],
) {
    let Model { parameters, quantiser, regular: statistics, run } = model;
    let p = *parameters;
    let width = current.len() - 2;
    let above = &above[..current.len()];
    let sample = |x: usize| i32::from(above[x][0]);

    let mut x = 1;
    while x <= width {
        let (ra, rb, rc, rd) = (i32::from(current[x - 1][0]), sample(x), sample(x - 1), sample(x + 1));
        let (level_db, level_bc) = (quantiser.level(rd - rb), quantiser.level(rb - rc));
        if let Some((slot, sign)) = quantiser.context(level_db, level_bc, rc - ra) {
            let value = i32::from(current[x][0]);
            let predicted = median(ra, rb, rc);
            let coded = regular::<MODULAR>(&p, bits, &mut statistics[slot], sign, predicted, value);
            current[x] = [coded as u16];
            x += 1;
        } else {
            let close = |pixel: &&[u16; 1]| (i32::from(pixel[0]) - ra).abs() <= p.near;
            let length = current[x..=width].iter().take_while(close).count();
            current[x..x + length].fill([ra as u16]);
            x += length;
            run_length(bits, run_index, length, x > width);
            if x > width {
                break;
            }
            let (kind, prediction, sign) = run_end(ra, sample(x), p.near);
            let run_order = RUN_ORDERS[*run_index];
            let value = i32::from(current[x][0]);
            let coded = end_run::<MODULAR>(&p, bits, &mut run[kind], run_order, prediction, sign, value);
            *run_index = run_index.saturating_sub(1);
            current[x] = [coded as u16];
            x += 1;
        }
    }
}

/// Encodes a line of pixels of `LANES` components whose samples are interleaved (T.87 B.3), and replaces `current` by
/// its reconstruction.
pub(crate) fn encode_pixels<const MODULAR: bool, const LANES: usize>(
    model: &mut Model,
    bits: &mut BitWriter,
    run_index: &mut usize,
    above: &[[u16; LANES]],
    current: &mut [[u16; LANES]],
) {
    let Model { parameters, quantiser, regular: statistics, run } = model;
    let p = *parameters;
    let width = current.len() - 2;
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
                let value = i32::from(current[x][lane]);
                let coded = regular::<MODULAR>(&p, bits, &mut statistics[slot], sign, predicted, value);
                current[x][lane] = coded as u16;
            }
            x += 1;
        } else {
            let close = |pixel: &&[u16; LANES]| {
                let mut pairs = pixel.iter().zip(ra);
                pairs.all(|(&value, ra)| (i32::from(value) - ra).abs() <= p.near)
            };
            let length = current[x..=width].iter().take_while(close).count();
            let pixel = current[x - 1];
            current[x..x + length].fill(pixel);
            x += length;
            run_length(bits, run_index, length, x > width);
            if x > width {
                break;
            }
            let run_order = RUN_ORDERS[*run_index];
            for lane in 0..LANES {
                let rb = i32::from(above[x][lane]);
                let sign = -i32::from(ra[lane] > rb);
                let value = i32::from(current[x][lane]);
                let coded = end_run::<MODULAR>(&p, bits, &mut run[0], run_order, rb, sign, value);
                current[x][lane] = coded as u16;
            }
            *run_index = run_index.saturating_sub(1);
            x += 1;
        }
    }
}
