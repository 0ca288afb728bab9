//! Typed arrays that snapshots share.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rayon::prelude::*;

use crate::blank::Blank;
use crate::bytes::{Bytes, Origin};
use crate::scalar::{Endian, Scalar, ScalarType};

/// An immutable array of numbers of type `T`; clones share the memory, which may be a mapped file.
#[derive(Clone)]
pub struct Buffer<T> {
    store: Store<T>,
}

#[derive(Clone)]
enum Store<T> {
    Owned(Arc<Vec<T>>),
    /// Aligned for `T`, of whole elements and native byte order.
    Bytes(Bytes),
}

impl<T: Scalar> Buffer<T> {
    /// Whether the numbers are read straight from a mapped file.
    pub fn is_mapped(&self) -> bool {
        matches!(&self.store, Store::Bytes(bytes) if bytes.is_mapped())
    }

    /// The file that the numbers are read from if they are mapped, and where in it they begin.
    pub fn origin(&self) -> Option<(&Origin, usize)> {
        match &self.store {
            Store::Owned(_) => None,
            Store::Bytes(bytes) => bytes.origin(),
        }
    }

    /// The numbers as an owned vector, without a copy where nobody else holds them.
    pub fn into_vec(self) -> Vec<T> {
        match self.store {
            Store::Owned(shared) => Arc::unwrap_or_clone(shared),
            Store::Bytes(bytes) => bytemuck::cast_slice(&bytes).to_vec(),
        }
    }

    /// Gives back the memory of a mapped file's pages that hold these numbers; they are read again when needed.
    pub(crate) fn release(&self, range: std::ops::Range<usize>) {
        if let Store::Bytes(bytes) = &self.store {
            bytes.release(range.start * T::TYPE.size()..range.end * T::TYPE.size());
        }
    }

    /// Address that identifies the shared memory: equal for clones, different for arrays that live apart.
    pub fn identity(&self) -> usize {
        self.as_ptr() as usize
    }

    /// The numbers at `range`; `None` where it reaches beyond the end. Shares the memory where that came from a file, and
    /// copies otherwise.
    pub fn part(&self, range: std::ops::Range<usize>) -> Option<Self> {
        let store = match &self.store {
            Store::Owned(values) => Store::Owned(Arc::new(values.get(range)?.to_vec())),
            Store::Bytes(bytes) => {
                let size = T::TYPE.size();
                Store::Bytes(bytes.slice(range.start.checked_mul(size)?..range.end.checked_mul(size)?)?)
            }
        };
        Some(Self { store })
    }
}

impl<T: Scalar> Deref for Buffer<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match &self.store {
            Store::Owned(values) => values,
            Store::Bytes(bytes) => bytemuck::cast_slice(bytes),
        }
    }
}

impl<T: Scalar> From<Vec<T>> for Buffer<T> {
    fn from(values: Vec<T>) -> Self {
        Self { store: Store::Owned(Arc::new(values)) }
    }
}

impl<T: Scalar> Buffer<T> {
    /// Bytes that are aligned for `T`, of whole elements and native byte order.
    pub(crate) const fn of_bytes(bytes: Bytes) -> Self {
        Self { store: Store::Bytes(bytes) }
    }
}

/// Bytes whose number does not fit the array they should become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} bytes of voxels where {expected} are needed")]
pub struct LengthError {
    /// Bytes that the array needs.
    pub expected: usize,
    /// Bytes that were given.
    pub found: usize,
}

/// A shared array of numbers of one of the [`ScalarType`]s.
#[derive(Clone)]
pub enum Array {
    /// Signed 8-bit integers.
    Int8(Buffer<i8>),
    /// Unsigned 8-bit integers.
    UInt8(Buffer<u8>),
    /// Signed 16-bit integers.
    Int16(Buffer<i16>),
    /// Unsigned 16-bit integers.
    UInt16(Buffer<u16>),
    /// Signed 32-bit integers.
    Int32(Buffer<i32>),
    /// Unsigned 32-bit integers.
    UInt32(Buffer<u32>),
    /// Signed 64-bit integers.
    Int64(Buffer<i64>),
    /// Unsigned 64-bit integers.
    UInt64(Buffer<u64>),
    /// Single precision floats.
    Float32(Buffer<f32>),
    /// Double precision floats.
    Float64(Buffer<f64>),
}

