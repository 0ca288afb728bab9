//! Label maps in copy-on-write blocks.

use std::sync::Arc;

use imbl::Vector;
use microtome_geometry::Grid;
use rayon::prelude::*;

use crate::array::Array;
use crate::image::{Image, ImageError, Meaning};
use crate::lattice::{DenseView, Lattice, Region};
use crate::scalar::Scalar;

/// Edge of a block in voxels.
pub(crate) const EDGE: usize = 32;
const SHIFT: usize = 5;
pub(crate) const BLOCK: usize = EDGE * EDGE * EDGE;

/// One block of a label map: 32³ voxels, i fastest. Voxels beyond the grid's end mean nothing.
#[derive(Clone, Debug)]
pub enum Block<T> {
    /// One value everywhere.
    Uniform(T),
    /// Values, shared between label maps that have them in common.
    Varied(Arc<[T; BLOCK]>),
}

/// The voxels of a block.
pub(crate) enum BlockView<'a, T> {
    /// One value everywhere.
    Uniform(T),
    /// 32³ values, i fastest; those beyond the grid's end mean nothing.
    Varied(&'a [T]),
}

impl<T: Scalar> Block<T> {
    #[inline(always)]
    fn get(&self, offset: usize) -> T {
        match self {
            Self::Uniform(value) => *value,
            Self::Varied(values) => values[offset],
        }
    }

