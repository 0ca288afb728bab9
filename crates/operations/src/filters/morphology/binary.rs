//! What binary operations have in common: one value becomes bits, and bits become that value again.

use microtome_image::{Array, Blank, Buffer, Image, Scalar, with_values};
use multiversion::multiversion;

use crate::bits::BitVolume;
use crate::kernels::tasks;
use crate::parameter::parameter_error;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::single::scalar;

/// The value of objects, and the value of voxels that are not in an object any more.
#[derive(Clone, Copy)]
pub(super) struct Values {
    pub(super) foreground: f64,
    pub(super) background: f64,
}

/// Voxels of one parallel task when bits become values, in rows.
const TASK: usize = 1 << 16;

/// Gives the bits of the foreground to `change`. What is set then gets the foreground's value, what was set and is no more
/// gets the background's, and all other voxels keep theirs.
pub(super) fn changed(
    image: &Image,
    values: Values,
    progress: &Progress,
    change: impl FnOnce(BitVolume, &Progress) -> Result<BitVolume, Cancelled>,
) -> Result<Image, OperationError> {
    scalar("input", image)?;
    let array =
        with_values!(image.array(), voxels => of_values(voxels, image.dims(), values, progress, change)?);
    Ok(image.with_array(array)?)
}

fn of_values<T: Scalar>(
    voxels: &[T],
    dims: [usize; 3],
    values: Values,
    progress: &Progress,
    change: impl FnOnce(BitVolume, &Progress) -> Result<BitVolume, Cancelled>,
) -> Result<Array, OperationError>
where
    Array: From<Buffer<T>>,
{
    let foreground = own("foreground", values.foreground)?;
    let background = own("background", values.background)?;
    progress.report(0.0)?;
    let bits = BitVolume::new(voxels, dims, move |v| v == foreground);
    let bits = change(bits, &progress.step(0.2..0.8))?;
    let mut out = Blank::new(voxels.len());
    let (ni, words) = (dims[0], bits.words());
    let rows = (TASK / ni).max(1);
    tasks::chunks(&mut out, rows * ni, &|n, out| {
        let (voxels, bits) = (&voxels[n * rows * ni..], &bits.bits()[n * rows * words..]);
        unpack(out, voxels, bits, [ni, words], [foreground, background]);
        Ok(())
    })?;
    progress.report(1.0)?;
    Ok(Buffer::from(out).into())
}

/// A value that the voxels' type has.
fn own<T: Scalar>(name: &str, value: f64) -> Result<T, OperationError> {
    let own = T::from_f64(value);
    // Single-precision voxels hold the nearest number.
    if own.to_f64() == value || (!T::TYPE.is_integer() && value.is_finite()) {
        return Ok(own);
    }
    Err(parameter_error(name, &value, &format!("voxels of the type {} cannot have it", T::TYPE)).into())
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn unpack<T: Scalar>(out: &mut [T], voxels: &[T], bits: &[u64], row: [usize; 2], values: [T; 2]) {
    let [ni, words] = row;
    let [foreground, background] = values;
    let one = |v: T, set: bool| {
        let kept = if v == foreground { background } else { v };
        if set { foreground } else { kept }
    };
    for ((out, voxels), bits) in
        out.chunks_exact_mut(ni).zip(voxels.chunks_exact(ni)).zip(bits.chunks_exact(words))
    {
        for ((out, voxels), &word) in out.chunks_mut(64).zip(voxels.chunks(64)).zip(bits) {
            let bytes = word.to_le_bytes();
            let ((whole, rest), (from, from_rest)) = (out.as_chunks_mut::<8>(), voxels.as_chunks::<8>());
            for ((out, voxels), byte) in whole.iter_mut().zip(from).zip(bytes) {
                for n in 0..8 {
                    out[n] = one(voxels[n], byte & (1 << n) != 0);
                }
            }
            let first = 8 * from.len();
            for (n, (out, &v)) in rest.iter_mut().zip(from_rest).enumerate() {
                *out = one(v, word >> (first + n) & 1 != 0);
            }
        }
    }
}