/// Runs `$body` with `$values` bound to the array's `&Buffer<T>`, whatever its type `T` is.
///
/// ```
/// use microtome_image::{Array, with_values};
/// let array = Array::from(vec![1_i16, -2, 3]);
/// let count = with_values!(&array, values => values.iter().filter(|v| v.to_f64() > 0.0).count());
/// # use microtome_image::Scalar;
/// assert_eq!(count, 2);
/// ```
#[macro_export]
macro_rules! with_values {
    ($array:expr, $values:ident => $body:expr) => {
        match $array {
            $crate::Array::Int8($values) => $body,
            $crate::Array::UInt8($values) => $body,
            $crate::Array::Int16($values) => $body,
            $crate::Array::UInt16($values) => $body,
            $crate::Array::Int32($values) => $body,
            $crate::Array::UInt32($values) => $body,
            $crate::Array::Int64($values) => $body,
            $crate::Array::UInt64($values) => $body,
            $crate::Array::Float32($values) => $body,
            $crate::Array::Float64($values) => $body,
        }
    };
}

/// Runs `$body` with the type alias `$T` naming the Rust type of a [`ScalarType`].
///
/// ```
/// use microtome_image::{Array, ScalarType, with_scalar_type};
/// let zeros = with_scalar_type!(ScalarType::UInt16, T => Array::from(vec![T::default(); 4]));
/// assert_eq!(zeros.scalar_type(), ScalarType::UInt16);
/// ```
#[macro_export]
macro_rules! with_scalar_type {
    ($scalar_type:expr, $T:ident => $body:expr) => {
        match $scalar_type {
            $crate::ScalarType::Int8 => {
                type $T = i8;
                $body
            }
            $crate::ScalarType::UInt8 => {
                type $T = u8;
                $body
            }
            $crate::ScalarType::Int16 => {
                type $T = i16;
                $body
            }
            $crate::ScalarType::UInt16 => {
                type $T = u16;
                $body
            }
            $crate::ScalarType::Int32 => {
                type $T = i32;
                $body
            }
            $crate::ScalarType::UInt32 => {
                type $T = u32;
                $body
            }
            $crate::ScalarType::Int64 => {
                type $T = i64;
                $body
            }
            $crate::ScalarType::UInt64 => {
                type $T = u64;
                $body
            }
            $crate::ScalarType::Float32 => {
                type $T = f32;
                $body
            }
            $crate::ScalarType::Float64 => {
                type $T = f64;
                $body
            }
        }
    };
}

/// How many numbers one parallel task converts: large enough that handing out tasks costs nothing.
const TASK: usize = 1 << 16;

/// How many numbers are worked on before the memory of a mapped file's pages is given back.
pub(crate) const WINDOW: usize = 1 << 24;

impl Array {
    /// The array of `count` numbers of `scalar_type` that `bytes` hold.
    ///
    /// Shares the memory (a mapped file stays mapped) where byte order and alignment permit, and copies otherwise.
    ///
    /// # Errors
    /// [`LengthError`] unless `bytes` has exactly `count` numbers.
    pub fn from_bytes(
        bytes: Bytes,
        scalar_type: ScalarType,
        count: usize,
        endian: Endian,
    ) -> Result<Self, LengthError> {
        let expected = count.saturating_mul(scalar_type.size());
        if bytes.len() != expected {
            return Err(LengthError { expected, found: bytes.len() });
        }
        Ok(with_scalar_type!(scalar_type, T => Self::from(from_bytes::<T>(bytes, endian))))
    }

