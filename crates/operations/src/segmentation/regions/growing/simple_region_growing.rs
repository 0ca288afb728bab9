//! Simple region growing: smoothing, then a region that grows by its own statistics.

use microtome_geometry::{Point, Ras};
use microtome_image::{Image, ScalarType};

use super::confidence::{Confidence, grow};
use super::connected_threshold::fits;
use crate::declare::Operation;
use crate::filters::smoothing::curvature_flow::{self, CurvatureFlow};
use crate::operation;
use crate::parameter::parameter_error;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::segmentation::regions::seeds;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Smooths the volume by curvature flow, which keeps edges, and then labels the voxels connected to the
    /// seeds whose smoothed values lie within some standard deviations of the mean: at first of the seeds'
    /// neighbourhoods, then, several times over, of the region that this gave.
    ///
    /// Memory: input, output, and three volumes of 32-bit numbers.
    pub struct SimpleRegionGrowing("simple-region-growing", "Simple region growing segmentation", "segmentation");
    inputs {
        /// The volume in which the region grows.
        input: Image,
    }
    parameters {
        /// Steps of smoothing.
        smoothing_iterations: u32 = 5, maximum 10000;
        /// How far each step of smoothing goes. At most the least spacing squared over 16 is surely stable.
        timestep: f64 = 0.0625, minimum 0, maximum 1;
        /// How often mean and standard deviation are found anew from the region.
        iterations: u32 = 5, maximum 100;
        /// How many standard deviations a value may differ from the mean.
        multiplier: f64 = 2.5, minimum 0, maximum 10;
        /// How far the seeds' neighbourhoods, which the first interval is found from, reach to each side.
        neighborhood: u32 = 1, maximum 100, unit "voxels";
        /// The label of the region.
        labelvalue: u32 = 2, minimum 1, maximum 255;
        /// Where it grows from: one or more points. Those outside the volume count for nothing.
        seed: Vec<Point<Ras>> = Vec::new(), unit "mm";
    }
    outputs {
        /// The region.
        output: LabelImage,
    }
    values {
        /// How many voxels it has.
        voxels: u64,
    }
    example "Values like those around the seed" {
        inputs { "input": { "dimensions": [7, 1, 1], "values": [10, 11, 10, 12, 40, 10, 11] } }
        parameters { "seed": [[1, 0, 0]], "multiplier": 3, "iterations": 1 }
        gives { "output": { "type": "uint8", "values": [2, 2, 2, 2, 0, 0, 0] }, "voxels": 4 }
    }
}

impl Operation for SimpleRegionGrowing {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        fits(&image)?;
        if self.timestep <= 0.0 || self.timestep.is_nan() {
            return Err(parameter_error("timestep", &self.timestep, "it must be above 0").into());
        }
        let seeds = seeds::voxels("seed", &self.seed, image.grid())?;
        let flow = CurvatureFlow {
            iterations: self.smoothing_iterations,
            time_step: self.timestep,
            use_image_spacing: true,
        };
        let input = curvature_flow::Inputs { input: image.cast(ScalarType::Float32) };
        let smooth = flow.run(input, &progress.step(0.0..0.5))?.output;
        let confidence = Confidence {
            multiplier: self.multiplier,
            iterations: self.iterations,
            radius: self.neighborhood,
            label: self.labelvalue as u8,
        };
        let found = grow(smooth.array(), image.dims(), &seeds, confidence, &progress.step(0.5..1.0))?;
        Ok(Outputs { output: LabelImage::new(image.with_array(found.labels)?), voxels: found.voxels })
    }
}
