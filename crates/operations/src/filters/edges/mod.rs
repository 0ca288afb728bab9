//! Where values change: gradients, edges, ridges.

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[];
