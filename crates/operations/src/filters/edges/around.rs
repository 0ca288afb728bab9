//! Stencils of three by three by three voxels.

use microtome_image::{Blank, Buffer, Image, Scalar, with_values};

use crate::filters::smoothing::components;
use crate::kernels::real::Voxel;
use crate::kernels::rows;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

/// The rows around one, and that itself: `rows[b][a]` is that at `j + a - 1`, `k + b - 1`. Voxel i stands at `i + 1`; outside the
/// volume stands the nearest voxel's value.
pub(super) type Around<'a, R> = [[&'a [R]; 3]; 3];

/// What makes a row of a result from the rows around it.
pub(super) trait Stencil<R>: Sync {
    fn row(&self, rows: &Around<'_, R>, out: &mut [f32]);
}

/// Rows in the precision that is computed in. Each of the nine has a slot that it shares with those three further on, so that
/// the next row finds six of them already there.
pub(super) struct Window<R> {
    slots: [Vec<R>; 9],
    held: [Option<usize>; 9],
}

impl<R: Scalar> Window<R> {
    pub(super) fn new() -> Self {
        Self { slots: std::array::from_fn(|_| Vec::new()), held: [None; 9] }
    }

    /// The rows around that at j and k.
    pub(super) fn around<T: Voxel<Real = R>>(
        &mut self,
        values: &[T],
        [ni, nj, nk]: [usize; 3],
        j: usize,
        k: usize,
    ) -> Around<'_, R> {
        let mut places = [[0; 3]; 3];
        for (b, places) in places.iter_mut().enumerate() {
            let near_k = (k + b).saturating_sub(1).min(nk - 1);
            for (a, place) in places.iter_mut().enumerate() {
                let near_j = (j + a).saturating_sub(1).min(nj - 1);
                *place = b * 3 + near_j % 3;
                let row = near_k * nj + near_j;
                if self.held[*place] != Some(row) {
                    self.held[*place] = Some(row);
                    let slot = &mut self.slots[*place];
                    slot.clear();
                    slot.resize(ni + 2, R::default());
                    let values = &values[row * ni..][..ni];
                    slot[1..].iter_mut().zip(values).for_each(|(s, v)| *s = v.to_real());
                    slot[0] = slot[1];
                    slot[ni + 1] = slot[ni];
                }
            }
        }
        places.map(|places| places.map(|place| self.slots[place].as_slice()))
    }
}

/// Fills `out`, a volume of `dims` voxels, row by row from the rows of `values`.
pub(super) fn fill<T: Voxel, U: Scalar>(
    values: &[T],
    dims: [usize; 3],
    out: &mut [U],
    progress: &Progress,
    row: impl Fn(&Around<'_, T::Real>, usize, usize, &mut [U]) + Sync,
) -> Result<(), Cancelled> {
    rows::fill_with(out, dims, progress, Window::new, |window, j, k, out| {
        row(&window.around(values, dims, j, k), j, k, out);
    })
}

/// An image in single precision, each component of which comes from the input's by a stencil.
pub(super) fn filter<S: Stencil<f32> + Stencil<f64>>(
    image: &Image,
    stencil: &S,
    progress: &Progress,
) -> Result<Image, OperationError> {
    let made = with_values!(image.array(), values => of_values(values, image, stencil, progress)?);
    Ok(image.with_array(made)?)
}

fn of_values<T: Voxel, S: Stencil<T::Real>>(
    values: &[T],
    image: &Image,
    stencil: &S,
    progress: &Progress,
) -> Result<Buffer<f32>, Cancelled> {
    components::each(image, values, progress, |values, progress| {
        let mut out = Blank::new(values.len());
        fill(values, image.dims(), &mut out, progress, |rows, _, _, out| stencil.row(rows, out))?;
        Ok(out.into())
    })
}

/// Writes [`Stencil`] for both precisions: `$run` is generic over them, and gets what makes a result of a number.
macro_rules! stencil {
    ($name:ident, $run:ident, $f32:expr, $f64:expr) => {
        impl $crate::filters::edges::around::Stencil<f32> for $name {
            fn row(&self, rows: &$crate::filters::edges::around::Around<'_, f32>, out: &mut [f32]) {
                single(self, rows, out);
            }
        }

        impl $crate::filters::edges::around::Stencil<f64> for $name {
            fn row(&self, rows: &$crate::filters::edges::around::Around<'_, f64>, out: &mut [f32]) {
                double(self, rows, out);
            }
        }

        #[multiversion::multiversion(targets(
            "x86_64+avx512f+avx512bw+avx512dq+avx512vl",
            "x86_64+avx2",
            "x86_64+sse4.2"
        ))]
        fn single(stencil: &$name, rows: &$crate::filters::edges::around::Around<'_, f32>, out: &mut [f32]) {
            $run(stencil, rows, out, $f32);
        }

        #[multiversion::multiversion(targets(
            "x86_64+avx512f+avx512bw+avx512dq+avx512vl",
            "x86_64+avx2",
            "x86_64+sse4.2"
        ))]
        fn double(stencil: &$name, rows: &$crate::filters::edges::around::Around<'_, f64>, out: &mut [f32]) {
            $run(stencil, rows, out, $f64);
        }
    };
}
pub(super) use stencil;
