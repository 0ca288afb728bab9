//! The two sample types that images are decoded to.

/// An unsigned integer sample. Values are kept modulo the type's size.
pub(crate) trait Sample: Copy + Default {
    /// The low bits of `value`.
    fn from_i32(value: i32) -> Self;
    /// The value.
    fn to_i32(self) -> i32;
}

impl Sample for u8 {
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        value as u8
    }

    #[inline(always)]
    fn to_i32(self) -> i32 {
        i32::from(self)
    }
}

impl Sample for u16 {
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        value as u16
    }

    #[inline(always)]
    fn to_i32(self) -> i32 {
        i32::from(self)
    }
}
