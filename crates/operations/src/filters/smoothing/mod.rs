//! Less noise: Gaussians, medians, diffusion.

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[];
