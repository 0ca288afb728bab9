//! The two sample types of images in memory.

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
}

/// `u8` or `u16`.
pub(crate) trait Sample: sealed::Sealed + Copy + Default + 'static {
    /// Bits of the type.
    const BITS: u8;
    /// The low bits of `value`.
    fn truncate(value: u16) -> Self;
    /// The value as 16 bits.
    fn widen(self) -> u16;
}

impl Sample for u8 {
    const BITS: u8 = 8;
    #[inline(always)]
    fn truncate(value: u16) -> Self {
        value as Self
    }
    #[inline(always)]
    fn widen(self) -> u16 {
        u16::from(self)
    }
}

impl Sample for u16 {
    const BITS: u8 = 16;
    #[inline(always)]
    fn truncate(value: u16) -> Self {
        value
    }
    #[inline(always)]
    fn widen(self) -> u16 {
        self
    }
}
