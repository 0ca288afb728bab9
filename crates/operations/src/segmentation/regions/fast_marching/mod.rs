//! Fast marching: when a front arrives.

mod queue;
mod slab;
pub mod solver;

use microtome_geometry::{Point, Ras};
use microtome_image::Image;

use super::seeds;
use crate::declare::Operation;
use crate::operation;
use crate::parameter::parameter_error;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;
use solver::{March, arrival_times};

operation! {
    /// Lets a front run from seed points through a volume of speeds and gives the time at which it arrives at
    /// each voxel: with speed 1 everywhere, the distance in millimetres. Thresholding the result at a time
    /// gives the region that the front has covered by then, which is how fast marching segments: make the
    /// speed small at edges, for example by a sigmoid of the gradient magnitude.
    ///
    /// Sethian's first-order upwind scheme, spacing in millimetres. The front does not enter voxels whose
    /// speed is 0 or less, or not a number. Voxels where it does not arrive hold 1.7e38, half of the largest
    /// number.
    ///
    /// Memory: input, output, and one volume of 32-bit numbers.
    pub struct FastMarching("fast-marching", "Fast marching", "segmentation");
    inputs {
        /// The speed of the front in each voxel, in millimetres per unit of time.
        input: Image,
    }
    parameters {
        /// Where the front starts at time 0: one or more points. Those outside the volume are left out.
        seed: Vec<Point<Ras>> = Vec::new(), unit "mm";
        /// Speeds are divided by this number. Above 0.
        normalization_factor: f64 = 1.0, minimum 0;
        /// The front stops at this time; nothing: it runs on until it has been everywhere.
        stopping_value: Option<f64> = None, minimum 0;
    }
    outputs {
        /// The time of arrival.
        output: Image,
    }
    values {}
    example "At speed 2 the front takes half the time" {
        inputs { "input": { "dimensions": [5, 1, 1], "values": [1, 1, 1, 2, 2] } }
        parameters { "seed": [[1, 0, 0]] }
        gives { "output": { "type": "float32", "values": [1, 0, 1, 1.5, 2] } }
    }
}

impl Operation for FastMarching {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        if self.normalization_factor <= 0.0 || self.normalization_factor.is_nan() {
            let factor = self.normalization_factor;
            return Err(parameter_error("normalization-factor", &factor, "it must be above 0").into());
        }
        let seeds = seeds::voxels("seed", &self.seed, image.grid())?;
        let march = March {
            spacing: image.grid().spacing(),
            normalization: self.normalization_factor,
            stop: self.stopping_value.unwrap_or(f64::INFINITY),
        };
        let times = arrival_times(image.array(), image.dims(), &seeds, march, progress)?;
        Ok(Outputs { output: image.with_array(times)? })
    }
}
