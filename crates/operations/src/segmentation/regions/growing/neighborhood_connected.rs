//! Neighborhood connected: as connected threshold, but whole neighbourhoods have to fit.

use microtome_geometry::{Point, Ras};
use microtome_image::{Array, Image, with_values};

use super::connected_threshold::fits;
use super::neighbourhood::all_around;
use super::{connected_within, within};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::segmentation::components::Connectivity;
use crate::segmentation::regions::seeds;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Labels the voxels that are connected to a seed through voxels whose whole neighbourhood lies between
    /// two bounds, so that the region does not leak through thin bridges. At the border of the volume the
    /// neighbourhood is what lies within.
    ///
    /// Memory: input, output, and one byte a voxel.
    pub struct NeighborhoodConnected("neighborhood-connected", "Neighborhood connected", "segmentation");
    inputs {
        /// The volume in which the region grows.
        input: Image,
    }
    parameters {
        /// Where it grows from: one or more points. Those outside the volume, or where the neighbourhood does
        /// not fit, count for nothing.
        seed: Vec<Point<Ras>> = Vec::new(), unit "mm";
        /// The least value; nothing: no lower bound.
        lower: Option<f64> = None;
        /// The greatest value; nothing: no upper bound.
        upper: Option<f64> = None;
        /// How far the neighbourhood reaches to each side along i, j and k.
        radius: [u32; 3] = [1, 1, 1], maximum 1000, unit "voxels";
        /// The label of the region.
        label: u32 = 1, minimum 1, maximum 255;
    }
    outputs {
        /// The region.
        output: LabelImage,
    }
    values {
        /// How many voxels it has.
        voxels: u64,
    }
    example "The rim of the region does not fit" {
        inputs { "input": { "dimensions": [7, 1, 1], "values": [5, 6, 5, 5, 0, 5, 5] } }
        parameters { "seed": [[1, 0, 0]], "lower": 5 }
        gives { "output": { "type": "uint8", "values": [1, 1, 1, 0, 0, 0, 0] }, "voxels": 3 }
    }
}

impl Operation for NeighborhoodConnected {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        fits(&image)?;
        let seeds = seeds::voxels("seed", &self.seed, image.grid())?;
        let bounds = (self.lower.unwrap_or(f64::NEG_INFINITY), self.upper.unwrap_or(f64::INFINITY));
        let dims = image.dims();
        let fitting = with_values!(image.array(), values => {
            all_around(values, dims, self.radius, within(bounds), &progress.step(0.0..0.6))?
        });
        let fitting = Array::UInt8(fitting.into());
        let step = progress.step(0.6..1.0);
        let label = self.label as u8;
        let (labels, voxels) =
            connected_within(&fitting, dims, &seeds, (1.0, 1.0), Connectivity::Face, label, &step)?;
        progress.report(1.0)?;
        Ok(Outputs { output: LabelImage::new(image.with_array(labels)?), voxels })
    }
}
