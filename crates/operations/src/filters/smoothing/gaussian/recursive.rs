//! A Gaussian as a recursive filter of fourth order.
//!
//! The sum of two damped oscillations that R. Deriche fitted to a Gaussian ("Recursively implementing the Gaussian and its
//! derivatives", INRIA report 1893, 1993), with the refined constants of G. Farnebäck and C.-F. Westin ("Improving Deriche-style
//! recursive Gaussian filters", J. Math. Imaging Vis. 26, 2006) that ITK uses. Beyond the ends of a line its first and last value
//! go on for ever.

use multiversion::multiversion;

use crate::kernels::lines::{Bundle, LANES};
use crate::kernels::real::Real;

use super::super::separable::{LineFilter, real};

/// In voxels: narrower Gaussians can be computed in single precision, whose errors grow with the fourth power.
const SINGLE: f64 = 4.0;

/// The filter for one axis.
pub(super) struct Recursive {
    /// Of the values at the place itself and before it.
    causal: [f64; 4],
    /// Of the values behind the place.
    anticausal: [f64; 4],
    /// Of the results before.
    feedback: [f64; 4],
    /// What a constant line of ones gives in each direction.
    steady: [f64; 2],
    single: bool,
}

/// One of the two oscillations: e^(`decay` x / σ) (`cosine` cos(`frequency` x / σ) + `sine` sin(`frequency` x / σ)).
struct Oscillation {
    cosine: f64,
    sine: f64,
    frequency: f64,
    decay: f64,
}

const OSCILLATIONS: [Oscillation; 2] = [
    Oscillation { cosine: 1.3530, sine: 1.8151, frequency: 0.6681, decay: -1.3932 },
    Oscillation { cosine: -0.3531, sine: 0.0902, frequency: 2.0787, decay: -1.3732 },
];

impl Recursive {
    /// A Gaussian of standard deviation `sigma` voxels, above 0.
    pub(super) fn new(sigma: f64) -> Self {
        // Each oscillation is a rational function in z⁻¹, (n₀ + n₁z⁻¹) / (1 + d₁z⁻¹ + d₂z⁻²); both are added up.
        let [(n, d), (m, e)] = OSCILLATIONS.map(|o| {
            let (sin, cos) = (o.frequency / sigma).sin_cos();
            let damped = (o.decay / sigma).exp();
            ([o.cosine, damped * (o.sine * sin - o.cosine * cos)], [-2.0 * damped * cos, damped * damped])
        });
        let mut numerator = [
            n[0] + m[0],
            n[1] + m[1] + n[0] * e[0] + m[0] * d[0],
            n[0] * e[1] + n[1] * e[0] + m[0] * d[1] + m[1] * d[0],
            n[1] * e[1] + m[1] * d[1],
        ];
        let feedback = [d[0] + e[0], d[1] + e[1] + d[0] * e[0], d[0] * e[1] + d[1] * e[0], d[1] * e[1]];
        let denominator = 1.0 + feedback.iter().sum::<f64>();
        let whole = 2.0 * numerator.iter().sum::<f64>() / denominator - numerator[0];
        numerator.iter_mut().for_each(|n| *n /= whole);
        let anticausal: [f64; 4] = std::array::from_fn(|n| {
            numerator.get(n + 1).copied().unwrap_or(0.0) - feedback[n] * numerator[0]
        });
        let steady = [numerator, anticausal].map(|c| c.iter().sum::<f64>() / denominator);
        Self { causal: numerator, anticausal, feedback, steady, single: sigma <= SINGLE }
    }
}

impl LineFilter<f32> for Recursive {
    fn apply(&self, scratch: &mut Vec<[f32; LANES]>, lines: &mut Bundle<f32>) {
        if self.single { single(self, scratch, lines) } else { wide(self, scratch, lines) }
    }
}

