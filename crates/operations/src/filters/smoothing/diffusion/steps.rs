//! The steps in time.

use microtome_image::{Blank, Buffer};
use rayon::prelude::*;

use super::conductance::{
    Around, Conductance, Flows, Kind, Sides, across, advance, along, squared_gradients,
};
use super::field::{Field, close};
use crate::kernels::real::Voxel;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

/// How values diffuse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diffusion {
    /// What diffuses.
    pub kind: Kind,
    /// The gradients over which values diffuse, in multiples of the root mean square gradient.
    pub conductance: f64,
    /// How many steps.
    pub iterations: u32,
    /// The length of a step.
    pub time_step: f64,
    /// The distances of voxels that gradients are taken with, along i, j and k.
    pub spacing: [f64; 3],
}

/// Slices and rows of a parallel task: what flows between them is computed once within a task, twice between tasks.
const TASK: [usize; 2] = [32, 16];

/// A volume of `dims` voxels after it has diffused, in single precision, rounded to its own type.
///
/// # Errors
/// [`OperationError::Input`] for values that are not finite, [`OperationError::Cancelled`].
pub(super) fn diffuse<T: Voxel>(
    values: &[T],
    dims: [usize; 3],
    diffusion: Diffusion,
    progress: &Progress,
) -> Result<Buffer<T>, OperationError> {
    let scale = diffusion.spacing.map(|s| (1.0 / s) as f32);
    let mut field = Field::new(values, dims, progress)?;
    let mut next = Field::blank(dims);
    let count = dims.iter().product::<usize>() as f64;
    for n in 0..diffusion.iterations {
        let done = f64::from(n) / f64::from(diffusion.iterations);
        let progress = progress.step(done..done + 1.0 / f64::from(diffusion.iterations));
        let sum = field.sum(&progress, |j, k| squared_gradients(scale, around(&field, j, k), dims[0]))?;
        let width = 2.0 * diffusion.conductance * diffusion.conductance * sum / count;
        if !sum.is_finite() {
            let why = "some of its values are not finite, or too large".to_owned();
            return Err(OperationError::Input { name: "input".to_owned(), why });
        }
        // Nothing flows at no conductance, and there is nothing to flow in a constant volume.
        if width.is_nan() || width <= 0.0 {
            break;
        }
        let conductance = Conductance { kind: diffusion.kind, scale, exponent: (-1.0 / width) as f32 };
        step(&field, &mut next, &conductance, diffusion.time_step as f32, &progress)?;
        std::mem::swap(&mut field, &mut next);
    }
    drop(next);
    let mut out = Blank::new(values.len());
    field.to_values(&mut out);
    Ok(out.into())
}

fn around(field: &Field, j: isize, k: isize) -> Around<'_> {
    [k - 1, k, k + 1].map(|k| [j - 1, j, j + 1].map(|j| field.row(j, k)))
}

/// One step, from `field` to `next`.
fn step(
    field: &Field,
    next: &mut Field,
    conductance: &Conductance,
    time: f32,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let [_, nj, nk] = field.dims;
    let stride = field.stride();
    // Tasks are boxes of whole rows; their rows in the target are taken apart here.
    let across_j = nj.div_ceil(TASK[0]);
    let mut tasks: Vec<Vec<&mut [f32]>> = Vec::new();
    for slab in next.rows_mut().chunks_mut(stride * nj * TASK[1]) {
        let first = tasks.len();
        tasks.resize_with(first + across_j, Vec::new);
        for slice in slab.chunks_mut(stride * nj) {
            tasks[first..]
                .iter_mut()
                .zip(slice.chunks_mut(stride * TASK[0]))
                .for_each(|(t, rows)| t.push(rows));
        }
    }
    let count = tasks.len() as f64;
    tasks.into_par_iter().enumerate().try_for_each_init(Vec::new, |scratch, (n, mut slices)| {
        progress.report(n as f64 / count)?;
        let start = [n % across_j * TASK[0], n / across_j * TASK[1]];
        let rows = slices.first().map_or(0, |slice| slice.len() / stride);
        Task { field, conductance, time, start, rows, last: [nj - 1, nk - 1] }.run(&mut slices, scratch);
        Ok(())
    })
}

/// Some rows of some slices.
struct Task<'a> {
    field: &'a Field,
    conductance: &'a Conductance,
    time: f32,
    /// The first j and k.
    start: [usize; 2],
    /// How many rows in each slice.
    rows: usize,
    /// The last j and k of the volume.
    last: [usize; 2],
}

impl Task<'_> {
    fn run(&self, slices: &mut [&mut [f32]], scratch: &mut Vec<f32>) {
        let (ni, rows) = (self.field.dims[0], self.rows);
        scratch.clear();
        scratch.resize(ni + 1 + 3 * ni + rows * ni, 0.0);
        let (along_i, rest) = scratch.split_at_mut(ni + 1);
        let (mut before_j, rest) = rest.split_at_mut(ni);
        let (mut behind_j, rest) = rest.split_at_mut(ni);
        let (behind_k, before_k) = rest.split_at_mut(ni);
        let [j0, k0] = self.start;
        for (n, before) in before_k.chunks_exact_mut(ni).enumerate() {
            self.across_k(j0 + n, k0, before);
        }
        for (slice, k) in slices.iter_mut().zip(k0..) {
            self.across_j(j0, k, before_j);
            for ((row, before_k), j) in
                slice.chunks_exact_mut(ni + 2).zip(before_k.chunks_exact_mut(ni)).zip(j0..)
            {
                let around = around(self.field, j as isize, k as isize);
                along(self.conductance, around, along_i);
                self.across_j(j + 1, k, behind_j);
                self.across_k(j, k + 1, behind_k);
                let flows = Flows { i: along_i, j: [before_j, behind_j], k: [before_k, behind_k] };
                advance(self.conductance, around, &flows, self.time, &mut row[1..=ni]);
                close(row);
                before_k.copy_from_slice(behind_k);
                std::mem::swap(&mut before_j, &mut behind_j);
            }
        }
    }

    /// What flows between rows j - 1 and j of slice k.
    fn across_j(&self, j: usize, k: usize, out: &mut [f32]) {
        if j == 0 || j > self.last[0] {
            return out.fill(0.0);
        }
        let (j, k) = (j as isize, k as isize);
        let [_, sj, sk] = self.conductance.scale;
        let at = |k: isize| [j - 1, j].map(|j| self.field.row(j, k));
        across(
            self.conductance,
            Sides { rows: at(k), before: at(k - 1), behind: at(k + 1), scale: [sj, sk] },
            out,
        );
    }

    /// What flows between slices k - 1 and k at row j.
    fn across_k(&self, j: usize, k: usize, out: &mut [f32]) {
        if k == 0 || k > self.last[1] {
            return out.fill(0.0);
        }
        let (j, k) = (j as isize, k as isize);
        let [_, sj, sk] = self.conductance.scale;
        let at = |j: isize| [k - 1, k].map(|k| self.field.row(j, k));
        across(
            self.conductance,
            Sides { rows: at(j), before: at(j - 1), behind: at(j + 1), scale: [sk, sj] },
            out,
        );
    }
}
