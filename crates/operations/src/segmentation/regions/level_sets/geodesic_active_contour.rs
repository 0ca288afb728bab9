//! Geodesic active contour: a surface that grows until it meets edges and is drawn to them.

use microtome_image::Image;

use super::forces::Forces;
use super::gradient::slopes;
use super::sparse_field::Limits;
use super::{matching, moved, single};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Moves a surface, the zero level of a function that is negative inside, until it rests on edges. It
    /// grows where the feature image is high and slows down where that is near 0; it is smoothed by its
    /// curvature; and it is drawn to where the feature image is lowest. The feature image is an edge
    /// potential, near 1 within regions and near 0 at edges: mostly a sigmoid or 1/(1+x) of a gradient
    /// magnitude. The initial level set is mostly the result of fast marching minus a distance.
    ///
    /// Sparse field method with three layers to each side. The result holds distances in millimetres near the
    /// surface, and four times the least spacing, with the sign of the side, farther away. Threshold it at 0
    /// for the region. The gradient of the feature image is taken along the axes of the volume, so that
    /// oblique volumes give the same as straight ones.
    ///
    /// Memory: inputs, output, and where advection counts three volumes of 32-bit numbers, else one byte a
    /// voxel.
    pub struct GeodesicActiveContour("geodesic-active-contour", "Geodesic active contour", "segmentation");
    inputs {
        /// The initial level set: negative inside, positive outside.
        input: Image,
        /// The feature image, on the same voxels: about 1 where the surface should move on, about 0 at edges.
        feature: Image,
    }
    parameters {
        /// How strongly the surface grows; negative: it shrinks.
        propagation_scaling: f64 = 1.0;
        /// How strongly it is smoothed.
        curvature_scaling: f64 = 1.0;
        /// How strongly it is drawn to edges.
        advection_scaling: f64 = 1.0;
        /// Sigma of the Gaussian by which the feature image is smoothed before its gradient is taken; 0: not
        /// at all.
        derivative_sigma: f64 = 1.0, minimum 0, unit "mm";
        /// It stops when the root mean square change of a step is below this.
        maximum_rms_error: f64 = 0.01, minimum 0;
        /// It stops after this many steps.
        number_of_iterations: u32 = 1000;
        /// Whether the signs of propagation and advection are turned.
        reverse_expansion_direction: bool = false;
    }
    outputs {
        /// The level set: negative inside, positive outside.
        output: Image,
    }
    values {
        /// How many steps it took.
        elapsed_iterations: u32,
        /// The root mean square change of the last step.
        rms_change: f64,
    }
    example "A front that moves by half a voxel" {
        inputs {
            "input": { "dimensions": [6, 1, 1], "values": [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] },
            "feature": { "dimensions": [6, 1, 1], "values": [1, 1, 1, 1, 1, 1] }
        }
        parameters { "number-of-iterations": 3, "advection-scaling": 0, "curvature-scaling": 0 }
        gives { "output": { "type": "float32" }, "elapsed-iterations": 3 }
    }
}

impl Operation for GeodesicActiveContour {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let (initial, feature) = (inputs.input, inputs.feature);
        matching(&initial, &feature)?;
        let speed = single(&feature, 0.0, &progress.step(0.0..0.05))?;
        let field = if self.advection_scaling != 0.0 {
            let (dims, spacing) = (feature.dims(), feature.grid().spacing());
            Some(slopes(&speed, dims, spacing, self.derivative_sigma, &progress.step(0.05..0.2))?)
        } else {
            None
        };
        let sign = if self.reverse_expansion_direction { -1.0 } else { 1.0 };
        let forces = Forces {
            propagation: sign * self.propagation_scaling,
            curvature: self.curvature_scaling,
            advection: sign * self.advection_scaling,
            speed: &speed,
            speed_bends: true,
            at_surface: false,
            field: field.as_ref().map(|components| components.each_ref().map(|component| &**component)),
        };
        let limits = Limits { iterations: self.number_of_iterations, rms: self.maximum_rms_error };
        let (output, rest) = moved(&initial, &forces, limits, &progress.step(0.2..1.0))?;
        Ok(Outputs { output, elapsed_iterations: rest.iterations, rms_change: rest.rms })
    }
}
