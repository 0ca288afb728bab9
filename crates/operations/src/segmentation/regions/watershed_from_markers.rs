//! Watershed from markers: regions that grow from given labels.

use microtome_image::Image;

use super::flooding::{Relief, flood};
use super::label_map;
use super::neighbours::Neighbours;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Lets labels grow over a relief, mostly a gradient magnitude, until they meet: water rises from the
    /// marked voxels, and each voxel gets the label whose water reaches it first. Equally high voxels are
    /// taken in the order in which they are reached.
    ///
    /// Memory: input, markers, output, one volume of 32-bit labels (and one of heights for images of whole
    /// numbers).
    pub struct WatershedFromMarkers("watershed-from-markers", "Watershed from markers", "segmentation");
    inputs {
        /// The relief: low within regions, high between them.
        input: Image,
        /// The labels to start from, on the same voxels; 0 is what they grow over.
        markers: LabelImage,
    }
    parameters {
        /// Whether voxels where two regions meet form a line of their own, labelled 0.
        mark_watershed_line: bool = true;
        /// Whether voxels that share only an edge or a corner are neighbours (26), not only those that share
        /// a face (6).
        fully_connected: bool = false;
    }
    outputs {
        /// The regions, labelled as their markers.
        output: LabelImage,
    }
    values {}
    example "Two markers meet on the ridge" {
        inputs {
            "input": { "dimensions": [7, 1, 1], "values": [0, 1, 2, 5, 1, 0, 1] },
            "markers": { "dimensions": [7, 1, 1], "type": "uint8", "values": [7, 0, 0, 0, 0, 4, 0] }
        }
        parameters {}
        gives { "output": { "type": "uint8", "values": [7, 7, 7, 0, 4, 4, 4] } }
    }
}

impl Operation for WatershedFromMarkers {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let (image, markers) = (inputs.input, inputs.markers.into_image());
        scalar("input", &image)?;
        scalar("markers", &markers)?;
        label_map::countable("input", &image)?;
        if markers.dims() != image.dims() {
            let why = format!("its dimensions are {:?}, but the input's {:?}", markers.dims(), image.dims());
            return Err(OperationError::Input { name: "markers".to_owned(), why });
        }
        let mut labels = label_map::read("markers", &markers)?;
        let neighbours = Neighbours::new(image.dims(), self.fully_connected);
        let relief = Relief::new(image.array(), &progress.step(0.0..0.1))?;
        flood(&relief, &mut labels, &neighbours, self.mark_watershed_line, &progress.step(0.1..1.0))?;
        let labels = label_map::restore(labels, markers.scalar_type());
        Ok(Outputs { output: LabelImage::new(image.with_array(labels)?) })
    }
}
