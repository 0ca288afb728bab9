//! The discrete Gaussian as a finite kernel.
//!
//! Its weights are those of T. Lindeberg's scale space for discrete signals ("Scale-space for discrete signals", IEEE PAMI 12, 1990):
//! e^(-t) I_n(t) with modified Bessel functions I_n, t the variance in voxels. Beyond the ends of a line its first and last value
//! go on.

use multiversion::multiversion;

use crate::kernels::lines::{Bundle, LANES};
use crate::kernels::real::Real;

use super::super::separable::{LineFilter, real};

/// The filter for one axis.
pub(in crate::filters) struct Discrete {
    /// The weight in the middle, then those beside it.
    weights: Vec<f64>,
}

impl Discrete {
    /// The kernel of variance `variance` (squared voxels) whose weights sum to at least 1 - `error` before they are scaled to
    /// sum to 1, or to as much as a radius of `radius` voxels allows.
    pub(super) fn new(variance: f64, error: f64, radius: usize) -> Self {
        let all = scaled_bessel(variance, radius.max(1) + 1);
        let mut weights = Vec::new();
        let mut sum = 0.0;
        for (n, weight) in all.into_iter().enumerate() {
            if n > 1 && (sum >= 1.0 - error || n > radius || weight <= 0.0) {
                break;
            }
            sum += if n == 0 { weight } else { 2.0 * weight };
            weights.push(weight);
        }
        weights.iter_mut().for_each(|w| *w /= sum);
        Self { weights }
    }
}

/// e^(-t) I_n(t) for n from 0 to `count` - 1, by Miller's backward recurrence, scaled by I₀ + 2 Σ I_n = e^t.
fn scaled_bessel(t: f64, count: usize) -> Vec<f64> {
    let mut out = vec![0.0; count];
    if t <= 0.0 {
        out[0] = 1.0;
        return out;
    }
    // Far enough out that what is left off is below the precision of the sum: ten standard deviations, and some.
    let start = count + 20 + (10.0 * t.sqrt()).min(1e6) as usize;
    let (mut next, mut this, mut sum) = (0.0_f64, f64::MIN_POSITIVE, 0.0_f64);
    for n in (0..start).rev() {
        // I_n = I_(n+2) + 2 (n+1) / t I_(n+1)
        let value = next + 2.0 * (n + 1) as f64 / t * this;
        (next, this) = (this, value);
        sum += if n == 0 { value } else { 2.0 * value };
        if let Some(out) = out.get_mut(n) {
            *out = value;
        }
        if this > 1e200 {
            [&mut next, &mut this, &mut sum].into_iter().chain(&mut out).for_each(|v| *v *= 1e-200);
        }
    }
    out.iter_mut().for_each(|v| *v /= sum);
    out
}

impl LineFilter<f32> for Discrete {
    fn apply(&self, scratch: &mut Vec<[f32; LANES]>, lines: &mut Bundle<f32>) {
        single(&self.weights, scratch, lines);
    }
}

impl LineFilter<f64> for Discrete {
    fn apply(&self, scratch: &mut Vec<[f64; LANES]>, lines: &mut Bundle<f64>) {
        double(&self.weights, scratch, lines);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn single(weights: &[f64], scratch: &mut Vec<[f32; LANES]>, lines: &mut Bundle<f32>) {
    run(weights, scratch, lines);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn double(weights: &[f64], scratch: &mut Vec<[f64; LANES]>, lines: &mut Bundle<f64>) {
    run(weights, scratch, lines);
}

#[inline(always)]
fn run<R: Real>(weights: &[f64], scratch: &mut Vec<[R; LANES]>, lines: &mut Bundle<R>) {
    let (Some(&first), Some(&last), Some((&middle, beside))) =
        (lines.first(), lines.last(), weights.split_first())
    else {
        return;
    };
    let radius = beside.len();
    scratch.clear();
    scratch.extend(std::iter::repeat_n(first, radius));
    scratch.extend_from_slice(lines);
    scratch.extend(std::iter::repeat_n(last, radius));
    let middle = real::<R>(middle);
    for (line, window) in lines.iter_mut().zip(scratch.windows(2 * radius + 1)) {
        let mut sum = window[radius].map(|v| middle * v);
        for (n, &weight) in beside.iter().enumerate() {
            let weight = real::<R>(weight);
            let (before, behind) = (&window[radius - 1 - n], &window[radius + 1 + n]);
            for l in 0..LANES {
                sum[l] += weight * (before[l] + behind[l]);
            }
        }
        *line = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_published_bessel_functions() {
        // Abramowitz and Stegun, tables 9.8 and 9.9: e^-x I_0 and e^-x I_1 at 1, and I_5(2) e^-2.
        let found = scaled_bessel(1.0, 3);
        assert!((found[0] - 0.465_759_607_6).abs() < 1e-9 && (found[1] - 0.207_910_415_3).abs() < 1e-9);
        assert!((scaled_bessel(2.0, 6)[5] - 0.009_825_679_3 * (-2.0_f64).exp()).abs() < 1e-9);
        // For large variances they approach samples of a Gaussian.
        let t = 400.0_f64;
        let gauss = (-0.5 * 100.0 / t).exp() / (2.0 * std::f64::consts::PI * t).sqrt();
        assert!((scaled_bessel(t, 11)[10] - gauss).abs() < 1e-4 * gauss.max(1.0));
        assert!(scaled_bessel(1e6, 33).iter().all(|w| *w > 0.0 && w.is_finite()));
    }

    #[test]
    fn kernels_end_at_the_error_or_the_radius() {
        let kernel = Discrete::new(4.0, 0.01, 32);
        let sum = |k: &Discrete| k.weights[0] + 2.0 * k.weights[1..].iter().sum::<f64>();
        assert!((sum(&kernel) - 1.0).abs() < 1e-12);
        assert_eq!(kernel.weights.len(), 6);
        assert_eq!(Discrete::new(400.0, 0.01, 32).weights.len(), 33);
        assert_eq!(Discrete::new(0.0, 0.01, 32).weights[0], 1.0);
    }

    #[test]
    fn ends_go_on() {
        let mut lines = vec![[0.0_f64; LANES], [1.0; LANES]];
        let kernel = Discrete { weights: vec![0.5, 0.25] };
        kernel.apply(&mut Vec::new(), &mut lines);
        assert_eq!((lines[0][0], lines[1][5]), (0.25, 0.75));
    }
}
