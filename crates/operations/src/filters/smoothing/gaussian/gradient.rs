//! The gradient of a Gaussian-smoothed volume.

use microtome_image::{Blank, Buffer};
use rayon::prelude::*;

use super::derivative_filters;
use super::recursive::Order;
use crate::filters::smoothing::separable;
use crate::kernels::pointwise::TASK;
use crate::progress::{Cancelled, Progress};

/// Smooths with a Gaussian of `sigma` mm and takes the derivatives along i, j and k, per mm; 0 along axes of
/// one voxel.
pub(crate) fn gradient(
    values: &[f32],
    dims: [usize; 3],
    spacing: [f64; 3],
    sigma: f64,
    progress: &Progress,
) -> Result<[Buffer<f32>; 3], Cancelled> {
    let mut components = [0, 1, 2].map(|_| Buffer::from(Blank::new(0)));
    for (axis, component) in components.iter_mut().enumerate() {
        let progress = progress.step(axis as f64 / 3.0..(axis + 1) as f64 / 3.0);
        let mut orders = [Order::Zero; 3];
        orders[axis] = Order::First;
        let mut derivative = match derivative_filters(dims, spacing, sigma, orders) {
            Ok(filters) => separable::filter(values, dims, &filters, &progress)?,
            Err(_) => Blank::new(values.len()),
        };
        let scale = (1.0 / spacing[axis]) as f32;
        derivative.par_chunks_mut(TASK).for_each(|part| part.iter_mut().for_each(|v| *v *= scale));
        *component = derivative.into();
    }
    Ok(components)
}
