//! What bulk data of all kinds have in common.

use bytemuck::Pod;

use super::reader::Malformed;

/// Declares data that values share: address, length in bytes, and the bytes.
macro_rules! shareable {
    ($($T:ty: |$value:ident| $address:expr, $length:expr, $bytes:expr;)+) => {$(
        impl $crate::record::Shareable for $T {
            fn address(&self) -> usize {
                let $value = self;
                $address
            }

            fn length(&self) -> usize {
                let $value = self;
                $length
            }

            fn bytes(&self) -> std::borrow::Cow<'_, [u8]> {
                let $value = self;
                $bytes
            }

            fn share(&self) -> $crate::record::Shared {
                Box::new(self.clone())
            }
        }
    )+};
}

pub(super) use shareable;

/// The numbers that bytes hold, in the machine's own order.
pub(super) fn numbers<T: Pod>(bytes: &[u8]) -> Result<Vec<T>, Malformed> {
    if !bytes.len().is_multiple_of(size_of::<T>()) {
        return Err(ends_early());
    }
    let mut values = vec![T::zeroed(); bytes.len() / size_of::<T>()];
    bytemuck::cast_slice_mut(&mut values).copy_from_slice(bytes);
    Ok(values)
}

/// Bytes that end within a value.
pub(super) fn ends_early() -> Malformed {
    Malformed::new("a chunk ends too early")
}
