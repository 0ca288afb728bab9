//! Convolution with a kernel.

use microtome_image::{Array, Blank, Buffer, Image, with_values};
use multiversion::multiversion;

use super::components;
use super::padded::{Border, Padded};
use super::separable::{self, LineFilter, real, rounded};
use crate::declare::Operation;
use crate::kernels::lines::{Bundle, LANES};
use crate::kernels::real::{Real, Voxel};
use crate::kernels::rows;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;
use crate::{choice, operation, parameter_error};

choice! {
    /// What stands beyond the border.
    pub enum Boundary {
        /// The nearest voxel.
        ZeroFlux = "zero-flux",
        /// Zeros.
        Zero = "zero",
        /// The volume again and again.
        Periodic = "periodic",
    }
}

choice! {
    /// Which voxels come out.
    pub enum Region {
        /// All.
        Same = "same",
        /// Those for which the whole kernel lies within the volume.
        Valid = "valid",
    }
}

operation! {
    /// Convolves a volume with a kernel, which is a small volume.
    ///
    /// The kernel is mirrored, as a convolution is defined; its middle is the voxel at half its size, and its spacing does not matter:
    /// its voxels are those of the volume. A kernel that is a product of three lines is applied along one axis after the other. Whole
    /// numbers are rounded to the nearest. Memory: a copy of the volume, with the kernel's reach around it, in 32 bits (64 for types
    /// wider than 16 bits) and the result.
    pub struct Convolution("convolution", "Convolution", "filters");
    inputs {
        /// The volume.
        input: Image,
        /// The kernel, of up to 513 voxels along each axis.
        kernel: Image,
    }
    parameters {
        /// Whether the kernel is scaled so that its values sum to 1.
        normalize: bool = false;
        /// What stands beyond the border: the nearest voxel, zeros, or the volume again.
        boundary: Boundary = Boundary::ZeroFlux;
        /// Whether all voxels come out, or only those that the border does not reach.
        output_region: Region = Region::Same;
    }
    outputs {
        /// The convolved volume.
        output: Image,
    }
    values {}
    example "A difference of neighbours" {
        inputs {
            "input": { "dimensions": [4, 1, 1], "values": [0, 1, 4, 9] },
            "kernel": { "dimensions": [3, 1, 1], "values": [1, -1, 0] }
        }
        parameters {}
        gives { "output": { "values": [1, 3, 5, 0] } }
    }
}

/// The most voxels of a kernel along an axis.
const MOST: usize = 513;

impl Operation for Convolution {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: image, kernel } = inputs;
        scalar("kernel", &kernel)?;
        let refuse = |why: String| OperationError::Input { name: "kernel".to_owned(), why };
        if kernel.dims().iter().any(|&n| n > MOST) {
            return Err(refuse(format!("{:?} voxels are more than {MOST} along an axis", kernel.dims())));
        }
        let kernel = Kernel::new(&kernel, self.normalize)
            .ok_or_else(|| parameter_error("normalize", &self.normalize, "the kernel's values sum to 0"))?;
        let border = match self.boundary {
            Boundary::ZeroFlux => Border::Nearest,
            Boundary::Zero => Border::Zero,
            Boundary::Periodic => Border::Periodic,
        };
        let array = with_values!(image.array(), values => {
            Array::from(components::each(&image, values, progress, |values, progress| {
                convolve(values, image.dims(), &kernel, border, progress)
            })?)
        });
        let output = image.with_array(array)?;
        Ok(Outputs {
            output: if self.output_region == Region::Valid { kernel.valid(&output)? } else { output },
        })
    }
}

/// A kernel.
struct Kernel {
    dims: [usize; 3],
    /// Mirrored, so that its values stand beside those that they are multiplied by.
    values: Vec<f64>,
    /// The lines whose product it is.
    lines: Option<[Vec<f64>; 3]>,
}

/// Differences from a product, relative to the greatest value, that rounding explains.
const ROUNDING: f64 = 1e-9;

impl Kernel {
    fn new(image: &Image, normalize: bool) -> Option<Self> {
        let array = image.array();
        let mut values: Vec<f64> = (0..array.len()).rev().filter_map(|n| array.get(n)).collect();
        if normalize {
            let sum: f64 = values.iter().sum();
            if sum == 0.0 {
                return None;
            }
            values.iter_mut().for_each(|v| *v /= sum);
        }
        let dims = image.dims();
        Some(Self { lines: lines(&values, dims), dims, values })
    }

    /// How far it reaches before and behind the voxel in its middle; mirrored, the middle is the one before half its size.
    fn reach(&self, axis: usize) -> [usize; 2] {
        let n = self.dims[axis];
        [n - 1 - n / 2, n / 2]
    }

    /// The part of a volume that the border does not reach.
    fn valid(&self, image: &Image) -> Result<Image, OperationError> {
        let (dims, parts) = (image.dims(), image.components());
        let reach = [0, 1, 2].map(|axis| self.reach(axis));
        let size: [usize; 3] = std::array::from_fn(|a| dims[a].saturating_sub(self.dims[a] - 1));
        if size.contains(&0) {
            let why = format!("{:?} voxels do not fit into the volume's {dims:?}", self.dims);
            return Err(OperationError::Input { name: "kernel".to_owned(), why });
        }
        let grid = image.grid().region(reach.map(|[before, _]| before as isize), size);
        let array = with_values!(image.array(), values => {
            let mut out = Vec::with_capacity(size.iter().product::<usize>() * parts * image.frames());
            for frame in values.chunks_exact(image.frame_len()) {
                for k in 0..size[2] {
                    for j in 0..size[1] {
                        let row = ((k + reach[2][0]) * dims[1] + j + reach[1][0]) * dims[0] + reach[0][0];
                        out.extend_from_slice(&frame[row * parts..(row + size[0]) * parts]);
                    }
                }
            }
            Array::from(out)
        });
        Ok(Image::new(grid, parts, image.frames(), image.meaning(), array)?)
    }
}

