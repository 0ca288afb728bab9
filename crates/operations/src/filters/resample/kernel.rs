//! Interpolation kernels of several voxels' width.

use std::f64::consts::PI;

use microtome_image::Window;

use super::direct::low_bits;
use crate::kernels::real::Real;

/// Weights of the voxels around a place.
pub(super) trait Kernel<R>: Sync {
    /// How many voxels along an axis it covers.
    fn taps(&self) -> usize;

    /// Where it works on B-spline coefficients rather than on voxels, the pole of the spline's inverse.
    fn pole(&self) -> Option<f64>;

    /// The weights of the [`taps`](Self::taps) voxels around a place, which is `t` (0 to 1) beyond the middle one but
    /// one; zeros behind them.
    fn weights<const LANES: usize>(&self, t: f64) -> [R; LANES];
}

/// The most voxels along an axis that a kernel covers.
pub(super) const WIDEST: usize = 16;

/// Quadratic B-spline on its coefficients.
pub(super) struct QuadraticBSpline;

impl<R: Real> Kernel<R> for QuadraticBSpline {
    fn taps(&self) -> usize {
        4
    }

    fn pole(&self) -> Option<f64> {
        Some(8.0_f64.sqrt() - 3.0)
    }

    /// Three weights around the nearest voxel, and a zero.
    #[inline(always)]
    fn weights<const LANES: usize>(&self, t: f64) -> [R; LANES] {
        let shift = usize::from(t >= 0.5);
        let t = t - shift as f64;
        let three = [0.5 * (0.5 - t) * (0.5 - t), 0.75 - t * t, 0.5 * (0.5 + t) * (0.5 + t)];
        let mut weights = [R::from_f64(0.0); LANES];
        for (weight, value) in weights.iter_mut().skip(shift).zip(three) {
            *weight = R::from_f64(value);
        }
        weights
    }
}

/// Cubic B-spline on its coefficients.
pub(super) struct CubicBSpline;

impl<R: Real> Kernel<R> for CubicBSpline {
    fn taps(&self) -> usize {
        4
    }

    fn pole(&self) -> Option<f64> {
        Some(3.0_f64.sqrt() - 2.0)
    }

    #[inline(always)]
    fn weights<const LANES: usize>(&self, t: f64) -> [R; LANES] {
        let s = 1.0 - t;
        let (first, last) = (s * s * s * (1.0 / 6.0), t * t * t * (1.0 / 6.0));
        let second = 2.0 / 3.0 - t * t * (2.0 - t) * 0.5;
        let all = [first, second, 1.0 - first - second - last, last];
        let mut weights = [R::from_f64(0.0); LANES];
        for n in 0..LANES.min(4) {
            weights[n] = R::from_f64(all[n]);
        }
        weights
    }
}

/// Windowed sinc: for each of [`STEPS`] + 1 places between two voxels, the weights of the voxels around them.
pub(super) struct Sinc<R> {
    taps: usize,
    table: Vec<[R; WIDEST]>,
}

/// Places between two voxels at which a sinc is tabulated; linear between them, its weights are right to 10⁻⁶.
const STEPS: usize = 1024;

impl<R: Real> Sinc<R> {
    /// A sinc cut off at `radius` (1 to 8) voxels by a window. Weights are scaled so that their sum is 1: a constant
    /// volume stays constant.
    pub(super) fn new(window: Window, radius: usize) -> Self {
        let radius = radius.clamp(1, WIDEST / 2);
        let table = (0..=STEPS).map(|n| sinc_weights(n as f64 / STEPS as f64, window, radius)).collect();
        Self { taps: 2 * radius, table }
    }
}

impl<R: Real> Kernel<R> for Sinc<R> {
    fn taps(&self) -> usize {
        self.taps
    }

    fn pole(&self) -> Option<f64> {
        None
    }

    #[inline(always)]
    fn weights<const LANES: usize>(&self, t: f64) -> [R; LANES] {
        let place = t * STEPS as f64;
        let before = place.floor().min(STEPS as f64 - 1.0);
        let part = R::from_f64(place - before);
        let mut weights = [R::from_f64(0.0); LANES];
        let first = low_bits(before) as usize;
        let Some([a, b]) = self.table.get(first..first + 2).and_then(|rows| rows.first_chunk::<2>()) else {
            return weights;
        };
        for n in 0..LANES.min(WIDEST) {
            weights[n] = a[n] + (b[n] - a[n]) * part;
        }
        weights
    }
}

fn sinc_weights<R: Real>(t: f64, window: Window, radius: usize) -> [R; WIDEST] {
    let mut weights = [0.0; WIDEST];
    for (n, weight) in weights.iter_mut().take(2 * radius).enumerate() {
        let distance = t - (n as f64 + 1.0 - radius as f64);
        *weight = sinc(distance) * weight_of(window, distance / radius as f64);
    }
    let sum: f64 = weights.iter().sum();
    weights.map(|w| R::from_f64(w / sum))
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-12 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The window at `x`, −1 to 1.
fn weight_of(window: Window, x: f64) -> f64 {
    match window {
        Window::Hamming => 0.54 + 0.46 * (PI * x).cos(),
        Window::Cosine => (PI * x / 2.0).cos(),
        Window::Welch => 1.0 - x * x,
        Window::Lanczos => sinc(x),
        Window::Blackman => 0.42 + 0.5 * (PI * x).cos() + 0.08 * (2.0 * PI * x).cos(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_pick_out_voxels() {
        for radius in 1..=8 {
            for window in [Window::Hamming, Window::Cosine, Window::Welch, Window::Lanczos, Window::Blackman]
            {
                let kernel = Sinc::<f64>::new(window, radius);
                for t in [0.0, 0.123, 0.5, 0.87654, 1.0] {
                    let weights: [f64; WIDEST] = kernel.weights(t);
                    assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{window:?} {radius} {t}");
                    assert!(weights[2 * radius..].iter().all(|&w| w == 0.0));
                }
                assert!((kernel.weights::<WIDEST>(0.0)[radius - 1] - 1.0_f64).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_table_is_fine_enough() {
        let kernel = Sinc::<f64>::new(Window::Lanczos, 5);
        for n in 0..5000 {
            let t = f64::from(n) / 4999.0;
            let exact = sinc_weights::<f64>(t, Window::Lanczos, 5);
            let found: [f64; WIDEST] = kernel.weights(t);
            assert!((0..WIDEST).all(|n| (exact[n] - found[n]).abs() < 1e-6), "{t}");
        }
    }
}
