//! Box mean.

use microtome_image::{Array, Blank, Buffer, Image, with_values};
use multiversion::multiversion;

use super::components;
use super::separable::{self, LineFilter, rounded};
use crate::declare::Operation;
use crate::kernels::lines::{Bundle, LANES};
use crate::kernels::real::{Real, Voxel};
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

operation! {
    /// Gives every voxel the mean of the values in a box around it.
    ///
    /// At the border the mean is that of the voxels which lie in the volume. Its cost does not depend on the size of the box. Whole
    /// numbers are rounded to the nearest. What is not finite spreads along all axes. Memory: the volume in 32 bits (64 for types
    /// wider than 16 bits) and the result.
    pub struct BoxMean("box-mean", "Box mean", "filters");
    inputs {
        /// The volume to smooth.
        input: Image,
    }
    parameters {
        /// How far the box reaches along i, j and k beyond the voxel in its middle.
        radius: [u32; 3] = [1, 1, 1], maximum 100000, unit "voxel";
    }
    outputs {
        /// The smoothed volume.
        output: Image,
    }
    values {}
    example "Three values and, at the border, two" {
        inputs { "input": { "dimensions": [4, 1, 1], "values": [0, 3, 6, 0] } }
        parameters {}
        gives { "output": { "values": [1.5, 3, 3, 3] } }
    }
}

impl Operation for BoxMean {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let array = with_values!(image.array(), values => {
            Array::from(components::each(&image, values, progress, |values, progress| {
                means(values, image.dims(), self.radius, progress)
            })?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}

fn means<T: Voxel>(
    values: &[T],
    dims: [usize; 3],
    radius: [u32; 3],
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled>
where
    Window: LineFilter<T::Real>,
{
    let windows = std::array::from_fn(|axis| {
        let radius = radius[axis] as usize;
        (radius > 0 && dims[axis] > 1).then_some(Window { radius })
    });
    let means: Blank<T::Real> = separable::filter(values, dims, &windows, &progress.step(0.0..0.9))?;
    rounded(&means, &progress.step(0.9..1.0))
}

/// The mean of the values up to `radius` before and behind.
struct Window {
    radius: usize,
}

impl LineFilter<f32> for Window {
    fn apply(&self, scratch: &mut Vec<[f32; LANES]>, lines: &mut Bundle<f32>) {
        run(self.radius, scratch, lines, f64::from, |v| v as f32);
    }
}

impl LineFilter<f64> for Window {
    fn apply(&self, scratch: &mut Vec<[f64; LANES]>, lines: &mut Bundle<f64>) {
        run(self.radius, scratch, lines, |v| v, |v| v);
    }
}

/// Sums run in double precision, so that what leaves the window leaves nothing behind.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn run<R: Real>(
    radius: usize,
    scratch: &mut Vec<[R; LANES]>,
    lines: &mut Bundle<R>,
    widen: impl Fn(R) -> f64,
    narrow: impl Fn(f64) -> R,
) {
    scratch.clear();
    scratch.extend_from_slice(lines);
    let length = scratch.len();
    let mut sum = [0.0_f64; LANES];
    for line in &scratch[..radius.min(length)] {
        (0..LANES).for_each(|l| sum[l] += widen(line[l]));
    }
    for (n, line) in lines.iter_mut().enumerate() {
        if let Some(new) = scratch.get(n + radius) {
            (0..LANES).for_each(|l| sum[l] += widen(new[l]));
        }
        let count = (n + radius + 1).min(length) - n.saturating_sub(radius);
        let part = 1.0 / count as f64;
        *line = std::array::from_fn(|l| narrow(sum[l] * part));
        if let Some(old) = n.checked_sub(radius) {
            (0..LANES).for_each(|l| sum[l] -= widen(scratch[old][l]));
        }
    }
}
