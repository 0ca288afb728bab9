//! What image formats do with voxels alike: sizes, byte order, order of components, rescaling.

use std::borrow::Cow;

use microtome_geometry::Grid;
use microtome_image::{Array, Buffer, Endian, Scalar, ScalarType, Statistics, with_values};
use rayon::prelude::*;

use super::byte_order::reverse_in_place;
use super::permute::permuted;
use crate::error::Error;
use crate::source::ReadOptions;

/// Voxels that one parallel task handles.
const TASK: usize = 1 << 15;

/// Bytes of voxels that a header claims: the product of `sizes` and bytes per value.
///
/// # Errors
/// [`Error::TooLarge`] beyond the reader's limit.
pub(crate) fn claimed_bytes(
    format: &'static str,
    sizes: &[u64],
    bytes_per_value: usize,
    options: &ReadOptions,
) -> Result<usize, Error> {
    let claimed = sizes.iter().fold(bytes_per_value as u128, |n, &s| n.saturating_mul(u128::from(s)));
    let limit = u128::from(options.max_bytes).min(isize::MAX as u128);
    match usize::try_from(claimed) {
        Ok(bytes) if claimed <= limit => Ok(bytes),
        _ => Err(Error::TooLarge { format, what: "voxels", claimed, limit }),
    }
}

/// The array's bytes in the given order.
pub(crate) fn bytes_in_order(array: &Array, endian: Endian) -> Cow<'_, [u8]> {
    if endian == Endian::NATIVE || array.scalar_type().size() == 1 {
        return Cow::Borrowed(array.as_bytes());
    }
    let mut bytes = array.as_bytes().to_vec();
    reverse_in_place(&mut bytes, array.scalar_type().size());
    Cow::Owned(bytes)
}

/// From one plane per component to the components of each voxel side by side.
pub(crate) fn interleaved(array: &Array, components: usize) -> Array {
    permuted(array, &[array.len() / components.max(1), components], &[1, 0])
}

/// From the components of each voxel side by side to one plane per component.
pub(crate) fn planar(array: &Array, components: usize) -> Array {
    permuted(array, &[components, array.len() / components.max(1)], &[1, 0])
}

/// Each voxel's components changed in place by the function that fits the type; `components` is at least 1.
fn map_voxels<T: Scalar>(values: &[T], components: usize, change: impl Fn(&mut [T]) + Sync) -> Vec<T> {
    let mut out = values.to_vec();
    out.par_chunks_mut(components * TASK)
        .for_each(|task| task.chunks_exact_mut(components).for_each(&change));
    out
}

/// Each voxel's components in another order: component `c` becomes what component `order[c]` was.
pub(crate) fn reordered<const N: usize>(array: &Array, order: [usize; N]) -> Array {
    with_values!(array, values => Array::from(map_voxels(values, N, |voxel| {
        let old: [_; N] = std::array::from_fn(|c| voxel[order[c]]);
        voxel.copy_from_slice(&old);
    })))
}

/// The first two components of each voxel with the other sign: vectors from LPS to RAS and back. Integers become
/// floats, as not all of them have an opposite.
pub(crate) fn with_xy_negated(array: &Array, components: usize) -> Array {
    fn negated<T: Scalar>(values: &[T], components: usize) -> Vec<T> {
        map_voxels(values, components, |voxel| {
            for value in voxel.iter_mut().take(2) {
                *value = T::from_f64(-value.to_f64());
            }
        })
    }
    let floats = if array.scalar_type().is_integer() {
        array.cast(float_for(array.scalar_type()))
    } else {
        array.clone()
    };
    with_values!(&floats, values => Array::from(negated(values, components.max(1))))
}

/// The floating-point type that stored numbers take when they are rescaled: double precision where single would lose
/// digits of the stored number.
pub(crate) const fn float_for(stored: ScalarType) -> ScalarType {
    match stored {
        ScalarType::Int8
        | ScalarType::UInt8
        | ScalarType::Int16
        | ScalarType::UInt16
        | ScalarType::Float32 => ScalarType::Float32,
        _ => ScalarType::Float64,
    }
}

