//! Opening by reconstruction: small bright parts go, the others keep their form.

use microtome_image::{Array, Image, with_values};

use super::element::Shape;
use super::grayscale::{Extreme, elements};
use super::reconstruction::by_reconstruction;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;

operation! {
    /// Removes bright parts that a shape does not fit into, and leaves the form of all others: erosion, then reconstruction.
    ///
    /// Exact for every type. Memory: the result, a volume and a queue of voxels.
    pub struct OpeningByReconstruction("opening-by-reconstruction", "Opening by reconstruction", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// The shape around each voxel.
        shape: Shape = Shape::Ball;
        /// How far the shape reaches along i, j and k. A ball holds the voxels whose centres lie in the ellipsoid that reaches
        /// half a voxel farther.
        radius: [u32; 3] = [1, 1, 1], maximum 100, unit "voxel";
        /// How far it reaches in space, whatever the spacing, in the place of the radius in voxels. A ball then holds the voxels
        /// whose centres are not farther away.
        radius_mm: Option<f64> = None, minimum 0.0, unit "mm";
        /// Whether neighbours by edge and corner count too, not only those by face.
        fully_connected: bool = false;
        /// Whether what stays, stays with its own values, though the shape does not fit into its brightest part.
        preserve_intensities: bool = false;
    }
    outputs {
        /// The opened volume.
        output: Image,
    }
    values {}
    example "A narrow peak goes, a wide one keeps its form but for its narrow top" {
        inputs { "input": { "dimensions": [8, 1, 1], "type": "int16", "values": [0, 4, 5, 4, 1, 0, 9, 0] } }
        parameters { "radius": [1, 0, 0] }
        gives { "output": { "type": "int16", "values": [0, 4, 4, 4, 1, 0, 0, 0] } }
    }
}

impl Operation for OpeningByReconstruction {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let elements = elements(&image, self.shape, self.radius, self.radius_mm)?;
        let (dims, full, preserve) = (image.dims(), self.fully_connected, self.preserve_intensities);
        let array = with_values!(image.array(), values => {
            Array::from(by_reconstruction(values, dims, &elements, full, preserve, Extreme::Greatest, progress)?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