impl LineFilter<f64> for Recursive {
    fn apply(&self, scratch: &mut Vec<[f64; LANES]>, lines: &mut Bundle<f64>) {
        double(self, scratch, lines);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn single(filter: &Recursive, scratch: &mut Vec<[f32; LANES]>, lines: &mut Bundle<f32>) {
    run::<f32, f32>(filter, scratch, lines, |v| v, |v| v);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn wide(filter: &Recursive, scratch: &mut Vec<[f32; LANES]>, lines: &mut Bundle<f32>) {
    run::<f32, f64>(filter, scratch, lines, f64::from, |v| v as f32);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn double(filter: &Recursive, scratch: &mut Vec<[f64; LANES]>, lines: &mut Bundle<f64>) {
    run::<f64, f64>(filter, scratch, lines, |v| v, |v| v);
}

/// Filters lines stored as `R` in the precision `C`: forwards into `scratch`, then backwards in place.
#[inline(always)]
fn run<R: Real, C: Real>(
    filter: &Recursive,
    scratch: &mut Vec<[R; LANES]>,
    lines: &mut Bundle<R>,
    widen: impl Fn(R) -> C,
    narrow: impl Fn(C) -> R,
) {
    let (Some(first), Some(last)) = (lines.first().map(|l| l.map(&widen)), lines.last().map(|l| l.map(&widen)))
    else {
        return;
    };
    let feedback = filter.feedback.map(real::<C>);
    let [forwards, backwards] = filter.steady.map(real::<C>);

    scratch.clear();
    let [n0, n1, n2, n3] = filter.causal.map(real::<C>);
    let mut x = [first; 3];
    let mut y = [first.map(|v| v * forwards); 4];
    for line in lines.iter() {
        let new: [C; LANES] = std::array::from_fn(|l| widen(line[l]));
        let result: [C; LANES] = std::array::from_fn(|l| {
            let input = (n0 * new[l] + n1 * x[0][l]) + (n2 * x[1][l] + n3 * x[2][l]);
            past(input, &feedback, &y, l)
        });
        scratch.push(std::array::from_fn(|l| narrow(result[l])));
        x = [new, x[0], x[1]];
        y = [result, y[0], y[1], y[2]];
    }

    let [m1, m2, m3, m4] = filter.anticausal.map(real::<C>);
    let mut x = [last; 4];
    let mut y = [last.map(|v| v * backwards); 4];
    for (line, causal) in lines.iter_mut().zip(scratch.iter()).rev() {
        let new: [C; LANES] = std::array::from_fn(|l| widen(line[l]));
        let result: [C; LANES] = std::array::from_fn(|l| {
            let input = (m1 * x[0][l] + m2 * x[1][l]) + (m3 * x[2][l] + m4 * x[3][l]);
            past(input, &feedback, &y, l)
        });
        *line = std::array::from_fn(|l| narrow(widen(causal[l]) + result[l]));
        x = [new, x[0], x[1], x[2]];
        y = [result, y[0], y[1], y[2]];
    }
}

/// The input less the results before; the latest comes last, so that the next step waits for as little as can be.
#[inline(always)]
fn past<C: Real>(input: C, feedback: &[C; 4], y: &[[C; LANES]; 4], l: usize) -> C {
    input - (feedback[3] * y[3][l] + feedback[2] * y[2][l]) - feedback[1] * y[1][l] - feedback[0] * y[0][l]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(sigma: f64, length: usize, at: usize) -> Vec<f64> {
        let mut lines = vec![[0.0_f64; LANES]; length];
        lines[at] = [1.0; LANES];
        Recursive::new(sigma).apply(&mut Vec::new(), &mut lines);
        lines.iter().map(|l| l[3]).collect()
    }

    #[test]
    fn an_impulse_becomes_nearly_a_gaussian_of_sum_one() {
        for sigma in [1.0, 2.0, 5.0, 20.0] {
            let found = response(sigma, 401, 200);
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{sigma}");
            let peak = 1.0 / (sigma * (2.0 * std::f64::consts::PI).sqrt());
            for (n, v) in found.iter().enumerate() {
                let gauss = peak * (-0.5 * ((n as f64 - 200.0) / sigma).powi(2)).exp();
                // The fit itself is good to a part in a thousand of the peak; the narrowest is sampled coarsely.
                assert!((v - gauss).abs() < peak * if sigma < 1.5 { 5e-3 } else { 1e-3 }, "{sigma} {n}: {v} {gauss}");
            }
        }
    }

    #[test]
    fn lines_of_any_length_keep_constants() {
        for length in 1..6 {
            let mut lines = vec![[7.5_f32; LANES]; length];
            Recursive::new(2.0).apply(&mut Vec::new(), &mut lines);
            assert!(lines.iter().flatten().all(|v| (v - 7.5).abs() < 1e-4), "{lines:?}");
        }
    }
}
