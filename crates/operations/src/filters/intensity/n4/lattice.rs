//! Uniform B-splines on a box, from scattered values and on grids.
//!
//! The fit is one level of the multilevel scheme of S. Lee, G. Wolberg and S. Y. Shin ("Scattered data interpolation with
//! multilevel B-splines", IEEE TVCG 3(3), 1997) with the weights of N. J. Tustison and J. C. Gee ("Generalized n-D C^k B-spline
//! scattered data approximation with confidence values", MIAR 2006). Here the values stand on a grid, so that all sums over
//! voxels can be taken along one axis after the other.

use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

use crate::progress::{Cancelled, Progress};

/// Where the samples of an axis stand among the spans of a spline, and what its functions are there.
pub(super) struct Axis {
    samples: usize,
    /// How many functions the axis has: spans + order.
    pub(super) functions: usize,
    /// Runs of samples in the same span, with the first function that is not 0 there.
    runs: Vec<(Range<usize>, usize)>,
    /// For each function that is not 0 the values at all samples, function by function.
    values: Vec<f64>,
}

impl Axis {
    /// A spline of `order` on `spans` spans; `places` says where each sample stands, from 0 to `spans`, ascending.
    pub(super) fn new(spans: usize, order: usize, places: impl ExactSizeIterator<Item = f64>) -> Self {
        let samples = places.len();
        let mut values = vec![0.0; samples * (order + 1)];
        let mut runs: Vec<(Range<usize>, usize)> = Vec::new();
        for (n, place) in places.enumerate() {
            let span = (place.max(0.0) as usize).min(spans - 1);
            let functions = functions(order, (place - span as f64).clamp(0.0, 1.0));
            for (b, value) in functions.into_iter().enumerate() {
                values[b * samples + n] = value;
            }
            match runs.last_mut() {
                Some((range, first)) if *first == span => range.end = n + 1,
                _ => runs.push((n..n + 1, span)),
            }
        }
        Self { samples, functions: spans + order, runs, values }
    }

    fn width(&self) -> usize {
        self.values.len() / self.samples.max(1)
    }

    /// The first function that is not 0 at a sample, and the values of it and those behind it.
    fn at(&self, sample: usize) -> (usize, impl Iterator<Item = f64>) {
        let run = self.runs.partition_point(|(range, _)| range.end <= sample);
        let first = self.runs.get(run).map_or(0, |(_, first)| *first);
        (first, self.values.iter().skip(sample).step_by(self.samples.max(1)).copied())
    }

    /// The same with other values in the place of the functions': `change` gets one, and the sum of the squares of all at its
    /// sample.
    pub(super) fn changed(&self, change: impl Fn(f64, f64) -> f64) -> Self {
        let mut values = self.values.clone();
        for n in 0..self.samples {
            let squares: f64 = self.values[n..].iter().step_by(self.samples).map(|v| v * v).sum();
            values[n..].iter_mut().step_by(self.samples).for_each(|v| *v = change(*v, squares));
        }
        Self { samples: self.samples, functions: self.functions, runs: self.runs.clone(), values }
    }
}

/// The order + 1 uniform B-splines that are not 0 at `t` in [0, 1] of a span (Cox and de Boor).
fn functions(order: usize, t: f64) -> Vec<f64> {
    let mut values = vec![1.0];
    for degree in 1..=order {
        let mut next = vec![0.0; degree + 1];
        for (r, value) in values.iter().enumerate() {
            let part = value / degree as f64;
            next[r] += ((r + 1) as f64 - t) * part;
            next[r + 1] += (t + (degree - r - 1) as f64) * part;
        }
        values = next;
    }
    values
}

/// The coefficients of a spline on a box, i fastest.
#[derive(Clone, Debug)]
pub(super) struct Lattice {
    pub(super) dims: [usize; 3],
    pub(super) values: Vec<f64>,
}

impl Lattice {
    /// The same spline with each span of every axis cut in two.
    pub(super) fn refined(&self, order: usize) -> Self {
        let mut lattice = self.clone();
        for axis in 0..3 {
            lattice = lattice.refined_along(axis, order);
        }
        lattice
    }

