//! Top hat: small bright or dark parts stay.

use microtome_image::{Array, Image, with_values};

use super::difference::less;
use super::element::Shape;
use super::grayscale::{Extreme, elements, extremes};
use crate::declare::Operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;
use crate::{choice, operation};

choice! {
    /// Which parts a top hat keeps.
    pub enum Hat {
        /// Bright ones.
        White = "white",
        /// Dark ones.
        Black = "black",
    }
}

operation! {
    /// Keeps what an opening or a closing would remove: the small bright parts (white), or the small dark ones (black), as the
    /// difference from what is around them.
    ///
    /// Exact for every type; values that are not numbers count as greater or, with a sign, less than all numbers. Differences
    /// beyond the type are its greatest value. Memory: the result and two volumes.
    pub struct TopHat("top-hat", "Top hat", "filters");
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
        /// Whether bright or dark parts stay.
        kind: Hat = Hat::White;
        /// Whether there is room beyond the border for the shape to reach into. If not, the volume ends at its border for it.
        safe_border: bool = true;
    }
    outputs {
        /// The small parts.
        output: Image,
    }
    values {}
    example "A narrow peak stays" {
        inputs { "input": { "dimensions": [8, 1, 1], "type": "int16", "values": [0, 4, 5, 4, 0, 9, 0, 0] } }
        parameters { "radius": [1, 0, 0] }
        gives { "output": { "type": "int16", "values": [0, 0, 1, 0, 0, 9, 0, 0] } }
    }
}

impl Operation for TopHat {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let elements = elements(&image, self.shape, self.radius, self.radius_mm)?;
        let order = match self.kind {
            Hat::White => [Extreme::Least, Extreme::Greatest],
            Hat::Black => [Extreme::Greatest, Extreme::Least],
        };
        let step = progress.step(0.0..0.9);
        let array = with_values!(image.array(), values => {
            let flat = extremes(values, image.dims(), &elements, &order, self.safe_border, &step)?;
            let (upper, lower) = match self.kind {
                Hat::White => (&values[..], &*flat),
                Hat::Black => (&*flat, &values[..]),
            };
            Array::from(less(upper, lower, &progress.step(0.9..1.0))?)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
