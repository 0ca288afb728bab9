//! One way to read voxels, whatever stores them.

use std::ops::Range;

use crate::scalar::Scalar;

/// Voxels at whole indices. Dense views and block stores both are lattices.
pub trait Lattice: Sync {
    /// The type of each value.
    type Value: Scalar;

    /// Number of voxels along i, j and k.
    fn dims(&self) -> [usize; 3];

    /// Values per voxel.
    fn components(&self) -> usize;

    /// The value of component `component` at voxel `ijk`, which must lie within [`dims`](Self::dims).
    fn get(&self, ijk: [usize; 3], component: usize) -> Self::Value;

    /// Copies a region's values (components fastest, then i, j, k) into `out`.
    ///
    /// # Panics
    /// If the region reaches outside, or `out` has another length than the region's values.
    fn read(&self, region: &Region, out: &mut [Self::Value]) {
        let components = self.components();
        let [is, js, ks] = region.ranges();
        let mut values = out.chunks_exact_mut(is.len() * components);
        for k in ks {
            for j in js.clone() {
                let row = values.next().expect("out holds the region's values");
                for (voxel, i) in row.chunks_exact_mut(components).zip(is.clone()) {
                    for (c, value) in voxel.iter_mut().enumerate() {
                        *value = self.get([i, j, k], c);
                    }
                }
            }
        }
        assert!(values.next().is_none(), "out holds more than the region's values");
    }
}

/// A box of voxels: first index and size on each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The first voxel.
    pub start: [usize; 3],
    /// Number of voxels along i, j and k.
    pub dims: [usize; 3],
}

impl Region {
    /// All voxels of a lattice of `dims`.
    pub const fn whole(dims: [usize; 3]) -> Self {
        Self { start: [0; 3], dims }
    }

    /// The index ranges along i, j and k.
    pub fn ranges(&self) -> [Range<usize>; 3] {
        std::array::from_fn(|a| self.start[a]..self.start[a] + self.dims[a])
    }

    /// The smallest region that holds both.
    pub fn around(&self, other: &Self) -> Self {
        let start: [usize; 3] = std::array::from_fn(|a| self.start[a].min(other.start[a]));
        let end = |a: usize| (self.start[a] + self.dims[a]).max(other.start[a] + other.dims[a]);
        Self { start, dims: std::array::from_fn(|a| end(a) - start[a]) }
    }

    /// Number of voxels.
    pub fn voxel_count(&self) -> usize {
        self.dims.iter().product()
    }
}

/// A borrowed dense lattice.
#[derive(Clone, Copy, Debug)]
pub struct DenseView<'a, T> {
    values: &'a [T],
    dims: [usize; 3],
    components: usize,
}

impl<'a, T: Scalar> DenseView<'a, T> {
    /// A view of `values` (components fastest, then i, j, k); `None` if their number does not fit.
    pub fn new(values: &'a [T], dims: [usize; 3], components: usize) -> Option<Self> {
        let expected = dims.into_iter().fold(components, usize::saturating_mul);
        (values.len() == expected && expected > 0).then_some(Self { values, dims, components })
    }

    /// All values: components fastest, then i, j, k.
    pub const fn values(&self) -> &'a [T] {
        self.values
    }

    /// Position in [`values`](Self::values) of the first component of voxel `ijk`.
    #[inline(always)]
    pub const fn index(&self, ijk: [usize; 3]) -> usize {
        ((ijk[2] * self.dims[1] + ijk[1]) * self.dims[0] + ijk[0]) * self.components
    }
}

impl<T: Scalar> Lattice for DenseView<'_, T> {
    type Value = T;

    fn dims(&self) -> [usize; 3] {
        self.dims
    }

    fn components(&self) -> usize {
        self.components
    }

    #[inline(always)]
    fn get(&self, ijk: [usize; 3], component: usize) -> T {
        self.values[self.index(ijk) + component]
    }

    fn read(&self, region: &Region, out: &mut [T]) {
        let [is, js, ks] = region.ranges();
        let mut rows = out.chunks_exact_mut(is.len() * self.components);
        for k in ks {
            for j in js.clone() {
                let start = self.index([is.start, j, k]);
                let row = rows.next().expect("out holds the region's values");
                row.copy_from_slice(&self.values[start..start + row.len()]);
            }
        }
        assert!(rows.next().is_none(), "out holds more than the region's values");
    }
}
