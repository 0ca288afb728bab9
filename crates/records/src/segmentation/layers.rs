//! Layers on one grid.

use microtome_geometry::{Affine, Grid, Ijk, Point};
use microtome_image::{Labels, Region};
use rayon::prelude::*;

use super::Segmentation;

/// Reads all layers of a segmentation on one grid: that of the first, or one given, grown so that it holds every layer.
/// Layers whose voxels stand on another lattice are read at the nearest voxel.
#[derive(Clone, Debug)]
pub struct LayerReader<'a> {
    grid: Grid,
    /// Where the first voxel of the grid that was grown is in the common grid.
    start: [usize; 3],
    layers: Vec<(&'a Labels, Place)>,
}

/// Where a layer stands in the common grid.
#[derive(Clone, Debug)]
enum Place {
    /// Its first voxel is this one.
    Shifted([usize; 3]),
    /// On a lattice of its own, to which this map leads; `None` where there is no such map.
    Elsewhere(Option<Affine<Ijk, Ijk>>),
}

/// How far from whole a shift between two grids may be, voxels.
const TOLERANCE: f64 = 1e-3;
/// A layer further away is not taken to be on the same lattice.
const FURTHEST: f64 = 1e6;
/// The common grid does not grow to more voxels than this for the sake of one layer: it takes two that are far apart.
const MOST_VOXELS: usize = 1 << 32;

/// Voxels from `low` to before `high`.
#[derive(Clone, Copy)]
struct Span {
    low: [i64; 3],
    high: [i64; 3],
}

impl Span {
    /// The smallest one around two.
    fn around(&self, other: &Self) -> Self {
        Self {
            low: std::array::from_fn(|a| self.low[a].min(other.low[a])),
            high: std::array::from_fn(|a| self.high[a].max(other.high[a])),
        }
    }

    fn dims(&self) -> [usize; 3] {
        std::array::from_fn(|a| usize::try_from(self.high[a].saturating_sub(self.low[a])).unwrap_or(0))
    }

    fn is_too_large(&self) -> bool {
        let count = self.dims().into_iter().try_fold(1_usize, usize::checked_mul);
        count.is_none_or(|count| count > MOST_VOXELS)
    }
}

impl<'a> LayerReader<'a> {
    /// A reader of a segmentation's layers on the grid of the first; `None` if there are none.
    pub fn new(segmentation: &'a Segmentation) -> Option<Self> {
        Some(Self::on(segmentation.layers.first()?.grid(), &segmentation.layers))
    }

    /// A reader of `layers` on `base`.
    pub fn on(base: &Grid, layers: &'a [Labels]) -> Self {
        let mut whole = Span { low: [0; 3], high: base.dims().map(|d| i64::try_from(d).unwrap_or(i64::MAX)) };
        let mut shifts = Vec::with_capacity(layers.len());
        for layer in layers {
            let shift = shift(base, layer.grid());
            let span = match shift {
                Some(low) => {
                    let dims = layer.grid().dims();
                    Some(Span { low, high: std::array::from_fn(|a| low[a].saturating_add(dims[a] as i64)) })
                }
                None => span_of(base, layer.grid()),
            };
            let grown = span.map(|span| whole.around(&span));
            let fits = grown.filter(|grown| grown.dims() == whole.dims() || !grown.is_too_large());
            if let Some(grown) = fits {
                whole = grown;
            }
            shifts.push(shift.filter(|_| fits.is_some()));
        }
        let grid = base.region(whole.low.map(|l| l as isize), whole.dims());
        let place = |(layer, shift): (&'a Labels, Option<[i64; 3]>)| {
            let place = match shift {
                Some(shift) => Place::Shifted(std::array::from_fn(|a| (shift[a] - whole.low[a]) as usize)),
                None => Place::Elsewhere(layer.grid().ras_to_ijk().map(|map| grid.ijk_to_ras().then(&map))),
            };
            (layer, place)
        };
        let layers = layers.iter().zip(shifts).map(place).collect();
        Self { grid, start: whole.low.map(|low| low.unsigned_abs() as usize), layers }
    }

    /// The common grid.
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Where the first voxel of the grid that was grown is in the common grid.
    pub const fn start(&self) -> [usize; 3] {
        self.start
    }

    /// Whether all layers stand on the lattice of the common grid, so that none of their voxels is lost or repeated.
    pub fn is_exact(&self) -> bool {
        self.layers.iter().all(|(_, place)| matches!(place, Place::Shifted(_)))
    }

    /// How many layers there are.
    pub fn count(&self) -> usize {
        self.layers.len()
    }

