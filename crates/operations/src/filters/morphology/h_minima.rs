//! H-minima: hollows that are little deep go.

use microtome_image::{Array, Image, Scalar, with_values};

use super::grayscale::Extreme;
use super::reconstruction::reconstruct;
use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;

operation! {
    /// Raises the bottom of every hollow by a height, and with it all hollows that are less deep: these become flat.
    ///
    /// Raised values are rounded and saturated to the type. Memory: the result, a volume and a queue of voxels.
    pub struct HMinima("h-minima", "H-minima", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// How much a part must stand out.
        height: f64 = 2.0, minimum 0.0;
        /// Whether neighbours by edge and corner count too, not only those by face.
        fully_connected: bool = false;
    }
    outputs {
        /// The volume with shallower hollows.
        output: Image,
    }
    values {}
    example "A shallow hollow goes, a deep one stays" {
        inputs { "input": { "dimensions": [7, 1, 1], "type": "int16", "values": [9, 0, 9, 5, 4, 5, 9] } }
        parameters { "height": 3 }
        gives { "output": { "type": "int16", "values": [9, 3, 9, 7, 7, 7, 9] } }
    }
}

impl Operation for HMinima {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let (dims, full, height) = (image.dims(), self.fully_connected, self.height);
        let array = with_values!(image.array(), values => {
            let shifted = |v| Scalar::from_f64(Scalar::to_f64(v) + height);
            let mut marker = pointwise::map(values, &progress.step(0.0..0.1), shifted)?.into_vec();
            reconstruct(&mut marker, values, dims, full, Extreme::Least, &progress.step(0.1..1.0))?;
            Array::from(marker)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
