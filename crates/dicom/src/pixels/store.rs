//! From decoded samples to voxels: bits that mean something, sign, and the modality transform, in one pass.

use microtome_image::{Endian, Scalar, ScalarType};

use super::codec::Samples;
use super::format::{Number, PixelFormat};
use crate::rescale::Rescale;

/// A number type that voxels can have, reached from whole numbers without a check.
pub(crate) trait Voxel: Scalar {
    /// The low bits of a whole number, or its nearest float.
    fn from_whole(value: i64) -> Self;
}

macro_rules! voxel {
    ($($t:ty),*) => {$(
        impl Voxel for $t {
            #[inline(always)]
            fn from_whole(value: i64) -> Self {
                value as $t
            }
        }
    )*};
}
voxel!(i8, u8, i16, u16, i32, u32, i64, u64, f32, f64);

/// Which bits of a stored sample mean something.
#[derive(Clone, Copy)]
struct Bits {
    shift: u32,
    count: u32,
    signed: bool,
}

/// Least and greatest stored value of a frame.
pub(crate) type Range = Option<(i64, i64)>;

/// Writes a frame's samples as voxels, after the modality transform. Gives the range of the stored values if `measure`.
pub(crate) fn store<T: Voxel>(
    samples: &Samples<'_>,
    format: &PixelFormat,
    rescale: &Rescale,
    measure: bool,
    out: &mut [T],
) -> Range {
    match format.number {
        Number::Float => {
            floats::<4, T>(samples, rescale, out, |b| f64::from(f32::from_bits(u32::from_ne_bytes(b))));
            return None;
        }
        Number::Double => {
            floats::<8, T>(samples, rescale, out, |b| f64::from_bits(u64::from_ne_bytes(b)));
            return None;
        }
        Number::Integer => {}
    }
    let count = format.bits_stored.min(samples.bits);
    let lowest = (format.high_bit + 1).saturating_sub(count);
    let shift = if samples.low_bits { 0 } else { lowest.min(samples.bits - count) };
    // Unsigned samples of a decoder hold nothing above their bits.
    let count = if samples.low_bits && !format.signed { samples.bits } else { count };
    let bits = Bits { shift, count, signed: format.signed };
    match samples.bits {
        8 => whole::<1, u8, T>(samples, bits, rescale, measure, out),
        16 => whole::<2, u16, T>(samples, bits, rescale, measure, out),
        32 => whole::<4, u32, T>(samples, bits, rescale, measure, out),
        _ => whole::<8, u64, T>(samples, bits, rescale, measure, out),
    }
}

fn floats<const N: usize, T: Voxel>(
    samples: &Samples<'_>,
    rescale: &Rescale,
    out: &mut [T],
    read: impl Fn([u8; N]) -> f64,
) {
    let swap = samples.endian != Endian::NATIVE;
    for (target, chunk) in out.iter_mut().zip(samples.bytes.chunks_exact(N)) {
        let mut bytes = [0; N];
        bytes.copy_from_slice(chunk);
        if swap {
            bytes.reverse();
        }
        *target = T::from_f64(rescale.apply(read(bytes)));
    }
}

/// An unsigned container of stored bits.
trait Container<const N: usize>: Copy {
    /// Wide enough for all values, narrow enough for vector instructions.
    type Wide: Copy + Ord + Into<i64> + WideNumber;
    fn read(bytes: [u8; N], swap: bool) -> Self;
    /// All bits.
    fn unsigned(self) -> Self::Wide;
    fn signed(self) -> Self::Wide;
    /// `count` bits from `shift` upwards.
    fn unsigned_part(self, shift: u32, count: u32) -> Self::Wide;
    fn signed_part(self, shift: u32, count: u32) -> Self::Wide;
}

