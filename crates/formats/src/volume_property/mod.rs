//! Transfer functions of volume renderings: [`json`] (`.vp.json`) is 3D Slicer's own format since 5.9, [`lines`] (`.vp`) the
//! one before.

pub mod json;
pub mod lines;

use microtome_records::TransferPoint;

/// Points by rising number; those of one place keep their order, which is how steps are said.
fn sorted<const N: usize>(mut points: Vec<TransferPoint<N>>) -> Vec<TransferPoint<N>> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    points
}
