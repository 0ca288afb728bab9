//! Thresholds found from the histogram.

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[];
