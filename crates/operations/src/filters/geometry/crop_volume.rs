//! Crop volume: the part of a volume within a region of interest.

use microtome_geometry::{Affine, Grid, Point, Transform, Vector};
use microtome_image::{Image, Interpolation, Meaning};
use microtome_records::{Markups, RoiShape};

use super::window::{Beyond, window};
use crate::declare::Operation;
use crate::filters::resample::{Method, resample};
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Cuts a volume to a region of interest.
    ///
    /// By voxels, all voxels that lie in the region with their whole extent along each axis are kept as they are; of a region that is turned
    /// against the grid, those in the box around it. Interpolated, a new grid is laid into the region, along its axes, and
    /// the volume's values are found there.
    pub struct CropVolume("crop-volume", "Crop volume", "filters");
    inputs {
        /// The volume or label map.
        input: Image,
        /// The region of interest; nothing: the box that `center` and `size` give.
        roi: Option<Markups>,
    }
    parameters {
        /// The middle of the region (RAS) where none is given as an input; nothing: that of the volume.
        center: Option<[f64; 3]> = None, unit "mm";
        /// The edges of the region along right, anterior and superior where none is given as an input.
        size: Option<[f64; 3]> = None, minimum 0.0, unit "mm";
        /// Whether whole voxels are kept as they are; else values are interpolated.
        voxel_based: bool = false;
        /// How values between voxels are found; nothing: the nearest for label maps, linear for all else.
        interpolation: Option<Method> = None;
        /// How many times as far apart the new voxels are as the old ones.
        spacing_scale: f64 = 1.0, minimum 0.001;
        /// Whether the new voxels are as far apart along all axes: as the old ones along the axis where they are closest.
        isotropic_spacing: bool = false;
        /// The value outside the volume.
        fill_value: f64 = 0.0;
        /// Whether by voxels nothing beyond the volume is added.
        limit_to_volume: bool = true;
    }
    outputs {
        /// The part of the volume.
        output: Image,
    }
    values {}
    example "The two voxels in the middle" {
        inputs { "input": { "dimensions": [4, 1, 1], "values": [1, 2, 3, 4] } }
        parameters { "center": [1.5, 0, 0], "size": [2, 1, 1], "voxel-based": true }
        gives { "output": { "dimensions": [2, 1, 1], "origin": [1, 0, 0], "values": [2, 3] } }
    }
}

/// What may be lacking of a voxel, as a fraction of it.
const TOLERANCE: f64 = 0.001;

impl Operation for CropVolume {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let region = self.region(&image, inputs.roi)?;
        let output = if self.voxel_based {
            let (start, dims) = self.voxels(&image, &region)?;
            window(&image, start, dims, Beyond::Constant, self.fill_value, progress)?
        } else {
            let interpolation = match self.interpolation {
                None if image.meaning() == Meaning::Label => Interpolation::Nearest,
                None => Interpolation::Linear,
                Some(method) => method.interpolation(),
            };
            let grid = self.grid(&image, &region)?;
            resample(&image, &grid, &Transform::identity(), interpolation, self.fill_value, progress)?
        };
        Ok(Outputs { output })
    }
}

impl CropVolume {
    fn region(&self, image: &Image, roi: Option<Markups>) -> Result<RoiShape, OperationError> {
        if let Some(markups) = roi {
            return markups.roi.ok_or_else(|| OperationError::Input {
                name: "roi".to_owned(),
                why: "a region of interest is needed, not other markups".to_owned(),
            });
        }
        let Some(size) = self.size else {
            return Err(
                crate::parameter_error("size", &self.size, "without a region it has to be given").into()
            );
        };
        let center = self.center.map_or_else(|| image.grid().center(), Point::from_array);
        Ok(RoiShape { center, size, ..RoiShape::default() })
    }

    /// The voxels that lie in the region: the first, and how many.
    fn voxels(&self, image: &Image, region: &RoiShape) -> Result<([isize; 3], [usize; 3]), OperationError> {
        let to_ijk = image.grid().ras_to_ijk().ok_or_else(|| singular("input"))?;
        let corners = region.corners().map(|corner| to_ijk.apply(corner).coords());
        let (mut start, mut dims) = ([0; 3], [0; 3]);
        for a in 0..3 {
            let low = corners.iter().map(|c| c[a]).fold(f64::INFINITY, f64::min);
            let high = corners.iter().map(|c| c[a]).fold(f64::NEG_INFINITY, f64::max);
            let (mut first, mut last) = ((low + 0.5 - TOLERANCE).ceil(), (high - 0.5 + TOLERANCE).floor());
            if self.limit_to_volume {
                first = first.max(0.0);
                last = last.min(image.dims()[a] as f64 - 1.0);
            }
            if last.is_nan() || first.is_nan() || last < first {
                let why = "no voxel of the volume lies in it".to_owned();
                return Err(OperationError::Input { name: "roi".to_owned(), why });
            }
            start[a] = first as isize;
            dims[a] = (last - first + 1.0) as usize;
        }
        Ok((start, dims))
    }

    /// The grid that is laid into the region.
    fn grid(&self, image: &Image, region: &RoiShape) -> Result<Grid, OperationError> {
        let spacing = image.grid().spacing();
        let directions = image.grid().directions();
        let to_region = region.object_to_node();
        let axes: [Vector<_>; 3] = std::array::from_fn(|n| to_region.column(n));
        let closest = spacing.into_iter().fold(f64::INFINITY, f64::min);
        let mut dims = [0; 3];
        let mut steps = [0.0; 3];
        for n in 0..3 {
            // The axis of the volume that runs most along this one.
            let along = (0..3).fold(0, |best, a| {
                if directions[a].dot(axes[n]).abs() > directions[best].dot(axes[n]).abs() { a } else { best }
            });
            steps[n] = self.spacing_scale * if self.isotropic_spacing { closest } else { spacing[along] };
            if steps[n].is_nan() || steps[n] <= 0.0 {
                return Err(singular("input"));
            }
            dims[n] = (region.size[n] / steps[n] + TOLERANCE) as usize;
            if dims[n] == 0 {
                let why =
                    format!("its edge of {} mm is less than the {} mm of a voxel", region.size[n], steps[n]);
                return Err(OperationError::Input { name: "roi".to_owned(), why });
            }
        }
        let [x, y, z] = std::array::from_fn(|n| axes[n] * steps[n]);
        let half = dims.map(|d| (d as f64 - 1.0) / 2.0);
        let origin = region.center - (x * half[0] + y * half[1] + z * half[2]);
        Ok(Grid::new(dims, Affine::from_columns(x, y, z, origin)))
    }
}

fn singular(name: &str) -> OperationError {
    OperationError::Input {
        name: name.to_owned(),
        why: "its geometry is singular: voxels have no volume".to_owned(),
    }
}
