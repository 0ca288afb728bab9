//! Non-local means.

use microtome_image::{Array, Blank, Buffer, Image, with_values};
use multiversion::multiversion;
use rayon::prelude::*;

use super::components;
use super::exponential::Exponential;
use super::padded::{Border, Padded};
use super::separable::real;
use crate::declare::Operation;
use crate::kernels::real::{Real, Voxel};
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::{operation, parameter_error};

operation! {
    /// Removes noise and keeps texture: each voxel becomes a mean of the voxels around it whose surroundings look alike.
    ///
    /// The method of A. Buades and others (2005), with patches whose differences are weighted with a Gaussian, as scikit-image computes
    /// it. Beyond the border the volume is mirrored for patches; only voxels of the volume are averaged. The cost grows with
    /// the number of voxels within the search radius. Memory: a copy of the volume in 32 bits (64 for types wider than 16 bits) and the
    /// result.
    pub struct NonLocalMeans("non-local-means", "Non-local means", "filters");
    inputs {
        /// The volume to smooth.
        input: Image,
    }
    parameters {
        /// How far a patch reaches beyond the voxel in its middle.
        patch_radius: u32 = 1, minimum 1, maximum 10, unit "voxel";
        /// How far similar patches are looked for.
        search_radius: u32 = 3, maximum 50, unit "voxel";
        /// How different patches may be: their root mean square difference at which the weight is 1 / e. Nothing: 0.8 times the
        /// noise.
        h: Option<f64> = None, minimum 0.0;
        /// The standard deviation of the noise, by which differences are larger than those of what was measured.
        noise_sigma: f64 = 10.0, minimum 0.0;
    }
    outputs {
        /// The smoothed volume.
        output: Image,
    }
    values {}
    example "Alike are averaged" {
        inputs { "input": { "dimensions": [6, 1, 1], "values": [0, 2, 0, 2, 0, 2] } }
        parameters { "h": 1, "noise-sigma": 0 }
        gives { "output": { "values": [0.0359724, 1.9465223, 0.0359724, 1.9640276, 0.0534777, 1.9640276] } }
    }
}

