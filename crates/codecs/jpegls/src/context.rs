//! Context modelling that decoder and encoder share: gradient quantisation, prediction, and adaptive statistics.

use crate::parameters::Parameters;

/// Run-length code orders, J of T.87 table A.1 (A.2.1).
pub(crate) const RUN_ORDERS: [u32; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Regular contexts up to sign.
const REGULAR_CONTEXTS: usize = 365;

/// Negates `value` where `sign` is −1 and keeps it where `sign` is 0.
#[inline(always)]
pub(crate) fn apply_sign(value: i32, sign: i32) -> i32 {
    (value ^ sign) - sign
}

/// Median edge detector (T.87 A.4.1): the median of Ra, Rb and Ra + Rb − Rc.
#[inline(always)]
pub(crate) fn median(ra: i32, rb: i32, rc: i32) -> i32 {
    (ra + rb - rc).max(ra.min(rb)).min(ra.max(rb))
}

/// Smallest k for which n·2^k reaches a (T.87 A.5.1). For an `a` below 2^31 it is at most 31.
#[inline(always)]
fn golomb_order(n: u32, a: u32) -> u32 {
    let k = ((a | 1).ilog2() as i32 - (n | 1).ilog2() as i32).max(0) as u32;
    k + u32::from((u64::from(n) << k) < u64::from(a))
}

/// Quantises local gradients to −4..=4 (T.87 A.3.3) by a table over all gradients.
#[derive(Debug, Clone)]
pub(crate) struct Quantiser {
    levels: Vec<i8>,
    centre: i32,
}

impl Quantiser {
    fn new(parameters: &Parameters) -> Self {
        let [t1, t2, t3] = parameters.thresholds;
        let centre = parameters.maximum;
        let mut levels = vec![4; 2 * centre as usize + 1];
        levels[..centre as usize].fill(-4);
        for d in 0..t3 {
            let level = match d {
                d if d <= parameters.near => 0,
                d if d < t1 => 1,
                d if d < t2 => 2,
                _ => 3,
            };
            levels[(centre + d) as usize] = level;
            levels[(centre - d) as usize] = -level;
        }
        Self { levels, centre }
    }

    /// Level of the gradient between two samples.
    #[inline(always)]
    pub fn level(&self, gradient: i32) -> i32 {
        i32::from(self.levels[(gradient + self.centre) as usize])
    }

    /// Signed context number of each lane of a pixel, from its neighbours Ra, Rb, Rc, Rd (T.87 A.3.4).
    #[inline(always)]
    pub fn numbers<const LANES: usize>(&self, neighbours: [[i32; LANES]; 4]) -> [i32; LANES] {
        let [ra, rb, rc, rd] = neighbours;
        std::array::from_fn(|lane| {
            81 * self.level(rd[lane] - rb[lane])
                + 9 * self.level(rb[lane] - rc[lane])
                + self.level(rc[lane] - ra[lane])
        })
    }

    /// Context of the gradients Rd − Rb, Rb − Rc and Rc − Ra, the first two given as levels: its slot and sign (0 or −1).
    /// Contexts of opposite sign share a slot (T.87 A.3.4); `None` is the context of all zero, which begins a run.
    #[inline(always)]
    pub fn context(&self, level_db: i32, level_bc: i32, gradient_ca: i32) -> Option<(usize, i32)> {
        let above = 81 * level_db + 9 * level_bc;
        let level_ca = self.level(gradient_ca);
        if above != 0 {
            // The sign follows from the line above alone, before the sample on the left is known.
            let sign = above >> 31;
            Some((((level_ca ^ sign) + (apply_sign(above, sign) - sign)) as usize, sign))
        } else if level_ca != 0 {
            Some(fold(level_ca))
        } else {
            None
        }
    }
}

/// Slot and sign of a context number, as [`Quantiser::context`] gives them; number 0 has slot 0.
#[inline(always)]
pub(crate) fn fold(number: i32) -> (usize, i32) {
    (number.unsigned_abs() as usize, number >> 31)
}

/// One context of the regular mode: A, B, C, N of the standard and the Golomb parameter that follows from them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RegularContext {
    /// At most 2^15 times RESET, since no error exceeds half the range.
    magnitudes: u32,
    bias: i32,
    count: u16,
    correction: i8,
    order: u8,
}

