//! Volumes under transforms that warp: resampled once, for rays to go straight through.

use microtome_geometry::transform::Walk;
use microtome_geometry::{Affine, Grid, Ijk, Point, Ras, Transform};
use microtome_image::{Array, Image};
use rayon::prelude::*;

use crate::lines::line;
use crate::sampling::{Blend, Field, Voxel, inside, narrowed, with_frame};

/// What stands where a warped volume is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// The least value.
    Least,
    /// The greatest value.
    Greatest,
}

/// How far, in voxels, a place that is interpolated between exact ones may be off where it is looked at.
const TOLERANCE: f64 = 0.1;
/// Voxels along i, j and k of the blocks between whose corners places are interpolated if that is good enough.
const BLOCK: [usize; 3] = [32, 8, 8];
/// A warped volume has at most this many times the voxels of the volume itself, or [`FEWEST`] if that is more.
const MOST: usize = 4;
const FEWEST: usize = 1 << 18;

/// Component 0 of the first frame as it looks from the scene's space, trilinear, on the image's own lattice, extended to
/// what it covers under the warp (and coarser, where the warp stretches it to more than four times its voxels).
///
/// Places are exact at the corners of blocks and interpolated between them. A block is halved until, in the middle of
/// each of its edges and in its own, interpolation is off by less than a tenth of a voxel.
///
/// `None` where the transform or the image's lattice is singular, and for images that rays cannot go through.
pub(crate) fn warped(image: &Image, to_world: &Transform, beyond: Beyond) -> Option<Image> {
    let from_world = to_world.inverse()?;
    let ras_to_ijk = image.grid().ras_to_ijk()?;
    let most = image.grid().voxel_count().saturating_mul(MOST).max(FEWEST);
    let grid = coarsened(&to_world.lattice_of_image(image.grid()), most);
    let narrow = narrowed(image).and_then(|array| image.with_array(array).ok());
    let image = narrow.as_ref().unwrap_or(image);
    let array = with_frame!(image, 0, voxels => {
        let components = image.components();
        let first: Vec<_>;
        let values = if components == 1 {
            voxels
        } else {
            first = voxels.iter().step_by(components).copied().collect();
            &first
        };
        let field = Field::new(values, image.dims())?;
        Array::from(Warped { field, grid: &grid, from_world: &from_world, ras_to_ijk }.voxels(beyond))
    });
    Image::scalar(grid, array).ok()
}

/// The same box with larger voxels, so that there are at most `most`.
fn coarsened(grid: &Grid, most: usize) -> Grid {
    let mut coarse = *grid;
    let mut factor = 1.0;
    while coarse.voxel_count() > most {
        factor *= (coarse.voxel_count() as f64 / most as f64).cbrt().max(1.05);
        let dims = grid.dims().map(|d| (d as f64 / factor).ceil() as usize);
        let scale: [f64; 3] = std::array::from_fn(|a| grid.dims()[a] as f64 / dims[a] as f64);
        let larger: Affine<Ijk, Ijk> = Affine::from_scale(scale, scale.map(|s| (s - 1.0) / 2.0));
        coarse = Grid::new(dims, larger.then(grid.ijk_to_ras()));
    }
    coarse
}

/// A volume that is being resampled.
struct Warped<'a, T> {
    field: Field<'a, T>,
    grid: &'a Grid,
    from_world: &'a Transform,
    ras_to_ijk: Affine<Ras, Ijk>,
}

/// A box of voxels: the first and the last one along i, j and k.
type Block = [[usize; 3]; 2];

