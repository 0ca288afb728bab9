//! Shapes: dilation, erosion, reconstruction, distances.

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[];
