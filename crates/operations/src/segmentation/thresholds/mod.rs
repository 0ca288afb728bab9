//! Thresholds found from the histogram.

pub mod auto_threshold;
mod between_classes;
mod histogram;
mod labelling;
mod methods;
pub mod multi_otsu;
pub mod otsu;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<otsu::Otsu>(),
    Entry::of::<multi_otsu::MultiOtsu>(),
    Entry::of::<auto_threshold::AutoThreshold>(),
];