impl Operation for NonLocalMeans {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let h = self.h.unwrap_or(0.8 * self.noise_sigma);
        if h.is_nan() || h <= 0.0 {
            return Err(parameter_error("h", &self.h, "it, or the noise, must be greater than 0").into());
        }
        let patch = Patch::new(self.patch_radius as usize, image.dims(), h, self.noise_sigma);
        let search = self.search_radius as usize;
        let array = with_values!(image.array(), values => {
            Array::from(components::each(&image, values, progress, |values, progress| {
                means(values, image.dims(), &patch, search, progress)
            })?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}

/// How patches are compared.
struct Patch {
    /// Along i, j and k; 0 along an axis of one voxel.
    radius: [usize; 3],
    /// Of squared differences at each distance from the middle; over a whole patch they sum to 1 / h².
    weights: [Vec<f64>; 3],
    /// What is subtracted from a patch's difference.
    noise: f64,
}

impl Patch {
    fn new(radius: usize, dims: [usize; 3], h: f64, noise: f64) -> Self {
        let sigma = radius as f64 / 2.0;
        let radius = dims.map(|n| if n > 1 { radius } else { 0 });
        let mut weights = radius.map(|r| {
            let weight = |n: usize| (-0.5 * (n as f64 / sigma).powi(2)).exp();
            let sum = 1.0 + 2.0 * (1..=r).map(weight).sum::<f64>();
            (0..=r).map(|n| weight(n) / sum).collect::<Vec<f64>>()
        });
        weights[0].iter_mut().for_each(|w| *w /= h * h);
        Self { radius, weights, noise: 2.0 * noise * noise / (h * h) }
    }
}

/// A patch whose weighted difference is above this does not count.
const CUT: f64 = 5.0;

/// Rows of one parallel task.
const TASK_ROWS: usize = 16;

fn means<T: Voxel>(
    values: &[T],
    dims: [usize; 3],
    patch: &Patch,
    search: usize,
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled>
where
    T::Real: Exponential,
{
    let [ni, nj, nk] = dims;
    let volume = Padded::new(values, dims, patch.radius, Border::Mirrored, T::to_real);
    let mut out = Blank::<T>::new(values.len());
    let slices = out.chunks_mut(ni * nj).enumerate();
    let tasks: Vec<_> = slices
        .flat_map(|(k, slice)| {
            slice.chunks_mut(ni * TASK_ROWS).enumerate().map(move |(n, rows)| (k, n * TASK_ROWS, rows))
        })
        .collect();
    let count = tasks.len() as f64;
    tasks.into_par_iter().enumerate().try_for_each(|(n, (k, j, out))| {
        progress.report(n as f64 / count)?;
        let rows = out.len() / ni;
        let mut task = Task::new(&volume, dims, patch, [j, k], rows);
        let reach =
            |at: usize, length: usize| -(search.min(at) as isize)..=search.min(length - 1 - at) as isize;
        for dk in reach(k, nk) {
            progress.check()?;
            // Rows of the task reach differently far; what lies outside of the volume is left out below.
            for dj in -(search as isize)..=search as isize {
                for di in -(search.min(ni - 1) as isize)..=search.min(ni - 1) as isize {
                    task.compare([di, dj, dk]);
                }
            }
        }
        let means = task.sums.iter().zip(&task.norms);
        out.iter_mut().zip(means).for_each(|(o, (&sum, &norm))| *o = T::from_real(sum / norm));
        Ok(())
    })?;
    Ok(out.into())
}

/// Some rows of a slice.
struct Task<'a, R> {
    volume: &'a Padded<R>,
    dims: [usize; 3],
    patch: &'a Patch,
    /// The first j, and k.
    start: [usize; 2],
    rows: usize,
    sums: Vec<R>,
    norms: Vec<R>,
    /// Squared differences, summed along k; then along j.
    planes: [Vec<R>; 2],
}

impl<'a, R: Real + Exponential> Task<'a, R> {
    fn new(
        volume: &'a Padded<R>,
        dims: [usize; 3],
        patch: &'a Patch,
        start: [usize; 2],
        rows: usize,
    ) -> Self {
        let zeros = |count: usize| vec![R::default(); count];
        let ni = dims[0];
        let wide = ni + 2 * patch.radius[0];
        Self {
            volume,
            dims,
            patch,
            start,
            rows,
            sums: zeros(rows * ni),
            norms: zeros(rows * ni),
            planes: [zeros((rows + 2 * patch.radius[1]) * wide), zeros(wide)],
        }
    }

    /// Adds the voxels at an offset, by how alike their patches are.
    fn compare(&mut self, [di, dj, dk]: [isize; 3]) {
        let [ni, nj, _] = self.dims;
        let [ri, rj, rk] = self.patch.radius;
        let wide = ni + 2 * ri;
        // The voxels, and rows, for which the offset leads to voxels of the volume.
        let first = di.min(0).unsigned_abs();
        let last = ni - di.max(0) as usize;
        let row_of = |row: usize| (self.start[0] + row) as isize + dj;
        let valid = |row: usize| (0..nj as isize).contains(&row_of(row));
        let Some(first_row) = (0..self.rows).find(|&row| valid(row)) else { return };
        let last_row = (first_row..self.rows).take_while(|&row| valid(row)).count() + first_row;
        if first >= last {
            return;
        }
        let [plane, line] = &mut self.planes;
        let span = last - first + 2 * ri;
        for row in first_row..last_row + 2 * rj {
            let sums = &mut plane[row * wide + first..][..span];
            sums.fill(R::default());
            let j = self.start[0] + row;
            let other_j = (j as isize + dj) as usize;
            for c in 0..2 * rk + 1 {
                let k = self.start[1] + c;
                let other_k = (k as isize + dk) as usize;
                let here = &self.volume.row(j, k)[first..][..span];
                let there = &self.volume.row(other_j, other_k)[(first as isize + di) as usize..][..span];
                add_squares(real(self.patch.weights[2][c.abs_diff(rk)]), here, there, sums);
            }
        }
        for row in first_row..last_row {
            let line = &mut line[first..][..span];
            line.fill(R::default());
            for b in 0..2 * rj + 1 {
                let from = &plane[(row + b) * wide + first..][..span];
                add(real(self.patch.weights[1][b.abs_diff(rj)]), from, line);
            }
            let other_j = (row_of(row) as usize) + rj;
            let other_k = (self.start[1] as isize + dk) as usize + rk;
            let there =
                &self.volume.row(other_j, other_k)[(first as isize + di) as usize + ri..][..last - first];
            let range = row * ni + first..row * ni + last;
            let weights = &self.patch.weights[0];
            average(
                weights,
                real(self.patch.noise),
                line,
                there,
                &mut self.sums[range.clone()],
                &mut self.norms[range],
            );
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn add_squares<R: Real>(weight: R, a: &[R], b: &[R], sums: &mut [R]) {
    for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
        let difference = a - b;
        *sum += weight * (difference * difference);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn add<R: Real>(weight: R, from: &[R], sums: &mut [R]) {
    sums.iter_mut().zip(from).for_each(|(sum, &v)| *sum += weight * v);
}

/// Sums `line` along i to patches' differences, and adds the voxels in their middle.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn average<R: Real + Exponential>(
    weights: &[f64],
    noise: R,
    line: &[R],
    there: &[R],
    sums: &mut [R],
    norms: &mut [R],
) {
    let (count, radius) = (sums.len(), weights.len() - 1);
    let (there, norms) = (&there[..count], &mut norms[..count]);
    let [zero, cut] = [0.0, CUT].map(real::<R>);
    let middle = real::<R>(weights[0]);
    for n in 0..count {
        let mut distance = middle * line[n + radius] - noise;
        for d in 1..=radius {
            distance += real::<R>(weights[d]) * (line[n + radius - d] + line[n + radius + d]);
        }
        let distance = if distance > zero { distance } else { zero };
        let weight = if distance > cut { zero } else { (zero - distance).exp_of_negative() };
        norms[n] += weight;
        sums[n] += weight * there[n];
    }
}