    fn refined_along(&self, axis: usize, order: usize) -> Self {
        // A function is a sum of such of half the width, with binomial coefficients over 2^order.
        let mut parts = vec![0.5_f64.powi(order as i32)];
        for n in 0..=order {
            parts.push(parts[n] * (order + 1 - n) as f64 / (n + 1) as f64);
        }
        let old = self.dims[axis];
        let mut dims = self.dims;
        dims[axis] = 2 * (old - order) + order;
        let stride: usize = dims[..axis].iter().product();
        let mut values = vec![0.0; dims.iter().product()];
        for (from, to) in
            self.values.chunks_exact(stride * old).zip(values.chunks_exact_mut(stride * dims[axis]))
        {
            for (n, from) in from.chunks_exact(stride).enumerate() {
                for (k, part) in parts.iter().enumerate() {
                    let Some(at) = (2 * n + k).checked_sub(order).filter(|at| *at < dims[axis]) else {
                        continue;
                    };
                    to[at * stride..][..stride].iter_mut().zip(from).for_each(|(t, f)| *t += part * f);
                }
            }
        }
        Self { dims, values }
    }
}

/// For every function of the box the sum over all voxels of a row's values times the functions of the axes. `row` gives the values at j and
/// k.
pub(super) fn project(
    axes: &[Axis; 3],
    progress: &Progress,
    row: impl Fn(usize, usize, &mut [f32]) + Sync,
) -> Result<Vec<f64>, Cancelled> {
    let [x, y, z] = axes;
    let plane = x.functions * y.functions;
    let planes = (0..z.samples).into_par_iter().map(|k| {
        progress.check()?;
        let (mut values, mut sums) = (vec![0.0; x.samples], vec![0.0; x.functions]);
        let mut out = vec![0.0; plane];
        for j in 0..y.samples {
            row(j, k, &mut values);
            sums.fill(0.0);
            dot(x, &values, &mut sums);
            let (first, weights) = y.at(j);
            add(&mut out[first * x.functions..], &sums, weights);
        }
        Ok(out)
    });
    let planes = planes.collect::<Result<Vec<Vec<f64>>, Cancelled>>()?;
    let mut out = vec![0.0; plane * z.functions];
    for (k, values) in planes.iter().enumerate() {
        let (first, weights) = z.at(k);
        add(&mut out[first * plane..], values, weights);
    }
    Ok(out)
}

/// Adds `values`, times each weight, to as many pieces of `out`.
fn add(out: &mut [f64], values: &[f64], weights: impl Iterator<Item = f64>) {
    for (out, weight) in out.chunks_exact_mut(values.len()).zip(weights) {
        out.iter_mut().zip(values).for_each(|(o, v)| *o += weight * v);
    }
}

/// Sums of a row's values times the functions of its axis.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn dot(axis: &Axis, values: &[f32], sums: &mut [f64]) {
    const LANES: usize = 8;
    for (range, first) in &axis.runs {
        for b in 0..axis.width() {
            let weights = &axis.values[b * axis.samples..][range.clone()];
            let values = &values[range.clone()];
            let (whole, rest) = values.as_chunks::<LANES>();
            let (whole_weights, rest_weights) = weights.as_chunks::<LANES>();
            let mut lanes = [0.0; LANES];
            for (v, w) in whole.iter().zip(whole_weights) {
                for l in 0..LANES {
                    lanes[l] += f64::from(v[l]) * w[l];
                }
            }
            let rest: f64 = rest.iter().zip(rest_weights).map(|(v, w)| f64::from(*v) * w).sum();
            sums[first + b] += lanes.iter().sum::<f64>() + rest;
        }
    }
}

/// A spline that is looked up row by row.
pub(super) struct Field<'a> {
    lattice: &'a Lattice,
    axes: &'a [Axis; 3],
    /// The functions of the first axis in single precision.
    narrow: Vec<f32>,
}

impl<'a> Field<'a> {
    pub(super) fn new(lattice: &'a Lattice, axes: &'a [Axis; 3]) -> Self {
        Self { lattice, axes, narrow: axes[0].values.iter().map(|v| *v as f32).collect() }
    }

    /// The coefficients of the slice at k.
    pub(super) fn slice(&self, k: usize) -> Vec<f64> {
        let [ni, nj, _] = self.lattice.dims;
        let (first, weights) = self.axes[2].at(k);
        combined(&self.lattice.values[first * ni * nj..], ni * nj, weights)
    }

