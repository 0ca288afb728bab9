//! Largest island: keep the largest connected part of a label map.

use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::segmentation::components::{Components, Connectivity, MAX_VOXELS};
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Keeps the largest island of the voxels that are not 0 and sets all others to 0. Voxels of different labels that
    /// touch belong to one island; those that are kept keep their labels. Of islands of equal size the first in scan
    /// order is kept.
    pub struct LargestIsland("largest-island", "Keep largest island", "segmentation");
    inputs {
        /// The label map.
        input: LabelImage,
    }
    parameters {
        /// Which voxels touch: those that share a face (6 neighbours), also an edge (18), or also a corner (26).
        connectivity: Connectivity = Connectivity::Face;
    }
    outputs {
        /// The label map with one island.
        output: LabelImage,
    }
    values {
        /// How many voxels the island has.
        voxels: u64,
        /// How many islands there were.
        islands: u64,
    }
    example "Two voxels outnumber one" {
        inputs { "input": { "dimensions": [5, 1, 1], "type": "uint8", "values": [1, 0, 2, 3, 0] } }
        parameters {}
        gives { "output": { "values": [0, 0, 2, 3, 0] }, "voxels": 2, "islands": 2 }
    }
}

impl Operation for LargestIsland {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input.into_image();
        scalar("input", &image)?;
        if image.array().len() > MAX_VOXELS {
            let why = format!("it has more than {MAX_VOXELS} voxels");
            return Err(OperationError::Input { name: "input".to_owned(), why });
        }
        let components = Components::new(image.array(), image.dims(), self.connectivity, progress)?;
        let largest = components.largest();
        let kept = components.retain(image.array(), |n| Some(n) == largest);
        progress.report(1.0)?;
        let voxels = largest.map_or(0, |n| components.sizes()[n]);
        let output = LabelImage::new(image.with_array(kept)?);
        Ok(Outputs { output, voxels, islands: components.count() as u64 })
    }
}

#[cfg(test)]
mod tests {
    use microtome_geometry::{Grid, Point};
    use microtome_image::{Array, Image};

    use super::*;

    fn run(connectivity: Connectivity, values: Vec<u8>, dims: [usize; 3]) -> Outputs {
        let grid = Grid::axis_aligned(dims, [1.0; 3], Point::zero());
        let input = LabelImage::new(Image::scalar(grid, values).unwrap());
        LargestIsland { connectivity }.run(Inputs { input }, &Progress::ignored()).unwrap()
    }

    #[test]
    fn labels_that_touch_are_one_island() {
        let found = run(Connectivity::Face, vec![1, 2, 0, 3, 0, 4, 4, 0, 9], [9, 1, 1]);
        assert_eq!(found.output.array(), &Array::from(vec![1_u8, 2, 0, 0, 0, 0, 0, 0, 0]));
        assert_eq!((found.voxels, found.islands), (2, 4));
    }

    #[test]
    fn corners_join_only_if_asked() {
        let checkered = vec![1, 0, 0, 1, 0, 1, 1, 0];
        assert_eq!(run(Connectivity::Face, checkered.clone(), [2, 2, 2]).islands, 4);
        assert_eq!(run(Connectivity::Edge, checkered, [2, 2, 2]).islands, 1);
        assert_eq!(run(Connectivity::Edge, vec![1, 0, 0, 0, 0, 0, 0, 1], [2, 2, 2]).islands, 2);
        assert_eq!(run(Connectivity::Vertex, vec![1, 0, 0, 0, 0, 0, 0, 1], [2, 2, 2]).islands, 1);
    }

    #[test]
    fn nothing_stays_nothing() {
        let found = run(Connectivity::Face, vec![0; 8], [2, 2, 2]);
        assert_eq!((found.voxels, found.islands), (0, 0));
    }
}
