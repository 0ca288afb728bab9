//! Median smoothing.

mod block;
mod histogram;
mod network;
mod select;

use microtome_image::{Array, Blank, Buffer, Image, with_values};

use super::components;
use crate::declare::Operation;
use crate::kernels::key::{Key, Keyed};
use crate::kernels::rows::Rows;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use block::Blocks;

operation! {
    /// Gives every voxel the median of the values in a box around it.
    ///
    /// Removes single outliers and keeps edges. Beyond the border the nearest voxel goes on. Every type is computed exactly;
    /// values that are not numbers count as greater or, with a sign, less than all numbers. Memory: one copy of the volume and the
    /// result.
    pub struct Median("median", "Median smoothing", "filters");
    inputs {
        /// The volume to smooth.
        input: Image,
    }
    parameters {
        /// How far the box reaches along i, j and k beyond the voxel in its middle.
        neighborhood: [u32; 3] = [1, 1, 1], maximum 100, unit "voxel";
    }
    outputs {
        /// The smoothed volume.
        output: Image,
    }
    values {}
    example "An outlier goes, an edge stays" {
        inputs { "input": { "dimensions": [7, 1, 1], "type": "int16", "values": [0, 0, 99, 0, 50, 50, 50] } }
        parameters { "neighborhood": [1, 0, 0] }
        gives { "output": { "type": "int16", "values": [0, 0, 0, 50, 50, 50, 50] } }
    }
}

impl Operation for Median {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        Ok(Outputs { output: median(&inputs.input, self.neighborhood, progress)? })
    }
}

/// Every voxel's median over a box that reaches `radius` voxels beyond it along i, j and k.
///
/// # Errors
/// [`OperationError::Cancelled`].
pub fn median(image: &Image, radius: [u32; 3], progress: &Progress) -> Result<Image, OperationError> {
    let radius = radius.map(|r| r as usize);
    let array = with_values!(image.array(), values => {
        Array::from(components::each(image, values, progress, |values, progress| {
            of_values(values, image.dims(), radius, progress)
        })?)
    });
    Ok(image.with_array(array)?)
}

/// The greatest radius that sorting networks are used for.
const SMALL: usize = 2;

fn of_values<T: Keyed>(
    values: &[T],
    dims: [usize; 3],
    radius: [usize; 3],
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled> {
    let mut out = Blank::<T>::new(values.len());
    if radius.iter().all(|&r| r <= SMALL) {
        let rows = Rows::new(values, dims, Blocks::<T::Key>::margin(dims, radius), progress, T::key)?;
        Blocks::new(&rows, dims, radius).fill::<T>(&mut out, progress)?;
    } else {
        let rows = Rows::new(values, dims, radius[0], progress, T::key)?;
        if T::Key::BITS <= 16 {
            histogram::fill::<T>(&rows, dims, radius, &mut out, progress)?;
        } else {
            select::fill::<T>(&rows, dims, radius, &mut out, progress)?;
        }
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use microtome_image::Scalar;

    use super::*;

    /// The plain way.
    fn expected<T: Scalar>(values: &[T], dims: [usize; 3], radius: [usize; 3]) -> Vec<T> {
        let mut out = Vec::new();
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                for i in 0..dims[0] {
                    let near = |center: usize, axis: usize| {
                        let (r, n) = (radius[axis] as isize, dims[axis] as isize);
                        (-r..=r).map(move |d| (center as isize + d).clamp(0, n - 1) as usize)
                    };
                    let mut window: Vec<T> = near(k, 2)
                        .flat_map(|c| near(j, 1).flat_map(move |b| near(i, 0).map(move |a| [a, b, c])))
                        .map(|[a, b, c]| values[(c * dims[1] + b) * dims[0] + a])
                        .collect();
                    window.sort_by(|a, b| a.partial_cmp(b).unwrap());
                    out.push(window[window.len() / 2]);
                }
            }
        }
        out
    }

    fn check<T: Keyed>(dims: [usize; 3], radius: [usize; 3]) {
        let count = dims.iter().product::<usize>();
        let values: Vec<T> = (0..count)
            .map(|n| {
                T::from_f64(
                    ((n * 7919 + n * n % 613) % 251) as f64 / 1.7
                        - if T::TYPE.limits().0 < 0.0 { 60.0 } else { 0.0 },
                )
            })
            .collect();
        let found = of_values(&values, dims, radius, &Progress::ignored()).unwrap();
        assert_eq!(&*found, expected(&values, dims, radius), "{:?} {dims:?} {radius:?}", T::TYPE);
    }

    #[test]
    fn every_path_finds_the_median() {
        for dims in [[37, 5, 4], [3, 7, 1], [1, 1, 9], [64, 3, 3], [33, 34, 2]] {
            for radius in [
                [1, 1, 1],
                [2, 2, 2],
                [1, 0, 2],
                [0, 2, 1],
                [2, 1, 0],
                [0, 0, 0],
                [3, 1, 0],
                [1, 0, 4],
                [0, 3, 0],
            ] {
                check::<i16>(dims, radius);
            }
            check::<u8>(dims, [1, 1, 1]);
            check::<u8>(dims, [1, 3, 1]);
            check::<i8>(dims, [2, 1, 3]);
            check::<u16>(dims, [3, 2, 1]);
            check::<u16>(dims, [1, 1, 2]);
            check::<i32>(dims, [1, 2, 1]);
            check::<u64>(dims, [1, 1, 1]);
            check::<f32>(dims, [1, 1, 1]);
            check::<f64>(dims, [0, 3, 1]);
        }
    }

    #[test]
    fn what_is_not_a_number_is_greatest() {
        let values = [f32::NAN, 1.0, 2.0];
        let found = of_values(&values, [3, 1, 1], [1, 0, 0], &Progress::ignored()).unwrap();
        assert!(found[0].is_nan());
        assert_eq!(&found[1..], [2.0, 2.0]);
    }
}
