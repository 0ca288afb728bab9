//! Numbers and texts at fixed places of binary headers.

use microtome_image::{Endian, Scalar};

/// A binary header to read from. What lies beyond its end reads as zero, so a reader checks the header's length once.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    endian: Endian,
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(bytes: &'a [u8], endian: Endian) -> Self {
        Self { bytes, endian }
    }

    pub(crate) const fn endian(&self) -> Endian {
        self.endian
    }

    /// The bytes at `at`; `None` where they reach beyond the end.
    pub(crate) fn bytes(&self, at: usize, len: usize) -> Option<&'a [u8]> {
        self.bytes.get(at..at.checked_add(len)?)
    }

    /// The number at `at`.
    pub(crate) fn get<T: Scalar>(&self, at: usize) -> T {
        let Some(bytes) = self.bytes(at, size_of::<T>()) else { return T::default() };
        let value: T = bytemuck::pod_read_unaligned(bytes);
        if self.endian == Endian::NATIVE { value } else { value.swap_bytes() }
    }

    /// The `N` numbers from `at` on.
    pub(crate) fn array<T: Scalar, const N: usize>(&self, at: usize) -> [T; N] {
        std::array::from_fn(|n| self.get(at + n * size_of::<T>()))
    }

    /// The `N` numbers from `at` on, as `f64`.
    pub(crate) fn reals<T: Scalar, const N: usize>(&self, at: usize) -> [f64; N] {
        self.array::<T, N>(at).map(Scalar::to_f64)
    }

    /// The text in the `len` bytes at `at`, up to a NUL and without blanks at its end.
    pub(crate) fn text(&self, at: usize, len: usize) -> String {
        let bytes = self.bytes(at, len).unwrap_or_default();
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).trim_end().to_owned()
    }
}

/// A binary header being made. Writers know their own layout, so places beyond the end are ignored.
pub(crate) struct FieldsMut {
    bytes: Vec<u8>,
    endian: Endian,
}

impl FieldsMut {
    /// `len` bytes of zero.
    pub(crate) fn new(len: usize, endian: Endian) -> Self {
        Self { bytes: vec![0; len], endian }
    }

    pub(crate) fn put_bytes(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at.saturating_add(bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }

    pub(crate) fn put<T: Scalar>(&mut self, at: usize, value: T) {
        let value = if self.endian == Endian::NATIVE { value } else { value.swap_bytes() };
        self.put_bytes(at, bytemuck::bytes_of(&value));
    }

    /// Each of `values`, converted to `T`, from `at` on.
    pub(crate) fn put_reals<T: Scalar>(&mut self, at: usize, values: &[f64]) {
        for (n, &value) in values.iter().enumerate() {
            self.put(at + n * size_of::<T>(), T::from_f64(value));
        }
    }

    /// As much of `text` as fits into `len` bytes with a NUL after it.
    pub(crate) fn put_text(&mut self, at: usize, len: usize, text: &str) {
        let mut end = text.len().min(len.saturating_sub(1));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.put_bytes(at, &text.as_bytes()[..end]);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