/// The lines along i, j and k whose product the values are, if there are such.
fn lines(values: &[f64], dims: [usize; 3]) -> Option<[Vec<f64>; 3]> {
    let [ni, nj, _] = dims;
    let most = (0..values.len()).max_by(|&a, &b| values[a].abs().total_cmp(&values[b].abs()))?;
    let peak = values[most];
    if peak == 0.0 || !peak.is_finite() {
        return None;
    }
    let [i, j, k] = [most % ni, most / ni % nj, most / ni / nj];
    let at = |i: usize, j: usize, k: usize| values[(k * nj + j) * ni + i];
    let along_i: Vec<f64> = (0..ni).map(|i| at(i, j, k)).collect();
    let along_j: Vec<f64> = (0..nj).map(|j| at(i, j, k) / peak).collect();
    let along_k: Vec<f64> = (0..dims[2]).map(|k| at(i, j, k) / peak).collect();
    let product = |n: usize| along_i[n % ni] * along_j[n / ni % nj] * along_k[n / ni / nj];
    let same = values.iter().enumerate().all(|(n, v)| (v - product(n)).abs() <= ROUNDING * peak.abs());
    same.then_some([along_i, along_j, along_k])
}

fn convolve<T: Voxel>(
    values: &[T],
    dims: [usize; 3],
    kernel: &Kernel,
    border: Border,
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled>
where
    for<'a> Line<'a>: LineFilter<T::Real>,
{
    if let Some(lines) = &kernel.lines {
        let filters = std::array::from_fn(|axis| {
            let line = Line { weights: &lines[axis], before: kernel.reach(axis)[0], border };
            (lines[axis].as_slice() != [1.0]).then_some(line)
        });
        let made: Blank<T::Real> = separable::filter(values, dims, &filters, &progress.step(0.0..0.9))?;
        return rounded(&made, &progress.step(0.9..1.0));
    }
    let [bi, bj, bk] = [0, 1, 2].map(|axis| kernel.reach(axis)[0]);
    let margin = [0, 1, 2].map(|axis| kernel.reach(axis)[1]);
    let volume = Padded::new(values, dims, margin, border, T::to_real);
    let mut out = Blank::<T>::new(values.len());
    let [ki, kj, _] = kernel.dims;
    rows::fill_with(&mut out, dims, progress, Vec::new, |sums: &mut Vec<T::Real>, j, k, out| {
        sums.clear();
        sums.resize(out.len(), T::Real::default());
        for (n, weights) in kernel.values.chunks_exact(ki).enumerate() {
            if progress.check().is_err() {
                return;
            }
            let row = volume.row(j + n % kj + margin[1] - bj, k + n / kj + margin[2] - bk);
            add_products(weights, &row[margin[0] - bi..], sums);
        }
        out.iter_mut().zip(sums.iter()).for_each(|(o, &v)| *o = T::from_real(v));
    })?;
    progress.check()?;
    Ok(out.into())
}

/// Adds to each sum the products of the weights and the values from its place on.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn add_products<R: Real>(weights: &[f64], row: &[R], sums: &mut [R]) {
    for (i, &weight) in weights.iter().enumerate() {
        let weight = real::<R>(weight);
        sums.iter_mut().zip(&row[i..]).for_each(|(sum, &v)| *sum += weight * v);
    }
}

/// A kernel along one axis.
struct Line<'a> {
    weights: &'a [f64],
    before: usize,
    border: Border,
}

impl LineFilter<f32> for Line<'_> {
    fn apply(&self, scratch: &mut Vec<[f32; LANES]>, lines: &mut Bundle<f32>) {
        self.pad(scratch, lines);
        add_lines(self.weights, scratch, lines);
    }
}

impl LineFilter<f64> for Line<'_> {
    fn apply(&self, scratch: &mut Vec<[f64; LANES]>, lines: &mut Bundle<f64>) {
        self.pad(scratch, lines);
        add_lines(self.weights, scratch, lines);
    }
}

impl Line<'_> {
    /// The lines with what stands beyond their ends.
    fn pad<R: Real>(&self, scratch: &mut Vec<[R; LANES]>, lines: &Bundle<R>) {
        let at = |n: isize| self.border.inside(n, lines.len()).map_or([R::default(); LANES], |n| lines[n]);
        let (before, length) = (self.before as isize, lines.len() as isize);
        let behind = self.weights.len() as isize - 1 - before;
        scratch.clear();
        scratch.extend((-before..0).map(at));
        scratch.extend_from_slice(lines);
        scratch.extend((length..length + behind).map(at));
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn add_lines<R: Real>(weights: &[f64], padded: &[[R; LANES]], lines: &mut Bundle<R>) {
    for (line, window) in lines.iter_mut().zip(padded.windows(weights.len())) {
        let mut sum = [R::default(); LANES];
        for (values, &weight) in window.iter().zip(weights) {
            let weight = real::<R>(weight);
            for l in 0..LANES {
                sum[l] += weight * values[l];
            }
        }
        *line = sum;
    }
}
