//! Mask volume: keep what a label covers.

use microtome_image::{Array, Buffer, Image, Scalar, with_values};

use super::onto::{Order, onto};
use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::segmentation::threshold::threshold;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Keeps the voxels that a label of a label map covers and gives all others one value.
    ///
    /// A label map on another grid is brought onto that of the volume, each voxel taking the nearest label. The label 0 covers
    /// nothing.
    pub struct Mask("mask", "Mask volume", "filters");
    inputs {
        /// The volume.
        input: Image,
        /// The label map.
        mask: LabelImage,
    }
    parameters {
        /// The label whose voxels are kept.
        label: i64 = 1;
        /// The value of all other voxels.
        replace: f64 = 0.0;
    }
    outputs {
        /// The masked volume.
        output: Image,
    }
    values {}
    example "Only what is labelled stays" {
        inputs {
            "input": { "dimensions": [3, 1, 1], "type": "int16", "values": [5, 6, 7] },
            "mask": { "dimensions": [3, 1, 1], "type": "uint8", "values": [0, 1, 2] }
        }
        parameters { "replace": -1000 }
        gives { "output": { "type": "int16", "values": [-1000, 6, -1000] } }
    }
}

impl Operation for Mask {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let mask = inputs.mask.into_image();
        scalar("mask", &mask)?;
        let mask = onto(mask, &image, Order::Nearest, &progress.step(0.0..0.5))?;
        let label = self.label as f64;
        let kept = if self.label == 0 {
            Buffer::from(vec![0; mask.array().len()])
        } else {
            threshold(mask.array(), label, label, 1)
        };
        let components = image.components();
        let progress = progress.step(0.5..1.0);
        let masked = with_values!(image.array(), values => masked(values, &kept, components, self.replace, &progress)?);
        Ok(Outputs { output: image.with_array(masked)? })
    }
}

fn masked<T: Scalar>(
    values: &[T],
    kept: &[u8],
    components: usize,
    replace: f64,
    progress: &Progress,
) -> Result<Array, Cancelled>
where
    Array: From<Buffer<T>>,
{
    let replace = T::from_f64(replace);
    let choose = |value: T, kept: u8| if kept == 0 { replace } else { value };
    let masked = if components == 1 && values.len() == kept.len() {
        pointwise::zip(values, kept, progress, choose)
    } else {
        let voxels = kept.len();
        pointwise::fill(values.len(), progress, |range, out| {
            for (out, n) in out.iter_mut().zip(range) {
                *out = choose(values[n], kept[n / components % voxels]);
            }
        })
    };
    Ok(masked?.into())
}
