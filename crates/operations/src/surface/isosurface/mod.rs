//! Isosurfaces: the surface on which a volume has a given value.
//!
//! The four passes of flying edges (Schroeder, Maynard and Geveci, IEEE Symposium on Large Data Analysis and
//! Visualization 2015), on packed bits: classify the voxels, count each row's points and triangles, sum the counts to
//! know where each row's output goes, and write it. Every task writes to its own part of the output, so that the result
//! is the same for any number of threads.

mod cases;
mod count;
mod points;
mod triangles;

use microtome_geometry::{Affine, Grid, Ijk, Point, Ras};
use microtome_image::{Array, Scalar, ScalarType, with_values};
use rayon::prelude::*;

use crate::bits::BitVolume;
use crate::progress::{Cancelled, Progress};
use count::{Row, count_slice};
use points::{Field, PointRows};
use triangles::write_slice;

/// How to extract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Closes the surface where it meets the border of the volume, half a voxel beyond the outermost voxel centres.
    pub closed: bool,
    /// Finds the normals: the gradient of the volume (central differences, interpolated), towards lower values.
    pub normals: bool,
}

/// A surface of triangles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surface {
    /// Positions, RAS mm.
    pub points: Vec<Point<Ras>>,
    /// Corners, counter-clockwise seen from the side of lower values.
    pub triangles: Vec<[u32; 3]>,
    /// Unit normals, three numbers a point; empty unless asked for.
    pub normals: Vec<f32>,
}

/// Why there is no surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SurfaceError {
    /// It was stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// More than 32 bits count.
    #[error("the surface would have {0} points or triangles, more than a mesh can have")]
    TooLarge(usize),
}

/// The surface on which `values` (one a voxel of `grid`, i fastest, then j, k) equal `value`, linearly interpolated.
///
/// A voxel is inside if its value is at least `value`; NaN is outside. The surface is watertight within the volume and
/// its triangles face outside, whatever the handedness of the grid; points are shared. It is that of flying edges with
/// another cut of polygons into triangles where several are possible.
///
/// # Errors
/// [`SurfaceError`] if stopped, or too large.
///
/// # Panics
/// If there are not as many values as voxels.
pub fn isosurface(
    values: &Array,
    grid: &Grid,
    value: f64,
    options: Options,
    progress: &Progress,
) -> Result<Surface, SurfaceError> {
    assert_eq!(values.len(), grid.voxel_count(), "one value a voxel");
    if value.is_nan() || grid.voxel_count() == 0 {
        return Ok(Surface::default());
    }
    progress.report(0.0)?;
    with_values!(values, values => of_values(values, grid, value, options, progress))
}

fn of_values<T: Scalar>(
    values: &[T],
    grid: &Grid,
    value: f64,
    options: Options,
    progress: &Progress,
) -> Result<Surface, SurfaceError> {
    let mut bits = classify(values, grid.dims(), value);
    if options.closed {
        bits = bits.padded();
    }
    let [_, nj, nk] = bits.dims();
    progress.report(0.1)?;
    let mut rows = vec![Row::default(); nj * nk];
    rows.par_chunks_mut(nj).enumerate().for_each(|(k, rows)| count_slice(&bits, k, rows));
    let (points, triangles) = sum(&mut rows);
    if u32::try_from(points.max(triangles.saturating_mul(3))).is_err() {
        return Err(SurfaceError::TooLarge(points.max(triangles)));
    }
    progress.report(0.4)?;
    let mut surface = Surface {
        points: vec![Point::zero(); points],
        triangles: vec![[0; 3]; triangles],
        normals: vec![0.0; if options.normals { 3 * points } else { 0 }],
    };
    let field = Field::new(values, grid, value, options.closed);
    let mirrored = grid.ijk_to_ras().determinant() < 0.0;
    let cases = if mirrored { &*cases::MIRRORED } else { &*cases::CASES };
    split(&mut surface, &rows, nj).into_par_iter().try_for_each(|part| {
        progress.report(0.4 + 0.5 * part.slice as f64 / nk as f64)?;
        points::write_slice(
            &field,
            &bits,
            part.slice,
            &mut PointRows { points: part.points, normals: part.normals },
        );
        write_slice(&bits, &rows, part.slice, cases, part.triangles);
        Ok::<_, Cancelled>(())
    })?;
    Ok(surface)
}

/// Replaces every row's counts by the numbers of its first point and first triangle; gives the totals.
fn sum(rows: &mut [Row]) -> (usize, usize) {
    let (mut points, mut triangles) = (0_usize, 0_usize);
    for row in rows {
        row.first_point = points as u32;
        row.first_triangle = triangles as u32;
        points += row.points();
        triangles += row.triangles as usize;
    }
    (points, triangles)
}

/// One slice's part of the output.
struct Part<'a> {
    slice: usize,
    points: &'a mut [Point<Ras>],
    normals: &'a mut [f32],
    triangles: &'a mut [[u32; 3]],
}

fn split<'a>(surface: &'a mut Surface, rows: &[Row], nj: usize) -> Vec<Part<'a>> {
    let mut points = surface.points.as_mut_slice();
    let mut normals = surface.normals.as_mut_slice();
    let mut triangles = surface.triangles.as_mut_slice();
    let mut parts = Vec::new();
    for (slice, rows) in rows.chunks_exact(nj).enumerate() {
        let count = rows.iter().map(Row::points).sum();
        let own_points;
        (own_points, points) = std::mem::take(&mut points).split_at_mut(count);
        let own_normals;
        (own_normals, normals) = split_up_to(normals, 3 * count);
        let own_triangles;
        let count = rows.iter().map(|row| row.triangles as usize).sum();
        (own_triangles, triangles) = std::mem::take(&mut triangles).split_at_mut(count);
        parts.push(Part { slice, points: own_points, normals: own_normals, triangles: own_triangles });
    }
    parts
}

fn split_up_to(values: &mut [f32], count: usize) -> (&mut [f32], &mut [f32]) {
    let count = count.min(values.len());
    values.split_at_mut(count)
}

/// The voxels whose value is at least `value`.
fn classify<T: Scalar>(values: &[T], dims: [usize; 3], value: f64) -> BitVolume {
    let (least, most) = T::TYPE.limits();
    // Whole numbers are compared in their own type, which is faster; 64 bits would not survive the way through f64.
    let bound = value.ceil();
    let wide = matches!(T::TYPE, ScalarType::Int64 | ScalarType::UInt64);
    if T::TYPE.is_integer() && !wide && bound > least && bound <= most {
        let bound = T::from_f64(bound);
        BitVolume::new(values, dims, move |v| v >= bound)
    } else {
        BitVolume::new(values, dims, move |v| v.to_f64() >= value)
    }
}

/// From the indices of voxels that may be padded by one on every side to RAS.
fn index_to_ras(grid: &Grid, closed: bool) -> Affine<Ijk, Ras> {
    if closed { *grid.region([-1; 3], grid.dims()).ijk_to_ras() } else { *grid.ijk_to_ras() }
}

#[cfg(test)]
mod tests;
