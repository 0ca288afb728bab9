//! Two volumes become one, voxel by voxel.

use microtome_image::{Array, Buffer, Image, Scalar, ScalarType, with_values};

use super::onto::{Order, onto};
use crate::kernels::pointwise;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

/// What is done with two values.
#[derive(Clone, Copy)]
pub(super) enum Sign {
    Add,
    Subtract,
    Multiply,
}

/// Combines two volumes of one component and frame each: `input2` is brought onto the grid of `input`, and the result is
/// saturated to the type of `input`.
pub(super) fn combine(
    input: &Image,
    input2: Image,
    order: Order,
    sign: Sign,
    progress: &Progress,
) -> Result<Image, OperationError> {
    if (input.components(), input.frames()) != (input2.components(), input2.frames()) {
        let why = format!(
            "it has {} values a voxel and {} frames, the first volume {} and {}",
            input2.components(),
            input2.frames(),
            input.components(),
            input.frames()
        );
        return Err(OperationError::Input { name: "input2".to_owned(), why });
    }
    let second = onto(input2, input, order, &progress.step(0.0..0.5))?;
    let progress = progress.step(0.5..1.0);
    let combined = if second.scalar_type() == input.scalar_type() {
        with_values!(input.array(), values => same(values, second.array(), sign, &progress)?)
    } else {
        let second = second.array().cast(ScalarType::Float64);
        with_values!(input.array(), values => mixed(values, &second, sign, &progress)?)
    };
    Ok(input.with_array(combined)?)
}

fn same<T: Saturating>(a: &[T], b: &Array, sign: Sign, progress: &Progress) -> Result<Array, Cancelled>
where
    Array: From<Buffer<T>>,
{
    let b = b.as_slice::<T>().unwrap_or_default();
    let combined = match sign {
        Sign::Add => pointwise::zip(a, b, progress, T::plus),
        Sign::Subtract => pointwise::zip(a, b, progress, T::minus),
        Sign::Multiply => pointwise::zip(a, b, progress, T::times),
    };
    Ok(combined?.into())
}

fn mixed<T: Scalar>(a: &[T], b: &Array, sign: Sign, progress: &Progress) -> Result<Array, Cancelled>
where
    Array: From<Buffer<T>>,
{
    let b = b.as_slice::<f64>().unwrap_or_default();
    let combined = pointwise::zip(a, b, progress, |a, b| {
        let a = a.to_f64();
        T::from_f64(match sign {
            Sign::Add => a + b,
            Sign::Subtract => a - b,
            Sign::Multiply => a * b,
        })
    });
    Ok(combined?.into())
}

/// Arithmetic that ends at the limits of a type.
trait Saturating: Scalar {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
}

macro_rules! saturating {
    ($($t:ty: $plus:expr, $minus:expr, $times:expr;)*) => {$(
        impl Saturating for $t {
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                $plus(self, other)
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                $minus(self, other)
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                $times(self, other)
            }
        }
    )*};
}

macro_rules! integers {
    ($($t:ty),*) => {
        saturating! { $($t: <$t>::saturating_add, <$t>::saturating_sub, <$t>::saturating_mul;)* }
    };
}

integers!(i8, u8, i16, u16, i32, u32, i64, u64);
saturating! {
    f32: std::ops::Add::add, std::ops::Sub::sub, std::ops::Mul::mul;
    f64: std::ops::Add::add, std::ops::Sub::sub, std::ops::Mul::mul;
}