    /// Which type the numbers have.
    pub fn scalar_type(&self) -> ScalarType {
        fn of<T: Scalar>(_: &Buffer<T>) -> ScalarType {
            T::TYPE
        }
        with_values!(self, values => of(values))
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        with_values!(self, values => values.len())
    }

    /// Whether there are no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as bytes in native order.
    pub fn as_bytes(&self) -> &[u8] {
        with_values!(self, values => bytemuck::cast_slice(values))
    }

    /// The numbers at `range`; `None` where it reaches beyond the end. Shares the memory where that came from a file, and
    /// copies otherwise.
    pub fn part(&self, range: std::ops::Range<usize>) -> Option<Self> {
        Some(with_values!(self, values => Self::from(values.part(range)?)))
    }

    /// Number `index` as `f64`; `None` beyond the end.
    pub fn get(&self, index: usize) -> Option<f64> {
        with_values!(self, values => values.get(index).map(|v| v.to_f64()))
    }

    /// Address that identifies the shared memory: equal for clones, different for arrays that live apart.
    pub fn identity(&self) -> usize {
        with_values!(self, values => values.identity())
    }

    /// Whether the numbers are read straight from a mapped file.
    pub fn is_mapped(&self) -> bool {
        with_values!(self, values => values.is_mapped())
    }

    /// The file that the numbers are read from if they are mapped, and where in it they begin.
    pub fn origin(&self) -> Option<(&Origin, usize)> {
        with_values!(self, values => values.origin())
    }

    /// The numbers as type `T`, if that is what they are.
    pub fn as_slice<T: Scalar>(&self) -> Option<&[T]> {
        (self.scalar_type() == T::TYPE).then(|| bytemuck::cast_slice(self.as_bytes()))
    }

    /// The numbers converted to `scalar_type`: rounded half away from zero and saturated where it is narrower. Shares
    /// the memory if they have that type already.
    pub fn cast(&self, scalar_type: ScalarType) -> Self {
        if scalar_type == self.scalar_type() {
            return self.clone();
        }
        with_values!(self, values => with_scalar_type!(scalar_type, T => Self::from(cast::<_, T>(values))))
    }

    /// `value × slope + intercept` for every number, computed in `f64`, as type `scalar_type`.
    pub fn rescale(&self, slope: f64, intercept: f64, scalar_type: ScalarType) -> Self {
        with_values!(self, values => with_scalar_type!(scalar_type, T => {
            Self::from(convert(values, |v| T::from_f64(v.to_f64() * slope + intercept)))
        }))
    }
}

fn from_bytes<T: Scalar>(bytes: Bytes, endian: Endian) -> Buffer<T> {
    let native = endian == Endian::NATIVE || T::TYPE.size() == 1;
    if native && bytemuck::try_cast_slice::<u8, T>(&bytes).is_ok() {
        return Buffer { store: Store::Bytes(bytes) };
    }
    let size = T::TYPE.size();
    let mut values = Blank::<T>::new(bytes.len() / size);
    for (window, target) in values.chunks_mut(WINDOW).enumerate() {
        let start = window * WINDOW * size;
        bytes.prefetch(start..start + target.len() * size);
        let source = &bytes[start..start + target.len() * size];
        target.par_chunks_mut(TASK).zip(source.par_chunks(TASK * size)).for_each(|(target, source)| {
            bytemuck::cast_slice_mut(target).copy_from_slice(source);
            if !native {
                target.iter_mut().for_each(|v| *v = v.swap_bytes());
            }
        });
        // Copied once, not needed again: the file and its copy need not be in memory together.
        bytes.release(start..start + source.len());
    }
    Buffer::from(values)
}

fn convert<S: Scalar, T: Scalar>(values: &[S], f: impl Fn(S) -> T + Sync) -> Vec<T> {
    values.par_iter().with_min_len(TASK).map(|&v| f(v)).collect()
}

