//! Volumes that go on beyond their border.

use microtome_image::{Blank, Scalar};
use rayon::prelude::*;

/// What stands beyond the border of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Border {
    /// The nearest voxel.
    Nearest,
    /// Zeros.
    Zero,
    /// The volume again and again.
    Periodic,
    /// The volume mirrored at its outermost voxels.
    Mirrored,
}

impl Border {
    /// The place within a line of `length` values whose value stands at `n`; none where a zero does.
    pub(super) fn inside(self, n: isize, length: usize) -> Option<usize> {
        let last = length as isize - 1;
        let inside = match self {
            Self::Nearest => n.clamp(0, last),
            Self::Zero if n < 0 || n > last => return None,
            Self::Zero => n,
            Self::Periodic => n.rem_euclid(length as isize),
            Self::Mirrored => {
                let n = n.rem_euclid((2 * last).max(1));
                n.min(2 * last - n)
            }
        };
        Some(inside.max(0) as usize)
    }
}

/// A copy of a volume with margins on all sides.
pub(super) struct Padded<R> {
    values: Blank<R>,
    /// With the margins.
    dims: [usize; 3],
}

impl<R: Scalar> Padded<R> {
    /// Copies `values` of a volume of `dims` voxels, each put through `convert`.
    pub(super) fn new<T: Scalar>(
        values: &[T],
        dims: [usize; 3],
        margin: [usize; 3],
        border: Border,
        convert: impl Fn(T) -> R + Sync,
    ) -> Self {
        let wide: [usize; 3] = std::array::from_fn(|axis| dims[axis] + 2 * margin[axis]);
        let inside = |n: usize, axis: usize| border.inside(n as isize - margin[axis] as isize, dims[axis]);
        let along: Vec<Option<usize>> = (0..wide[0]).map(|i| inside(i, 0)).collect();
        let mut out = Blank::new(wide.iter().product());
        out.par_chunks_mut(wide[0]).enumerate().for_each(|(row, out)| {
            if let (Some(j), Some(k)) = (inside(row % wide[1], 1), inside(row / wide[1], 2)) {
                let values = &values[(k * dims[1] + j) * dims[0]..][..dims[0]];
                for (out, i) in out.iter_mut().zip(&along) {
                    *out = i.map_or(R::default(), |i| convert(values[i]));
                }
            }
        });
        Self { values: out, dims: wide }
    }

    /// The row at j and k with its margins, both counted from the first of the margin.
    pub(super) fn row(&self, j: usize, k: usize) -> &[R] {
        let [wi, wj, _] = self.dims;
        &self.values[(k * wj + j) * wi..][..wi]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_go_on_as_they_say() {
        let row =
            |border| Padded::new(&[1_u8, 2, 3], [3, 1, 1], [3, 1, 0], border, i32::from).row(1, 0).to_vec();
        assert_eq!(row(Border::Nearest), [1, 1, 1, 1, 2, 3, 3, 3, 3]);
        assert_eq!(row(Border::Zero), [0, 0, 0, 1, 2, 3, 0, 0, 0]);
        assert_eq!(row(Border::Periodic), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
        assert_eq!(row(Border::Mirrored), [2, 3, 2, 1, 2, 3, 2, 1, 2]);
        let padded = Padded::new(&[1_u8, 2, 3], [3, 1, 1], [0, 1, 0], Border::Zero, i32::from);
        assert_eq!((padded.row(0, 0), padded.row(1, 0)), (&[0, 0, 0][..], &[1, 2, 3][..]));
        let one = Padded::new(&[7_u8], [1, 1, 1], [2, 0, 0], Border::Mirrored, i32::from);
        assert_eq!(one.row(0, 0), [7; 5]);
    }
}
