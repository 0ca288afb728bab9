//! H-maxima: peaks that stand out little go.

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
    /// Lowers every peak by a height, and with it all peaks that stand out less: these become flat.
    ///
    /// Lowered values are rounded and saturated to the type. Memory: the result, a volume and a queue of voxels.
    pub struct HMaxima("h-maxima", "H-maxima", "filters");
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
        /// The volume with lower peaks.
        output: Image,
    }
    values {}
    example "Only the higher peak is left, lower" {
        inputs { "input": { "dimensions": [7, 1, 1], "type": "int16", "values": [0, 9, 0, 5, 6, 5, 0] } }
        parameters { "height": 3 }
        gives { "output": { "type": "int16", "values": [0, 6, 0, 3, 3, 3, 0] } }
    }
}

impl Operation for HMaxima {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        scalar("input", &image)?;
        let (dims, full, height) = (image.dims(), self.fully_connected, self.height);
        let array = with_values!(image.array(), values => {
            let shifted = |v| Scalar::from_f64(Scalar::to_f64(v) - height);
            let mut marker = pointwise::map(values, &progress.step(0.0..0.1), shifted)?.into_vec();
            reconstruct(&mut marker, values, dims, full, Extreme::Greatest, &progress.step(0.1..1.0))?;
            Array::from(marker)
        });
        Ok(Outputs { output: image.with_array(array)? })
    }
}
