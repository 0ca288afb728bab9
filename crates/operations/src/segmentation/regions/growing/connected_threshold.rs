//! Connected threshold: the voxels within bounds that are connected to a seed.

use microtome_geometry::{Point, Ras};
use microtome_image::Image;

use super::connected_within;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::segmentation::components::{Connectivity, MAX_VOXELS};
use crate::segmentation::regions::seeds;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Labels the voxels whose value lies between two bounds, the bounds included, and that are connected to
    /// a seed through such voxels.
    ///
    /// Memory: input, output, an eighth of a byte a voxel and 8 bytes for every run of voxels within the
    /// bounds.
    pub struct ConnectedThreshold("connected-threshold", "Connected threshold", "segmentation");
    inputs {
        /// The volume in which the region grows.
        input: Image,
    }
    parameters {
        /// Where it grows from: one or more points. Those outside the volume, or at voxels outside the
        /// bounds, count for nothing.
        seed: Vec<Point<Ras>> = Vec::new(), unit "mm";
        /// The least value; nothing: no lower bound.
        lower: Option<f64> = None;
        /// The greatest value; nothing: no upper bound.
        upper: Option<f64> = None;
        /// Which voxels touch: those that share a face (6 neighbours), also an edge (18), or also a corner
        /// (26).
        connectivity: Connectivity = Connectivity::Face;
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
    example "It does not jump over a gap" {
        inputs { "input": { "dimensions": [6, 1, 1], "values": [5, 6, 5, 0, 5, 5] } }
        parameters { "seed": [[1, 0, 0]], "lower": 5 }
        gives { "output": { "type": "uint8", "values": [1, 1, 1, 0, 0, 0] }, "voxels": 3 }
    }
}

impl Operation for ConnectedThreshold {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        fits(&image)?;
        let seeds = seeds::voxels("seed", &self.seed, image.grid())?;
        let bounds = (self.lower.unwrap_or(f64::NEG_INFINITY), self.upper.unwrap_or(f64::INFINITY));
        let (dims, label) = (image.dims(), self.label as u8);
        let (labels, voxels) =
            connected_within(image.array(), dims, &seeds, bounds, self.connectivity, label, progress)?;
        progress.report(1.0)?;
        Ok(Outputs { output: LabelImage::new(image.with_array(labels)?), voxels })
    }
}

/// Checks that the runs of the volume can be counted.
pub(super) fn fits(image: &Image) -> Result<(), OperationError> {
    if image.array().len() <= MAX_VOXELS {
        return Ok(());
    }
    Err(OperationError::Input {
        name: "input".to_owned(),
        why: format!("it has more than {MAX_VOXELS} voxels"),
    })
}
