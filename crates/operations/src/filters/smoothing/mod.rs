//! Less noise: Gaussians, medians, diffusion.

pub mod bilateral;
pub mod box_mean;
pub(in crate::filters) mod components;
pub mod convolution;
pub mod curvature_flow;
pub mod diffusion;
pub(in crate::filters) mod exponential;
pub mod gaussian;
pub mod label_map_smoothing;
pub mod median;
pub mod non_local_means;
mod padded;
pub(in crate::filters) mod separable;
pub mod unsharp_mask;
pub mod voting_hole_filling;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<gaussian::Gaussian>(),
    Entry::of::<median::Median>(),
    Entry::of::<diffusion::gradient::GradientAnisotropicDiffusion>(),
    Entry::of::<diffusion::curvature::CurvatureAnisotropicDiffusion>(),
    Entry::of::<curvature_flow::CurvatureFlow>(),
    Entry::of::<bilateral::Bilateral>(),
    Entry::of::<non_local_means::NonLocalMeans>(),
    Entry::of::<box_mean::BoxMean>(),
    Entry::of::<unsharp_mask::UnsharpMask>(),
    Entry::of::<convolution::Convolution>(),
    Entry::of::<voting_hole_filling::VotingHoleFilling>(),
    Entry::of::<label_map_smoothing::LabelMapSmoothing>(),
];
