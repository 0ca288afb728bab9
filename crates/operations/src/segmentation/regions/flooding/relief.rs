//! The heights that are flooded.

use microtome_image::{Array, Buffer, Scalar};

use crate::kernels::pointwise;
use crate::kernels::real::{Real, Voxel};
use crate::progress::{Cancelled, Progress};

/// A height: a floating-point number that is never NaN.
pub(super) trait Height: Real {
    /// A whole number in the same order.
    type Key: Ord + Copy;
    fn key(self) -> Self::Key;
    /// The height that lies so much above.
    fn raised(self, by: f64) -> Self;
}

impl Height for f32 {
    type Key = u32;
    #[inline(always)]
    fn key(self) -> u32 {
        // Zero has one key, whatever its sign.
        let bits = (self + 0.0).to_bits();
        if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
    }
    #[inline(always)]
    fn raised(self, by: f64) -> Self {
        (f64::from(self) + by) as f32
    }
}

impl Height for f64 {
    type Key = u64;
    #[inline(always)]
    fn key(self) -> u64 {
        let bits = (self + 0.0).to_bits();
        if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
    }
    #[inline(always)]
    fn raised(self, by: f64) -> Self {
        self + by
    }
}

/// The values of an image as heights: in single precision where that holds them all, else in double.
pub(in super::super) enum Relief {
    Single(Buffer<f32>),
    Double(Buffer<f64>),
}

impl Relief {
    /// What is not a number stands above all else. Images of floating-point numbers without such share their
    /// memory.
    pub(in super::super) fn new(values: &Array, progress: &Progress) -> Result<Self, Cancelled> {
        Ok(match values {
            Array::Int8(v) => Self::Single(converted(v, progress)?),
            Array::UInt8(v) => Self::Single(converted(v, progress)?),
            Array::Int16(v) => Self::Single(converted(v, progress)?),
            Array::UInt16(v) => Self::Single(converted(v, progress)?),
            Array::Int32(v) => Self::Double(converted(v, progress)?),
            Array::UInt32(v) => Self::Double(converted(v, progress)?),
            Array::Int64(v) => Self::Double(converted(v, progress)?),
            Array::UInt64(v) => Self::Double(converted(v, progress)?),
            Array::Float32(v) if v.iter().any(|v| v.is_nan()) => {
                Self::Single(pointwise::map(v, progress, |v| if v.is_nan() { f32::INFINITY } else { v })?)
            }
            Array::Float32(v) => Self::Single(v.clone()),
            Array::Float64(v) if v.iter().any(|v| v.is_nan()) => {
                Self::Double(pointwise::map(v, progress, |v| if v.is_nan() { f64::INFINITY } else { v })?)
            }
            Array::Float64(v) => Self::Double(v.clone()),
        })
    }
}

fn converted<T: Voxel>(values: &[T], progress: &Progress) -> Result<Buffer<T::Real>, Cancelled> {
    pointwise::map(values, progress, T::to_real)
}

/// The least and the greatest height that is finite; both 0 if none is.
pub(super) fn range<H: Scalar>(heights: &[H]) -> (f64, f64) {
    let finite = heights.iter().map(|h| h.to_f64()).filter(|h| h.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low <= high { (low, high) } else { (0.0, 0.0) }
}