    /// The values of row j of a slice.
    pub(super) fn row(&self, slice: &[f64], j: usize, out: &mut [f32]) {
        let ni = self.lattice.dims[0];
        let (first, weights) = self.axes[1].at(j);
        let row: Vec<f32> =
            combined(&slice[first * ni..], ni, weights).into_iter().map(|v| v as f32).collect();
        evaluate(&self.axes[0], &self.narrow, &row, out);
    }
}

/// The sum of pieces of `values`, each times its weight.
fn combined(values: &[f64], length: usize, weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut out = vec![0.0; length];
    for (values, weight) in values.chunks_exact(length).zip(weights) {
        out.iter_mut().zip(values).for_each(|(o, v)| *o += weight * v);
    }
    out
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn evaluate(axis: &Axis, functions: &[f32], row: &[f32], out: &mut [f32]) {
    for (range, first) in &axis.runs {
        let out = &mut out[range.clone()];
        let values = |b: usize| &functions[b * axis.samples..][range.clone()];
        match (&row[*first..][..axis.width()], axis.width()) {
            ([a, b, c, d], 4) => {
                let (va, vb, vc, vd) = (values(0), values(1), values(2), values(3));
                for n in 0..out.len() {
                    out[n] = (va[n] * a + vb[n] * b) + (vc[n] * c + vd[n] * d);
                }
            }
            (coefficients, _) => {
                out.fill(0.0);
                for (b, coefficient) in coefficients.iter().enumerate() {
                    out.iter_mut().zip(values(b)).for_each(|(o, v)| *o += v * coefficient);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(spans: usize, order: usize, samples: usize) -> Axis {
        let places = (0..samples).map(|n| n as f64 / (samples.max(2) - 1) as f64 * spans as f64);
        Axis::new(spans, order, places)
    }

    fn all(lattice: &Lattice, axes: &[Axis; 3]) -> Vec<f32> {
        let field = Field::new(lattice, axes);
        let mut out = Vec::new();
        for k in 0..axes[2].samples {
            let slice = field.slice(k);
            for j in 0..axes[1].samples {
                let mut row = vec![0.0; axes[0].samples];
                field.row(&slice, j, &mut row);
                out.extend(row);
            }
        }
        out
    }

    #[test]
    fn cubic_functions_are_the_known_ones() {
        let at = |t| functions(3, t);
        assert!(
            at(0.0).iter().zip([1.0 / 6.0, 4.0 / 6.0, 1.0 / 6.0, 0.0]).all(|(a, b)| (a - b).abs() < 1e-15)
        );
        assert!(at(0.5).iter().zip([1.0, 23.0, 23.0, 1.0]).all(|(a, b)| (a - b / 48.0).abs() < 1e-15));
        for order in 1..6 {
            assert!((functions(order, 0.3).iter().sum::<f64>() - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn refining_changes_nothing() {
        for order in [1, 2, 3, 4] {
            let dims = [2 + order, 1 + order, 3 + order];
            let values = (0..dims.iter().product::<usize>()).map(|n| (n * 7919 % 101) as f64).collect();
            let lattice = Lattice { dims, values };
            let axes = |f: usize| [axis(2 * f, order, 9), axis(f, order, 8), axis(3 * f, order, 7)];
            let (coarse, fine) = (all(&lattice, &axes(1)), all(&lattice.refined(order), &axes(2)));
            assert!(coarse.iter().zip(&fine).all(|(a, b)| (a - b).abs() < 1e-4), "{order}");
        }
    }

    #[test]
    fn sums_over_a_grid_are_those_over_its_voxels() {
        let axes = [axis(2, 3, 21), axis(1, 3, 5), axis(1, 3, 4)];
        let value = |i: usize, j: usize, k: usize| ((i * 31 + j * 17 + k * 7) % 13) as f32;
        let found = project(&axes, &Progress::ignored(), |j, k, row| {
            row.iter_mut().enumerate().for_each(|(i, v)| *v = value(i, j, k));
        })
        .unwrap();
        let mut expected = vec![0.0; found.len()];
        for k in 0..4 {
            for j in 0..5 {
                for i in 0..21 {
                    let (fi, wi) = axes[0].at(i);
                    for (a, wi) in wi.enumerate() {
                        for (b, wj) in axes[1].at(j).1.enumerate() {
                            for (c, wk) in axes[2].at(k).1.enumerate() {
                                expected[((c * 4) + b) * 5 + fi + a] +=
                                    wi * wj * wk * f64::from(value(i, j, k));
                            }
                        }
                    }
                }
            }
        }
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9));
    }
}
