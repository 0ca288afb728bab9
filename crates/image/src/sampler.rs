//! Values between voxel centres.

use std::f64::consts::PI;

use microtome_geometry::{Ijk, Point};
use rayon::prelude::*;

use crate::lattice::{Lattice, Region};
use crate::scalar::Scalar;

/// How a value between voxel centres follows from the voxels around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolation {
    /// The nearest voxel's value: for labels.
    Nearest,
    /// Trilinear.
    #[default]
    Linear,
    /// Quadratic B-spline through the voxel values, mirrored at the borders.
    QuadraticBSpline,
    /// Cubic B-spline through the voxel values (Unser, IEEE Signal Processing Magazine 16(6), 1999), mirrored at the
    /// borders.
    CubicBSpline,
    /// Sinc cut off at `radius` voxels by a window (Meijering et al., Medical Image Analysis 5(2), 2001).
    WindowedSinc {
        /// The window's shape.
        window: Window,
        /// Half width in voxels, at least 1.
        radius: u8,
    },
}

/// The window of a windowed sinc, over −1…1 of its half width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// 0.54 + 0.46 cos πx.
    Hamming,
    /// cos πx/2.
    Cosine,
    /// 1 − x².
    Welch,
    /// sin πx / πx.
    Lanczos,
    /// 0.42 + 0.5 cos πx + 0.08 cos 2πx.
    Blackman,
}

impl Window {
    fn weight(self, x: f64) -> f64 {
        match self {
            Self::Hamming => 0.54 + 0.46 * (PI * x).cos(),
            Self::Cosine => (PI * x / 2.0).cos(),
            Self::Welch => 1.0 - x * x,
            Self::Lanczos => sinc(x),
            Self::Blackman => 0.42 + 0.5 * (PI * x).cos() + 0.08 * (2.0 * PI * x).cos(),
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-12 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// What lies outside an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boundary {
    /// Nothing: half a voxel beyond the outermost centres the image ends.
    #[default]
    Ends,
    /// The outermost voxels go on for ever.
    Clamp,
}

/// Reads a lattice between voxel centres.
pub struct Sampler<'a, L: Lattice> {
    lattice: &'a L,
    interpolation: Interpolation,
    boundary: Boundary,
    /// B-spline coefficients, components interleaved; empty for other interpolations.
    coefficients: Vec<f64>,
}

impl<'a, L: Lattice> Sampler<'a, L> {
    /// A sampler of `lattice`. A cubic B-spline computes its coefficients here (8 bytes a value).
    pub fn new(lattice: &'a L, interpolation: Interpolation, boundary: Boundary) -> Self {
        let coefficients = match interpolation {
            Interpolation::QuadraticBSpline => bspline_coefficients(lattice, 8.0_f64.sqrt() - 3.0),
            Interpolation::CubicBSpline => bspline_coefficients(lattice, 3.0_f64.sqrt() - 2.0),
            _ => Vec::new(),
        };
        Self { lattice, interpolation, boundary, coefficients }
    }

    /// The value of `component` at the continuous index `p`; `None` outside an image that [ends](Boundary::Ends), and
    /// for coordinates that are not finite.
    pub fn sample(&self, p: Point<Ijk>, component: usize) -> Option<f64> {
        let dims = self.lattice.dims();
        let mut x = p.coords();
        for (value, d) in x.iter_mut().zip(dims) {
            let (low, high) = (-0.5, d as f64 - 0.5);
            match self.boundary {
                _ if !value.is_finite() => return None,
                Boundary::Ends if !(*value >= low && *value <= high) => return None,
                _ => *value = value.clamp(low, high),
            }
        }
        Some(match self.interpolation {
            Interpolation::Nearest => {
                let ijk = std::array::from_fn(|a| (x[a].round().max(0.0) as usize).min(dims[a] - 1));
                self.lattice.get(ijk, component).to_f64()
            }
            Interpolation::Linear => self.linear(x, dims, component),
            Interpolation::QuadraticBSpline => self.bspline(x, dims, component, quadratic_weights),
            Interpolation::CubicBSpline => self.bspline(x, dims, component, cubic_weights),
            Interpolation::WindowedSinc { window, radius } => {
                self.sinc(x, dims, component, window, radius.max(1))
            }
        })
    }

    fn linear(&self, x: [f64; 3], dims: [usize; 3], component: usize) -> f64 {
        let floor = x.map(f64::floor);
        let t: [f64; 3] = std::array::from_fn(|a| x[a] - floor[a]);
        let near: [[usize; 2]; 3] = std::array::from_fn(|a| {
            let last = dims[a] as isize - 1;
            [floor[a] as isize, floor[a] as isize + 1].map(|n| n.clamp(0, last) as usize)
        });
        let along_i = |j: usize, k: usize| {
            let a = self.lattice.get([near[0][0], j, k], component).to_f64();
            let b = self.lattice.get([near[0][1], j, k], component).to_f64();
            a + (b - a) * t[0]
        };
        let along_j = |k: usize| {
            let (a, b) = (along_i(near[1][0], k), along_i(near[1][1], k));
            a + (b - a) * t[1]
        };
        let (a, b) = (along_j(near[2][0]), along_j(near[2][1]));
        a + (b - a) * t[2]
    }

