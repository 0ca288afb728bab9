//! Morphological reconstruction: a marker grows within a mask.

use microtome_image::{Array, Image, with_values};

use super::grayscale::Extreme;
use super::reconstruction::reconstruct;
use crate::declare::Operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::{require_same_grid, scalar};
use crate::{choice, operation};

choice! {
    /// How a marker grows.
    pub enum Method {
        /// Values rise, below the mask.
        Dilation = "dilation",
        /// Values fall, above the mask.
        Erosion = "erosion",
    }
}

operation! {
    /// Lets the values of a marker flow from voxel to voxel as far as a mask lets them: bright values below the mask (dilation), or
    /// dark ones above it (erosion).
    ///
    /// Where the marker lies beyond the mask, the mask's value stands in its place. Memory: the result and a queue of voxels.
    pub struct Reconstruction("reconstruction", "Morphological reconstruction", "filters");
    inputs {
        /// Where values flow from.
        marker: Image,
        /// What no value goes beyond; on the grid of the marker and of its type.
        mask: Image,
    }
    parameters {
        /// Whether values rise below the mask, or fall above it.
        method: Method = Method::Dilation;
        /// Whether neighbours by edge and corner count too, not only those by face.
        fully_connected: bool = false;
    }
    outputs {
        /// The mask as far as the marker reaches.
        output: Image,
    }
    values {}
    example "Of two peaks, the marked one is found" {
        inputs {
            "marker": { "dimensions": [7, 1, 1], "type": "int16", "values": [0, 0, 3, 0, 0, 0, 0] },
            "mask": { "dimensions": [7, 1, 1], "type": "int16", "values": [0, 2, 5, 4, 1, 6, 0] }
        }
        parameters {}
        gives { "output": { "type": "int16", "values": [0, 2, 3, 3, 1, 1, 0] } }
    }
}

impl Operation for Reconstruction {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { marker, mask } = inputs;
        scalar("marker", &marker)?;
        scalar("mask", &mask)?;
        require_same_grid("mask", &mask, &marker)?;
        if marker.scalar_type() != mask.scalar_type() {
            let why = format!(
                "its type is {}, not that of the marker, {}",
                mask.scalar_type(),
                marker.scalar_type()
            );
            return Err(OperationError::Input { name: "mask".to_owned(), why });
        }
        let extreme = match self.method {
            Method::Dilation => Extreme::Greatest,
            Method::Erosion => Extreme::Least,
        };
        let (dims, full) = (mask.dims(), self.fully_connected);
        let array = with_values!(mask.array(), values => {
            // The types are the same.
            let mut flowing = marker.array().as_slice().unwrap_or_default().to_vec();
            reconstruct(&mut flowing, values, dims, full, extreme, progress)?;
            Array::from(flowing)
        });
        Ok(Outputs { output: mask.with_array(array)? })
    }
}
