//! Canny edge detection.

use microtome_image::{Blank, Buffer, Image, with_values};

use super::around::{self, Around, Window};
use crate::declare::Operation;
use crate::filters::smoothing::gaussian::{Gaussian, Method, smooth};
use crate::filters::smoothing::separable::real;
use crate::kernels::real::{Real, Voxel};
use crate::kernels::rows;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single;
use crate::value::LabelImage;

operation! {
    /// Finds thin lines (in a volume: thin surfaces) along the edges of an image.
    ///
    /// The algorithm is that of J. Canny ("A computational approach to edge detection", IEEE PAMI 8(6), 1986) as ITK has it: the volume is
    /// smoothed with a discrete Gaussian; edges are where the second derivative along the gradient changes its sign and the slope
    /// is steepest. Those whose slope per voxel is above the upper threshold are kept, and from there all that touch them, also by a corner,
    /// as long as they are above the lower threshold. Memory: the result, and two volumes of 32 bits (64 for wide types).
    pub struct Canny("canny", "Canny edge detection", "filters");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// The variance of the Gaussian that the volume is smoothed with; 0 for none.
        variance: f64 = 0.0, minimum 0.0, unit "mm²";
        /// The part of the Gaussian that its kernel may leave out.
        maximum_error: f64 = 0.01, minimum 0.00001, maximum 0.99999;
        /// The least slope of an edge that goes on from another, per voxel.
        lower_threshold: f64 = 0.0, minimum 0.0;
        /// The slope per voxel that is an edge by itself.
        upper_threshold: f64 = 0.0, minimum 0.0;
    }
    outputs {
        /// The edges: 1; elsewhere 0.
        output: LabelImage,
    }
    values {}
    example "A step in a line" {
        inputs { "input": { "dimensions": [8, 1, 1], "type": "int16", "values": [0, 0, 0, 10, 90, 100, 100, 100] } }
        parameters { "upper-threshold": 10 }
        gives { "output": { "type": "uint8", "values": [0, 0, 0, 1, 0, 0, 0, 0] } }
    }
}

impl Operation for Canny {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        single::scalar("input", &image)?;
        let gaussian = Gaussian {
            sigma: self.variance.sqrt(),
            method: Method::Discrete,
            maximum_error: self.maximum_error,
            ..Gaussian::default()
        };
        let mut classes = with_values!(image.array(), values => {
            let smooth = smooth(values, &image, &gaussian, &progress.step(0.0..0.3))?;
            self.classes(&smooth, image.dims(), &progress.step(0.3..0.8))?
        });
        follow(&mut classes, image.dims(), &progress.step(0.8..1.0))?;
        Ok(Outputs { output: LabelImage::new(image.with_array(Buffer::from(classes))?) })
    }
}

/// What a voxel can be: no edge, one if it touches another, one by itself, or found to be one.
const NONE: u8 = 0;
const WEAK: u8 = 1;
const STRONG: u8 = 2;
const FOUND: u8 = 3;

impl Canny {
    /// What each voxel can be.
    fn classes<R: Real + Voxel<Real = R>>(
        &self,
        smooth: &[R],
        dims: [usize; 3],
        progress: &Progress,
    ) -> Result<Blank<u8>, Cancelled> {
        let mut second = Blank::<R>::new(smooth.len());
        around::fill(smooth, dims, &mut second, &progress.step(0.0..0.5), |rows, _, _, out| {
            out.iter_mut().enumerate().for_each(|(i, o)| *o = real(second_derivative(rows, i)));
        })?;
        let mut classes = Blank::new(smooth.len());
        let windows = || (Window::new(), Window::new());
        rows::fill_with(
            &mut classes,
            dims,
            &progress.step(0.5..1.0),
            windows,
            |(first, other), j, k, out| {
                let (values, seconds) = (first.around(smooth, dims, j, k), other.around(&second, dims, j, k));
                for (i, out) in out.iter_mut().enumerate() {
                    *out = if changes_sign(&seconds, i) { self.class(&values, &seconds, i) } else { NONE };
                }
            },
        )?;
        Ok(classes)
    }

