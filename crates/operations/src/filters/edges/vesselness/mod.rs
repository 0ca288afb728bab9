//! Vesselness: how much the surroundings of a voxel are like a tube, a sheet or a ball.

mod eigenvalues;

use microtome_image::{Blank, Buffer, Image, Scalar, with_values};
use rayon::prelude::*;

use crate::declare::Operation;
use crate::filters::smoothing::components;
use crate::filters::smoothing::gaussian::derivative_filters;
use crate::filters::smoothing::gaussian::recursive::{Order, Recursive};
use crate::filters::smoothing::separable::{self, LineFilter};
use crate::kernels::lines;
use crate::kernels::real::Voxel;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::{choice, operation, parameter_error};
use eigenvalues::eigenvalues;

choice! {
    /// What is looked for.
    pub enum Structure {
        /// Balls.
        Blob = "blob",
        /// Tubes; lines in a slice.
        Vessel = "vessel",
        /// Sheets.
        Plate = "plate",
    }
}

choice! {
    /// How the widths of Gaussians are spread.
    pub enum Spread {
        /// With the same ratio between two in succession.
        Logarithmic = "logarithmic",
        /// With the same difference.
        Even = "even",
    }
}

operation! {
    /// Brings out vessels (or balls, or sheets) by the second derivatives of the volume, smoothed with Gaussians of several widths; of
    /// these the strongest answer counts.
    ///
    /// The measure is that of A. F. Frangi et al. ("Multiscale vessel enhancement filtering", MICCAI 1998) as L. Antiga
    /// generalised it ("Generalizing vesselness with respect to dimensionality and shape", Insight Journal 2007) and ITK computes it: of
    /// the eigenvalues of the second derivatives, those across the structure must be large, of one sign and alike, those along it small.
    /// An image of one slice has two of them. Memory: the result, and three volumes of 32 bits (64 for wide types).
    pub struct Vesselness("vesselness", "Vesselness", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// What is looked for.
        structure: Structure = Structure::Vessel;
        /// Whether it is brighter than its surroundings, rather than darker.
        bright: bool = true;
        /// The least standard deviation of a Gaussian: about the radius of the thinnest structures.
        minimum_sigma: f64 = 1.0, minimum 0.000001, unit "mm";
        /// The greatest standard deviation: about the radius of the thickest structures.
        maximum_sigma: f64 = 3.0, minimum 0.000001, unit "mm";
        /// How many Gaussians there are.
        steps: u32 = 3, minimum 1, maximum 100;
        /// How their standard deviations are spread.
        spread: Spread = Spread::Logarithmic;
        /// How much alike the eigenvalues across the structure must be: the greater, the more. It parts tubes from sheets.
        alpha: f64 = 0.5, minimum 0.0;
        /// How large eigenvalues along the structure may be: the greater, the larger. It parts tubes from balls.
        beta: f64 = 0.5, minimum 0.0;
        /// How strong the second derivatives must be, in values of the volume; weaker ones count as noise.
        gamma: f64 = 5.0, minimum 0.0;
        /// Whether the measure, from 0 to 1, is multiplied by the greatest eigenvalue, so that stronger contrast gives more.
        scale_by_contrast: bool = true;
    }
    outputs {
        /// The measure, as 32-bit floating point.
        output: Image,
    }
    values {}
    example "Nothing in an even volume" {
        inputs { "input": { "dimensions": [2, 2, 1], "type": "uint8", "values": [7, 7, 7, 7] } }
        parameters {}
        gives { "output": { "type": "float32", "values": [0, 0, 0, 0] } }
    }
}

impl Operation for Vesselness {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        if self.minimum_sigma > self.maximum_sigma {
            let why = "it is above the maximum sigma";
            return Err(parameter_error("minimum-sigma", &self.minimum_sigma, why).into());
        }
        let axes = image.dims().iter().filter(|&&n| n > 1).count();
        if axes <= self.structure as usize && image.array().len() > 1 {
            let why = format!("an image that goes along {axes} axes has no such structures");
            return Err(parameter_error("structure", &self.structure, &why).into());
        }
        let output = with_values!(image.array(), values => {
            let made = components::each(&image, values, progress, |values, progress| {
                self.of_values(values, &image, progress)
            })?;
            image.with_array(made)?
        });
        Ok(Outputs { output })
    }
}

impl Vesselness {
    fn sigmas(&self) -> Vec<f64> {
        let (low, high, last) = (self.minimum_sigma, self.maximum_sigma, self.steps.saturating_sub(1));
        let part = |n: u32| f64::from(n) / f64::from(last.max(1));
        let at = |n: u32| match self.spread {
            Spread::Logarithmic => low * (high / low).powf(part(n)),
            Spread::Even => low + (high - low) * part(n),
        };
        (0..=last).map(at).collect()
    }

    fn of_values<T: Voxel>(
        &self,
        values: &[T],
        image: &Image,
        progress: &Progress,
    ) -> Result<Buffer<f32>, Cancelled>
    where
        Recursive: LineFilter<T::Real>,
    {
        let mut out = Blank::<f32>::new(values.len());
        let sigmas = self.sigmas();
        for (n, sigma) in sigmas.iter().enumerate() {
            let range = n as f64 / sigmas.len() as f64..(n + 1) as f64 / sigmas.len() as f64;
            self.at_scale(values, image, *sigma, &mut out, &progress.step(range))?;
        }
        Ok(out.into())
    }

