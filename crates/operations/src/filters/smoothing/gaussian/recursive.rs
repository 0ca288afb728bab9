//! A Gaussian and its derivatives as recursive filters of fourth order.
//!
//! The sums of two damped oscillations that R. Deriche fitted to them ("Recursively implementing the Gaussian and its
//! derivatives", INRIA report 1893, 1993), with the refined constants of G. Farnebäck and C.-F. Westin ("Improving Deriche-style
//! recursive Gaussian filters", J. Math. Imaging Vis. 26, 2006) that ITK uses. Beyond the ends of a line its first and last value
//! go on for ever.

use multiversion::multiversion;

use crate::kernels::lines::{Bundle, LANES};
use crate::kernels::real::Real;

use super::super::separable::{LineFilter, real};

/// In voxels: narrower Gaussians can be computed in single precision, whose errors grow with the fourth power.
const SINGLE: f64 = 2.5;

/// Which derivative of the Gaussian a line is filtered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::filters) enum Order {
    /// The Gaussian itself.
    Zero,
    /// Its first derivative.
    First,
    /// Its second derivative.
    Second,
}

/// The filter for one axis.
pub(in crate::filters) struct Recursive {
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

/// The two oscillations e^(`decay` x / σ) (a cos(`frequency` x / σ) + b sin(`frequency` x / σ)).
struct Oscillation {
    /// a and b for the Gaussian, its first, and its second derivative.
    parts: [[f64; 2]; 3],
    frequency: f64,
    decay: f64,
}

const OSCILLATIONS: [Oscillation; 2] = [
    Oscillation {
        parts: [[1.3530, 1.8151], [-0.6724, -3.4327], [-1.3563, 5.2318]],
        frequency: 0.6681,
        decay: -1.3932,
    },
    Oscillation {
        parts: [[-0.3531, 0.0902], [0.6724, 0.6100], [0.3446, -2.2355]],
        frequency: 2.0787,
        decay: -1.3732,
    },
];

/// A polynomial's value at 1, and there the sums of its terms times their power, and times the power's square.
fn moments(coefficients: &[f64]) -> [f64; 3] {
    let mut out = [0.0; 3];
    for (n, c) in coefficients.iter().enumerate() {
        let n = n as f64;
        out = [out[0] + c, out[1] + n * c, out[2] + n * n * c];
    }
    out
}

/// The numerator for an order, and what divides it: each oscillation is a rational function in z⁻¹,
/// (n₀ + n₁z⁻¹) / (1 + d₁z⁻¹ + d₂z⁻²); both are added up.
fn rational(sigma: f64, order: usize) -> ([f64; 4], [f64; 4]) {
    let [(n, d), (m, e)] = OSCILLATIONS.map(|o| {
        let (sin, cos) = (o.frequency / sigma).sin_cos();
        let damped = (o.decay / sigma).exp();
        let [cosine, sine] = o.parts[order];
        ([cosine, damped * (sine * sin - cosine * cos)], [-2.0 * damped * cos, damped * damped])
    });
    let numerator = [
        n[0] + m[0],
        n[1] + m[1] + n[0] * e[0] + m[0] * d[0],
        n[0] * e[1] + n[1] * e[0] + m[0] * d[1] + m[1] * d[0],
        n[1] * e[1] + m[1] * d[1],
    ];
    let feedback = [d[0] + e[0], d[1] + e[1] + d[0] * e[0], d[0] * e[1] + d[1] * e[0], d[1] * e[1]];
    (numerator, feedback)
}

impl Recursive {
    /// A Gaussian of standard deviation `sigma` voxels, above 0.
    pub(super) fn new(sigma: f64) -> Self {
        Self::of_order(sigma, Order::Zero)
    }

