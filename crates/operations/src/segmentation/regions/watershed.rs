//! Morphological watershed: the basins of a relief.

use microtome_image::Image;

use super::flooding::{Relief, flood, minima};
use super::label_map::{self, Labels};
use super::neighbours::Neighbours;
use crate::declare::Operation;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::segmentation::components::{Components, Connectivity};
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Cuts a volume into the basins of its relief, mostly of a gradient magnitude: water rises from the
    /// minima, and each voxel gets the label of the minimum whose water reaches it first. Basins that are at
    /// most as deep as the level are not counted, which is what keeps noise from making thousands of regions.
    ///
    /// Labels are numbered in scan order of their minima. Equally high voxels are taken in the order in which
    /// they are reached. Voxels that are not numbers are reached last.
    ///
    /// Memory: input, output, one volume of heights (two of 32-bit numbers for 8- and 16-bit images).
    pub struct Watershed("watershed", "Morphological watershed", "segmentation");
    inputs {
        /// The relief: low within regions, high between them.
        input: Image,
    }
    parameters {
        /// How deep a basin has to be, in the unit of the voxels: those of at most this depth become part of
        /// another. 0: every minimum has its own region.
        level: f64 = 0.0, minimum 0;
        /// Whether voxels where two regions meet form a line of their own, labelled 0.
        mark_watershed_line: bool = true;
        /// Whether voxels that share only an edge or a corner are neighbours (26), not only those that share
        /// a face (6).
        fully_connected: bool = false;
    }
    outputs {
        /// The regions, from 1; 0 on the lines.
        output: LabelImage,
    }
    values {
        /// How many regions there are.
        regions: u64,
    }
    example "Two basins, and a dent that is too shallow for its own" {
        inputs { "input": { "dimensions": [9, 1, 1], "values": [3, 1, 2, 5, 4, 6, 0, 1, 9] } }
        parameters { "level": 1, "mark-watershed-line": false }
        gives { "output": { "values": [1, 1, 1, 1, 1, 2, 2, 2, 2] }, "regions": 2 }
    }
}

impl Operation for Watershed {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        label_map::countable("input", &image)?;
        let (labels, regions) = watershed(&image, self, progress)?;
        let output = LabelImage::new(image.with_array(label_map::narrow(labels, regions as u32))?);
        Ok(Outputs { output, regions })
    }
}

/// The label of every voxel, and how many there are.
///
/// # Errors
/// [`Cancelled`] on request.
pub fn watershed(
    image: &Image,
    parameters: &Watershed,
    progress: &Progress,
) -> Result<(Labels, u64), Cancelled> {
    let dims = image.dims();
    let connectivity = if parameters.fully_connected { Connectivity::Vertex } else { Connectivity::Face };
    let neighbours = Neighbours::new(dims, parameters.fully_connected);
    let relief = Relief::new(image.array(), &progress.step(0.0..0.05))?;
    let minima = minima(&relief, dims, &neighbours, parameters.level, &progress.step(0.05..0.4))?;
    let components = Components::new(&minima, dims, connectivity, &progress.step(0.4..0.45))?;
    drop(minima);
    let regions = components.count() as u64;
    let mut labels = components.numbers();
    drop(components);
    flood(&relief, &mut labels, &neighbours, parameters.mark_watershed_line, &progress.step(0.45..1.0))?;
    Ok((labels, regions))
}
