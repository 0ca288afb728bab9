//! N4 bias field correction.

mod estimate;
mod fourier;
mod grid;
mod lattice;
mod sharpen;

use microtome_image::{Blank, Buffer, Image, Scalar, with_values};
use multiversion::multiversion;
use rayon::prelude::*;

use crate::declare::Operation;
use crate::kernels::real::Voxel;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::value::LabelImage;
use crate::{parameter_error, single};
use estimate::{Estimate, exp, inverse_exponentials};
use grid::Domain;
use lattice::{Axis, Field, Lattice};
use sharpen::Sharpener;

operation! {
    /// Corrects the slowly varying brightness (bias field) of an MR volume, without a model of the tissue.
    ///
    /// The algorithm is N4 (N. J. Tustison et al., "N4ITK: improved N3 bias correction", IEEE TMI 29(6), 2010): the histogram of
    /// the logarithms of all voxels is sharpened, the difference that this makes to each voxel is fitted with a B-spline, and
    /// that is taken off, until nothing changes any more; then once more with a spline twice as fine. Only voxels above 0 in
    /// the mask count; the field is worked out for the whole volume, and each voxel divided by it.
    ///
    /// Of a mask, the label that comes first counts. A number of iterations for a single level is honoured, where Slicer goes back to
    /// its default. Memory: both results, and one volume of 32 bits (two with weights) that is smaller by the shrink factor
    /// along each axis.
    pub struct N4BiasCorrection("n4-bias-correction", "N4 bias field correction", "filters");
    inputs {
        /// The MR volume.
        input: Image,
        /// The voxels that count, on the grid of the volume; without it, those above Otsu's threshold (of 200 bins).
        mask: Option<LabelImage>,
        /// How much each voxel counts, on the grid of the volume; those of weight 0 or less do not.
        weights: Option<Image>,
    }
    parameters {
        /// The spans of the B-spline along i, j and k at the first level.
        mesh_resolution: [u32; 3] = [1, 1, 1], minimum 1, maximum 1000;
        /// The width of a span at the first level; 0 to go by the mesh resolution instead. The volume is then extended by a margin of
        /// voxels that do not count, until whole spans fit.
        spline_distance: f64 = 0.0, minimum 0.0, unit "mm";
        /// The full width at half maximum of the Gaussian that the field blurs the histogram of logarithms with; 0 stands for 0.15.
        bias_field_fwhm: f64 = 0.0, minimum 0.0;
        /// The greatest number of iterations at each level; there are as many levels as numbers.
        iterations: Vec<u32> = vec![50, 40, 30], maximum 100000;
        /// A level ends when the coefficient of variation of the ratio between two fields in succession is not above this; 0 stands for
        /// 0.001.
        convergence_threshold: f64 = 0.0001, minimum 0.0;
        /// The order of the B-spline: 3 for cubic.
        spline_order: u32 = 3, minimum 1, maximum 9;
        /// The field is estimated on every so many voxels along each axis.
        shrink_factor: u32 = 4, minimum 1, maximum 1000;
        /// The noise of the Wiener filter that sharpens the histogram; 0 stands for 0.01.
        wiener_filter_noise: f64 = 0.0, minimum 0.0;
        /// The number of bins of the histogram; 0 stands for 200.
        histogram_bins: u32 = 0, maximum 65536;
    }
    outputs {
        /// The volume divided by the field, as 32-bit floating point.
        output: Image,
        /// The field, as 32-bit floating point.
        bias_field: Image,
    }
    values {}
    example "Where all is equally bright, nothing is corrected" {
        inputs {
            "input": { "dimensions": [4, 1, 1], "type": "int16", "values": [0, 100, 100, 100] },
            "mask": { "dimensions": [4, 1, 1], "type": "uint8", "values": [0, 1, 1, 1] }
        }
        parameters { "shrink-factor": 1 }
        gives { "output": { "type": "float32", "values": [0, 100, 100, 100] } }
    }
}

impl Operation for N4BiasCorrection {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let field =
            self.estimate(&image, inputs.mask.as_deref(), inputs.weights.as_ref(), &progress.step(0.0..0.8))?;
        let output = field.correct(&image, &progress.step(0.8..0.9))?;
        let bias_field = field.image(&image, &progress.step(0.9..1.0))?;
        Ok(Outputs { output, bias_field })
    }
}