    fn bspline(
        &self,
        x: [f64; 3],
        dims: [usize; 3],
        component: usize,
        weights: impl Fn(f64) -> [f64; 4],
    ) -> f64 {
        let components = self.lattice.components();
        let floor = x.map(f64::floor);
        let weights: [[f64; 4]; 3] = std::array::from_fn(|a| weights(x[a] - floor[a]));
        let index: [[usize; 4]; 3] = std::array::from_fn(|a| {
            std::array::from_fn(|n| mirror(floor[a] as isize - 1 + n as isize, dims[a]))
        });
        let mut sum = 0.0;
        for (k, wk) in index[2].iter().zip(weights[2]) {
            for (j, wj) in index[1].iter().zip(weights[1]) {
                let row = (k * dims[1] + j) * dims[0];
                let along: f64 = index[0]
                    .iter()
                    .zip(weights[0])
                    .map(|(i, w)| w * self.coefficients[(row + i) * components + component])
                    .sum();
                sum += wk * wj * along;
            }
        }
        sum
    }

    fn sinc(&self, x: [f64; 3], dims: [usize; 3], component: usize, window: Window, radius: u8) -> f64 {
        let r = isize::from(radius);
        let axes: [Vec<(usize, f64)>; 3] = std::array::from_fn(|a| {
            let floor = x[a].floor();
            let t = x[a] - floor;
            (1 - r..=r)
                .map(|n| {
                    let distance = t - n as f64;
                    let index = (floor as isize + n).clamp(0, dims[a] as isize - 1) as usize;
                    (index, sinc(distance) * window.weight(distance / r as f64))
                })
                .collect()
        });
        let mut sum = 0.0;
        for &(k, wk) in &axes[2] {
            for &(j, wj) in &axes[1] {
                let along: f64 =
                    axes[0].iter().map(|&(i, w)| w * self.lattice.get([i, j, k], component).to_f64()).sum();
                sum += wk * wj * along;
            }
        }
        sum
    }
}

/// The quadratic B-spline weights of the voxels at −1, 0, 1 and 2 for a position `t` (0 to 1) after voxel 0: three around
/// the nearest, and a zero.
fn quadratic_weights(t: f64) -> [f64; 4] {
    let around = |t: f64| [0.5 * (0.5 - t) * (0.5 - t), 0.75 - t * t, 0.5 * (0.5 + t) * (0.5 + t)];
    if t < 0.5 {
        let [a, b, c] = around(t);
        [a, b, c, 0.0]
    } else {
        let [b, c, d] = around(t - 1.0);
        [0.0, b, c, d]
    }
}

/// The four cubic B-spline weights of the voxels at −1, 0, 1 and 2 for a position `t` (0 to 1) after voxel 0.
fn cubic_weights(t: f64) -> [f64; 4] {
    let s = 1.0 - t;
    let last = t * t * t / 6.0;
    let first = s * s * s / 6.0;
    let second = 2.0 / 3.0 - t * t * (2.0 - t) / 2.0;
    [first, second, 1.0 - first - second - last, last]
}

/// The index within `0..size` that `n` falls on when the lattice is mirrored about its outermost voxels.
fn mirror(n: isize, size: usize) -> usize {
    if size == 1 {
        return 0;
    }
    let period = 2 * (size as isize - 1);
    let n = n.rem_euclid(period);
    n.min(period - n) as usize
}

/// B-spline coefficients by recursive filtering along each axis; `pole` is that of the spline's inverse.
fn bspline_coefficients<L: Lattice>(lattice: &L, pole: f64) -> Vec<f64> {
    let dims = lattice.dims();
    let components = lattice.components();
    let [ni, nj, nk] = dims;
    let row = ni * components;
    let mut values = vec![0.0; row * nj * nk];
    values.par_chunks_mut(row * nj).enumerate().for_each(|(k, slice)| {
        let mut stored = vec![L::Value::default(); slice.len()];
        lattice.read(&Region { start: [0, 0, k], dims: [ni, nj, 1] }, &mut stored);
        slice.iter_mut().zip(&stored).for_each(|(out, v)| *out = v.to_f64());
        slice.chunks_exact_mut(row).for_each(|line| filter_lines(line, ni, components, pole));
        filter_lines(slice, nj, row, pole);
    });
    // Along k: columns of one j at a time, gathered into a plane so that threads write to separate memory.
    if nk > 1 {
        let planes: Vec<Vec<f64>> = (0..nj)
            .into_par_iter()
            .map(|j| {
                let mut plane: Vec<f64> = (0..nk)
                    .flat_map(|k| {
                        let start = (k * nj + j) * row;
                        values[start..start + row].iter().copied()
                    })
                    .collect();
                filter_lines(&mut plane, nk, row, pole);
                plane
            })
            .collect();
        values.par_chunks_mut(row * nj).enumerate().for_each(|(k, slice)| {
            for (line, plane) in slice.chunks_exact_mut(row).zip(&planes) {
                line.copy_from_slice(&plane[k * row..(k + 1) * row]);
            }
        });
    }
    values
}

/// Turns `stride` interleaved lines of `n` samples into their B-spline coefficients in place.
fn filter_lines(values: &mut [f64], n: usize, stride: usize, pole: f64) {
    if n < 2 {
        return;
    }
    let gain = (1.0 - pole) * (1.0 - 1.0 / pole);
    values.iter_mut().for_each(|v| *v *= gain);
    // The causal sum over the mirrored line; beyond this many samples a term is below rounding.
    let horizon = n.min(30);
    let mut start = values[..stride].to_vec();
    let mut power = pole;
    for m in 1..horizon {
        let line = &values[m * stride..(m + 1) * stride];
        start.iter_mut().zip(line).for_each(|(s, v)| *s += power * v);
        power *= pole;
    }
    if horizon == n {
        // The mirrored half of a short line, and the sum of all its further periods.
        for m in (1..n - 1).rev() {
            let line = &values[m * stride..(m + 1) * stride];
            start.iter_mut().zip(line).for_each(|(s, v)| *s += power * v);
            power *= pole;
        }
        start.iter_mut().for_each(|s| *s /= 1.0 - power);
    }
    values[..stride].copy_from_slice(&start);
    for m in 1..n {
        let (before, here) = values.split_at_mut(m * stride);
        let previous = &before[(m - 1) * stride..];
        here[..stride].iter_mut().zip(previous).for_each(|(v, p)| *v += pole * p);
    }
    let scale = pole / (pole * pole - 1.0);
    for s in 0..stride {
        let (last, before) = ((n - 1) * stride + s, (n - 2) * stride + s);
        values[last] = scale * (values[last] + pole * values[before]);
    }
    for m in (0..n - 1).rev() {
        let (here, after) = values.split_at_mut((m + 1) * stride);
        let next = &after[..stride];
        here[m * stride..].iter_mut().zip(next).for_each(|(v, n)| *v = pole * (n - *v));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::DenseView;

    fn ramp(dims: [usize; 3]) -> Vec<f64> {
        let mut values = Vec::new();
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                for i in 0..dims[0] {
                    values.push(2.0 * i as f64 - 3.0 * j as f64 + 0.5 * k as f64 + 7.0);
                }
            }
        }
        values
    }

