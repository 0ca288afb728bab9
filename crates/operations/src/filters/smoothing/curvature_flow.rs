//! Curvature flow.

use microtome_image::{Array, Blank, Buffer, Image, with_values};
use multiversion::multiversion;

use super::components;
use super::separable::real;
use crate::declare::Operation;
use crate::kernels::real::{Real, Voxel};
use crate::kernels::rows::{self, Rows};
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

operation! {
    /// Smooths a volume by letting its contours shrink with their curvature.
    ///
    /// Every contour of equal value moves at the speed of its mean curvature (in 2D, its curvature), as J. Sethian describes and ITK
    /// computes it: what is small goes sooner than what is large, and edges stay sharp. Beyond the border the nearest voxel goes
    /// on. Whole numbers are rounded to the nearest after the last step. Memory: two copies of the volume in 32 bits (64 for types
    /// wider than 16 bits).
    pub struct CurvatureFlow("curvature-flow", "Curvature flow", "filters");
    inputs {
        /// The volume to smooth.
        input: Image,
    }
    parameters {
        /// How many steps are taken.
        iterations: u32 = 5, maximum 10000;
        /// The length of a step in time. Above 0.0625 a volume may become unstable.
        time_step: f64 = 0.05, minimum 0.0, maximum 1.0;
        /// Whether derivatives are per millimetre, rather than per voxel.
        use_image_spacing: bool = true;
    }
    outputs {
        /// The smoothed volume.
        output: Image,
    }
    values {}
    example "A corner is rounded, a straight edge stays" {
        inputs { "input": { "dimensions": [3, 3, 1], "values": [0, 0, 0, 0, 8, 8, 0, 8, 8] } }
        parameters { "iterations": 1, "time-step": 0.1 }
        gives { "output": { "values": [0, 0, 0, 0, 7, 8, 0, 8, 8] } }
    }
}

impl Operation for CurvatureFlow {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let spacing = if self.use_image_spacing { image.grid().spacing() } else { [1.0; 3] };
        let array = with_values!(image.array(), values => {
            Array::from(components::each(&image, values, progress, |values, progress| {
                flow(values, image.dims(), spacing, self, progress)
            })?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}

fn flow<T: Voxel>(
    values: &[T],
    dims: [usize; 3],
    spacing: [f64; 3],
    parameters: &CurvatureFlow,
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled> {
    let scale = spacing.map(|s| real::<T::Real>(1.0 / s));
    let time = real(parameters.time_step);
    let mut out = Blank::<T>::new(values.len());
    if parameters.iterations == 0 {
        out.copy_from_slice(values);
        return Ok(out.into());
    }
    let mut field = Rows::new(values, dims, 1, progress, T::to_real)?;
    let steps = f64::from(parameters.iterations);
    for n in 1..parameters.iterations {
        let progress = progress.step(f64::from(n - 1) / steps..f64::from(n) / steps);
        let mut next = Blank::<T::Real>::new(values.len());
        rows::fill(&mut next, dims, &progress, |j, k, row| {
            step(scale, time, field.around(j, k), row, |v| v);
        })?;
        // The copy with its margins takes the place of the one before.
        drop(field);
        field = Rows::new(&next, dims, 1, &progress, |v| v)?;
    }
    let progress = progress.step((steps - 1.0) / steps..1.0);
    rows::fill(&mut out, dims, &progress, |j, k, row| {
        step(scale, time, field.around(j, k), row, T::from_real);
    })?;
    Ok(out.into())
}

/// The squared gradient below which nothing moves.
const LEAST_SQUARE: f64 = 1e-9;

/// The row in the middle after a step.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn step<R: Real, T>(
    [si, sj, sk]: [R; 3],
    time: R,
    rows: [[&[R]; 3]; 3],
    out: &mut [T],
    finish: impl Fn(R) -> T,
) {
    let count = out.len() + 2;
    let [[aa, ab, ac], [ba, bb, bc], [ca, cb, cc]] = rows.map(|rows| rows.map(|row| &row[..count]));
    let [half, quarter, two, least] = [0.5, 0.25, 2.0, LEAST_SQUARE].map(real::<R>);
    for (n, out) in out.iter_mut().enumerate() {
        let here = bb[n + 1];
        let twice = two * here;
        let (i, j, k) = (
            half * (bb[n + 2] - bb[n]) * si,
            half * (bc[n + 1] - ba[n + 1]) * sj,
            half * (cb[n + 1] - ab[n + 1]) * sk,
        );
        let (ii, jj, kk) = (
            (bb[n + 2] - twice + bb[n]) * si * si,
            (bc[n + 1] - twice + ba[n + 1]) * sj * sj,
            (cb[n + 1] - twice + ab[n + 1]) * sk * sk,
        );
        let ij = quarter * (ba[n] - bc[n] - ba[n + 2] + bc[n + 2]) * si * sj;
        let ik = quarter * (ab[n] - cb[n] - ab[n + 2] + cb[n + 2]) * si * sk;
        let jk = quarter * (aa[n + 1] - ca[n + 1] - ac[n + 1] + cc[n + 1]) * sj * sk;
        let (i2, j2, k2) = (i * i, j * j, k * k);
        let square = i2 + j2 + k2;
        let curved =
            (jj + kk) * i2 + (ii + kk) * j2 + (ii + jj) * k2 - two * (i * j * ij + i * k * ik + j * k * jk);
        *out = finish(if square < least { here } else { here + time * (curved / square) });
    }
}