impl N4BiasCorrection {
    /// Estimates the field of an image.
    ///
    /// # Errors
    /// [`OperationError::Input`] for several components, a mask or weights on another grid, or where no voxel counts;
    /// [`OperationError::Parameter`] for a spline that would have too many coefficients; [`OperationError::Cancelled`].
    pub fn estimate(
        &self,
        image: &Image,
        mask: Option<&Image>,
        weights: Option<&Image>,
        progress: &Progress,
    ) -> Result<BiasField, OperationError> {
        single::scalar("input", image)?;
        for (name, other) in [("mask", mask), ("weights", weights)] {
            if let Some(other) = other {
                single::scalar(name, other)?;
                single::require_same_grid(name, other, image)?;
            }
        }
        let order = self.spline_order as usize;
        let domain =
            Domain::new(image.dims(), image.grid().spacing(), self.mesh_resolution, self.spline_distance);
        let iterations = if self.iterations.is_empty() { vec![50] } else { self.iterations.clone() };
        self.check_size(&domain, image.dims(), iterations.len())?;
        let mut working = domain.working(image, mask, weights, self.shrink_factor as usize, progress)?;
        if working.logs.iter().all(|v| v.is_nan()) {
            let why = "no voxel counts: none is above 0 where the mask and the weights let it";
            return Err(OperationError::Input { name: "input".to_owned(), why: why.to_owned() });
        }
        let or = |value: f64, default: f64| if value > 0.0 { value } else { default };
        let bins = if self.histogram_bins == 0 { 200 } else { self.histogram_bins as usize };
        let sharpener =
            Sharpener::new(bins, or(self.bias_field_fwhm, 0.15), or(self.wiener_filter_noise, 0.01));
        let threshold = or(self.convergence_threshold, 0.001);
        let estimate = Estimate { sharpener, bins, iterations, threshold, order, spans: domain.spans };
        let lattice = estimate.run(&mut working, progress)?;
        let axes = [0, 1, 2].map(|a| {
            let spans = lattice.dims[a] - order;
            let places = (0..image.dims()[a]).map(|n| domain.place(a, n) * spans as f64);
            Axis::new(spans, order, places)
        });
        Ok(BiasField { lattice, axes })
    }

    /// Refuses splines with far more coefficients than there are voxels.
    fn check_size(&self, domain: &Domain, dims: [usize; 3], levels: usize) -> Result<(), OperationError> {
        let fine = levels.saturating_sub(1).min(60) as i32;
        let order = f64::from(self.spline_order);
        let coefficients: f64 = domain.spans.iter().map(|&s| s as f64 * 2.0_f64.powi(fine) + order).product();
        let voxels: f64 = dims.iter().map(|&n| n as f64 + order + 1.0).product();
        if coefficients <= 8.0 * voxels.max(10_000.0) {
            return Ok(());
        }
        let why = format!(
            "the spline of the last level would have {coefficients:.0} coefficients, far more than there are voxels"
        );
        Err(match self.spline_distance > 0.0 {
            true => parameter_error("spline-distance", &self.spline_distance, &why),
            false => parameter_error("mesh-resolution", &self.mesh_resolution, &why),
        }
        .into())
    }
}

/// A bias field on the grid of an image.
pub struct BiasField {
    /// Its logarithm.
    lattice: Lattice,
    axes: [Axis; 3],
}

impl BiasField {
    /// The image that it was estimated from, divided by it, in single precision.
    ///
    /// # Errors
    /// [`OperationError::Cancelled`].
    pub fn correct(&self, image: &Image, progress: &Progress) -> Result<Image, OperationError> {
        let values = with_values!(image.array(), values => self.rows(image.dims(), progress, |range, row| {
            divide(&values[range], row);
        })?);
        Ok(image.with_array(Buffer::from(values))?)
    }

    /// The field itself, in single precision.
    ///
    /// # Errors
    /// [`OperationError::Cancelled`].
    pub fn image(&self, image: &Image, progress: &Progress) -> Result<Image, OperationError> {
        let values = self.rows(image.dims(), progress, |_, row| exponentials(row))?;
        Ok(image.with_array(Buffer::from(values))?)
    }

    /// A volume whose rows are made, in place, of the logarithm of the field.
    fn rows(
        &self,
        [ni, nj, nk]: [usize; 3],
        progress: &Progress,
        make: impl Fn(std::ops::Range<usize>, &mut [f32]) + Sync,
    ) -> Result<Blank<f32>, Cancelled> {
        let field = Field::new(&self.lattice, &self.axes);
        let mut out = Blank::new(ni * nj * nk);
        out.par_chunks_mut(ni * nj).enumerate().try_for_each(|(k, out)| {
            progress.report(k as f64 / nk as f64)?;
            let slice = field.slice(k);
            for (j, row) in out.chunks_exact_mut(ni).enumerate() {
                field.row(&slice, j, row);
                let start = (k * nj + j) * ni;
                make(start..start + ni, row);
            }
            Ok(())
        })?;
        Ok(out)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn exponentials(row: &mut [f32]) {
    row.iter_mut().for_each(|v| *v = exp(*v));
}

/// Puts the values, divided by e to the power of what stands in the row, there.
fn divide<T: Voxel>(values: &[T], row: &mut [f32]) {
    inverse_exponentials(row);
    row.iter_mut().zip(values).for_each(|(r, v)| *r *= v.to_real().to_f64() as f32);
}