impl<T: Voxel> Warped<'_, T> {
    fn voxels(&self, beyond: Beyond) -> Vec<T> {
        let [ni, nj, nk] = self.grid.dims();
        let mut out = vec![self.filling(beyond); ni * nj * nk];
        out.par_chunks_mut(ni * nj * BLOCK[2]).enumerate().for_each(|(slab, voxels)| {
            let first = slab * BLOCK[2];
            let mut walk = self.from_world.walk();
            for j in (0..nj).step_by(BLOCK[1]) {
                for i in (0..ni).step_by(BLOCK[0]) {
                    let last = [i + BLOCK[0], j + BLOCK[1], first + BLOCK[2]];
                    let last = std::array::from_fn(|a| last[a].min(self.grid.dims()[a]) - 1);
                    self.fill(&mut walk, [[i, j, first], last], first, voxels);
                }
            }
        });
        out
    }

    fn filling(&self, beyond: Beyond) -> T {
        let finite = self.field.values().iter().copied().filter(|v| v.to_f64().is_finite());
        let chosen = match beyond {
            Beyond::Least => finite.reduce(|a, b| if b < a { b } else { a }),
            Beyond::Greatest => finite.reduce(|a, b| if b > a { b } else { a }),
        };
        chosen.unwrap_or_default()
    }

    /// The exact place, in the image's voxels, of a place in the output's.
    fn place(&self, walk: &mut Walk<'_>, p: [f64; 3]) -> [f64; 3] {
        let world = self.grid.ijk_to_ras().apply(Point::from_array(p));
        self.ras_to_ijk.apply(walk.apply(world)).coords()
    }

    /// Fills a block of the slab whose first layer is `layer`.
    fn fill(&self, walk: &mut Walk<'_>, block: Block, layer: usize, out: &mut [T]) {
        let ends = block.map(|end| end.map(|n| n as f64));
        let corners: [[f64; 3]; 8] =
            std::array::from_fn(|n| self.place(walk, std::array::from_fn(|a| ends[n >> a & 1][a])));
        let size: [usize; 3] = std::array::from_fn(|a| block[1][a] - block[0][a]);
        if size.iter().all(|&n| n < 2) {
            // Every voxel is a corner.
            return self.rows(&corners, block, layer, out);
        }
        let mut worst = (0, 0.0_f64);
        for axis in (0..3).filter(|&axis| size[axis] > 1) {
            for from in (0..8).filter(|n| n >> axis & 1 == 0) {
                let mut middle: [f64; 3] = std::array::from_fn(|a| ends[from >> a & 1][a]);
                middle[axis] = (ends[0][axis] + ends[1][axis]) / 2.0;
                let exact = self.place(walk, middle);
                let off = distance(exact, mean(&[corners[from], corners[from | 1 << axis]]));
                // What is no number is off, too.
                if off.is_nan() || off > worst.1 {
                    worst = (axis, if off.is_nan() { f64::INFINITY } else { off });
                }
            }
        }
        let middle = self.place(walk, std::array::from_fn(|a| (ends[0][a] + ends[1][a]) / 2.0));
        let off = distance(middle, mean(&corners));
        if worst.1 < TOLERANCE && off < TOLERANCE {
            return self.rows(&corners, block, layer, out);
        }
        let longest = (0..3).fold(0, |best, a| if size[a] > size[best] { a } else { best });
        let axis = if worst.1 < TOLERANCE { longest } else { worst.0 };
        let (mut lower, mut upper) = (block, block);
        lower[1][axis] = block[0][axis] + size[axis] / 2;
        upper[0][axis] = lower[1][axis] + 1;
        self.fill(walk, lower, layer, out);
        self.fill(walk, upper, layer, out);
    }

    /// Fills a block whose corners lie at these places.
    fn rows(&self, corners: &[[f64; 3]; 8], [first, last]: Block, layer: usize, out: &mut [T]) {
        let [ni, nj, _] = self.grid.dims();
        let share = |axis: usize, n: usize| {
            if last[axis] > first[axis] {
                (n - first[axis]) as f64 / (last[axis] - first[axis]) as f64
            } else {
                0.0
            }
        };
        let count = last[0] - first[0] + 1;
        for k in first[2]..=last[2] {
            for j in first[1]..=last[1] {
                let (tj, tk) = (share(1, j), share(2, k));
                let end = |side: usize| {
                    let near = mix(corners[side], corners[side | 2], tj);
                    mix(near, mix(corners[side | 4], corners[side | 6], tj), tk)
                };
                let (start, end) = (end(0), end(1));
                let step = std::array::from_fn(|a| (end[a] - start[a]) / (count.max(2) - 1) as f64);
                let span = inside(start, step, self.field.dims(), count);
                if span.is_empty() {
                    continue;
                }
                let start = std::array::from_fn(|a| start[a] + span.start as f64 * step[a]);
                let row = ((k - layer) * nj + j) * ni + first[0];
                let row = &mut out[row + span.start..row + span.end];
                line(self.field, start, step, row, <T as Blend>::from_real);
            }
        }
    }
}

