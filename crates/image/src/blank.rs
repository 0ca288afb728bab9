//! Arrays that are being made.

use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

use crate::array::Buffer;
use crate::bytes::Bytes;
use crate::scalar::Scalar;

/// A zeroed array to fill and then to share.
///
/// Large ones ask the system for large pages, which come several times faster than small ones when memory is touched for
/// the first time: for operations at memory speed, most of the time goes there.
pub struct Blank<T> {
    store: Store<T>,
}

enum Store<T> {
    Vec(Vec<T>),
    Pages { map: MmapMut, count: usize },
}

/// Bytes from which on large pages pay.
const LARGE: usize = 1 << 22;

impl<T: Scalar> Blank<T> {
    /// `count` zeros.
    pub fn new(count: usize) -> Self {
        let pages = count.checked_mul(T::TYPE.size()).filter(|&size| size >= LARGE).and_then(pages);
        let store = match pages {
            // A page is aligned for every type; the map is as long as the values are.
            Some(map) => Store::Pages { map, count },
            None => Store::Vec(vec![T::zeroed(); count]),
        };
        Self { store }
    }
}

fn pages(size: usize) -> Option<MmapMut> {
    let map = MmapMut::map_anon(size).ok()?;
    #[cfg(target_os = "linux")]
    // Advice only: where it cannot be followed, small pages do as well.
    let _ = map.advise(memmap2::Advice::HugePage);
    Some(map)
}

impl<T: Scalar> Deref for Blank<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match &self.store {
            Store::Vec(values) => values,
            Store::Pages { map, count } => &bytemuck::cast_slice(map)[..*count],
        }
    }
}

impl<T: Scalar> DerefMut for Blank<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.store {
            Store::Vec(values) => values,
            Store::Pages { map, count } => &mut bytemuck::cast_slice_mut(map)[..*count],
        }
    }
}

impl<T: Scalar> From<Blank<T>> for Buffer<T> {
    fn from(blank: Blank<T>) -> Self {
        match blank.store {
            Store::Vec(values) => Self::from(values),
            Store::Pages { map, .. } => Self::of_bytes(Bytes::anonymous(map)),
        }
    }
}

impl From<Blank<u8>> for Bytes {
    fn from(blank: Blank<u8>) -> Self {
        match blank.store {
            Store::Vec(values) => Self::from(values),
            Store::Pages { map, .. } => Self::anonymous(map),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    #[test]
    fn small_and_large_are_filled_and_shared_alike() {
        for count in [0, 10, LARGE / 2 + 3] {
            let mut blank = Blank::<i16>::new(count);
            assert!(blank.iter().all(|&v| v == 0));
            blank.iter_mut().enumerate().for_each(|(n, v)| *v = n as i16);
            let array = Array::from(Buffer::from(blank));
            assert_eq!(array.len(), count);
            assert!(!array.is_mapped());
            assert_eq!(array, Array::from((0..count).map(|n| n as i16).collect::<Vec<_>>()));
        }
    }
}
