//! Axes of voxel arrays brought into another order.

use microtome_image::{Array, Scalar, with_values};
use rayon::prelude::*;

/// Values that one parallel task moves.
const TASK: usize = 1 << 16;
/// Rows and columns of the tiles in which a matrix is transposed, so that both sides stay in the cache.
const TILE: usize = 64;

/// The array of axes `sizes` (fastest first) with its axes reordered: new axis `n` is old axis `order[n]`.
///
/// `order` is a permutation and the product of `sizes` is the array's length. Shares the memory where nothing moves.
pub(crate) fn permuted(array: &Array, sizes: &[usize], order: &[usize]) -> Array {
    let groups = Groups::new(sizes, order);
    if groups.sizes.len() < 2 {
        return array.clone();
    }
    with_values!(array, values => Array::from(groups.gather(values)))
}

/// The new axes, fastest first, those that stay together merged into one.
struct Groups {
    sizes: Vec<usize>,
    /// Distance in the old array between neighbours along each.
    strides: Vec<usize>,
}

impl Groups {
    fn new(sizes: &[usize], order: &[usize]) -> Self {
        let mut stride = 1;
        let strides: Vec<usize> = sizes
            .iter()
            .map(|size| {
                let here = stride;
                stride *= size;
                here
            })
            .collect();
        let mut groups = Self { sizes: Vec::new(), strides: Vec::new() };
        for &axis in order.iter().filter(|&&axis| sizes[axis] > 1) {
            match (groups.sizes.last_mut(), groups.strides.last()) {
                (Some(size), Some(&start)) if start * *size == strides[axis] => *size *= sizes[axis],
                _ => {
                    groups.sizes.push(sizes[axis]);
                    groups.strides.push(strides[axis]);
                }
            }
        }
        groups
    }

    fn gather<T: Scalar>(&self, values: &[T]) -> Vec<T> {
        let mut out = vec![T::default(); values.len()];
        match (&self.sizes[..], &self.strides[..]) {
            (&[fast, slow], &[stride, 1]) if stride == slow => transpose(values, &mut out, fast, slow),
            _ => self.gather_rows(values, &mut out),
        }
        out
    }

    fn gather_rows<T: Scalar>(&self, values: &[T], out: &mut [T]) {
        let row = self.sizes[0];
        let rows_per_task = (TASK / row).max(1);
        out.par_chunks_mut(row * rows_per_task).enumerate().for_each(|(task, out)| {
            for (n, out) in out.chunks_exact_mut(row).enumerate() {
                let mut rest = task * rows_per_task + n;
                let mut start = 0;
                for (size, stride) in self.sizes.iter().zip(&self.strides).skip(1) {
                    start += rest % size * stride;
                    rest /= size;
                }
                if self.strides[0] == 1 {
                    out.copy_from_slice(&values[start..start + row]);
                } else {
                    let source = values[start..].iter().step_by(self.strides[0]);
                    out.iter_mut().zip(source).for_each(|(value, old)| *value = *old);
                }
            }
        });
    }
}

/// The `fast` × `slow` matrix `out`, where new index (x, y) was (y, x) of `values`.
fn transpose<T: Scalar>(values: &[T], out: &mut [T], fast: usize, slow: usize) {
    // Many lines a task where they are short, few where they are long, so that all cores find work either way.
    let lines = (TASK / fast).max((slow / 8).clamp(1, 16));
    out.par_chunks_mut(lines * fast).enumerate().for_each(|(task, out)| {
        let first = task * lines;
        let count = out.len() / fast;
        for x0 in (0..fast).step_by(TILE) {
            for y0 in (0..count).step_by(TILE) {
                for y in y0..(y0 + TILE).min(count) {
                    let line = &mut out[y * fast..][x0..(x0 + TILE).min(fast)];
                    for (x, value) in line.iter_mut().enumerate() {
                        *value = values[(x0 + x) * slow + first + y];
                    }
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, one value at a time.
    fn by_definition(values: &[u32], sizes: &[usize], order: &[usize]) -> Vec<u32> {
        let stride = |axis: usize| sizes[..axis].iter().product::<usize>();
        let mut out = Vec::new();
        for n in 0..values.len() {
            let mut rest = n;
            let mut at = 0;
            for &axis in order {
                at += rest % sizes[axis] * stride(axis);
                rest /= sizes[axis];
            }
            out.push(values[at]);
        }
        out
    }

    #[test]
    fn every_order_is_by_definition() {
        let cases: [(&[usize], &[usize]); 7] = [
            (&[451, 7, 7, 2], &[1, 2, 3, 0]),
            (&[70, 60, 50, 3], &[3, 0, 1, 2]),
            (&[3, 5, 4, 6], &[0, 2, 3, 1]),
            (&[3, 5, 4, 6], &[3, 2, 1, 0]),
            (&[3, 1, 4, 6], &[0, 2, 1, 3]),
            (&[5, 130, 140], &[2, 0, 1]),
            (&[2, 3, 4, 5, 6], &[0, 2, 4, 1, 3]),
        ];
        for (sizes, order) in cases {
            let values: Vec<u32> = (0..sizes.iter().product::<usize>() as u32).collect();
            let moved = permuted(&Array::from(values.clone()), sizes, order);
            assert_eq!(moved, Array::from(by_definition(&values, sizes, order)), "{sizes:?} {order:?}");
        }
    }

    #[test]
    fn what_does_not_move_is_shared() {
        let array = Array::from((0..24_u8).collect::<Vec<_>>());
        assert_eq!(permuted(&array, &[1, 4, 6, 1], &[1, 0, 3, 2]).identity(), array.identity());
    }
}
