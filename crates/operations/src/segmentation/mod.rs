//! Operations that make and change label maps.

pub mod components;
pub mod largest_island;
pub mod regions;
pub mod threshold;
pub mod thresholds;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] =
    &[Entry::of::<threshold::Threshold>(), Entry::of::<largest_island::LargestIsland>()];
