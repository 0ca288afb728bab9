//! Gaussian smoothing.

mod discrete;
pub(crate) mod gradient;
pub(in crate::filters) mod recursive;

use microtome_image::{Array, Blank, Buffer, Image, with_values};

use super::components;
use super::separable::{self, LineFilter, rounded};
use crate::declare::Operation;
use crate::kernels::real::Voxel;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::{choice, operation};
use discrete::Discrete;
use recursive::{Order, Recursive};

choice! {
    /// How a Gaussian is computed.
    pub enum Method {
        /// As a recursive filter whose cost does not depend on sigma.
        Recursive = "recursive",
        /// As a sum over a finite kernel of discrete Gaussian weights.
        Discrete = "discrete",
    }
}

operation! {
    /// Blurs a volume with a Gaussian of the same width in millimetres along every axis.
    ///
    /// The recursive filter is a fourth-order approximation (Deriche) that takes the same time for every sigma; the discrete one sums
    /// over a kernel, which is better for sigmas below a voxel. Beyond the border the nearest voxel goes on. Whole numbers are
    /// rounded to the nearest, where Slicer cuts fractions off. What is not a number spreads. Memory: the volume in 32 bits (64 for
    /// wide types) and the result.
    pub struct Gaussian("gaussian", "Gaussian smoothing", "filters");
    inputs {
        /// The volume to smooth.
        input: Image,
    }
    parameters {
        /// The standard deviation of the Gaussian.
        sigma: f64 = 1.0, minimum 0.0, unit "mm";
        /// Whether it is computed as a recursive filter or with a discrete kernel.
        method: Method = Method::Recursive;
        /// The part of a discrete Gaussian that the kernel may leave out.
        maximum_error: f64 = 0.01, minimum 0.00001, maximum 0.99999;
        /// The greatest radius of a discrete kernel, in voxels.
        maximum_kernel_width: u32 = 32, minimum 1, maximum 4096;
        /// Whether the result keeps fractions, as 32-bit floating point (64-bit for types wider than 16 bits), rather than the type
        /// of the input.
        keep_fractions: bool = false;
    }
    outputs {
        /// The smoothed volume.
        output: Image,
    }
    values {}
    example "A discrete kernel spreads one voxel" {
        inputs { "input": { "dimensions": [5, 1, 1], "type": "int16", "values": [0, 0, 1000, 0, 0] } }
        parameters { "sigma": 0.5, "method": "discrete" }
        gives { "output": { "type": "int16", "values": [6, 98, 791, 98, 6] } }
    }
}

impl Operation for Gaussian {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let array = with_values!(image.array(), values => array(values, &image, self, progress)?);
        Ok(Outputs { output: image.with_array(array)? })
    }
}

fn array<T: Voxel>(
    values: &[T],
    image: &Image,
    gaussian: &Gaussian,
    progress: &Progress,
) -> Result<Array, Cancelled>
where
    Array: From<Buffer<T>> + From<Buffer<T::Real>>,
    Recursive: LineFilter<T::Real>,
    Discrete: LineFilter<T::Real>,
{
    if gaussian.keep_fractions {
        let made = components::each::<T, T::Real, Cancelled>(image, values, progress, |values, progress| {
            Ok(smooth(values, image, gaussian, progress)?.into())
        });
        return Ok(made?.into());
    }
    let made = components::each::<T, T, Cancelled>(image, values, progress, |values, progress| {
        let smooth = smooth(values, image, gaussian, &progress.step(0.0..0.9))?;
        rounded(&smooth, &progress.step(0.9..1.0))
    });
    Ok(made?.into())
}

/// One component of an image, smoothed.
pub(in crate::filters) fn smooth<T: Voxel>(
    values: &[T],
    image: &Image,
    gaussian: &Gaussian,
    progress: &Progress,
) -> Result<Blank<T::Real>, Cancelled>
where
    Recursive: LineFilter<T::Real>,
    Discrete: LineFilter<T::Real>,
{
    let (dims, spacing) = (image.dims(), image.grid().spacing());
    // Along an axis of one voxel, or of voxels without extent, nothing can change.
    let sigmas: [Option<f64>; 3] = std::array::from_fn(|axis| {
        let sigma = gaussian.sigma / spacing[axis];
        (dims[axis] > 1 && sigma > 0.0 && sigma.is_finite()).then_some(sigma)
    });
    match gaussian.method {
        Method::Recursive => {
            separable::filter(values, dims, &sigmas.map(|sigma| sigma.map(Recursive::new)), progress)
        }
        Method::Discrete => {
            let radius = gaussian.maximum_kernel_width as usize;
            let kernel = |sigma: f64| Discrete::new(sigma * sigma, gaussian.maximum_error, radius);
            separable::filter(values, dims, &sigmas.map(|sigma| sigma.map(kernel)), progress)
        }
    }
}

/// The filters that smooth a grid of `dims` voxels with a recursive Gaussian of `sigma` mm and take a derivative of the given
/// order, per voxel, along each axis: `None` where nothing changes, `Err` where all is 0.
pub(in crate::filters) fn derivative_filters(
    dims: [usize; 3],
    spacing: [f64; 3],
    sigma: f64,
    orders: [Order; 3],
) -> Result<[Option<Recursive>; 3], Flat> {
    let mut filters = [None, None, None];
    for axis in 0..3 {
        let voxels = sigma / spacing[axis];
        if dims[axis] > 1 && voxels > 0.0 && voxels.is_finite() {
            filters[axis] = Some(Recursive::of_order(voxels, orders[axis]));
        } else if orders[axis] != Order::Zero {
            return Err(Flat);
        }
    }
    Ok(filters)
}

/// A derivative is 0 because there is nothing along its axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::filters) struct Flat;

/// An image smoothed, its values in floating point.
///
/// # Errors
/// [`OperationError::Cancelled`].
pub fn smoothed(image: &Image, gaussian: &Gaussian, progress: &Progress) -> Result<Image, OperationError> {
    let inputs = Inputs { input: image.clone() };
    Ok(Gaussian { keep_fractions: true, ..gaussian.clone() }.run(inputs, progress)?.output)
}