/// Stored numbers times `slope` plus `intercept`. They keep their integer type where both are whole and every result
/// fits it; otherwise they become floats.
pub(crate) fn rescaled(array: &Array, slope: f64, intercept: f64) -> Array {
    if slope == 1.0 && intercept == 0.0 {
        return array.clone();
    }
    let stored = array.scalar_type();
    if stored.is_integer() && slope.fract() == 0.0 && intercept.fract() == 0.0 {
        let range = Statistics::of(array);
        let ends = [range.min * slope + intercept, range.max * slope + intercept];
        let (low, high) = stored.limits();
        // Beyond this whole numbers are not exact in the arithmetic used.
        let exact = 9_007_199_254_740_992.0;
        let fits = |v: f64| v >= low && v <= high && v.abs() <= exact;
        if ends.into_iter().all(fits) && range.min.abs() <= exact && range.max.abs() <= exact {
            return array.rescale(slope, intercept, stored);
        }
    }
    array.rescale(slope, intercept, float_for(stored))
}

/// [`rescaled`] for complex numbers, two values each: the intercept is added to the real part only.
pub(crate) fn rescaled_complex(array: &Array, slope: f64, intercept: f64) -> Array {
    fn shifted<T: Scalar>(values: &Buffer<T>, slope: f64, intercept: f64) -> Vec<T> {
        map_voxels(values, 2, |voxel| {
            for (part, shift) in voxel.iter_mut().zip([intercept, 0.0]) {
                *part = T::from_f64(part.to_f64() * slope + shift);
            }
        })
    }
    if slope == 1.0 && intercept == 0.0 {
        return array.clone();
    }
    with_values!(array, values => Array::from(shifted(values, slope, intercept)))
}

/// The array as one of the types that a format has: its own if that is among them, else the first integer type that holds
/// all its values.
///
/// # Errors
/// [`Error::CannotHold`] if none holds them.
pub(crate) fn as_one_of(format: &'static str, array: &Array, types: &[ScalarType]) -> Result<Array, Error> {
    let own = array.scalar_type();
    if types.contains(&own) {
        return Ok(array.clone());
    }
    let holds =
        |t: ScalarType, (min, max): (f64, f64)| t.is_integer() && t.limits().0 <= min && t.limits().1 >= max;
    let narrowest = |range| types.iter().copied().find(|&t| holds(t, range));
    let found = if own.is_integer() {
        narrowest(own.limits()).or_else(|| {
            let range = Statistics::of(array);
            narrowest((range.min, range.max))
        })
    } else {
        None
    };
    found.map(|t| array.cast(t)).ok_or_else(|| {
        let names: Vec<&str> = types.iter().map(|t| t.name()).collect();
        let what = format!("these {own} voxels; it has {} (convert to one of them first)", names.join(", "));
        Error::CannotHold { format, what }
    })
}

/// Whether i points to the left, j to the back and k to the head, as formats without directions take it.
pub(crate) fn along_lps_axes(grid: &Grid) -> bool {
    let lps = grid.ijk_to_ras().to_lps();
    let spacing = grid.spacing();
    (0..3).all(|column| {
        let v = lps.column(column);
        (0..3).all(|row| {
            let expected = if row == column { spacing[column] } else { 0.0 };
            (v[row] - expected).abs() <= 1e-4 * spacing[column]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_factors_keep_the_type_while_the_result_fits() {
        let array = Array::from(vec![0_i16, 100, 200]);
        assert_eq!(rescaled(&array, 2.0, -7.0), Array::from(vec![-7_i16, 193, 393]));
        assert_eq!(rescaled(&array, 1000.0, 0.0), Array::from(vec![0_f32, 100_000.0, 200_000.0]));
        assert_eq!(rescaled(&array, 0.5, 0.0), Array::from(vec![0_f32, 50.0, 100.0]));
        let wide = Array::from(vec![1_i32]);
        assert_eq!(rescaled(&wide, 0.5, 0.0), Array::from(vec![0.5_f64]));
    }

    #[test]
    fn planes_and_voxels_are_each_other_undone() {
        let array = Array::from((0..12_u16).collect::<Vec<_>>());
        let voxels = interleaved(&array, 3);
        assert_eq!(voxels.as_slice::<u16>().unwrap()[..6], [0, 4, 8, 1, 5, 9]);
        assert_eq!(planar(&voxels, 3), array);
    }

    #[test]
    fn bytes_are_swapped_for_the_other_order() {
        let array = Array::from(vec![0x0102_u16, 0x0304]);
        assert_eq!(bytes_in_order(&array, Endian::Big).as_ref(), [1, 2, 3, 4]);
        assert_eq!(bytes_in_order(&array, Endian::Little).as_ref(), [2, 1, 4, 3]);
    }
}
