//! Where voxels stand: orientation, cropping, padding, tiling, projection.

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[];
