//! Axes exchanged and turned round: the same voxels in another order.

use microtome_geometry::{Affine, Grid};
use microtome_image::{Array, Blank, Buffer, Image, Scalar, with_values};

use crate::kernels::rows;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

/// Where each axis of a new order comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axes {
    /// The old axis that the new axis n is.
    pub(super) from: [usize; 3],
    /// Whether it runs the other way.
    pub(super) reversed: [bool; 3],
}

impl Axes {
    /// The image with its axes in the new order; every voxel stays where it is in space.
    pub(super) fn apply(&self, image: &Image, progress: &Progress) -> Result<Image, OperationError> {
        let array = with_values!(image.array(), values => self.reorder(values, image, progress)?);
        let grid = self.grid(image.grid());
        Ok(Image::new(grid, image.components(), image.frames(), image.meaning(), array)?)
    }

    /// The grid in the new order.
    pub(super) fn grid(&self, grid: &Grid) -> Grid {
        let map = grid.ijk_to_ras();
        let dims = self.from.map(|axis| grid.dims()[axis]);
        let mut origin = map.translation();
        let columns: [_; 3] = std::array::from_fn(|n| {
            let column = map.column(self.from[n]);
            if self.reversed[n] {
                origin = origin + column * (dims[n] as f64 - 1.0);
                -column
            } else {
                column
            }
        });
        let [x, y, z] = columns;
        Grid::new(dims, Affine::from_columns(x, y, z, origin))
    }

    fn reorder<T: Scalar>(&self, values: &[T], image: &Image, progress: &Progress) -> Result<Array, Cancelled>
    where
        Array: From<Buffer<T>>,
    {
        let components = image.components();
        let old = image.dims();
        let strides = [components, components * old[0], components * old[0] * old[1]];
        let dims = self.from.map(|axis| old[axis]);
        // Of each new axis: where its first voxel is in the old order, and how far it is to the next.
        let start: usize =
            (0..3).filter(|&n| self.reversed[n]).map(|n| strides[self.from[n]] * (dims[n] - 1)).sum();
        let step: [isize; 3] = std::array::from_fn(|n| {
            let stride = strides[self.from[n]] as isize;
            if self.reversed[n] { -stride } else { stride }
        });
        let mut out = Blank::new(values.len());
        let frames = out.chunks_exact_mut(image.frame_len()).zip(values.chunks_exact(image.frame_len()));
        for (out, values) in frames {
            rows::fill(out, [dims[0] * components, dims[1], dims[2]], progress, |j, k, row| {
                let mut at = start as isize + j as isize * step[1] + k as isize * step[2];
                for voxel in row.chunks_exact_mut(components) {
                    voxel.copy_from_slice(&values[at as usize..at as usize + components]);
                    at += step[0];
                }
            })?;
        }
        Ok(Buffer::from(out).into())
    }
}
