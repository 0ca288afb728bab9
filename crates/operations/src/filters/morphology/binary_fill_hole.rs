//! Binary fill hole: an object gets what it encloses.

use super::binary::{Values, changed};
use crate::bits::BitVolume;
use crate::declare::Operation;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::segmentation::components::{Components, Connectivity};
use crate::value::LabelImage;

operation! {
    /// Fills the holes of an object: all voxels from which no way around the object leads to the border of the volume.
    ///
    /// Other values within holes are filled too. Along an axis of one voxel there is no border. Memory: the result and four bytes
    /// a voxel.
    pub struct BinaryFillHole("binary-fill-hole", "Binary fill hole", "filters");
    inputs {
        /// The label map.
        input: LabelImage,
    }
    parameters {
        /// The value of the object.
        foreground: f64 = 1.0;
        /// Whether ways outside the object may lead over edges and corners too, not only over faces.
        fully_connected: bool = false;
    }
    outputs {
        /// The label map with the filled object.
        output: LabelImage,
    }
    values {}
    example "What is enclosed is filled" {
        inputs { "input": { "dimensions": [7, 1, 1], "type": "uint8", "values": [0, 1, 0, 2, 1, 0, 0] } }
        parameters {}
        gives { "output": { "type": "uint8", "values": [0, 1, 1, 1, 1, 0, 0] } }
    }
}

impl Operation for BinaryFillHole {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let values = Values { foreground: self.foreground, background: self.foreground };
        let connectivity = if self.fully_connected { Connectivity::Vertex } else { Connectivity::Face };
        let output =
            changed(&inputs.input, values, progress, |bits, progress| filled(bits, connectivity, progress))?;
        Ok(Outputs { output: LabelImage::new(output) })
    }
}

fn filled(
    mut object: BitVolume,
    connectivity: Connectivity,
    progress: &Progress,
) -> Result<BitVolume, Cancelled> {
    let dims = object.dims();
    let [ni, nj, nk] = dims;
    object.flip();
    let components = Components::of_bits(object, connectivity, &progress.step(0.0..0.6))?;
    let numbers = components.numbers();
    let mut is_open = vec![false; components.count()];
    let is_end = |n: usize, count: usize| count > 1 && (n == 0 || n + 1 == count);
    for (row, numbers) in numbers.chunks_exact(ni).enumerate() {
        let mut mark = |number: u32| {
            if let Some(open) = (number as usize).checked_sub(1).and_then(|n| is_open.get_mut(n)) {
                *open = true;
            }
        };
        if is_end(row % nj, nj) || is_end(row / nj, nk) {
            numbers.iter().for_each(|&number| mark(number));
        } else if ni > 1 {
            mark(numbers[0]);
            mark(numbers[ni - 1]);
        }
    }
    progress.report(0.9)?;
    Ok(BitVolume::new(&numbers, dims, |number| {
        (number as usize).checked_sub(1).is_none_or(|n| !is_open.get(n).copied().unwrap_or(false))
    }))
}
