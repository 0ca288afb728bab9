//! Brightness: histograms, bias fields, uptake values.

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[];
