//! The gradient of a feature image along its own axes.

use microtome_image::{Blank, Buffer};

use super::forces::surroundings;
use crate::filters::smoothing::gaussian::gradient::gradient;
use crate::kernels::pointwise;
use crate::progress::{Cancelled, Progress};

/// The derivatives along i, j and k per millimetre, after smoothing with a Gaussian of `sigma` mm; without
/// smoothing, central differences with the nearest voxel standing outside.
pub(super) fn slopes(
    feature: &[f32],
    dims: [usize; 3],
    spacing: [f64; 3],
    sigma: f64,
    progress: &Progress,
) -> Result<[Buffer<f32>; 3], Cancelled> {
    if sigma > 0.0 {
        return gradient(feature, dims, spacing, sigma, progress);
    }
    let mut components = [0, 1, 2].map(|_| Buffer::from(Blank::new(0)));
    for (axis, component) in components.iter_mut().enumerate() {
        *component = pointwise::fill(feature.len(), progress, |range, out| {
            for (n, o) in range.zip(out) {
                let [back, fore] = surroundings(dims, n).1[axis];
                *o = (0.5 * (f64::from(feature[fore]) - f64::from(feature[back])) / spacing[axis]) as f32;
            }
        })?;
    }
    Ok(components)
}