    fn of(values: Box<[T; BLOCK]>) -> Self {
        let first = values[0];
        if values.iter().all(|&v| v == first) {
            Self::Uniform(first)
        } else {
            Self::Varied(Arc::from(values))
        }
    }

    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Uniform(a), Self::Uniform(b)) => a == b,
            (Self::Varied(a), Self::Varied(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

/// A label map, mask or painted volume: one value per voxel, stored in 32³ blocks.
///
/// Cloning is O(1); an edit copies the blocks that it touches and shares the rest; a uniform block costs one value.
#[derive(Clone, Debug)]
pub struct Labelmap<T = u8> {
    grid: Grid,
    blocks: Vector<Block<T>>,
}

impl<T: Scalar> Labelmap<T> {
    /// A label map of one value everywhere.
    pub fn uniform(grid: Grid, value: T) -> Self {
        let count: usize = block_dims(grid.dims()).iter().product();
        Self { grid, blocks: std::iter::repeat_n(Block::Uniform(value), count).collect() }
    }

    /// The label map that holds these voxels (i fastest, then j, k).
    ///
    /// # Errors
    /// [`ImageError::Length`] if their number does not fit the grid.
    pub fn from_values(grid: Grid, values: &[T]) -> Result<Self, ImageError> {
        let dims = grid.dims();
        let view = DenseView::new(values, dims, 1).ok_or(ImageError::Length {
            dims,
            components: 1,
            frames: 1,
            expected: grid.voxel_count(),
            found: values.len(),
        })?;
        let counts = block_dims(dims);
        let blocks: Vec<Block<T>> = (0..counts.iter().product())
            .into_par_iter()
            .map(|number| {
                let mut block = Box::new([T::default(); BLOCK]);
                let region = block_region(dims, counts, number);
                for k in 0..region.dims[2] {
                    for j in 0..region.dims[1] {
                        let from = view.index([region.start[0], region.start[1] + j, region.start[2] + k]);
                        let to = (k * EDGE + j) * EDGE;
                        block[to..to + region.dims[0]].copy_from_slice(&values[from..from + region.dims[0]]);
                    }
                }
                // Only a whole block may become uniform of a value that the padding does not have.
                if region.voxel_count() == BLOCK { Block::of(block) } else { Self::partial(&region, block) }
            })
            .collect();
        Ok(Self { grid, blocks: blocks.into() })
    }

    /// A block at the grid's far side: uniform if its voxels inside the grid are.
    fn partial(region: &Region, block: Box<[T; BLOCK]>) -> Block<T> {
        let first = block[0];
        let [ni, nj, nk] = region.dims;
        let uniform = (0..nk).all(|k| {
            (0..nj).all(|j| {
                let row = (k * EDGE + j) * EDGE;
                block[row..row + ni].iter().all(|&v| v == first)
            })
        });
        if uniform { Block::Uniform(first) } else { Block::Varied(Arc::from(block)) }
    }

    /// The label map of these blocks: those of a row along i first, then the rows along j, then along k.
    ///
    /// # Errors
    /// [`ImageError::Length`], counted in voxels of blocks, if their number does not fit the grid.
    pub fn from_blocks(grid: Grid, blocks: Vec<Block<T>>) -> Result<Self, ImageError> {
        let dims = grid.dims();
        let expected = block_dims(dims).into_iter().fold(1, usize::saturating_mul);
        if blocks.len() != expected {
            let (expected, found) = (expected.saturating_mul(BLOCK), blocks.len().saturating_mul(BLOCK));
            return Err(ImageError::Length { dims, components: 1, frames: 1, expected, found });
        }
        Ok(Self { grid, blocks: blocks.into() })
    }

    /// The blocks: those of a row along i first, then the rows along j, then along k.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = &Block<T>> {
        self.blocks.iter()
    }

    /// Where the voxels stand.
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The label map in which the voxels of `region` are what `edit` makes of them (index, present value → value).
    ///
    /// Blocks that come out unchanged stay shared with `self`.
    ///
    /// # Panics
    /// If the region reaches outside the grid.
    pub fn edit(&self, region: &Region, edit: impl Fn([usize; 3], T) -> T) -> Self {
        let dims = self.grid.dims();
        let counts = block_dims(dims);
        assert!((0..3).all(|a| region.start[a] + region.dims[a] <= dims[a]), "{region:?} outside {dims:?}");
        let mut result = self.clone();
        if region.voxel_count() == 0 {
            return result;
        }
        let blocks: [_; 3] = std::array::from_fn(|a| {
            region.start[a] >> SHIFT..((region.start[a] + region.dims[a] - 1) >> SHIFT) + 1
        });
        for bk in blocks[2].clone() {
            for bj in blocks[1].clone() {
                for bi in blocks[0].clone() {
                    let number = (bk * counts[1] + bj) * counts[0] + bi;
                    let inside = intersect(region, &block_region(dims, counts, number));
                    if let Some(block) = edit_block(&self.blocks[number], &inside, &edit) {
                        result.blocks.set(number, block);
                    }
                }
            }
        }
        result
    }

    /// The regions of the blocks in which the two differ, for redrawing and recomputing only these.
    ///
    /// Label maps of different dimensions differ in every block of `self`.
    pub fn changed_blocks(&self, other: &Self) -> Vec<Region> {
        let dims = self.grid.dims();
        let counts = block_dims(dims);
        let comparable = dims == other.grid.dims();
        (0..self.blocks.len())
            .filter(|&n| !comparable || !self.blocks[n].same(&other.blocks[n]))
            .map(|n| block_region(dims, counts, n))
            .collect()
    }

    /// Every block: the part of the grid that it covers, and its voxels.
    pub(crate) fn block_views(&self) -> impl IndexedParallelIterator<Item = (Region, BlockView<'_, T>)> {
        let dims = self.grid.dims();
        let counts = block_dims(dims);
        (0..self.blocks.len()).into_par_iter().map(move |number| {
            let view = match &self.blocks[number] {
                Block::Uniform(value) => BlockView::Uniform(*value),
                Block::Varied(values) => BlockView::Varied(&values[..]),
            };
            (block_region(dims, counts, number), view)
        })
    }

    /// Bytes that the voxel blocks occupy, shared ones included.
    pub fn block_bytes(&self) -> usize {
        self.blocks.iter().filter(|b| matches!(b, Block::Varied(_))).count() * BLOCK * T::TYPE.size()
    }

    /// All voxels as a dense image (i fastest, then j, k).
    pub fn to_image(&self) -> Image
    where
        Array: From<Vec<T>>,
    {
        let mut values = vec![T::default(); self.grid.voxel_count()];
        let [ni, nj, _] = self.grid.dims();
        values.par_chunks_mut(ni * nj).enumerate().for_each(|(k, slice)| {
            self.read(&Region { start: [0, 0, k], dims: [ni, nj, 1] }, slice);
        });
        Image::new(self.grid, 1, 1, Meaning::Label, Array::from(values))
            .expect("a label map has as many voxels as its grid")
    }
}

fn edit_block<T: Scalar>(
    block: &Block<T>,
    inside: &Region,
    edit: &impl Fn([usize; 3], T) -> T,
) -> Option<Block<T>> {
    let mut copy: Option<Box<[T; BLOCK]>> = None;
    let [is, js, ks] = inside.ranges();
    for k in ks {
        for j in js.clone() {
            for i in is.clone() {
                let offset = offset([i, j, k]);
                let old = block.get(offset);
                let new = edit([i, j, k], old);
                if new != old {
                    let values = copy.get_or_insert_with(|| match block {
                        Block::Uniform(value) => Box::new([*value; BLOCK]),
                        Block::Varied(values) => Box::new(**values),
                    });
                    values[offset] = new;
                }
            }
        }
    }
    copy.map(Block::of)
}

fn intersect(a: &Region, b: &Region) -> Region {
    let start: [usize; 3] = std::array::from_fn(|n| a.start[n].max(b.start[n]));
    let end: [usize; 3] = std::array::from_fn(|n| (a.start[n] + a.dims[n]).min(b.start[n] + b.dims[n]));
    Region { start, dims: std::array::from_fn(|n| end[n].saturating_sub(start[n])) }
}

fn block_dims(dims: [usize; 3]) -> [usize; 3] {
    dims.map(|d| d.div_ceil(EDGE))
}

/// The voxels of block `number` that lie within the grid.
fn block_region(dims: [usize; 3], counts: [usize; 3], number: usize) -> Region {
    let block = [number % counts[0], number / counts[0] % counts[1], number / counts[0] / counts[1]];
    let start = block.map(|b| b * EDGE);
    Region { start, dims: std::array::from_fn(|a| EDGE.min(dims[a] - start[a])) }
}

#[inline(always)]
const fn offset(ijk: [usize; 3]) -> usize {
    let [i, j, k] = [ijk[0] % EDGE, ijk[1] % EDGE, ijk[2] % EDGE];
    (k * EDGE + j) * EDGE + i
}

impl<T: Scalar> Lattice for Labelmap<T> {
    type Value = T;

    fn dims(&self) -> [usize; 3] {
        self.grid.dims()
    }

    fn components(&self) -> usize {
        1
    }

    fn get(&self, ijk: [usize; 3], _component: usize) -> T {
        let counts = block_dims(self.grid.dims());
        let block = ijk.map(|index| index >> SHIFT);
        self.blocks[(block[2] * counts[1] + block[1]) * counts[0] + block[0]].get(offset(ijk))
    }

    fn read(&self, region: &Region, out: &mut [T]) {
        let counts = block_dims(self.grid.dims());
        let [is, js, ks] = region.ranges();
        let mut rows = out.chunks_exact_mut(is.len());
        for k in ks {
            for j in js.clone() {
                let row = rows.next().expect("out holds the region's values");
                let mut i = is.start;
                while i < is.end {
                    let end = ((i >> SHIFT) + 1) << SHIFT;
                    let run = end.min(is.end) - i;
                    let number = ((k >> SHIFT) * counts[1] + (j >> SHIFT)) * counts[0] + (i >> SHIFT);
                    let target = &mut row[i - is.start..i - is.start + run];
                    match &self.blocks[number] {
                        Block::Uniform(value) => target.fill(*value),
                        Block::Varied(values) => {
                            let from = offset([i, j, k]);
                            target.copy_from_slice(&values[from..from + run]);
                        }
                    }
                    i += run;
                }
            }
        }
        assert!(rows.next().is_none(), "out holds more than the region's values");
    }
}

impl<T: Scalar> PartialEq for Labelmap<T> {
    fn eq(&self, other: &Self) -> bool {
        self.grid == other.grid
            && self.changed_blocks(other).iter().all(|region| {
                // A block may differ only in the padding beyond the grid or in how it is stored.
                let mut a = vec![T::default(); region.voxel_count()];
                let mut b = a.clone();
                self.read(region, &mut a);
                other.read(region, &mut b);
                a == b
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::Point;

    fn grid(dims: [usize; 3]) -> Grid {
        Grid::axis_aligned(dims, [1.0; 3], Point::zero())
    }

    #[test]
    fn dense_and_back() {
        let dims = [40, 33, 35];
        let values: Vec<u16> = (0..dims.iter().product()).map(|n: usize| (n / 977 % 3) as u16).collect();
        let labels = Labelmap::from_values(grid(dims), &values).unwrap();
        assert_eq!(labels.to_image().array(), &Array::from(values));
    }

    #[test]
    fn an_edit_copies_only_what_it_touches() {
        let start = Labelmap::<u8>::uniform(grid([512, 512, 100]), 0);
        assert_eq!(start.block_bytes(), 0);
        let dab = Region { start: [30, 30, 30], dims: [4, 4, 1] };
        let painted = start.edit(&dab, |_, _| 7);
        assert_eq!(painted.block_bytes(), 4 * BLOCK);
        assert_eq!(painted.changed_blocks(&start).len(), 4);
        assert_eq!(painted.get([33, 33, 30], 0), 7);
        assert_eq!(painted.get([34, 33, 30], 0), 0);
        let erased = painted.edit(&dab, |_, _| 0);
        assert_eq!(erased.block_bytes(), 0);
        assert_eq!(erased, start);
    }
}