    /// Raises `out` to the measure at one width. Along k the whole volume is filtered; the other two axes follow slice by slice.
    fn at_scale<T: Voxel>(
        &self,
        values: &[T],
        image: &Image,
        sigma: f64,
        out: &mut [f32],
        progress: &Progress,
    ) -> Result<(), Cancelled>
    where
        Recursive: LineFilter<T::Real>,
    {
        let (dims, spacing) = (image.dims(), image.grid().spacing());
        let [ni, nj, nk] = dims;
        let axes = dims.iter().filter(|&&n| n > 1).count();
        // The filters of each axis and order; `None` where there is nothing but 0.
        let filters = [0, 1, 2].map(|axis| {
            [Order::Zero, Order::First, Order::Second].map(|order| {
                let mut orders = [Order::Zero; 3];
                orders[axis] = order;
                let [x, y, z] = derivative_filters(dims, spacing, sigma, orders).ok()?;
                Some([x, y, z].into_iter().nth(axis).flatten())
            })
        });
        let mut along = [None, None, None];
        for (order, (along, filter)) in along.iter_mut().zip(&filters[2]).enumerate() {
            if let Some(filter) = filter {
                let progress = progress.step(order as f64 * 0.15..(order + 1) as f64 * 0.15);
                *along = Some(separable::filter(values, dims, &[None, None, filter.as_ref()], &progress)?);
            }
        }
        let progress = progress.step(0.45..1.0);
        let length = ni * nj;
        out.par_chunks_mut(length).enumerate().try_for_each(|(k, out)| {
            progress.report(k as f64 / nk as f64)?;
            // Second derivatives: xx, yy, zz, xy, xz, yz.
            let mut parts: [Vec<T::Real>; 6] = std::array::from_fn(|_| Vec::new());
            let mut scales = [0.0; 6];
            for (n, (a, b)) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)].into_iter().enumerate() {
                let order = |axis: usize| usize::from(axis == a) + usize::from(axis == b);
                let [Some(x), Some(y)] = [0, 1].map(|axis| filters[axis][order(axis)].as_ref()) else {
                    continue;
                };
                let Some(volume) = &along[order(2)] else { continue };
                parts[n] = volume[k * length..][..length].to_vec();
                // The progress of a slice is too short to tell.
                let silent = Progress::ignored();
                for (axis, filter) in [x, y].into_iter().enumerate() {
                    if let Some(filter) = filter {
                        let apply =
                            |scratch: &mut Vec<_>, lines: &mut lines::Bundle<_>| filter.apply(scratch, lines);
                        lines::within(&mut parts[n], [ni, nj, 1], axis, &silent, Vec::new, apply)?;
                    }
                }
                scales[n] = sigma * sigma / (spacing[a] * spacing[b]);
            }
            for (i, out) in out.iter_mut().enumerate() {
                let second: [f64; 6] =
                    std::array::from_fn(|n| parts[n].get(i).map_or(0.0, |v| v.to_f64() * scales[n]));
                *out = out.max(self.measure(second, axes) as f32);
            }
            Ok(())
        })
    }

    /// The measure of second derivatives (xx, yy, zz, xy, xz, yz) in a space of `axes` axes.
    fn measure(&self, second: [f64; 6], axes: usize) -> f64 {
        let mut all = eigenvalues(second);
        all.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        // Axes along which nothing can change give eigenvalues of 0, the least of all.
        let values = &all[3 - axes.clamp(1, 3)..];
        let structure = self.structure as usize;
        let Some(across) = values.get(structure..) else { return 0.0 };
        if across.iter().any(|&v| if self.bright { v > 0.0 } else { v < 0.0 }) {
            return 0.0;
        }
        // How large the least of some eigenvalues is beside the geometric mean of those that are larger.
        let ratio = |n: usize| {
            let larger = &values[n + 1..];
            let product: f64 = larger.iter().map(|v| v.abs()).product();
            (product > 0.0).then(|| values[n].abs() / product.powf(1.0 / larger.len() as f64))
        };
        let bell = |ratio: f64, width: f64| (-0.5 * (ratio / width).powi(2)).exp();
        let mut measure = 1.0;
        if structure + 1 < values.len() {
            measure *= match ratio(structure) {
                Some(ratio) if self.alpha > 0.0 => 1.0 - bell(ratio, self.alpha),
                Some(_) => 1.0,
                None => 0.0,
            };
        }
        if structure > 0 {
            measure *= match ratio(structure - 1) {
                Some(ratio) if self.beta > 0.0 => bell(ratio, self.beta),
                _ => 0.0,
            };
        }
        if self.gamma > 0.0 {
            let strength = values.iter().map(|v| v * v).sum::<f64>().sqrt();
            measure *= 1.0 - bell(strength, self.gamma);
        }
        if self.scale_by_contrast {
            measure *= values.last().map_or(0.0, |v| v.abs());
        }
        measure
    }
}
