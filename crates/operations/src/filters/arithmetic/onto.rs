//! A second volume, brought onto the grid of the first.

use microtome_geometry::Transform;
use microtome_image::{Image, Interpolation};

use crate::choice;
use crate::filters::resample::resample;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::same_grid;

choice! {
    /// The order of the B-spline that finds values between voxels.
    pub enum Order {
        /// The nearest voxel.
        Nearest = "0",
        /// Linear.
        Linear = "1",
        /// Quadratic.
        Quadratic = "2",
        /// Cubic.
        Cubic = "3",
    }
}

impl Order {
    const fn interpolation(self) -> Interpolation {
        match self {
            Self::Nearest => Interpolation::Nearest,
            Self::Linear => Interpolation::Linear,
            Self::Quadratic => Interpolation::QuadraticBSpline,
            Self::Cubic => Interpolation::CubicBSpline,
        }
    }
}

/// `image` on the grid of `reference`: itself where that is its own, else resampled, with 0 outside of it.
pub(super) fn onto(
    image: Image,
    reference: &Image,
    order: Order,
    progress: &Progress,
) -> Result<Image, OperationError> {
    if same_grid(&image, reference) {
        return Ok(image);
    }
    resample(&image, reference.grid(), &Transform::identity(), order.interpolation(), 0.0, progress)
}
