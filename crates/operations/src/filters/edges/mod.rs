//! Where values change: gradients, edges, ridges.

mod around;
pub mod canny;
mod derivative;
pub mod gradient_magnitude;
pub mod laplacian;
pub mod sobel;
pub mod vesselness;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<gradient_magnitude::GradientMagnitude>(),
    Entry::of::<sobel::Sobel>(),
    Entry::of::<laplacian::Laplacian>(),
    Entry::of::<canny::Canny>(),
    Entry::of::<vesselness::Vesselness>(),
];
