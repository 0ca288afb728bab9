//! Label map smoothing.

mod sparse_field;

use microtome_image::{Array, Blank, Buffer, Image, Scalar, with_values};

use super::gaussian::{Gaussian, Method, smoothed};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;
use crate::value::LabelImage;
use sparse_field::SparseField;

operation! {
    /// Smooths the staircase surface of one label.
    ///
    /// The surface moves with its curvature between the voxels of the label and those around it, never past either (R. Whitaker, "Reducing
    /// aliasing artifacts in iso-surfaces of binary volumes", 2000, as ITK's anti-alias filter does it), then it is blurred with a
    /// discrete Gaussian; voxels on its inner side are the result. All other labels go. Memory: the label's bounding box, in nine bytes a
    /// voxel, and the result.
    pub struct LabelMapSmoothing("label-map-smoothing", "Label map smoothing", "segmentation");
    inputs {
        /// The label map.
        input: LabelImage,
    }
    parameters {
        /// The label to smooth. Below 0: the greatest in the map; beyond the greatest: that.
        label_to_smooth: i64 = -1;
        /// How many steps the surface moves at the most.
        number_of_iterations: u32 = 50, maximum 100000;
        /// It stops once the root mean square movement in a step is below this.
        max_rms_error: f64 = 0.01, minimum 0.0, unit "voxel";
        /// The standard deviation of the Gaussian.
        gaussian_sigma: f64 = 0.2, minimum 0.0, unit "mm";
        /// Whether the result has the label of the input, rather than 1.
        keep_label: bool = false;
    }
    outputs {
        /// The smoothed label, 1 or its own value.
        output: LabelImage,
    }
    values {
        /// The label that was smoothed.
        label: i64,
    }
    example "What is smooth stays" {
        inputs { "input": { "dimensions": [5, 1, 1], "type": "uint8", "values": [0, 3, 3, 3, 0] } }
        parameters { "keep-label": true }
        gives { "output": { "type": "uint8", "values": [0, 3, 3, 3, 0] }, "label": 3 }
    }
}

/// How many voxels beyond the surface, on each side, have distances.
const LAYERS: usize = 2;

impl Operation for LabelMapSmoothing {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input.into_image();
        scalar("input", &image)?;
        let (output, label) = with_values!(image.array(), values => {
            let (output, label) = self.smooth_label(values, &image, progress)?;
            (Array::from(output), label)
        });
        Ok(Outputs { output: LabelImage::new(image.with_array(output)?), label: label as i64 })
    }
}

impl LabelMapSmoothing {
    /// The smooth label, and which it is.
    fn smooth_label<T: Scalar>(
        &self,
        values: &[T],
        image: &Image,
        progress: &Progress,
    ) -> Result<(Buffer<T>, f64), OperationError> {
        let (low, high) = limits(values);
        let label =
            if self.label_to_smooth < 0 { high } else { (self.label_to_smooth as f64).clamp(low, high) };
        let mut out = Blank::<T>::new(values.len());
        // 0 is no label.
        if label != 0.0 {
            let inside = T::from_f64(if self.keep_label { label } else { 1.0 });
            if let Some((start, surface)) = self.surface(values, T::from_f64(label), image, progress)? {
                paste(&surface, start, inside, &mut out, image.dims());
            }
        }
        Ok((out.into(), label))
    }

    /// The surface of a label: signed distances in voxels, positive within, in the box around it, which starts at the place given.
    fn surface<T: Scalar>(
        &self,
        values: &[T],
        label: T,
        image: &Image,
        progress: &Progress,
    ) -> Result<Option<([usize; 3], Image)>, OperationError> {
        let dims = image.dims();
        let Some((first, last)) = extent(values, label, dims) else { return Ok(None) };
        let padding = ((4.0 * self.gaussian_sigma).ceil().min(1e6) as usize).max(LAYERS);
        let start = first.map(|n| n.saturating_sub(padding));
        let size: [usize; 3] = std::array::from_fn(|a| (last[a] + padding).min(dims[a] - 1) + 1 - start[a]);
        let mut inside = Vec::with_capacity(size.iter().product());
        for k in start[2]..start[2] + size[2] {
            for j in start[1]..start[1] + size[1] {
                let row = &values[(k * dims[1] + j) * dims[0]..][start[0]..start[0] + size[0]];
                inside.extend(row.iter().map(|v| *v == label));
            }
        }
        let steps = progress.step(0.0..0.67);
        let surface =
            SparseField::new(inside, size).run(self.number_of_iterations, self.max_rms_error, &steps)?;
        let grid = image.grid().region(start.map(|n| n as isize), size);
        let surface = Image::scalar(grid, surface)?;
        let gaussian =
            Gaussian { sigma: self.gaussian_sigma, method: Method::Discrete, ..Gaussian::default() };
        Ok(Some((start, smoothed(&surface, &gaussian, &progress.step(0.67..1.0))?)))
    }
}

/// The least and the greatest value.
fn limits<T: Scalar>(values: &[T]) -> (f64, f64) {
    let first = values.first().map_or(0.0, |v| v.to_f64());
    values.iter().fold((first, first), |(low, high), v| (low.min(v.to_f64()), high.max(v.to_f64())))
}

/// The first and last i, j and k of a label.
fn extent<T: Scalar>(values: &[T], label: T, dims: [usize; 3]) -> Option<([usize; 3], [usize; 3])> {
    let mut found: Option<([usize; 3], [usize; 3])> = None;
    for (n, row) in values.chunks_exact(dims[0]).enumerate() {
        let Some(first) = row.iter().position(|v| *v == label) else { continue };
        let last = row.iter().rposition(|v| *v == label).unwrap_or(first);
        let (j, k) = (n % dims[1], n / dims[1]);
        let (low, high) = found.get_or_insert(([first, j, k], [last, j, k]));
        for (axis, (a, b)) in [(first, last), (j, j), (k, k)].into_iter().enumerate() {
            low[axis] = low[axis].min(a);
            high[axis] = high[axis].max(b);
        }
    }
    found
}

/// Writes `inside` where the surface is 0 or more.
fn paste<T: Scalar>(surface: &Image, start: [usize; 3], inside: T, out: &mut [T], dims: [usize; 3]) {
    let [si, sj, _] = surface.dims();
    for (n, row) in surface.array().as_slice::<f32>().unwrap_or_default().chunks_exact(si).enumerate() {
        let (j, k) = (start[1] + n % sj, start[2] + n / sj);
        let out = &mut out[(k * dims[1] + j) * dims[0]..][start[0]..start[0] + si];
        out.iter_mut().zip(row).filter(|(_, v)| **v >= 0.0).for_each(|(o, _)| *o = inside);
    }
}
