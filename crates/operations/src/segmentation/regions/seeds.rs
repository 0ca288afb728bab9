//! Seeds: the voxels that points lie in.

use microtome_geometry::{Grid, Point, Ras};

use crate::parameter::{ParameterError, parameter_error};

/// The voxels whose centres are nearest to the points; points outside the grid count for nothing.
///
/// # Errors
/// [`ParameterError`] naming `name` if no point lies within the grid.
pub(crate) fn voxels(
    name: &str,
    points: &Vec<Point<Ras>>,
    grid: &Grid,
) -> Result<Vec<[usize; 3]>, ParameterError> {
    let refused = |why: &str| parameter_error(name, points, why);
    if points.is_empty() {
        return Err(refused("at least one point is needed, in RAS millimetres"));
    }
    let to_ijk = grid.ras_to_ijk().ok_or_else(|| refused("the volume's axes do not span space"))?;
    let nearest = |point: &Point<Ras>| {
        let mut voxel = [0; 3];
        for (n, at) in to_ijk.apply(*point).coords().into_iter().enumerate() {
            // Half-way points belong to the voxel that comes after.
            let rounded = (at + 0.5).floor();
            if !(0.0..grid.dims()[n] as f64).contains(&rounded) {
                return None;
            }
            voxel[n] = rounded as usize;
        }
        Some(voxel)
    };
    let found: Vec<[usize; 3]> = points.iter().filter_map(nearest).collect();
    if found.is_empty() { Err(refused("no point lies within the volume")) } else { Ok(found) }
}
