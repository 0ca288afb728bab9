//! Transfer functions of volume renderings: [`json`] (`.vp.json`) is 3D Slicer's own format since 5.9, [`lines`] (`.vp`) the
//! one before.

pub mod json;
pub mod lines;

/// Finite points, by rising first number; those of one place keep their order, which is how steps are said.
fn sorted<const N: usize>(mut points: Vec<[f64; N]>) -> Vec<[f64; N]> {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    points
}
