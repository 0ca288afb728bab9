//! Checkerboard: two volumes in alternating blocks.

use microtome_image::{Array, Buffer, Image, Scalar, with_values};

use super::onto::{Order, onto};
use crate::declare::Operation;
use crate::kernels::rows;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;

operation! {
    /// Shows two volumes in alternating blocks, to see whether structures go on from one to the other.
    ///
    /// The second volume is brought onto the grid of the first (linear, 0 outside of it). Along each axis a block has as
    /// many voxels as fit the number of blocks, fractions cut off; what is left at the end goes on in the pattern.
    pub struct Checkerboard("checkerboard", "Checkerboard", "filters");
    inputs {
        /// The volume of the first block.
        input: Image,
        /// The volume of the blocks beside it.
        input2: Image,
    }
    parameters {
        /// The number of blocks along i, j and k.
        pattern: [u32; 3] = [2, 2, 2], minimum 1;
    }
    outputs {
        /// The blocks of both, in the type of the first volume.
        output: Image,
    }
    values {}
    example "Blocks of two voxels" {
        inputs {
            "input": { "dimensions": [6, 1, 1], "values": [1, 1, 1, 1, 1, 1] },
            "input2": { "dimensions": [6, 1, 1], "values": [2, 2, 2, 2, 2, 2] }
        }
        parameters { "pattern": [3, 1, 1] }
        gives { "output": { "values": [1, 1, 2, 2, 1, 1] } }
    }
}

impl Operation for Checkerboard {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: first, input2: second } = inputs;
        scalar("input", &first)?;
        scalar("input2", &second)?;
        let second = onto(second, &first, Order::Linear, &progress.step(0.0..0.5))?.cast(first.scalar_type());
        let block = std::array::from_fn(|a| (first.dims()[a] / self.pattern[a] as usize).max(1));
        let progress = progress.step(0.5..1.0);
        let board = with_values!(first.array(), values => board(values, second.array(), first.dims(), block, &progress)?);
        Ok(Outputs { output: first.with_array(board)? })
    }
}

fn board<T: Scalar>(
    first: &[T],
    second: &Array,
    dims: [usize; 3],
    block: [usize; 3],
    progress: &Progress,
) -> Result<Array, Cancelled>
where
    Array: From<Buffer<T>>,
{
    let second = second.as_slice::<T>().unwrap_or_default();
    let mut out = microtome_image::Blank::new(first.len());
    rows::fill(&mut out, dims, progress, |j, k, row| {
        let start = (k * dims[1] + j) * dims[0];
        for (i, out) in row.iter_mut().enumerate() {
            let sum = i / block[0] + j / block[1] + k / block[2];
            *out = if sum.is_multiple_of(2) { first[start + i] } else { second[start + i] };
        }
    })?;
    Ok(Buffer::from(out).into())
}
