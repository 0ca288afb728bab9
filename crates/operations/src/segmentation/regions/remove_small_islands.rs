//! Remove small islands: keep only those that are large enough.

use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::segmentation::components::{Components, Connectivity, MAX_VOXELS};
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Sets islands of fewer voxels than a minimum to 0. Voxels of different labels that touch belong to one
    /// island; those that are kept keep their labels.
    ///
    /// Memory: input, output, and less than half a byte a voxel besides 4 bytes for every run of voxels.
    pub struct RemoveSmallIslands("remove-small-islands", "Remove small islands", "segmentation");
    inputs {
        /// The label map.
        input: LabelImage,
    }
    parameters {
        /// How many voxels an island needs to stay.
        minimum_size: u64 = 1000, unit "voxels";
        /// Which voxels touch: those that share a face (6 neighbours), also an edge (18), or also a corner
        /// (26).
        connectivity: Connectivity = Connectivity::Face;
    }
    outputs {
        /// The label map without the small islands.
        output: LabelImage,
    }
    values {
        /// How many islands are kept.
        islands: u64,
        /// How many are removed.
        removed: u64,
    }
    example "A single voxel goes" {
        inputs { "input": { "dimensions": [5, 1, 1], "type": "uint8", "values": [4, 0, 2, 3, 0] } }
        parameters { "minimum-size": 2 }
        gives { "output": { "values": [0, 0, 2, 3, 0] }, "islands": 1, "removed": 1 }
    }
}

impl Operation for RemoveSmallIslands {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input.into_image();
        scalar("input", &image)?;
        if image.array().len() > MAX_VOXELS {
            let why = format!("it has more than {MAX_VOXELS} voxels");
            return Err(OperationError::Input { name: "input".to_owned(), why });
        }
        let components = Components::new(image.array(), image.dims(), self.connectivity, progress)?;
        let sizes = components.sizes();
        let kept = components.retain(image.array(), |n| sizes[n] >= self.minimum_size);
        let islands = sizes.iter().filter(|&&size| size >= self.minimum_size).count() as u64;
        progress.report(1.0)?;
        let output = LabelImage::new(image.with_array(kept)?);
        Ok(Outputs { output, islands, removed: sizes.len() as u64 - islands })
    }
}