trait WideNumber: Copy {
    fn to_f64(self) -> f64;
}
impl WideNumber for i32 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}
impl WideNumber for i64 {
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

macro_rules! container {
    ($($t:ty, $s:ty, $wide:ty, $n:literal;)*) => {$(
        impl Container<$n> for $t {
            type Wide = $wide;
            #[inline(always)]
            fn read(bytes: [u8; $n], swap: bool) -> Self {
                let value = <$t>::from_ne_bytes(bytes);
                if swap { value.swap_bytes() } else { value }
            }
            #[inline(always)]
            fn unsigned(self) -> $wide {
                self as $wide
            }
            #[inline(always)]
            fn signed(self) -> $wide {
                self as $s as $wide
            }
            #[inline(always)]
            fn unsigned_part(self, shift: u32, count: u32) -> $wide {
                ((self >> shift) & (<$t>::MAX >> (<$t>::BITS - count))) as $wide
            }
            #[inline(always)]
            fn signed_part(self, shift: u32, count: u32) -> $wide {
                let unused = <$t>::BITS - count;
                (((self >> shift) << unused) as $s >> unused) as $wide
            }
        }
    )*};
}
container! {
    u8, i8, i32, 1;
    u16, i16, i32, 2;
    u32, i32, i64, 4;
    u64, i64, i64, 8;
}

fn whole<const N: usize, C: Container<N>, T: Voxel>(
    samples: &Samples<'_>,
    bits: Bits,
    rescale: &Rescale,
    measure: bool,
    out: &mut [T],
) -> Range {
    let Bits { shift, count, signed } = bits;
    let all = count as usize == N * 8;
    match (samples.endian != Endian::NATIVE, all, signed) {
        (false, true, false) => run(samples, rescale, measure, out, |b| C::read(b, false).unsigned()),
        (false, true, true) => run(samples, rescale, measure, out, |b| C::read(b, false).signed()),
        (swap, _, false) => {
            run(samples, rescale, measure, out, |b| C::read(b, swap).unsigned_part(shift, count))
        }
        (swap, _, true) => {
            run(samples, rescale, measure, out, |b| C::read(b, swap).signed_part(shift, count))
        }
    }
}

fn run<const N: usize, W, T>(
    samples: &Samples<'_>,
    rescale: &Rescale,
    measure: bool,
    out: &mut [T],
    read: impl Fn([u8; N]) -> W,
) -> Range
where
    W: Copy + Ord + Into<i64> + WideNumber,
    T: Voxel,
{
    let (chunks, _) = samples.bytes.as_chunks::<N>();
    let each = out.iter_mut().zip(chunks);
    let float = !T::TYPE.is_integer();
    match rescale {
        Rescale::Linear { slope, intercept } if float => {
            each.for_each(|(target, &b)| *target = T::from_f64(read(b).to_f64() * slope + intercept));
        }
        Rescale::Linear { slope, intercept } => {
            let (slope, intercept) = (*slope as i64, *intercept as i64);
            if slope == 1 {
                each.for_each(|(target, &b)| *target = T::from_whole(read(b).into().wrapping_add(intercept)));
            } else {
                each.for_each(|(target, &b)| {
                    *target = T::from_whole(read(b).into().wrapping_mul(slope).wrapping_add(intercept));
                });
            }
        }
        Rescale::Table(_) => {
            each.for_each(|(target, &b)| *target = T::from_f64(rescale.apply(read(b).to_f64())));
        }
    }
    if !measure {
        return None;
    }
    let first = read(*chunks.first()?);
    let (low, high) = chunks.iter().fold((first, first), |(low, high), &b| {
        let value = read(b);
        (low.min(value), high.max(value))
    });
    Some((low.into(), high.into()))
}

/// The type of an image whose slices have these formats and modality transforms, and whether the result must be
/// checked against it because the headers do not promise that it fits.
pub(crate) fn output_type<'a>(
    slices: impl Iterator<Item = (&'a PixelFormat, &'a Rescale)> + Clone,
    is_dose: bool,
) -> (ScalarType, bool) {
    let formats = || slices.clone().map(|(format, _)| format);
    let widest = |a: f64, b: f64, t: ScalarType| (a.min(t.limits().0), b.max(t.limits().1));
    if formats().any(|f| f.number == Number::Double) {
        return (ScalarType::Float64, false);
    }
    if formats().any(|f| f.number == Number::Float) {
        return (ScalarType::Float32, false);
    }
    if !slices.clone().all(|(_, rescale)| rescale.is_whole()) {
        let wide = formats().any(|f| f.bits_allocated >= 32) && !is_dose;
        return (if wide { ScalarType::Float64 } else { ScalarType::Float32 }, false);
    }
    let stored = formats().fold((0.0, 0.0), |(low, high), f| widest(low, high, f.stored_type()));
    let one = formats().next().map(PixelFormat::stored_type);
    let same = formats().all(|f| Some(f.stored_type()) == one);
    let stored_type = one.filter(|_| same).or_else(|| ScalarType::narrowest_integer(stored.0, stored.1));
    let stored_type = stored_type.unwrap_or(ScalarType::Int64);
    let tables = slices.clone().all(|(_, rescale)| matches!(rescale, Rescale::Table(_)));
    let possible = slices.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (format, rescale)| {
        let (a, b) = rescale.range(format.stored_limits());
        (low.min(a), high.max(b))
    });
    let fits = |t: ScalarType| t.limits().0 <= possible.0 && possible.1 <= t.limits().1;
    if fits(stored_type) && !tables {
        return (stored_type, false);
    }
    if tables {
        let narrowest = ScalarType::narrowest_integer(possible.0, possible.1);
        return (narrowest.unwrap_or(ScalarType::Float64), false);
    }
    let signed = match stored_type {
        ScalarType::UInt8 if possible.0 < 0.0 => ScalarType::Int16,
        ScalarType::UInt16 if possible.0 < 0.0 => ScalarType::Int16,
        ScalarType::UInt32 if possible.0 < 0.0 => ScalarType::Int32,
        ScalarType::UInt64 if possible.0 < 0.0 => ScalarType::Int64,
        other => other,
    };
    (signed, !fits(signed))
}
