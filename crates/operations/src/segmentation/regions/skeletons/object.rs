//! An object that is being thinned.

use microtome_image::{Blank, Scalar};

use super::code::{Code, FACES, Step};

/// The voxels of an object, with one voxel of background around the volume, so that objects may touch its
/// border.
pub(super) struct Object {
    dims: [usize; 3],
    voxels: Blank<u8>,
    strides: [isize; 3],
}

impl Object {
    /// The voxels for which `inside` holds.
    pub(super) fn new<T: Scalar>(values: &[T], dims: [usize; 3], inside: impl Fn(T) -> bool) -> Self {
        let padded = dims.map(|d| d + 2);
        let strides = [1, padded[0], padded[0] * padded[1]];
        let mut voxels = Blank::new(strides[2] * padded[2]);
        for (row, values) in values.chunks_exact(dims[0]).enumerate() {
            let start = (row / dims[1] + 1) * strides[2] + (row % dims[1] + 1) * strides[1] + 1;
            for (voxel, &value) in voxels[start..start + dims[0]].iter_mut().zip(values) {
                *voxel = u8::from(inside(value));
            }
        }
        Self { dims, voxels, strides: strides.map(|s| s as isize) }
    }

    /// Voxels along i, j and k, without the border.
    pub(super) const fn dims(&self) -> [usize; 3] {
        self.dims
    }

    #[inline(always)]
    pub(super) fn has(&self, n: usize) -> bool {
        self.voxels[n] != 0
    }

    pub(super) fn remove(&mut self, n: usize) {
        self.voxels[n] = 0;
    }

    /// The number of the voxel one step from `n`.
    #[inline(always)]
    pub(super) fn beside(&self, n: usize, [i, j, k]: Step) -> usize {
        let [si, sj, sk] = self.strides;
        n.wrapping_add_signed(i as isize * si + j as isize * sj + k as isize * sk)
    }

    /// What is around voxel `n`.
    #[inline(always)]
    pub(super) fn code(&self, n: usize) -> Code {
        let [_, row, slice] = self.strides;
        let mut code = 0;
        for k in (-1..=1).rev() {
            for j in (-1..=1).rev() {
                let start = n.wrapping_add_signed(k * slice + j * row) - 1;
                for voxel in self.voxels[start..start + 3].iter().rev() {
                    code = code << 1 | Code::from(*voxel);
                }
            }
        }
        code
    }

    /// All voxels of the object, in scan order.
    pub(super) fn all(&self) -> Vec<u32> {
        (0..self.voxels.len()).filter(|&n| self.has(n)).map(|n| n as u32).collect()
    }

    /// Whether voxel `n` shares a face with the background.
    #[inline(always)]
    pub(super) fn is_surface(&self, n: usize) -> bool {
        FACES.into_iter().any(|face| !self.has(self.beside(n, face)))
    }

    /// The index of voxel `n` in the volume.
    pub(super) fn index(&self, n: usize) -> [usize; 3] {
        let [_, row, slice] = self.strides.map(|s| s as usize);
        [n % row - 1, n % slice / row - 1, n / slice - 1]
    }

    /// `value` for the voxels of the object, 0 for all others.
    pub(super) fn labels(&self, value: u8) -> Blank<u8> {
        let mut out = Blank::new(self.dims.iter().product());
        let [_, row, slice] = self.strides.map(|s| s as usize);
        for (number, out) in out.chunks_exact_mut(self.dims[0]).enumerate() {
            let start = (number / self.dims[1] + 1) * slice + (number % self.dims[1] + 1) * row + 1;
            for (o, voxel) in out.iter_mut().zip(&self.voxels[start..]) {
                *o = if *voxel != 0 { value } else { 0 };
            }
        }
        out
    }
}
