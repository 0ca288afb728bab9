//! Resize volume: more or fewer voxels in the same place.

use microtome_geometry::{Affine, Grid, Point, Transform};
use microtome_image::{Image, Interpolation, Meaning};

use crate::declare::Operation;
use crate::filters::resample::{Method, resample};
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Makes a volume of other dimensions that fills the same box: the outer faces of the outermost voxels stay where they are.
    pub struct Resize("resize", "Resize volume", "filters");
    inputs {
        /// The volume or label map.
        input: Image,
    }
    parameters {
        /// How many times as many voxels along i, j and k.
        scale: [f64; 3] = [2.0, 2.0, 2.0], minimum 0.0;
        /// How many voxels along i, j and k; nothing: as `scale` says.
        size: Option<[u32; 3]> = None, minimum 1;
        /// How values between voxels are found; nothing: the nearest for label maps, linear for all else.
        interpolation: Option<Method> = None;
    }
    outputs {
        /// The resized volume.
        output: Image,
    }
    values {}
    example "Half as many voxels" {
        inputs { "input": { "dimensions": [4, 1, 1], "values": [0, 2, 4, 6] } }
        parameters { "size": [2, 1, 1] }
        gives { "output": { "spacing": [2, 1, 1], "origin": [0.5, 0, 0], "values": [1, 5] } }
    }
}

impl Operation for Resize {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let old = image.dims();
        let dims = match self.size {
            Some(size) => size.map(|n| n as usize),
            None => std::array::from_fn(|a| ((old[a] as f64 * self.scale[a]).round() as usize).max(1)),
        };
        let interpolation = match self.interpolation {
            None if image.meaning() == Meaning::Label => Interpolation::Nearest,
            None => Interpolation::Linear,
            Some(method) => method.interpolation(),
        };
        let grid = filling(image.grid(), dims);
        Ok(Outputs { output: resample(&image, &grid, &Transform::identity(), interpolation, 0.0, progress)? })
    }
}

/// A grid of `dims` voxels that fills the same box as another.
pub(super) fn filling(grid: &Grid, dims: [usize; 3]) -> Grid {
    let map = grid.ijk_to_ras();
    let scale: [f64; 3] = std::array::from_fn(|a| grid.dims()[a] as f64 / dims[a] as f64);
    let origin = map.apply(Point::from_array(scale.map(|s| (s - 1.0) / 2.0)));
    let [x, y, z] = std::array::from_fn(|a| map.column(a) * scale[a]);
    Grid::new(dims, Affine::from_columns(x, y, z, origin))
}
