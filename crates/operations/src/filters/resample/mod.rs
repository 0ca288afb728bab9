//! Resample: a volume's values on another grid.

mod direct;
mod kernel;
mod operation;
mod padded;
mod path;
#[cfg(test)]
mod tests;

use microtome_geometry::{Grid, Transform};
use microtome_image::{Array, Blank, Buffer, Image, Interpolation, with_values};
use rayon::prelude::*;

pub use operation::{Inputs, Method, Outputs, Resample, Shape, with_spacing};

use crate::kernels::real::Voxel;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use direct::Volume;
use kernel::{CubicBSpline, Kernel, QuadraticBSpline, Sinc};
use padded::Padded;
use path::{Path, Places};

/// The values of `image` on the grid `output`: each output voxel has the value that lies where `transform` takes its
/// position (output space to input space, RAS mm). Positions more than half a voxel beyond the outermost voxel centres
/// get the value `outside`. Type, components and frames stay; whole numbers are rounded half away from zero and
/// saturated.
///
/// Up to 16-bit integers and `f32` are computed in single precision, other types in double. B-spline coefficients are
/// mirrored at the border; a windowed sinc's weights are scaled to sum to 1, its radius is 1 to 8 voxels.
///
/// # Errors
/// [`OperationError::Input`] for a singular geometry or an output too large to hold, [`OperationError::Cancelled`].
pub fn resample(
    image: &Image,
    output: &Grid,
    transform: &Transform,
    interpolation: Interpolation,
    outside: f64,
    progress: &Progress,
) -> Result<Image, OperationError> {
    let refuse = |why: String| OperationError::Input { name: "input".to_owned(), why };
    let parts = image.components() * image.frames();
    let count = output.voxel_count().saturating_mul(parts);
    if count > MOST_VALUES {
        return Err(refuse(format!("{:?} voxels are more than can be made", output.dims())));
    }
    let path = Path::new(image.grid(), output, transform)
        .ok_or_else(|| refuse("its geometry is singular: voxels have no volume".to_owned()))?;
    let array = if parts == 1 {
        with_values!(image.array(), values => {
            let volume = Volume { values, dims: image.dims() };
            Array::from(scalar(volume, &path, output.dims(), interpolation, outside, progress)?)
        })
    } else {
        with_values!(image.array(), values => {
            Array::from(interleaved(values, image, &path, output.dims(), interpolation, outside, progress)?)
        })
    };
    Ok(Image::new(*output, image.components(), image.frames(), image.meaning(), array)?)
}

/// The largest output: 2³³ values.
pub const MOST_VALUES: usize = 1 << 33;

/// Every component and frame by itself.
fn interleaved<T: Voxel>(
    values: &[T],
    image: &Image,
    path: &Path,
    dims: [usize; 3],
    interpolation: Interpolation,
    outside: f64,
    progress: &Progress,
) -> Result<Vec<T>, OperationError> {
    let components = image.components();
    let frame = dims.iter().product::<usize>() * components;
    let mut out = vec![T::default(); frame * image.frames()];
    for (from, to) in values.chunks_exact(image.frame_len()).zip(out.chunks_exact_mut(frame)) {
        for c in 0..components {
            let part: Vec<T> = from.iter().skip(c).step_by(components).copied().collect();
            let volume = Volume { values: &part, dims: image.dims() };
            let found = scalar(volume, path, dims, interpolation, outside, progress)?;
            to.iter_mut().skip(c).step_by(components).zip(&*found).for_each(|(o, v)| *o = *v);
        }
    }
    Ok(out)
}

fn scalar<T: Voxel>(
    volume: Volume<'_, T>,
    path: &Path,
    dims: [usize; 3],
    interpolation: Interpolation,
    outside: f64,
    progress: &Progress,
) -> Result<Buffer<T>, OperationError> {
    progress.report(0.0)?;
    let outside = <T as microtome_image::Scalar>::from_f64(outside);
    let mut out = Blank::new(dims.iter().product());
    let rows = Rows { path, volume_dims: volume.dims, dims, outside, progress };
    match interpolation {
        Interpolation::Nearest => rows.fill(&mut out, |places, out| direct::nearest(volume, places, out))?,
        // The fast kernel reads pairs along i and counts in 32 bits; what it cannot read is small, or huge.
        Interpolation::Linear if volume.dims[0] > 1 && volume.values.len() < 1 << 31 => {
            rows.fill(&mut out, |places, out| direct::linear(volume, places, out))?;
        }
        Interpolation::Linear => {
            rows.fill(&mut out, |places, out| direct::linear_any(volume, places, out))?
        }
        Interpolation::QuadraticBSpline => rows.convolve(&mut out, volume, &QuadraticBSpline)?,
        Interpolation::CubicBSpline => rows.convolve(&mut out, volume, &CubicBSpline)?,
        Interpolation::WindowedSinc { window, radius } => {
            rows.convolve(&mut out, volume, &Sinc::new(window, usize::from(radius)))?;
        }
    }
    Ok(out.into())
}

/// How to fill an output.
struct Rows<'a, T> {
    path: &'a Path,
    volume_dims: [usize; 3],
    dims: [usize; 3],
    outside: T,
    progress: &'a Progress,
}

/// Output rows of one parallel task.
const TASK_ROWS: usize = 32;

impl<T: Voxel> Rows<'_, T> {
    fn convolve(
        &self,
        out: &mut [T],
        volume: Volume<'_, T>,
        kernel: &impl Kernel<T::Real>,
    ) -> Result<(), Cancelled> {
        let padded = Padded::new(volume, kernel, self.progress)?;
        self.fill(out, |places, out| padded.interpolate(kernel, places, out))
    }

    /// Fills `out` row by row: `interpolate` writes the voxels that lie at some places inside the volume.
    fn fill(&self, out: &mut [T], interpolate: impl Fn(&Places, &mut [T]) + Sync) -> Result<(), Cancelled> {
        let [width, nj, nk] = self.dims;
        let rows = (nj * nk) as f64;
        out.par_chunks_mut(width * TASK_ROWS).enumerate().try_for_each(|(task, chunk)| {
            self.progress.report(0.4 + 0.6 * (task * TASK_ROWS) as f64 / rows)?;
            for (n, row) in chunk.chunks_exact_mut(width).enumerate() {
                let number = task * TASK_ROWS + n;
                let mut end = 0;
                self.path.for_each_group(
                    [number % nj, number / nj],
                    width,
                    self.volume_dims,
                    |range, places| {
                        row[end..range.start].fill(self.outside);
                        end = range.end;
                        interpolate(places, &mut row[range]);
                    },
                );
                row[end..].fill(self.outside);
            }
            Ok(())
        })
    }
}
