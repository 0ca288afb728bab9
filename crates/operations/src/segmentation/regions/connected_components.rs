//! Connected components: a label for every island.

use crate::declare::Operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::segmentation::components::{Components, Connectivity, MAX_VOXELS};
use crate::single::scalar;
use crate::value::LabelImage;
use crate::{choice, operation};

choice! {
    /// How islands are numbered.
    pub enum Order {
        /// The largest first, of equals the first in scan order.
        Size = "size",
        /// In the order of their first voxels.
        Scan = "scan",
    }
}

operation! {
    /// Gives every island of the voxels that are not 0 a label of its own, from 1. Voxels of different values
    /// that touch belong to one island. Labels are 16-bit numbers where these suffice, else 32-bit ones.
    ///
    /// Memory: input, output, and less than half a byte a voxel besides 4 bytes for every run of voxels.
    pub struct ConnectedComponents("connected-components", "Connected components", "segmentation");
    inputs {
        /// The voxels to label: those that are not 0.
        input: LabelImage,
    }
    parameters {
        /// Which voxels touch: those that share a face (6 neighbours), also an edge (18), or also a corner
        /// (26).
        connectivity: Connectivity = Connectivity::Face;
        /// Islands of fewer voxels become 0.
        minimum_size: u64 = 0, unit "voxels";
        /// Which island is number 1.
        order: Order = Order::Size;
    }
    outputs {
        /// The labelled islands.
        output: LabelImage,
    }
    values {
        /// How many islands there are that are large enough.
        islands: u64,
        /// Voxels of the largest.
        largest: u64,
    }
    example "The larger island is number 1" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "uint8", "values": [3, 0, 1, 2, 0, 1] } }
        parameters {}
        gives { "output": { "values": [2, 0, 1, 1, 0, 3] }, "islands": 3, "largest": 2 }
    }
}

impl Operation for ConnectedComponents {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input.into_image();
        scalar("input", &image)?;
        if image.array().len() > MAX_VOXELS {
            let why = format!("it has more than {MAX_VOXELS} voxels");
            return Err(OperationError::Input { name: "input".to_owned(), why });
        }
        let components = Components::new(image.array(), image.dims(), self.connectivity, progress)?;
        let sizes = components.sizes();
        let mut kept: Vec<usize> = (0..sizes.len()).filter(|&n| sizes[n] >= self.minimum_size).collect();
        if self.order == Order::Size {
            kept.sort_by_key(|&n| std::cmp::Reverse(sizes[n]));
        }
        let mut labels = vec![0; sizes.len()];
        for (label, &n) in (1..).zip(&kept) {
            labels[n] = label;
        }
        let output = LabelImage::new(image.with_array(components.relabelled(&labels))?);
        progress.report(1.0)?;
        let largest = kept.iter().map(|&n| sizes[n]).max().unwrap_or(0);
        Ok(Outputs { output, islands: kept.len() as u64, largest })
    }
}