fn cast<S: Scalar, T: Scalar>(values: &[S]) -> Vec<T> {
    // Widening and narrowing between 64-bit integers must not pass through f64, which has 53 bits.
    fn as_i128<S: Scalar>(v: S) -> Option<i128> {
        match S::TYPE {
            ScalarType::Int64 => Some(i128::from(bytemuck::cast::<S, i64>(v))),
            ScalarType::UInt64 => Some(i128::from(bytemuck::cast::<S, u64>(v))),
            _ => None,
        }
    }
    convert(values, |v| match (as_i128(v), T::TYPE) {
        (Some(wide), ScalarType::Int64) => {
            bytemuck::cast(wide.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
        }
        (Some(wide), ScalarType::UInt64) => bytemuck::cast(wide.clamp(0, i128::from(u64::MAX)) as u64),
        _ => T::from_f64(v.to_f64()),
    })
}

macro_rules! from_buffers {
    ($($t:ty => $name:ident),*) => {$(
        impl From<Buffer<$t>> for Array {
            fn from(values: Buffer<$t>) -> Self {
                Self::$name(values)
            }
        }
        impl From<Vec<$t>> for Array {
            fn from(values: Vec<$t>) -> Self {
                Self::$name(Buffer::from(values))
            }
        }
    )*};
}

from_buffers!(i8 => Int8, u8 => UInt8, i16 => Int16, u16 => UInt16, i32 => Int32, u32 => UInt32, i64 => Int64,
    u64 => UInt64, f32 => Float32, f64 => Float64);

impl<T: Scalar> PartialEq for Buffer<T> {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity() && self.len() == other.len() || **self == **other
    }
}

impl PartialEq for Array {
    /// Equal when type and bytes are: NaN equals itself.
    fn eq(&self, other: &Self) -> bool {
        self.scalar_type() == other.scalar_type()
            && (self.identity() == other.identity() && self.len() == other.len()
                || self.as_bytes() == other.as_bytes())
    }
}

impl<T: Scalar> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer<{}>[{}]", T::TYPE, self.len())
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array<{}>[{}]", self.scalar_type(), self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_endian_and_unaligned_bytes_are_copied_right() {
        let bytes = Bytes::from(vec![9, 1, 2, 3, 4]).slice(1..5).unwrap();
        let big = Array::from_bytes(bytes.clone(), ScalarType::Int16, 2, Endian::Big).unwrap();
        assert_eq!(big, Array::from(vec![0x0102_i16, 0x0304]));
        let little = Array::from_bytes(bytes, ScalarType::UInt16, 2, Endian::Little).unwrap();
        assert_eq!(little, Array::from(vec![0x0201_u16, 0x0403]));
    }

    #[test]
    fn parts_are_what_stands_there() {
        let owned = Array::from(vec![1_i16, 2, 3, 4]);
        let bytes = Bytes::from(owned.as_bytes().to_vec());
        let shared = Array::from_bytes(bytes, ScalarType::Int16, 4, Endian::NATIVE).unwrap();
        for array in [owned, shared] {
            assert_eq!(array.part(1..3).unwrap(), Array::from(vec![2_i16, 3]));
            assert!(array.part(4..4).unwrap().is_empty());
            assert!(array.part(3..5).is_none() && array.part(3..usize::MAX).is_none());
        }
    }

    #[test]
    fn a_wrong_length_says_both() {
        let error = Array::from_bytes(Bytes::from(vec![0; 7]), ScalarType::Float32, 2, Endian::Little);
        assert_eq!(error.unwrap_err(), LengthError { expected: 8, found: 7 });
    }

    #[test]
    fn casts_round_and_saturate() {
        let floats = Array::from(vec![-1.5_f64, 2.5, 300.0, f64::NAN]);
        assert_eq!(floats.cast(ScalarType::UInt8), Array::from(vec![0_u8, 3, 255, 0]));
        let wide = Array::from(vec![u64::MAX, (1 << 53) + 1]);
        assert_eq!(wide.cast(ScalarType::Int64), Array::from(vec![i64::MAX, (1 << 53) + 1]));
    }
}
