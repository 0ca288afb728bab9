//! Adaptive histogram equalisation.

use microtome_image::{Blank, Buffer, Image, Scalar, Statistics, with_values};

use crate::declare::Operation;
use crate::kernels::rows;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::{operation, single};

operation! {
    /// Brings out detail by the distribution of values around each voxel, between histogram equalisation (alpha 0) and an unsharp mask
    /// (alpha 1).
    ///
    /// The method is that of J. A. Stark ("Adaptive image contrast enhancement using generalizations of histogram equalization", IEEE
    /// Transactions on Image Processing 9(5), 2000) as ITK has it; beta says how much of the volume itself stays. Where the neighbourhood goes
    /// beyond the border, only what is inside counts. Whole numbers are rounded to the nearest. The time grows with the
    /// number of voxels in a neighbourhood.
    pub struct HistogramEqualisation("histogram-equalisation", "Adaptive histogram equalisation", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// 0 for histogram equalisation, 1 for an unsharp mask.
        alpha: f64 = 0.3, minimum 0.0, maximum 1.0;
        /// How much of the volume itself stays: 1 for an unsharp mask that changes nothing.
        beta: f64 = 0.3, minimum 0.0, maximum 1.0;
        /// How far the neighbourhood goes along i, j and k.
        radius: [u32; 3] = [5, 5, 5], maximum 100, unit "voxels";
    }
    outputs {
        /// The volume with new values, of the type of the input.
        output: Image,
    }
    values {}
    example "With alpha and beta 1, nothing changes" {
        inputs { "input": { "dimensions": [3, 1, 1], "type": "int16", "values": [1, 5, 9] } }
        parameters { "alpha": 1, "beta": 1 }
        gives { "output": { "type": "int16", "values": [1, 5, 9] } }
    }
}

impl Operation for HistogramEqualisation {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        single::scalar("input", &image)?;
        let statistics = Statistics::of(image.array());
        let (min, width) = (statistics.min, statistics.max - statistics.min);
        if !(width > 0.0 && width.is_finite()) {
            return Ok(Outputs { output: image });
        }
        let curve = Curve { alpha: self.alpha, beta: self.beta, min, width };
        let output = with_values!(image.array(), values => {
            image.with_array(self.equalised(values, image.dims(), &curve, progress)?)?
        });
        Ok(Outputs { output })
    }
}

/// What one voxel adds to another's value.
struct Curve {
    alpha: f64,
    beta: f64,
    min: f64,
    width: f64,
}

impl Curve {
    /// By the difference of both values.
    fn at(&self, difference: f64) -> f64 {
        let distance = 2.0 * difference.abs() / self.width;
        if distance.is_nan() || distance <= 0.0 {
            return 0.0;
        }
        let part = 0.5 * (distance.powf(self.alpha) - self.beta * distance);
        if difference > 0.0 { part } else { -part }
    }

    /// For all differences between whole numbers, where these are few: `table[d + width]`.
    fn table(&self) -> Option<Vec<f64>> {
        const LARGEST: f64 = 65535.0;
        (self.width <= LARGEST).then(|| {
            let width = self.width as i64;
            (-width..=width).map(|d| self.at(d as f64)).collect()
        })
    }
}

impl HistogramEqualisation {
    fn equalised<T: Scalar>(
        &self,
        values: &[T],
        dims: [usize; 3],
        curve: &Curve,
        progress: &Progress,
    ) -> Result<Buffer<T>, Cancelled> {
        let [ni, nj, _] = dims;
        let table = if T::TYPE.is_integer() { curve.table() } else { None };
        let mut out = Blank::new(values.len());
        rows::fill(&mut out, dims, progress, |j, k, out| {
            let around = |at: usize, axis: usize| {
                let radius = self.radius[axis] as usize;
                at.saturating_sub(radius)..(at + radius + 1).min(dims[axis])
            };
            for (i, out) in out.iter_mut().enumerate() {
                let value = values[(k * nj + j) * ni + i].to_f64();
                let (mut sum, mut count) = (0.0, 0_usize);
                for k in around(k, 2) {
                    for j in around(j, 1) {
                        let row = &values[(k * nj + j) * ni..][around(i, 0)];
                        count += row.len();
                        sum += match &table {
                            Some(table) => {
                                let middle = value + curve.width;
                                row.iter().map(|v| table[(middle - v.to_f64()) as usize]).sum::<f64>()
                            }
                            None => row.iter().map(|v| curve.at(value - v.to_f64())).sum::<f64>(),
                        };
                    }
                }
                let place = (value - curve.min) / curve.width - 0.5;
                let mean = sum / count as f64 + curve.beta * place;
                *out = T::from_f64(curve.width * (mean + 0.5) + curve.min);
            }
        })?;
        Ok(out.into())
    }
}