impl RegularContext {
    fn new(magnitudes: u32) -> Self {
        Self { magnitudes, bias: 0, count: 1, correction: 0, order: golomb_order(1, magnitudes) as u8 }
    }

    /// Prediction correction C.
    #[inline(always)]
    pub fn correction(&self) -> i32 {
        i32::from(self.correction)
    }

    /// Golomb parameter k for the next error.
    #[inline(always)]
    pub fn order(&self) -> u32 {
        u32::from(self.order)
    }

    /// −1 where the mapping of errors is mirrored, else 0.
    #[inline(always)]
    fn mirror(&self, lossless: bool) -> i32 {
        if self.order == 0 && lossless { (2 * self.bias + i32::from(self.count) - 1) >> 31 } else { 0 }
    }

    /// Error of a mapped error (T.87 A.5.2 reversed).
    #[inline(always)]
    pub fn unmap(&self, mapped: u32, lossless: bool) -> i32 {
        (mapped >> 1) as i32 ^ -((mapped & 1) as i32) ^ self.mirror(lossless)
    }

    /// Mapped error of an error (T.87 A.5.2).
    #[inline(always)]
    pub fn map(&self, error: i32, lossless: bool) -> u32 {
        let error = error ^ self.mirror(lossless);
        ((error << 1) ^ (error >> 31)) as u32
    }

    /// Takes an error into the statistics (T.87 A.6), without branches on the data but for the halving. The next
    /// Golomb parameter is found now, away from the decoder's critical path.
    #[inline(always)]
    pub fn update(&mut self, error: i32, parameters: &Parameters, lossless: bool) {
        let mut count = i32::from(self.count);
        let mut magnitudes = self.magnitudes + error.unsigned_abs();
        let mut bias = self.bias + if lossless { error } else { error * parameters.step };
        if count as u32 == parameters.reset {
            magnitudes >>= 1;
            bias >>= 1;
            count >>= 1;
        }
        count += 1;
        let move_by = i32::from(bias > 0) - i32::from(bias <= -count);
        self.correction = self.correction.saturating_add(move_by as i8);
        self.bias = (bias - move_by * count).max(1 - count).min(0);
        self.count = count as u16;
        self.magnitudes = magnitudes;
        self.order = golomb_order(count as u32, magnitudes) as u8;
    }
}

/// One context of the samples that end a run (T.87 A.7.2): index 0 where Ra and Rb differ, 1 where they agree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunContext {
    kind: u32,
    magnitudes: u32,
    count: u32,
    negatives: u32,
}

impl RunContext {
    /// Golomb parameter k for the next error.
    pub fn order(&self) -> u32 {
        golomb_order(self.count, self.magnitudes.wrapping_add((self.count >> 1) * self.kind))
    }

    /// Whether an odd code stands for a negative error.
    fn odd_is_negative(&self, order: u32) -> bool {
        order != 0 || 2 * self.negatives >= self.count
    }

    /// Error of a mapped error.
    pub fn unmap(&self, mapped: u32, order: u32) -> i32 {
        let code = mapped + self.kind;
        let magnitude = code.div_ceil(2) as i32;
        if (code & 1 == 1) == self.odd_is_negative(order) { -magnitude } else { magnitude }
    }

    /// Mapped error of an error.
    pub fn map(&self, error: i32, order: u32) -> u32 {
        let odd = error != 0 && ((error < 0) == self.odd_is_negative(order));
        (2 * error.unsigned_abs()).wrapping_sub(self.kind + u32::from(odd))
    }

    /// Takes an error and its mapped value into the statistics.
    pub fn update(&mut self, error: i32, mapped: u32, reset: u32) {
        self.negatives += u32::from(error < 0);
        self.magnitudes = self.magnitudes.wrapping_add((mapped + 1 - self.kind) >> 1);
        if self.count == reset {
            self.magnitudes >>= 1;
            self.count >>= 1;
            self.negatives >>= 1;
        }
        self.count += 1;
    }
}

