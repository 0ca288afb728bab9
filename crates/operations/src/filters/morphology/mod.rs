//! Shapes: dilation, erosion, reconstruction, distances.

mod binary;
pub mod binary_close;
pub mod binary_dilate;
pub mod binary_erode;
pub mod binary_fill_hole;
pub mod binary_open;
mod bitwise;
pub mod close;
pub mod closing_by_reconstruction;
mod difference;
pub mod dilate;
pub mod distance;
mod element;
pub mod erode;
mod grayscale;
pub mod grayscale_fill_hole;
pub mod grayscale_grind_peak;
pub mod h_maxima;
pub mod h_minima;
pub mod morphological_gradient;
pub mod open;
pub mod opening_by_reconstruction;
pub mod reconstruct;
mod reconstruction;
pub mod top_hat;

use crate::registry::Entry;

pub use element::Shape;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<distance::DistanceMap>(),
    Entry::of::<binary_dilate::BinaryDilate>(),
    Entry::of::<binary_erode::BinaryErode>(),
    Entry::of::<binary_open::BinaryOpen>(),
    Entry::of::<binary_close::BinaryClose>(),
    Entry::of::<dilate::Dilate>(),
    Entry::of::<erode::Erode>(),
    Entry::of::<open::Open>(),
    Entry::of::<close::Close>(),
    Entry::of::<top_hat::TopHat>(),
    Entry::of::<morphological_gradient::MorphologicalGradient>(),
    Entry::of::<reconstruct::Reconstruction>(),
    Entry::of::<opening_by_reconstruction::OpeningByReconstruction>(),
    Entry::of::<closing_by_reconstruction::ClosingByReconstruction>(),
    Entry::of::<grayscale_fill_hole::GrayscaleFillHole>(),
    Entry::of::<grayscale_grind_peak::GrayscaleGrindPeak>(),
    Entry::of::<h_maxima::HMaxima>(),
    Entry::of::<h_minima::HMinima>(),
    Entry::of::<binary_fill_hole::BinaryFillHole>(),
];
