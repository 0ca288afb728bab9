//! Sobel edge detection.

use microtome_image::Image;

use super::around::{self, Around, stencil};
use crate::declare::Operation;
use crate::filters::smoothing::separable::real;
use crate::kernels::real::Real;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Shows edges by the Sobel operator: differences along each axis, each smoothed across it, put together as the length of a
    /// vector.
    ///
    /// The weights are ITK's: 1 3 1, 3 6 3, 1 3 1 across each axis of a volume, and 1 2 1 in an image of one slice. They are not
    /// scaled: a slope of 1 per voxel gives 44 in a volume and 8 in a slice. Spacing does not count. Beyond the border the
    /// nearest voxel goes on. Each component of a volume of several is taken by itself.
    pub struct Sobel("sobel", "Sobel edge detection", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {}
    outputs {
        /// How strong the edges are, as 32-bit floating point.
        output: Image,
    }
    values {}
    example "An edge between two columns of a slice" {
        inputs { "input": { "dimensions": [4, 2, 1], "type": "uint8", "values": [0, 0, 1, 1, 0, 0, 1, 1] } }
        parameters {}
        gives { "output": { "type": "float32", "values": [0, 4, 4, 0, 0, 4, 4, 0] } }
    }
}

impl Operation for Sobel {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let operator = SobelOperator { flat: image.dims()[2] == 1 };
        Ok(Outputs { output: around::filter(&image, &operator, progress)? })
    }
}

/// The Sobel operator, of a volume or of a slice.
struct SobelOperator {
    flat: bool,
}

stencil!(SobelOperator, run, f32::sqrt, |v| v.sqrt() as f32);

#[inline(always)]
fn run<R: Real>(stencil: &SobelOperator, rows: &Around<'_, R>, out: &mut [f32], root: impl Fn(R) -> f32) {
    let count = out.len();
    // at[b][a][c]: the voxels at i + c - 1.
    let at = rows.map(|rows| rows.map(|row| [0, 1, 2].map(|c| &row[c..][..count])));
    let [two, three, six] = [2.0, 3.0, 6.0].map(real::<R>);
    if stencil.flat {
        let [up, same, down] = at[1];
        for i in 0..count {
            let x = (up[2][i] - up[0][i]) + (down[2][i] - down[0][i]) + (same[2][i] - same[0][i]) * two;
            let y = (down[0][i] - up[0][i]) + (down[2][i] - up[2][i]) + (down[1][i] - up[1][i]) * two;
            out[i] = root(x * x + y * y);
        }
        return;
    }
    for i in 0..count {
        // The differences between two faces of the cube, summed up with their weights.
        let weigh = |d: [[R; 3]; 3]| {
            (d[0][0] + d[0][2] + d[2][0] + d[2][2])
                + (d[0][1] + d[1][0] + d[1][2] + d[2][1]) * three
                + d[1][1] * six
        };
        let x = weigh([0, 1, 2].map(|b| [0, 1, 2].map(|a| at[b][a][2][i] - at[b][a][0][i])));
        let y = weigh([0, 1, 2].map(|b| [0, 1, 2].map(|c| at[b][2][c][i] - at[b][0][c][i])));
        let z = weigh([0, 1, 2].map(|a| [0, 1, 2].map(|c| at[2][a][c][i] - at[0][a][c][i])));
        out[i] = root(x * x + y * y + z * z);
    }
}
