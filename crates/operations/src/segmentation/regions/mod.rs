//! Regions that grow: from seeds, along fronts, from basins.

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[];
