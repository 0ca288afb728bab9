//! Differences that stay within the type.

use microtome_image::{Buffer, Scalar};

use crate::kernels::pointwise;
use crate::progress::{Cancelled, Progress};

/// A type whose values can be taken from each other.
pub(super) trait Difference: Scalar {
    /// `self - other`, or the nearest value that there is.
    fn less(self, other: Self) -> Self;
}

macro_rules! differences {
    ($($t:ty: $less:expr;)*) => {$(
        impl Difference for $t {
            #[inline(always)]
            fn less(self, other: Self) -> Self {
                let less: fn($t, $t) -> $t = $less;
                less(self, other)
            }
        }
    )*};
}
differences! {
    i8: Self::saturating_sub;
    u8: Self::saturating_sub;
    i16: Self::saturating_sub;
    u16: Self::saturating_sub;
    i32: Self::saturating_sub;
    u32: Self::saturating_sub;
    i64: Self::saturating_sub;
    u64: Self::saturating_sub;
    f32: |a, b| a - b;
    f64: |a, b| a - b;
}

/// Every value of `upper` less that of `lower`.
pub(super) fn less<T: Difference>(
    upper: &[T],
    lower: &[T],
    progress: &Progress,
) -> Result<Buffer<T>, Cancelled> {
    pointwise::zip(upper, lower, progress, T::less)
}
