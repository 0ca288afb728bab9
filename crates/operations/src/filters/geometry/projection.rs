//! Projection: all voxels along an axis become one.

use microtome_image::{Array, Image, Scalar, with_values};
use rayon::prelude::*;

use crate::declare::Operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;
use crate::{choice, operation};

choice! {
    /// What is made of the values along a line.
    pub enum Projected {
        /// The greatest.
        Maximum = "maximum",
        /// The least.
        Minimum = "minimum",
        /// The mean.
        Mean = "mean",
        /// The value in the middle; of an even number the greater of the two.
        Median = "median",
        /// The sum.
        Sum = "sum",
        /// The standard deviation, of the sample.
        StandardDeviation = "standard-deviation",
    }
}

choice! {
    /// An axis of the grid.
    pub enum Along {
        /// i.
        I = "i",
        /// j.
        J = "j",
        /// k.
        K = "k",
    }
}

operation! {
    /// Makes one slice of a volume: each voxel is the greatest, least, mean or median value, the sum or the standard deviation of
    /// the voxels along a line.
    ///
    /// The slice is as thick as the volume was and stands in its middle.
    pub struct Projection("projection", "Projection", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// What is made of the values along a line.
        method: Projected = Projected::Maximum;
        /// The axis of the grid that the lines run along.
        axis: Along = Along::K;
    }
    outputs {
        /// The slice; `float64` for mean, sum and standard deviation, else of the volume's type.
        output: Image,
    }
    values {}
    example "The greatest of each row" {
        inputs { "input": { "dimensions": [3, 2, 1], "type": "int16", "values": [1, 5, 2, -1, -7, -3] } }
        parameters { "axis": "i" }
        gives { "output": { "dimensions": [1, 2, 1], "spacing": [3, 1, 1], "origin": [1, 0, 0], "values": [5, -1] } }
    }
}

impl Operation for Projection {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let axis = self.axis as usize;
        let array = with_values!(image.array(), values => project(values, image.dims(), axis, self.method, progress)?);
        let grid = super::resize::filling(
            image.grid(),
            std::array::from_fn(|a| if a == axis { 1 } else { image.dims()[a] }),
        );
        Ok(Outputs { output: Image::scalar(grid, array)? })
    }
}

/// Lines of one parallel task.
const TASK: usize = 256;

fn project<T: Scalar>(
    values: &[T],
    dims: [usize; 3],
    axis: usize,
    method: Projected,
    progress: &Progress,
) -> Result<Array, Cancelled>
where
    Array: From<Vec<T>>,
{
    let stride: usize = dims[..axis].iter().product();
    let length = dims[axis];
    let count = values.len() / length;
    let (kept, computed) = match method {
        Projected::Mean | Projected::Sum | Projected::StandardDeviation => (0, count),
        _ => (count, 0),
    };
    let (mut own, mut wide) = (vec![T::default(); kept], vec![0.0; computed]);
    // Some lines that stand beside each other, together: memory is read in its order.
    let line = |n: usize, m: usize| values[n / stride * stride * length + n % stride + m * stride];
    own.par_chunks_mut(TASK).enumerate().try_for_each(|(task, out)| {
        progress.report((task * TASK) as f64 / count as f64)?;
        let first = task * TASK;
        if method == Projected::Median {
            let mut sorted = Vec::with_capacity(length);
            for (n, out) in out.iter_mut().enumerate() {
                sorted.clear();
                sorted.extend((0..length).map(|m| line(first + n, m)));
                sorted.sort_unstable_by(|a, b| a.to_f64().total_cmp(&b.to_f64()));
                *out = sorted[length / 2];
            }
            return Ok(());
        }
        out.iter_mut().enumerate().for_each(|(n, out)| *out = line(first + n, 0));
        for m in 1..length {
            for (n, out) in out.iter_mut().enumerate() {
                let value = line(first + n, m);
                let better = if method == Projected::Maximum { value > *out } else { value < *out };
                if better {
                    *out = value;
                }
            }
        }
        Ok(())
    })?;
    wide.par_chunks_mut(TASK).enumerate().try_for_each(|(task, out)| {
        progress.report((task * TASK) as f64 / count as f64)?;
        let first = task * TASK;
        for m in 0..length {
            out.iter_mut().enumerate().for_each(|(n, out)| *out += line(first + n, m).to_f64());
        }
        if method == Projected::Sum {
            return Ok(());
        }
        out.iter_mut().for_each(|sum| *sum /= length as f64);
        if method == Projected::StandardDeviation {
            let means = out.to_vec();
            out.fill(0.0);
            for m in 0..length {
                for (n, out) in out.iter_mut().enumerate() {
                    let difference = line(first + n, m).to_f64() - means[n];
                    *out += difference * difference;
                }
            }
            out.iter_mut().for_each(|sum| *sum = (*sum / (length.max(2) - 1) as f64).sqrt());
        }
        Ok(())
    })?;
    Ok(if computed > 0 { Array::Float64(wide.into()) } else { own.into() })
}