    const SINC: Interpolation = Interpolation::WindowedSinc { window: Window::Lanczos, radius: 4 };

    #[test]
    fn every_interpolation_passes_through_the_voxels() {
        let dims = [9, 8, 7];
        let values: Vec<f64> = (0..504).map(|n| f64::from(n * 7919 % 101)).collect();
        let view = DenseView::new(&values, dims, 1).unwrap();
        for interpolation in [
            Interpolation::Nearest,
            Interpolation::Linear,
            Interpolation::QuadraticBSpline,
            Interpolation::CubicBSpline,
            SINC,
        ] {
            let sampler = Sampler::new(&view, interpolation, Boundary::Ends);
            for ijk in [[0, 0, 0], [8, 7, 6], [3, 4, 5], [8, 0, 2]] {
                let p = Point::from_array(ijk.map(|n| n as f64));
                let found = sampler.sample(p, 0).unwrap();
                assert!((found - view.get(ijk, 0)).abs() < 1e-9, "{interpolation:?} {ijk:?} {found}");
            }
        }
    }

    #[test]
    fn a_ramp_is_reproduced_between_voxels() {
        let dims = [41, 40, 39];
        let values = ramp(dims);
        let view = DenseView::new(&values, dims, 1).unwrap();
        let p = Point::new(20.3, 19.75, 18.5);
        let expected = 2.0 * 20.3 - 3.0 * 19.75 + 0.5 * 18.5 + 7.0;
        for interpolation in
            [Interpolation::Linear, Interpolation::QuadraticBSpline, Interpolation::CubicBSpline]
        {
            let found = Sampler::new(&view, interpolation, Boundary::Ends).sample(p, 0).unwrap();
            assert!((found - expected).abs() < 1e-6, "{interpolation:?} {found} {expected}");
        }
    }

    #[test]
    fn an_image_ends_half_a_voxel_out() {
        let values = [1_u8, 2];
        let view = DenseView::new(&values, [2, 1, 1], 1).unwrap();
        let ends = Sampler::new(&view, Interpolation::Linear, Boundary::Ends);
        assert_eq!(ends.sample(Point::new(-0.4, 0.0, 0.0), 0), Some(1.0));
        assert_eq!(ends.sample(Point::new(-0.6, 0.0, 0.0), 0), None);
        assert_eq!(ends.sample(Point::new(f64::NAN, 0.0, 0.0), 0), None);
        let clamped = Sampler::new(&view, Interpolation::Linear, Boundary::Clamp);
        assert_eq!(clamped.sample(Point::new(9.0, 0.0, 0.0), 0), Some(2.0));
    }
}
