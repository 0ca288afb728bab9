//! Operations that find numbers.

pub mod label_statistics;
pub mod percentiles;
pub mod statistics;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[Entry::of::<statistics::Statistics>()];