    fn class<R: Real>(&self, values: &Around<'_, R>, seconds: &Around<'_, R>, i: usize) -> u8 {
        let (gradient, change) = (gradient(values, i), gradient(seconds, i));
        let slope = gradient.iter().fold(LEAST, |sum, d| sum + d * d).sqrt();
        let third: f64 = gradient.iter().zip(change).map(|(d, c)| c * d / slope).sum();
        if third > 0.0 {
            NONE
        } else if slope > self.upper_threshold {
            STRONG
        } else if slope > self.lower_threshold {
            WEAK
        } else {
            NONE
        }
    }
}

/// Added to the square of slopes, so that there is none to divide by that is 0.
const LEAST: f64 = 0.0001;

/// The six neighbours of voxel i: before it along i, j and k, then behind it.
#[inline(always)]
fn beside<R: Real>(rows: &Around<'_, R>, i: usize) -> [f64; 6] {
    let at = |row: &[R], c: usize| row[i + c].to_f64();
    let row = rows[1][1];
    [at(row, 0), at(rows[1][0], 1), at(rows[0][1], 1), at(row, 2), at(rows[1][2], 1), at(rows[2][1], 1)]
}

#[inline(always)]
fn gradient<R: Real>(rows: &Around<'_, R>, i: usize) -> [f64; 3] {
    let beside = beside(rows, i);
    [0, 1, 2].map(|axis| 0.5 * (beside[axis + 3] - beside[axis]))
}

/// The second derivative along the gradient.
#[inline(always)]
fn second_derivative<R: Real>(rows: &Around<'_, R>, i: usize) -> f64 {
    let (d, near) = (gradient(rows, i), beside(rows, i));
    let at = |row: &[R], c: usize| row[i + c].to_f64();
    let here = at(rows[1][1], 1);
    let along = |axis: usize| (near[axis] - 2.0 * here + near[axis + 3]) * d[axis] * d[axis];
    let across = |a: f64, b: f64, c: f64, d: f64| 0.25 * (a - b - c + d);
    let xy = across(at(rows[1][0], 0), at(rows[1][0], 2), at(rows[1][2], 0), at(rows[1][2], 2));
    let xz = across(at(rows[0][1], 0), at(rows[0][1], 2), at(rows[2][1], 0), at(rows[2][1], 2));
    let yz = across(at(rows[0][0], 1), at(rows[0][2], 1), at(rows[2][0], 1), at(rows[2][2], 1));
    let mixed = d[0] * d[1] * xy + d[0] * d[2] * xz + d[1] * d[2] * yz;
    (along(0) + along(1) + along(2) + 2.0 * mixed) / d.iter().fold(LEAST, |sum, d| sum + d * d)
}

/// Whether the sign changes between voxel i and a neighbour that is further from 0; where both are as far, the first of them counts.
#[inline(always)]
fn changes_sign<R: Real>(rows: &Around<'_, R>, i: usize) -> bool {
    let here = rows[1][1][i + 1].to_f64();
    beside(rows, i).iter().enumerate().any(|(n, &that)| {
        let crosses = (here < 0.0 && that > 0.0)
            || (here > 0.0 && that < 0.0)
            || (here == 0.0 && that != 0.0)
            || (here != 0.0 && that == 0.0);
        crosses && (here.abs() < that.abs() || (here.abs() == that.abs() && n >= 3))
    })
}

/// Makes 1 of strong edges and of weak ones that touch them, directly or through others, and 0 of all else.
fn follow(classes: &mut [u8], [ni, nj, nk]: [usize; 3], progress: &Progress) -> Result<(), Cancelled> {
    let mut open = Vec::new();
    for start in 0..classes.len() {
        if start.is_multiple_of(1 << 16) {
            progress.report(start as f64 / classes.len() as f64)?;
        }
        if classes[start] != STRONG {
            continue;
        }
        classes[start] = FOUND;
        open.push(start);
        while let Some(n) = open.pop() {
            let (i, j, k) = (n % ni, n / ni % nj, n / ni / nj);
            for k in k.saturating_sub(1)..(k + 2).min(nk) {
                for j in j.saturating_sub(1)..(j + 2).min(nj) {
                    for i in i.saturating_sub(1)..(i + 2).min(ni) {
                        let near = (k * nj + j) * ni + i;
                        if matches!(classes[near], WEAK | STRONG) {
                            classes[near] = FOUND;
                            open.push(near);
                        }
                    }
                }
            }
        }
    }
    classes.iter_mut().for_each(|class| *class = u8::from(*class == FOUND));
    Ok(())
}
