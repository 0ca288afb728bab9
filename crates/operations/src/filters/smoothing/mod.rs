//! Less noise: Gaussians, medians, diffusion.

mod components;
pub mod gaussian;
mod separable;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[Entry::of::<gaussian::Gaussian>()];
