//! How many voxels each label of a label map has, and where.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::labelmap::{BlockView, EDGE, Labelmap};
use crate::lattice::Region;
use crate::scalar::Scalar;

/// The voxels of one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelExtent {
    /// How many there are.
    pub voxels: u64,
    /// The smallest box around them.
    pub region: Region,
}

impl LabelExtent {
    fn whole(region: Region) -> Self {
        Self { voxels: region.voxel_count() as u64, region }
    }

    fn merged(self, other: Self) -> Self {
        Self { voxels: self.voxels + other.voxels, region: self.region.around(&other.region) }
    }
}

impl<T: Scalar + Into<i32>> Labelmap<T> {
    /// How many voxels each label has, and where; labels without voxels are left out. A uniform block costs one step.
    pub fn extents(&self) -> BTreeMap<i32, LabelExtent> {
        let of_block = |mut found: Extents, (region, view): (Region, BlockView<'_, T>)| {
            match view {
                BlockView::Uniform(value) => add(&mut found, value.into(), LabelExtent::whole(region)),
                BlockView::Varied(values) => add_runs(&mut found, &region, values),
            }
            found
        };
        let merge = |mut all: Extents, other: Extents| {
            other.into_iter().for_each(|(label, extent)| add(&mut all, label, extent));
            all
        };
        self.block_views().fold(Extents::new, of_block).reduce(Extents::new, merge)
    }
}

type Extents = BTreeMap<i32, LabelExtent>;

fn add(found: &mut Extents, label: i32, extent: LabelExtent) {
    found.entry(label).and_modify(|known| *known = known.merged(extent)).or_insert(extent);
}

/// Adds the runs of equal values along i of a block whose part within the grid is `region`.
fn add_runs<T: Scalar + Into<i32>>(found: &mut Extents, region: &Region, values: &[T]) {
    let [ni, nj, nk] = region.dims;
    for k in 0..nk {
        for j in 0..nj {
            let row = &values[(k * EDGE + j) * EDGE..][..ni];
            let mut i = 0;
            for run in row.chunk_by(|a, b| a == b) {
                let start = [region.start[0] + i, region.start[1] + j, region.start[2] + k];
                let extent = LabelExtent::whole(Region { start, dims: [run.len(), 1, 1] });
                add(found, run[0].into(), extent);
                i += run.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::{Grid, Point};

    #[test]
    fn voxels_and_boxes_of_labels() {
        let dims = [40, 33, 35];
        let start = Labelmap::<u8>::uniform(Grid::axis_aligned(dims, [1.0; 3], Point::zero()), 0);
        let first = Region { start: [30, 5, 31], dims: [4, 3, 2] };
        let second = Region { start: [38, 31, 33], dims: [2, 2, 2] };
        let labels = start.edit(&first, |_, _| 3).edit(&second, |_, _| 7);
        let extents = labels.extents();
        assert_eq!(extents[&3], LabelExtent { voxels: 24, region: first });
        assert_eq!(extents[&7], LabelExtent { voxels: 8, region: second });
        assert_eq!(extents[&0].voxels, (40 * 33 * 35 - 32) as u64);
        assert_eq!(extents[&0].region, Region::whole(dims));
        assert_eq!(extents.len(), 3);
    }
}