/// The adaptive state of one scan.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// The scan's parameters.
    pub parameters: Parameters,
    /// Gradient quantiser of these parameters.
    pub quantiser: Quantiser,
    /// Regular contexts, by the slot of [`Quantiser::context`].
    pub regular: Box<[RegularContext; REGULAR_CONTEXTS]>,
    /// Contexts of the samples that end a run.
    pub run: [RunContext; 2],
}

impl Model {
    pub fn new(parameters: Parameters) -> Self {
        let magnitudes = Self::initial_magnitudes(&parameters);
        Self {
            parameters,
            quantiser: Quantiser::new(&parameters),
            regular: Box::new([RegularContext::new(magnitudes); REGULAR_CONTEXTS]),
            run: Self::initial_run(magnitudes),
        }
    }

    /// Forgets what was learnt, as a restart marker asks.
    pub fn reset(&mut self) {
        let magnitudes = Self::initial_magnitudes(&self.parameters);
        self.regular.fill(RegularContext::new(magnitudes));
        self.run = Self::initial_run(magnitudes);
    }

    fn initial_magnitudes(parameters: &Parameters) -> u32 {
        ((parameters.range as u32 + 32) / 64).max(2)
    }

    fn initial_run(magnitudes: u32) -> [RunContext; 2] {
        [0, 1].map(|kind| RunContext { kind, magnitudes, count: 1, negatives: 0 })
    }
}

/// What a sample that ends a run is coded with: its context's index, prediction, and sign (T.87 A.7.2.1).
pub(crate) fn run_end(ra: i32, rb: i32, near: i32) -> (usize, i32, i32) {
    if (ra - rb).abs() <= near { (1, ra, 0) } else { (0, rb, -i32::from(ra > rb)) }
}

/// Sample of a prediction and a dequantised error, reduced to the sample range (T.87 A.4.5). `MODULAR` is
/// [`Parameters::is_modular`].
#[inline(always)]
pub(crate) fn reconstruct<const MODULAR: bool>(parameters: &Parameters, prediction: i32, error: i32) -> i32 {
    if MODULAR {
        return (prediction + error) & parameters.maximum;
    }
    let span = parameters.range * parameters.step;
    let mut value = prediction + error * parameters.step;
    if value < -parameters.near {
        value += span;
    } else if value > parameters.maximum + parameters.near {
        value -= span;
    }
    value.max(0).min(parameters.maximum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Preset;

    #[test]
    fn order_is_the_smallest_that_reaches() {
        for n in 1..=64_u32 {
            for a in 0..5000_u32 {
                let expected = (0..).find(|&k| (n << k) >= a).unwrap();
                assert_eq!(golomb_order(n, a), expected, "n {n} a {a}");
            }
        }
    }

    #[test]
    fn mapping_is_reversible() {
        let parameters = Parameters::new(&Preset::default(), 8, 0).unwrap();
        let mut model = Model::new(parameters);
        for error in (-128..=127).chain([-1; 300]).chain([1; 300]).chain([-128; 20]) {
            let context = &mut model.regular[1];
            assert_eq!(context.unmap(context.map(error, true), true), error);
            context.update(error, &parameters, true);
            for (kind, run) in model.run.iter_mut().enumerate() {
                if kind == 1 && error == 0 {
                    continue; // a run that ends by agreement of Ra and Rb ends on another value
                }
                let order = run.order();
                let mapped = run.map(error, order);
                assert_eq!(run.unmap(mapped, order), error);
                run.update(error, mapped, parameters.reset);
            }
        }
    }

    #[test]
    fn gradient_levels() {
        let quantiser = Quantiser::new(&Parameters::new(&Preset::default(), 8, 0).unwrap());
        let levels = [0, 1, 2, 3, 6, 7, 20, 21, 255].map(|d| quantiser.level(d));
        assert_eq!(levels, [0, 1, 1, 2, 2, 3, 3, 4, 4]);
        assert!((1..256).all(|d| quantiser.level(-d) == -quantiser.level(d)));
    }
}
