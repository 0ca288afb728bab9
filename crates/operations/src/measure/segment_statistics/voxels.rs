//! Labels of a segmentation's layers as arrays.

use microtome_geometry::Grid;
use microtome_image::{Array, Labels, Region};
use microtome_records::LayerReader;
use rayon::prelude::*;

use crate::progress::{Cancelled, Progress};

/// The part of a layer around some of its labels: the labels, and where they stand; `None` if the layer has none of them.
pub(super) fn around(layer: &Labels, wanted: &[i32]) -> Option<(Array, Grid)> {
    let extents = layer.extents();
    let regions = wanted.iter().filter_map(|label| Some(extents.get(label)?.region));
    let region = regions.reduce(|a, b| a.around(&b))?;
    if region.dims == layer.grid().dims() {
        return Some((layer.to_image().array().clone(), *layer.grid()));
    }
    let mut labels = vec![0; region.voxel_count()];
    layer.read(&region, &mut labels);
    Some((Array::from(labels), layer.grid().region(region.start.map(|n| n as isize), region.dims)))
}

/// The labels of a layer at the voxels of another grid: that of the nearest voxel, 0 outside the layer.
///
/// # Errors
/// [`Cancelled`] on request.
pub(super) fn on_grid(layer: &Labels, grid: &Grid, progress: &Progress) -> Result<Array, Cancelled> {
    if layer.grid() == grid {
        return Ok(layer.to_image().array().clone());
    }
    let reader = LayerReader::on(grid, std::slice::from_ref(layer));
    let [ni, nj, nk] = grid.dims();
    let start = reader.start();
    let mut labels = vec![0; grid.voxel_count()];
    labels.par_chunks_mut((ni * nj).max(1)).enumerate().try_for_each(|(k, slice)| {
        progress.report(k as f64 / nk as f64)?;
        let region = Region { start: [start[0], start[1], start[2] + k], dims: [ni, nj, 1] };
        reader.read(0, &region, slice);
        Ok(())
    })?;
    Ok(Array::from(labels))
}
