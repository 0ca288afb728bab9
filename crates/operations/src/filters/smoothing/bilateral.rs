//! Bilateral smoothing.

use microtome_image::{Array, Blank, Buffer, Image, with_values};
use multiversion::multiversion;

use super::components;
use super::exponential::Exponential;
use super::separable::real;
use crate::declare::Operation;
use crate::kernels::real::{Real, Voxel};
use crate::kernels::rows::{self, Rows};
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::{operation, parameter_error};

operation! {
    /// Smooths a volume with a Gaussian that leaves out what is much brighter or darker, so that edges stay.
    ///
    /// Each voxel becomes a mean of its neighbours (C. Tomasi and R. Manduchi, 1998), weighted with a Gaussian of their distance and
    /// one of their difference in value. As in ITK, neighbours farther than 2.5 standard deviations away along an axis, or 4 in
    /// value, do not count, and beyond the border the nearest voxel goes on; the weights are exact, where ITK takes them
    /// from a table of 100. The cost grows with the cube of the domain sigma. Memory: a copy of the volume in 32 bits (64 for types
    /// wider than 16 bits) and the result.
    pub struct Bilateral("bilateral", "Bilateral smoothing", "filters");
    inputs {
        /// The volume to smooth.
        input: Image,
    }
    parameters {
        /// The standard deviation of the Gaussian of distances.
        domain_sigma: f64 = 4.0, minimum 0.0, unit "mm";
        /// The standard deviation of the Gaussian of differences in value.
        range_sigma: f64 = 50.0, minimum 0.0;
    }
    outputs {
        /// The smoothed volume.
        output: Image,
    }
    values {}
    example "Little steps are smoothed, great ones stay" {
        inputs { "input": { "dimensions": [4, 1, 1], "values": [0, 2, 1000, 1002] } }
        parameters { "domain-sigma": 0.4 }
        gives { "output": { "values": [0.0807138, 1.915889, 1000.084111, 1001.9192862] } }
    }
}

impl Operation for Bilateral {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        for (name, sigma) in [("domain-sigma", self.domain_sigma), ("range-sigma", self.range_sigma)] {
            if sigma.is_nan() || sigma <= 0.0 {
                return Err(parameter_error(name, &sigma, "it must be greater than 0").into());
            }
        }
        let domain = Domain::new(self.domain_sigma, &image).ok_or_else(|| {
            parameter_error(
                "domain-sigma",
                &self.domain_sigma,
                "it reaches over more than 500 voxels along an axis",
            )
        })?;
        let array = with_values!(image.array(), values => {
            Array::from(components::each(&image, values, progress, |values, progress| {
                smooth(values, image.dims(), &domain, self.range_sigma, progress)
            })?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}

/// How many standard deviations of distance count.
const REACH: f64 = 2.5;

/// How many standard deviations of difference count.
const RANGE: f64 = 4.0;

/// The weights of distances: along each axis, from the middle on.
struct Domain {
    weights: [Vec<f64>; 3],
}

impl Domain {
    fn new(sigma: f64, image: &Image) -> Option<Self> {
        let spacing = image.grid().spacing();
        let axis = |axis: usize| {
            // A whole number of voxels is not to become one more by rounding.
            let radius = (REACH * sigma / spacing[axis] - 1e-6).ceil();
            let weight = |n: u32| (-0.5 * (f64::from(n) * spacing[axis] / sigma).powi(2)).exp();
            (radius <= 500.0).then(|| (0..=radius as u32).map(weight).collect())
        };
        Some(Self { weights: [axis(0)?, axis(1)?, axis(2)?] })
    }

    fn radius(&self, axis: usize) -> usize {
        self.weights[axis].len() - 1
    }
}

fn smooth<T: Voxel>(
    values: &[T],
    dims: [usize; 3],
    domain: &Domain,
    sigma: f64,
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled>
where
    T::Real: Exponential,
{
    let margin = domain.radius(0);
    let field = Rows::new(values, dims, margin, progress, T::to_real)?;
    let range = Range { limit: real(RANGE * sigma), exponent: real(-0.5 / (sigma * sigma)) };
    let along: Vec<T::Real> =
        (0..2 * margin + 1).map(|n| real(domain.weights[0][n.abs_diff(margin)])).collect();
    let [rj, rk] = [1, 2].map(|axis| domain.radius(axis) as isize);
    let mut out = Blank::<T>::new(values.len());
    let scratch = || [Vec::new(), Vec::new()];
    rows::fill_with(&mut out, dims, progress, scratch, |[sums, norms], j, k, out| {
        for list in [&mut *sums, &mut *norms] {
            list.clear();
            list.resize(out.len(), T::Real::default());
        }
        let (j, k) = (j as isize, k as isize);
        let middle = &field.row(j, k)[margin..];
        for c in -rk..=rk {
            // A long row of boxes takes its time.
            if progress.check().is_err() {
                return;
            }
            for b in -rj..=rj {
                let weight = domain.weights[1][b.unsigned_abs()] * domain.weights[2][c.unsigned_abs()];
                accumulate(range, real(weight), &along, middle, field.row(j + b, k + c), sums, norms);
            }
        }
        out.iter_mut().zip(sums.iter().zip(norms.iter())).for_each(|(o, (&s, &n))| *o = T::from_real(s / n));
    })?;
    progress.check()?;
    Ok(out.into())
}

/// The Gaussian of differences.
#[derive(Clone, Copy)]
struct Range<R> {
    limit: R,
    exponent: R,
}

/// Adds what a row's voxels give to those of the row in the middle; `row` begins `along.len() / 2` before it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn accumulate<R: Real + Exponential>(
    range: Range<R>,
    weight: R,
    along: &[R],
    middle: &[R],
    row: &[R],
    sums: &mut [R],
    norms: &mut [R],
) {
    let count = sums.len();
    let (middle, norms) = (&middle[..count], &mut norms[..count]);
    for (i, &domain) in along.iter().enumerate() {
        let (row, weight) = (&row[i..i + count], weight * domain);
        for n in 0..count {
            let difference = row[n] - middle[n];
            let near = difference < range.limit && real::<R>(0.0) - difference < range.limit;
            let part = weight * (difference * difference * range.exponent).exp_of_negative();
            let part = if near { part } else { real(0.0) };
            norms[n] += part;
            sums[n] += part * row[n];
        }
    }
}
