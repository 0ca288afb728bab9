//! Values as signed whole numbers of the same order.

use std::ops::BitXor;

use microtome_image::Scalar;

/// A whole number to sort.
pub(crate) trait Key: Scalar + Ord + BitXor<Output = Self> {
    /// The least key.
    const LEAST: Self;
    /// What turns the order of keys round by exclusive or.
    const REVERSE: Self;
    /// Its size.
    const BITS: u32;
    /// From 0, in order; only for up to 16 bits.
    fn index(self) -> usize;
    /// The key at an index.
    fn at(index: usize) -> Self;
}

macro_rules! keys {
    ($($key:ty),*) => {$(
        impl Key for $key {
            const LEAST: Self = <$key>::MIN;
            const REVERSE: Self = -1;
            const BITS: u32 = <$key>::BITS;
            #[inline(always)]
            fn index(self) -> usize {
                (i64::from(self) - i64::from(<$key>::MIN)) as usize
            }
            #[inline(always)]
            fn at(index: usize) -> Self {
                (index as i64 + i64::from(<$key>::MIN)) as $key
            }
        }
    )*};
}
keys!(i8, i16, i32);

impl Key for i64 {
    const LEAST: Self = Self::MIN;
    const REVERSE: Self = -1;
    const BITS: u32 = 64;
    fn index(self) -> usize {
        self.wrapping_sub(Self::MIN) as usize
    }
    fn at(index: usize) -> Self {
        (index as Self).wrapping_add(Self::MIN)
    }
}

/// A voxel type whose order is that of keys.
pub(crate) trait Keyed: Scalar {
    type Key: Key;
    fn key(self) -> Self::Key;
    fn of_key(key: Self::Key) -> Self;
}

macro_rules! keyed {
    ($($t:ty as $key:ty: $to:expr, $from:expr;)*) => {$(
        impl Keyed for $t {
            type Key = $key;
            #[inline(always)]
            fn key(self) -> $key {
                let to: fn($t) -> $key = $to;
                to(self)
            }
            #[inline(always)]
            fn of_key(key: $key) -> Self {
                let from: fn($key) -> $t = $from;
                from(key)
            }
        }
    )*};
}

// The bits of negative floating-point numbers count downwards.
keyed! {
    i8 as i8: |v| v, |k| k;
    u8 as i8: |v| (v ^ 0x80) as i8, |k| k as u8 ^ 0x80;
    i16 as i16: |v| v, |k| k;
    u16 as i16: |v| (v ^ 0x8000) as i16, |k| k as u16 ^ 0x8000;
    i32 as i32: |v| v, |k| k;
    u32 as i32: |v| (v ^ 0x8000_0000) as i32, |k| k as u32 ^ 0x8000_0000;
    i64 as i64: |v| v, |k| k;
    u64 as i64: |v| (v ^ (1 << 63)) as i64, |k| k as u64 ^ (1 << 63);
    f32 as i32: |v| flip(v.to_bits() as i32), |k| f32::from_bits(flip(k) as u32);
    f64 as i64: |v| flip_wide(v.to_bits() as i64), |k| f64::from_bits(flip_wide(k) as u64);
}

#[inline(always)]
const fn flip(bits: i32) -> i32 {
    bits ^ (((bits >> 31) as u32) >> 1) as i32
}

#[inline(always)]
const fn flip_wide(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Keyed>(values: &[T]) {
        assert!(values.windows(2).all(|w| w[0].key() < w[1].key()), "{values:?}");
        assert!(values.iter().all(|v| T::of_key(v.key()) == *v && v.key() >= T::Key::LEAST));
        let reverse = T::Key::REVERSE;
        assert!(values.windows(2).all(|w| w[0].key() ^ reverse > w[1].key() ^ reverse));
    }

    #[test]
    fn keys_have_the_order_of_values() {
        check(&[i8::MIN, -1, 0, i8::MAX]);
        check(&[0_u8, 1, 127, 128, 255]);
        check(&[0_u16, 32767, 32768, u16::MAX]);
        check(&[0_u32, 1 << 31, u32::MAX]);
        check(&[0_u64, 1 << 63, u64::MAX]);
        check(&[f32::NEG_INFINITY, -1e30, -1.0, -1e-40, 0.0, 1e-40, 2.5, f32::INFINITY]);
        check(&[f64::NEG_INFINITY, -1e300, -1.0, 0.0, 2.5, f64::INFINITY]);
        assert_eq!([i16::MIN, 5, i16::MAX].map(|v| i16::at(v.index())), [i16::MIN, 5, i16::MAX]);
    }
}
