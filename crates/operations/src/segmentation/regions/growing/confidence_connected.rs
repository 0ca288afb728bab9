//! Confidence connected: a region that grows by its own statistics.

use microtome_geometry::{Point, Ras};
use microtome_image::Image;

use super::confidence::{Confidence, grow};
use super::connected_threshold::fits;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::segmentation::regions::seeds;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Labels the voxels connected to the seeds (through faces) whose values lie within some standard
    /// deviations of the mean: at first of the seeds' neighbourhoods, then, several times over, of the region
    /// that this gave. Seeds are always within.
    ///
    /// Memory: input, output, an eighth of a byte a voxel and 8 bytes for every run of voxels within the
    /// bounds.
    pub struct ConfidenceConnected("confidence-connected", "Confidence connected", "segmentation");
    inputs {
        /// The volume in which the region grows.
        input: Image,
    }
    parameters {
        /// Where it grows from: one or more points. Those outside the volume count for nothing.
        seed: Vec<Point<Ras>> = Vec::new(), unit "mm";
        /// How many standard deviations a value may differ from the mean.
        multiplier: f64 = 4.5, minimum 0;
        /// How often mean and standard deviation are found anew from the region.
        iterations: u32 = 4, maximum 10000;
        /// How far the seeds' neighbourhoods, which the first interval is found from, reach to each side.
        neighborhood: u32 = 1, maximum 100, unit "voxels";
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
        /// The least value that it takes in.
        lower: f64,
        /// The greatest value that it takes in.
        upper: f64,
    }
    example "Values like those around the seed" {
        inputs { "input": { "dimensions": [7, 1, 1], "values": [10, 11, 10, 12, 40, 10, 11] } }
        parameters { "seed": [[1, 0, 0]], "multiplier": 3, "iterations": 1 }
        gives { "output": { "type": "uint8", "values": [1, 1, 1, 1, 0, 0, 0] }, "voxels": 4 }
    }
}

impl Operation for ConfidenceConnected {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        fits(&image)?;
        let seeds = seeds::voxels("seed", &self.seed, image.grid())?;
        let confidence = Confidence {
            multiplier: self.multiplier,
            iterations: self.iterations,
            radius: self.neighborhood,
            label: self.label as u8,
        };
        let found = grow(image.array(), image.dims(), &seeds, confidence, progress)?;
        let output = LabelImage::new(image.with_array(found.labels)?);
        Ok(Outputs { output, voxels: found.voxels, lower: found.lower, upper: found.upper })
    }
}
