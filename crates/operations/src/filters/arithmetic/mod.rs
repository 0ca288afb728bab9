//! Voxel by voxel: sums, masks, casts, combinations.

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[];