    /// A Gaussian of standard deviation `sigma` voxels, above 0, or its derivative per voxel or per squared voxel: scaled so
    /// that a constant line stays, that one of slope 1 gives 1, and that half the square of the place gives 1.
    pub(in crate::filters) fn of_order(sigma: f64, order: Order) -> Self {
        let (mut numerator, feedback) = rational(sigma, order as usize);
        let [sd, dd, ed] = moments(&[1.0, feedback[0], feedback[1], feedback[2], feedback[3]]);
        if order == Order::Second {
            // As much of the Gaussian itself is added as makes a constant vanish.
            let (gaussian, _) = rational(sigma, 0);
            let whole = |n: &[f64; 4]| 2.0 * n.iter().sum::<f64>() - sd * n[0];
            let beta = -whole(&numerator) / whole(&gaussian);
            numerator.iter_mut().zip(gaussian).for_each(|(n, g)| *n += beta * g);
        }
        let [sn, dn, en] = moments(&numerator);
        let response = match order {
            Order::Zero => 2.0 * sn / sd - numerator[0],
            Order::First => 2.0 * (sn * dd - dn * sd) / (sd * sd),
            Order::Second => {
                (en * sd * sd - ed * sn * sd - 2.0 * dn * dd * sd + 2.0 * dd * dd * sn) / (sd * sd * sd)
            }
        };
        numerator.iter_mut().for_each(|n| *n /= response);
        let sign = if order == Order::First { -1.0 } else { 1.0 };
        let anticausal: [f64; 4] = std::array::from_fn(|n| {
            sign * (numerator.get(n + 1).copied().unwrap_or(0.0) - feedback[n] * numerator[0])
        });
        let steady = [numerator, anticausal].map(|c| c.iter().sum::<f64>() / sd);
        let single = order == Order::Zero && sigma <= SINGLE;
        Self { causal: numerator, anticausal, feedback, steady, single }
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
    let (Some(first), Some(last)) =
        (lines.first().map(|l| l.map(&widen)), lines.last().map(|l| l.map(&widen)))
    else {
        return;
    };
    let feedback = filter.feedback.map(real::<C>);
    let [forwards, backwards] = filter.steady.map(real::<C>);

    // The last four values and results lie in rings: n - 1 to n - 4 at places that turn with n.
    let before = |n: usize| [3, 2, 1, 0].map(|place| (n + place) & 3);

    scratch.clear();
    let [n0, n1, n2, n3] = filter.causal.map(real::<C>);
    let mut x = [first; 4];
    let mut y = [first.map(|v| v * forwards); 4];
    for (n, line) in lines.iter().enumerate() {
        let at = before(n);
        let new: [C; LANES] = std::array::from_fn(|l| widen(line[l]));
        let [x1, x2, x3] = [&x[at[0]], &x[at[1]], &x[at[2]]];
        let input: [C; LANES] =
            std::array::from_fn(|l| (n0 * new[l] + n1 * x1[l]) + (n2 * x2[l] + n3 * x3[l]));
        let result = past(&input, &feedback, at.map(|place| &y[place]));
        scratch.push(std::array::from_fn(|l| narrow(result[l])));
        x[n & 3] = new;
        y[n & 3] = result;
    }

    let [m1, m2, m3, m4] = filter.anticausal.map(real::<C>);
    let mut x = [last; 4];
    let mut y = [last.map(|v| v * backwards); 4];
    for (n, (line, causal)) in lines.iter_mut().zip(scratch.iter()).rev().enumerate() {
        let at = before(n);
        let new: [C; LANES] = std::array::from_fn(|l| widen(line[l]));
        let [x1, x2, x3, x4] = at.map(|place| &x[place]);
        let input: [C; LANES] =
            std::array::from_fn(|l| (m1 * x1[l] + m2 * x2[l]) + (m3 * x3[l] + m4 * x4[l]));
        let result = past(&input, &feedback, at.map(|place| &y[place]));
        *line = std::array::from_fn(|l| narrow(widen(causal[l]) + result[l]));
        x[n & 3] = new;
        y[n & 3] = result;
    }
}

/// The input less the results before; the latest comes last, so that the next step waits for as little as can be.
#[inline(always)]
fn past<C: Real>(input: &[C; LANES], feedback: &[C; 4], [y1, y2, y3, y4]: [&[C; LANES]; 4]) -> [C; LANES] {
    let [d1, d2, d3, d4] = *feedback;
    std::array::from_fn(|l| input[l] - (d4 * y4[l] + d3 * y3[l]) - d2 * y2[l] - d1 * y1[l])
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
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{sigma}");
            let peak = 1.0 / (sigma * (2.0 * std::f64::consts::PI).sqrt());
            for (n, v) in found.iter().enumerate() {
                let gauss = peak * (-0.5 * ((n as f64 - 200.0) / sigma).powi(2)).exp();
                // What the fit and its scale are good to.
                assert!((v - gauss).abs() < 5e-3 * peak, "{sigma} {n}: {v} {gauss}");
            }
        }
    }

    #[test]
    fn derivatives_of_polynomials_are_theirs() {
        for sigma in [0.8, 2.0, 7.0] {
            for (order, expected) in [(Order::First, 50.0), (Order::Second, 1.0)] {
                let mut lines: Vec<_> =
                    (0..401).map(|n| [0.5 * f64::from(n - 150).powi(2) + 3.0; LANES]).collect();
                Recursive::of_order(sigma, order).apply(&mut Vec::new(), &mut lines);
                assert!((lines[200][7] - expected).abs() < 1e-6, "{sigma} {order:?}: {}", lines[200][7]);
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
