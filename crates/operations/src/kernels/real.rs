//! The precision in which voxels are interpolated.

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Sub};

use microtome_image::Scalar;

/// A floating-point type to compute in.
pub(crate) trait Real:
    Scalar
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + MulAssign
{
}

impl Real for f32 {}
impl Real for f64 {}

/// A voxel type and the precision that it needs: single where that holds every value exactly, else double.
pub(crate) trait Voxel: Scalar {
    type Real: Real;
    fn to_real(self) -> Self::Real;
    /// Rounded half away from zero, and saturated.
    fn from_real(value: Self::Real) -> Self;
}

macro_rules! narrow {
    ($($t:ty),*) => {$(
        impl Voxel for $t {
            type Real = f32;
            #[inline(always)]
            fn to_real(self) -> f32 {
                f32::from(self)
            }
            #[inline(always)]
            fn from_real(value: f32) -> Self {
                let limited = value.clamp(f32::from(Self::MIN), f32::from(Self::MAX));
                (limited + 0.5_f32.copysign(limited)) as i32 as Self
            }
        }
    )*};
}

macro_rules! as_is {
    ($($t:ty => $real:ty),*) => {$(
        impl Voxel for $t {
            type Real = $real;
            #[inline(always)]
            fn to_real(self) -> $real {
                self as $real
            }
            #[inline(always)]
            fn from_real(value: $real) -> Self {
                <$t as Scalar>::from_f64(f64::from(value))
            }
        }
    )*};
}

narrow!(i8, u8, i16, u16);
as_is!(i32 => f64, u32 => f64, i64 => f64, u64 => f64, f32 => f32, f64 => f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_types_round_and_saturate_as_all_others_do() {
        for v in
            [-1e9_f32, -40000.0, -3.5, -2.5, -0.4, 0.0, 0.49, 0.5, 2.5, 254.5, 254.4, 65534.5, 1e9, f32::NAN]
        {
            assert_eq!(i16::from_real(v), <i16 as Scalar>::from_f64(v.into()), "{v}");
            assert_eq!(u16::from_real(v), <u16 as Scalar>::from_f64(v.into()), "{v}");
            assert_eq!(u8::from_real(v), <u8 as Scalar>::from_f64(v.into()), "{v}");
            assert_eq!(i8::from_real(v), <i8 as Scalar>::from_f64(v.into()), "{v}");
        }
    }
}
