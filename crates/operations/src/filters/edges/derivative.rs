//! Derivatives of Gaussian-smoothed volumes.

use microtome_image::{Blank, Buffer, Image, Scalar, with_values};
use rayon::prelude::*;

use crate::filters::smoothing::components;
use crate::filters::smoothing::gaussian::derivative_filters;
use crate::filters::smoothing::gaussian::recursive::{Order, Recursive};
use crate::filters::smoothing::separable::{self, LineFilter};
use crate::kernels::pointwise::TASK;
use crate::kernels::real::Voxel;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

/// What is made of the derivatives along i, j and k.
#[derive(Clone, Copy)]
pub(super) enum Sum {
    /// The root of the sum of their squares, of first derivatives.
    Length,
    /// The sum, of second derivatives.
    Laplacian,
}

/// Smooths with a Gaussian of `sigma` mm and combines the derivatives per mm along the three axes.
pub(super) fn of_gaussian(
    image: &Image,
    sigma: f64,
    sum: Sum,
    progress: &Progress,
) -> Result<Image, OperationError> {
    let made = with_values!(image.array(), values => of_values(values, image, sigma, sum, progress)?);
    Ok(image.with_array(made)?)
}

fn of_values<T: Voxel>(
    values: &[T],
    image: &Image,
    sigma: f64,
    sum: Sum,
    progress: &Progress,
) -> Result<Buffer<f32>, Cancelled>
where
    Recursive: LineFilter<T::Real>,
{
    let (dims, spacing) = (image.dims(), image.grid().spacing());
    components::each(image, values, progress, |values, progress| {
        let mut out = Blank::<f32>::new(values.len());
        for axis in 0..3 {
            let progress = progress.step(axis as f64 / 3.0..(axis + 1) as f64 / 3.0);
            let mut orders = [Order::Zero; 3];
            orders[axis] = if matches!(sum, Sum::Length) { Order::First } else { Order::Second };
            let Ok(filters) = derivative_filters(dims, spacing, sigma, orders) else { continue };
            let derivative = separable::filter(values, dims, &filters, &progress)?;
            let scale = match sum {
                Sum::Length => 1.0 / spacing[axis],
                Sum::Laplacian => 1.0 / (spacing[axis] * spacing[axis]),
            };
            add(&mut out, &derivative, scale, sum, &progress)?;
        }
        if matches!(sum, Sum::Length) {
            out.par_chunks_mut(TASK).for_each(|out| out.iter_mut().for_each(|v| *v = v.sqrt()));
        }
        Ok(out.into())
    })
}

fn add<R: Scalar>(
    out: &mut [f32],
    derivative: &[R],
    scale: f64,
    sum: Sum,
    progress: &Progress,
) -> Result<(), Cancelled> {
    progress.check()?;
    out.par_chunks_mut(TASK).zip(derivative.par_chunks(TASK)).for_each(|(out, derivative)| {
        for (o, d) in out.iter_mut().zip(derivative) {
            let d = d.to_f64() * scale;
            *o += match sum {
                Sum::Length => (d * d) as f32,
                Sum::Laplacian => d as f32,
            };
        }
    });
    Ok(())
}
