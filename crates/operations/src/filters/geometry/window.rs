//! A box of voxels out of a volume, reaching beyond it where it likes.

use microtome_image::{Array, Blank, Buffer, Image, Scalar, with_values};

use crate::choice;
use crate::filters::resample::MOST_VALUES;
use crate::kernels::rows;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

choice! {
    /// What stands beyond the border of a volume.
    pub enum Beyond {
        /// One value.
        Constant = "constant",
        /// The nearest voxel.
        Nearest = "nearest",
        /// The volume mirrored at its border, the outermost voxels twice.
        Mirror = "mirror",
        /// The volume again from its other side.
        Wrap = "wrap",
    }
}

impl Beyond {
    /// The voxel of `count` that stands at `n`; `None` for the constant.
    fn index(self, n: isize, count: usize) -> Option<usize> {
        let count = count as isize;
        let index = match self {
            _ if (0..count).contains(&n) => n,
            Self::Constant => return None,
            Self::Nearest => n.clamp(0, count - 1),
            Self::Mirror => {
                let n = n.rem_euclid(2 * count);
                n.min(2 * count - 1 - n)
            }
            Self::Wrap => n.rem_euclid(count),
        };
        Some(index as usize)
    }
}

/// The voxels from `start`, `dims` of them; every voxel stays where it is in space.
pub(super) fn window(
    image: &Image,
    start: [isize; 3],
    dims: [usize; 3],
    beyond: Beyond,
    value: f64,
    progress: &Progress,
) -> Result<Image, OperationError> {
    let parts = image.components() * image.frames();
    let count = dims.iter().fold(parts, |product, &d| product.saturating_mul(d));
    if count > MOST_VALUES {
        let why = format!("{dims:?} voxels are more than can be made");
        return Err(OperationError::Input { name: "input".to_owned(), why });
    }
    let array = with_values!(image.array(), values => {
        copy(values, image, start, dims, beyond, Scalar::from_f64(value), progress)?
    });
    let grid = image.grid().region(start, dims);
    Ok(Image::new(grid, image.components(), image.frames(), image.meaning(), array)?)
}

fn copy<T: Scalar>(
    values: &[T],
    image: &Image,
    start: [isize; 3],
    dims: [usize; 3],
    beyond: Beyond,
    value: T,
    progress: &Progress,
) -> Result<Array, Cancelled>
where
    Array: From<Buffer<T>>,
{
    let (old, components) = (image.dims(), image.components());
    let from = |axis: usize| -> Vec<Option<usize>> {
        (0..dims[axis]).map(|n| beyond.index(start[axis] + n as isize, old[axis])).collect()
    };
    let [along_i, along_j, along_k] = [from(0), from(1), from(2)];
    // What is copied as it stands: the voxels of a row that lie in the volume.
    let first = (-start[0]).clamp(0, dims[0] as isize) as usize;
    let end = (old[0] as isize - start[0]).clamp(first as isize, dims[0] as isize) as usize;
    let inside = (first as isize + start[0]).max(0) as usize * components;
    let frame = dims.iter().product::<usize>() * components;
    let mut out = Blank::new(frame * image.frames());
    for (out, values) in out.chunks_exact_mut(frame).zip(values.chunks_exact(image.frame_len())) {
        rows::fill(out, [dims[0] * components, dims[1], dims[2]], progress, |j, k, row| {
            let (Some(j), Some(k)) = (along_j[j], along_k[k]) else {
                return row.fill(value);
            };
            let source = &values[(k * old[1] + j) * old[0] * components..][..old[0] * components];
            let length = (end - first) * components;
            row[first * components..end * components].copy_from_slice(&source[inside..inside + length]);
            for n in (0..first).chain(end..dims[0]) {
                let voxel = &mut row[n * components..(n + 1) * components];
                match along_i[n] {
                    Some(i) => voxel.copy_from_slice(&source[i * components..(i + 1) * components]),
                    None => voxel.fill(value),
                }
            }
        })?;
    }
    Ok(Buffer::from(out).into())
}