    /// Copies a region of layer `layer` (i fastest, then j, k) into `out`; 0 where the layer has no voxel.
    ///
    /// # Panics
    /// If the region reaches outside the common grid, `out` has another length, or there is no such layer.
    pub fn read(&self, layer: usize, region: &Region, out: &mut [i32]) {
        let (labels, place) = &self.layers[layer];
        match place {
            Place::Shifted(start) => read_shifted(labels, *start, region, out),
            Place::Elsewhere(map) => read_nearest(labels, map.as_ref(), region, out),
        }
    }

    /// The smallest box around the voxels of layer `layer` that are not 0, in the common grid; `None` if all are.
    pub fn extent(&self, layer: usize) -> Option<Region> {
        let (labels, place) = self.layers.get(layer)?;
        match place {
            Place::Shifted(start) => {
                let extents = labels.extents();
                let regions = extents.iter().filter(|(label, _)| **label != 0).map(|(_, e)| e.region);
                let inside = regions.reduce(|a, b| a.around(&b))?;
                Some(Region { start: std::array::from_fn(|a| inside.start[a] + start[a]), ..inside })
            }
            Place::Elsewhere(_) => {
                let [ni, nj, nk] = self.grid.dims();
                let of_slice = |k| {
                    let slice = Region { start: [0, 0, k], dims: [ni, nj, 1] };
                    let mut labels = vec![0; ni * nj];
                    self.read(layer, &slice, &mut labels);
                    let found = labels.iter().enumerate().filter(|(_, label)| **label != 0);
                    let voxels = found.map(|(n, _)| Region { start: [n % ni, n / ni, k], dims: [1; 3] });
                    voxels.reduce(|a, b| a.around(&b))
                };
                let merge = |a: Option<Region>, b: Option<Region>| match (a, b) {
                    (Some(a), Some(b)) => Some(a.around(&b)),
                    (a, b) => a.or(b),
                };
                (0..nk).into_par_iter().map(of_slice).reduce(|| None, merge)
            }
        }
    }
}

/// Where the first voxel of `other` is in `grid`, if both stand on the same lattice.
fn shift(grid: &Grid, other: &Grid) -> Option<[i64; 3]> {
    if grid.ijk_to_ras() == other.ijk_to_ras() {
        return Some([0; 3]);
    }
    let to_grid = other.ijk_to_ras().then(&grid.ras_to_ijk()?);
    let first = to_grid.translation().coords();
    let last = to_grid.apply(Point::from_array(other.dims().map(|d| d as f64))).coords();
    let whole = (0..3).all(|a| {
        let steps = last[a] - first[a] - other.dims()[a] as f64;
        first[a].abs() < FURTHEST
            && (first[a] - first[a].round()).abs() < TOLERANCE
            && steps.abs() < TOLERANCE
    });
    // A turned cube has its far corner elsewhere, but not along every axis alone.
    let aligned = (0..3).all(|a| {
        let column = to_grid.column(a).coords();
        (0..3).all(|b| (column[b] - f64::from(u8::from(a == b))).abs() * other.dims()[a] as f64 <= TOLERANCE)
    });
    (whole && aligned).then(|| first.map(|v| v.round() as i64))
}

/// The voxels of `grid` around those of `other`, which stands on another lattice.
fn span_of(grid: &Grid, other: &Grid) -> Option<Span> {
    let to_grid = grid.ras_to_ijk()?;
    let mut low = [f64::INFINITY; 3];
    let mut high = [f64::NEG_INFINITY; 3];
    let last = other.dims().map(|d| d as f64 - 1.0);
    for corner in 0..8 {
        let corner =
            Point::from_array(std::array::from_fn(|a| if corner >> a & 1 == 0 { 0.0 } else { last[a] }));
        let p = to_grid.apply(other.ijk_to_ras().apply(corner)).coords();
        for a in 0..3 {
            low[a] = low[a].min(p[a]);
            high[a] = high[a].max(p[a]);
        }
    }
    let near = low.into_iter().chain(high).all(|v| v.abs() < FURTHEST);
    near.then(|| Span { low: low.map(|v| v.round() as i64), high: high.map(|v| v.round() as i64 + 1) })
}

fn read_shifted(labels: &Labels, start: [usize; 3], region: &Region, out: &mut [i32]) {
    let dims = labels.grid().dims();
    let low: [usize; 3] = std::array::from_fn(|a| region.start[a].max(start[a]));
    let high: [usize; 3] =
        std::array::from_fn(|a| (region.start[a] + region.dims[a]).min(start[a] + dims[a]));
    let inside = Region {
        start: std::array::from_fn(|a| low[a].saturating_sub(start[a])),
        dims: std::array::from_fn(|a| high[a].saturating_sub(low[a])),
    };
    if inside.dims == region.dims {
        return labels.read(&inside, out);
    }
    out.fill(0);
    if inside.voxel_count() == 0 {
        return;
    }
    let mut part = vec![0; inside.voxel_count()];
    labels.read(&inside, &mut part);
    for (n, row) in part.chunks_exact(inside.dims[0]).enumerate() {
        let (j, k) = (n % inside.dims[1], n / inside.dims[1]);
        let (j, k) = (j + low[1] - region.start[1], k + low[2] - region.start[2]);
        let at = (k * region.dims[1] + j) * region.dims[0] + low[0] - region.start[0];
        out[at..at + row.len()].copy_from_slice(row);
    }
}