fn mix(a: [f64; 3], b: [f64; 3], t: f64) -> [f64; 3] {
    std::array::from_fn(|n| a[n] + (b[n] - a[n]) * t)
}

fn mean(places: &[[f64; 3]]) -> [f64; 3] {
    std::array::from_fn(|a| places.iter().map(|p| p[a]).sum::<f64>() / places.len() as f64)
}

/// The greatest difference along an axis; NaN if one is.
fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|n| (a[n] - b[n]).abs()).fold(0.0, |most, d| if d <= most { most } else { d })
}

#[cfg(test)]
mod tests {
    use super::*;
    use microtome_geometry::transform::BSpline;
    use microtome_image::{Boundary, Interpolation, Sampler};

    #[test]
    fn warped_volumes_are_what_exact_places_give() {
        let dims = [40, 36, 30];
        let value =
            |n: usize| ((n % 40) as f64 * 0.3).sin() * 400.0 + (n / 40 % 36) as f64 * 9.0 - (n / 1440) as f64;
        let values: Vec<i16> = (0..40 * 36 * 30).map(|n| value(n) as i16).collect();
        let image = Image::scalar(Grid::axis_aligned(dims, [1.0; 3], Point::zero()), values).unwrap();
        let nodes = Grid::axis_aligned([9, 9, 9], [8.0; 3], Point::new(-12.0, -12.0, -12.0));
        let wave = |n: usize| f64::from((n * 37 % 11) as u8) - 5.0;
        let vectors = (0..729).map(|n| [wave(n), wave(n + 5), wave(3 * n)]).collect();
        let map = Transform::BSpline(BSpline::new(nodes, vectors).unwrap());
        for to_world in [map.inverse().unwrap(), map] {
            let found = warped(&image, &to_world, Beyond::Least).unwrap();
            assert!(found.dims().iter().zip(dims).any(|(&a, b)| a > b));
            let view = image.view::<i16>(0).unwrap();
            let sampler = Sampler::new(&view, Interpolation::Linear, Boundary::Ends);
            let from_world = to_world.inverse().unwrap();
            let ras_to_ijk = image.grid().ras_to_ijk().unwrap();
            let (mut edge, mut worst, mut count) = (0, 0.0_f64, 0);
            let ([ni, nj, nk], seen) = (found.grid().dims(), found.view::<i16>(0).unwrap());
            for n in (0..ni * nj * nk).step_by(7) {
                let ijk = [n % ni, n / ni % nj, n / (ni * nj)];
                let p = found.grid().ijk_to_ras().apply(Point::from_array(ijk.map(|v| v as f64)));
                let got = f64::from(seen.values()[n]);
                match sampler.sample(ras_to_ijk.apply(from_world.apply(p)), 0) {
                    Some(expected) if got > -402.0 => {
                        worst = worst.max((expected - got).abs());
                        count += 1;
                    }
                    None if got < -402.0 => {}
                    _ => edge += 1,
                }
            }
            // A tenth of a voxel, where values change by up to 130 from one to the next.
            assert!(worst < 13.0 && count > 4000, "{worst} {count}");
            assert!(edge < 150, "{edge}");
        }
    }

    #[test]
    fn stretched_volumes_stay_small() {
        let grid = Grid::axis_aligned([4000, 3000, 10], [1.0; 3], Point::zero());
        let coarse = coarsened(&grid, 1 << 20);
        assert!(coarse.voxel_count() <= 1 << 20 && coarse.voxel_count() > 1 << 18);
        assert!(coarse.corners().iter().zip(grid.corners()).all(|(a, b)| a.distance(b) < 1e-6));
    }
}
