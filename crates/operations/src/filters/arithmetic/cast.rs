//! Cast volume: the same values in another type.

use microtome_image::{Array, Image, Scalar, ScalarType, with_scalar_type, with_values};

use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;

operation! {
    /// Converts the voxels to another type. Fractions are cut off, towards zero.
    ///
    /// Whole numbers that the new type cannot hold wrap around, as they do in Slicer, unless they are clamped to its limits.
    /// What is not a number becomes 0 in a type of whole numbers.
    pub struct Cast("cast", "Cast volume", "filters");
    inputs {
        /// The volume to convert.
        input: Image,
    }
    parameters {
        /// The type of the result.
        r#type: ScalarType = ScalarType::UInt8;
        /// Whether values beyond the limits of the new type become these limits, rather than wrap around.
        clamp: bool = false;
    }
    outputs {
        /// The converted volume.
        output: Image,
    }
    values {}
    example "Fractions are cut off and what is too large is clamped" {
        inputs { "input": { "dimensions": [4, 1, 1], "values": [-1.9, 1.9, 3, 300] } }
        parameters { "type": "uint8", "clamp": true }
        gives { "output": { "type": "uint8", "values": [0, 1, 3, 255] } }
    }
}

impl Operation for Cast {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        if image.scalar_type() == self.r#type {
            return Ok(Outputs { output: image });
        }
        Ok(Outputs { output: image.with_array(cast(image.array(), self.r#type, self.clamp, progress)?)? })
    }
}

/// The values as another type: truncated, and wrapped or clamped where they are beyond it.
pub fn cast(
    values: &Array,
    scalar_type: ScalarType,
    clamp: bool,
    progress: &Progress,
) -> Result<Array, Cancelled> {
    with_values!(values, values => with_scalar_type!(scalar_type, T => {
        Ok(Array::from(pointwise::map(values, progress, |v| convert::<_, T>(v, clamp))?))
    }))
}

#[inline(always)]
fn convert<S: Scalar, T: Scalar>(value: S, clamp: bool) -> T {
    if !T::TYPE.is_integer() {
        return T::from_f64(value.to_f64());
    }
    let whole = whole(value);
    if clamp { of_whole(whole.clamp(limits::<T>().0, limits::<T>().1)) } else { of_whole(whole) }
}

/// The value without its fraction; beyond 64 bits the nearest that has as many.
#[inline(always)]
fn whole<S: Scalar>(value: S) -> i128 {
    match S::TYPE {
        ScalarType::Int64 => i128::from(bytemuck::cast::<S, i64>(value)),
        ScalarType::UInt64 => i128::from(bytemuck::cast::<S, u64>(value)),
        ScalarType::Float32 | ScalarType::Float64 => {
            let value = value.to_f64();
            if value < 0.0 { i128::from(value as i64) } else { i128::from(value as u64) }
        }
        _ => i128::from(value.to_f64() as i64),
    }
}

#[inline(always)]
fn limits<T: Scalar>() -> (i128, i128) {
    match T::TYPE {
        ScalarType::Int64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        ScalarType::UInt64 => (0, i128::from(u64::MAX)),
        other => (other.limits().0 as i128, other.limits().1 as i128),
    }
}

/// The lowest bits of a whole number.
#[inline(always)]
fn of_whole<T: Scalar>(whole: i128) -> T {
    match T::TYPE {
        ScalarType::Int8 => bytemuck::cast(whole as i8),
        ScalarType::UInt8 => bytemuck::cast(whole as u8),
        ScalarType::Int16 => bytemuck::cast(whole as i16),
        ScalarType::UInt16 => bytemuck::cast(whole as u16),
        ScalarType::Int32 => bytemuck::cast(whole as i32),
        ScalarType::UInt32 => bytemuck::cast(whole as u32),
        ScalarType::Int64 => bytemuck::cast(whole as i64),
        ScalarType::UInt64 => bytemuck::cast(whole as u64),
        ScalarType::Float32 | ScalarType::Float64 => T::from_f64(whole as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: impl Into<Array>, scalar_type: ScalarType, clamp: bool, expected: impl Into<Array>) {
        assert_eq!(cast(&values.into(), scalar_type, clamp, &Progress::ignored()).unwrap(), expected.into());
    }

    #[test]
    fn fractions_are_cut_off() {
        check(vec![-1.9_f32, -0.5, 0.9, 1.9], ScalarType::Int16, false, vec![-1_i16, 0, 0, 1]);
        check(vec![f64::NAN, f64::INFINITY, -1e300], ScalarType::Int32, true, vec![0, i32::MAX, i32::MIN]);
    }

    #[test]
    fn whole_numbers_wrap_or_are_clamped() {
        check(vec![-1_i16, 256, 300], ScalarType::UInt8, false, vec![255_u8, 0, 44]);
        check(vec![-1_i16, 256, 300], ScalarType::UInt8, true, vec![0_u8, 255, 255]);
        check(vec![u64::MAX, 5], ScalarType::Int64, false, vec![-1_i64, 5]);
        check(vec![u64::MAX, 5], ScalarType::Int64, true, vec![i64::MAX, 5]);
    }
}