fn read_nearest(labels: &Labels, map: Option<&Affine<Ijk, Ijk>>, region: &Region, out: &mut [i32]) {
    out.fill(0);
    let Some(map) = map else { return };
    let dims = labels.grid().dims();
    let [is, js, ks] = region.ranges();
    let mut voxels = out.iter_mut();
    for k in ks {
        for j in js.clone() {
            for i in is.clone() {
                let Some(voxel) = voxels.next() else { return };
                let p = map.apply(Point::new(i as f64, j as f64, k as f64)).coords().map(f64::round);
                if (0..3).all(|a| p[a] >= 0.0 && p[a] < dims[a] as f64) {
                    *voxel = labels.get(p.map(|v| v as usize));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(grid: Grid, region: &Region, label: u8) -> Labels {
        Labels::UInt8(microtome_image::Labelmap::uniform(grid, 0).edit(region, |_, _| label))
    }

    #[test]
    fn layers_of_one_lattice_share_a_grid() {
        let whole = Grid::axis_aligned([10, 8, 6], [2.0, 1.0, 3.0], Point::new(5.0, 6.0, 7.0));
        let dab = Region { start: [1, 0, 2], dims: [2, 3, 1] };
        let first = painted(whole.region([4, 4, 0], [6, 4, 6]), &dab, 3);
        let second = painted(whole.region([0, 0, 0], [5, 4, 6]), &dab, 9);
        let segmentation = Segmentation { layers: vec![first, second], ..Segmentation::default() };
        let reader = LayerReader::new(&segmentation).unwrap();
        assert!(reader.grid().matches(&whole, 1e-9));
        assert_eq!((reader.start(), reader.count()), ([4, 4, 0], 2));
        let extent = |layer| reader.extent(layer).unwrap();
        assert_eq!(extent(0), Region { start: [5, 4, 2], dims: [2, 3, 1] });
        assert_eq!(extent(1), dab);
        let mut slice = vec![7; 80];
        reader.read(0, &Region { start: [0, 0, 2], dims: [10, 8, 1] }, &mut slice);
        let expected: Vec<i32> = (0..80)
            .map(|n| if (5..7).contains(&(n % 10)) && (4..7).contains(&(n / 10)) { 3 } else { 0 })
            .collect();
        assert_eq!(slice, expected);
    }

    #[test]
    fn layers_of_other_lattices_are_read_at_the_nearest_voxel() {
        let grid = Grid::axis_aligned([4, 4, 2], [1.0; 3], Point::zero());
        // Turned by a quarter about z, and finer: its far corner is that of the same lattice.
        let rows = [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
        let turned = Grid::new([4, 4, 2], Affine::from_rows(rows));
        let dab = Region { start: [3, 0, 1], dims: [1, 2, 1] };
        let layers = vec![Labels::uniform(grid, 0), painted(turned, &dab, 5)];
        let segmentation = Segmentation { layers, ..Segmentation::default() };
        let reader = LayerReader::new(&segmentation).unwrap();
        assert_eq!(reader.extent(0), None);
        assert_eq!(reader.extent(1), Some(Region { start: [0, 3, 1], dims: [2, 1, 1] }));
        assert!(!reader.is_exact());
        // One that stands out of the first is still read whole, unless it is so far away that the grid would be absurd.
        let beyond = |rows: [[f64; 4]; 3]| {
            let far = painted(Grid::new([4, 4, 2], Affine::from_rows(rows)), &dab, 5);
            let layers = vec![Labels::uniform(grid, 0), far];
            let reader = LayerReader::on(&grid, &layers);
            (*reader.grid(), reader.start(), reader.extent(1))
        };
        let (grown, start, extent) =
            beyond([[0.0, 1.0, 0.0, -10.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        assert_eq!((grown.dims(), start), ([14, 4, 2], [10, 0, 0]));
        assert_eq!(extent, Some(Region { start: [0, 3, 1], dims: [2, 1, 1] }));
        let (grown, ..) = beyond([[0.0, 1.0, 0.0, -9e5], [1.0, 0.0, 0.0, 9e5], [0.0, 0.0, 1.0, 9e5]]);
        assert_eq!(grown, grid);
        let (grown, ..) = beyond([[1.0, 0.0, 0.0, -9e5], [0.0, 1.0, 0.0, 9e5], [0.0, 0.0, 1.0, 9e5]]);
        assert_eq!(grown, grid);
    }
}
