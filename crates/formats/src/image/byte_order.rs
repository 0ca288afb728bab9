//! Byte order of numbers in a buffer.

use rayon::prelude::*;

/// Bytes that one parallel task turns around; a multiple of every number's size.
const TASK: usize = 1 << 18;

/// Numbers of `size` bytes each (1, 2, 4 or 8), their bytes reversed in place.
pub(crate) fn reverse_in_place(bytes: &mut [u8], size: usize) {
    fn each<const N: usize>(bytes: &mut [u8]) {
        bytes.as_chunks_mut::<N>().0.iter_mut().for_each(|number| number.reverse());
    }
    bytes.par_chunks_mut(TASK).for_each(|bytes| match size {
        2 => each::<2>(bytes),
        4 => each::<4>(bytes),
        8 => each::<8>(bytes),
        _ => {}
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_turned_around() {
        let mut bytes: Vec<u8> = (0..8).collect();
        reverse_in_place(&mut bytes, 2);
        assert_eq!(bytes, [1, 0, 3, 2, 5, 4, 7, 6]);
        reverse_in_place(&mut bytes, 8);
        assert_eq!(bytes, [6, 7, 4, 5, 2, 3, 0, 1]);
        reverse_in_place(&mut bytes, 1);
        assert_eq!(bytes, [6, 7, 4, 5, 2, 3, 0, 1]);
    }
}
