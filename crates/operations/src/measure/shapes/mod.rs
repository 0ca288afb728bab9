//! The shapes of labels, as ITK's label shape statistics define them (Lehmann, Label object representation and manipulation
//! with ITK, Insight Journal, 2007), from the runs of a label map.

mod eigen;
mod feret;
mod moments;
mod perimeter;

use std::collections::BTreeMap;
use std::f64::consts::PI;

use microtome_geometry::{Affine, Grid, Ijk, Point, Ras, Vector};
use microtome_image::Array;
use rayon::prelude::*;

use super::runs::{ByLabel, Rows, Run};
use crate::progress::{Cancelled, Progress};
use feret::Voxel;
use moments::Moments;
use perimeter::{BESIDE, Crossings};

/// What takes time to find and is not always wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The surface and what follows from it.
    pub surface: bool,
    /// The greatest distance between two voxels.
    pub feret: bool,
    /// The box along the principal axes.
    pub oriented_box: bool,
}

impl Wanted {
    /// Everything.
    pub const ALL: Self = Self { surface: true, feret: true, oriented_box: true };
}

/// A box along a label's principal axes, which holds all its voxels with their whole extent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrientedBox {
    /// The corner where all axes begin.
    pub origin: Point<Ras>,
    /// Its edges along the principal axes, mm.
    pub size: [f64; 3],
}

/// The shape of one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelShape {
    /// The label.
    pub label: i64,
    /// How many voxels it has.
    pub voxels: u64,
    /// Their volume, mm³.
    pub volume: f64,
    /// Their mean position.
    pub centroid: Point<Ras>,
    /// The first voxel of the smallest box of voxels around it.
    pub box_start: [u32; 3],
    /// How many voxels that box has along i, j and k.
    pub box_size: [u32; 3],
    /// Eigenvalues of the covariance of the voxels' positions (divided by their number), rising, mm².
    pub principal_moments: [f64; 3],
    /// The eigenvectors: orthonormal and right-handed.
    pub principal_axes: [Vector<Ras>; 3],
    /// The root of the second principal moment over the first; 0 where that is 0.
    pub flatness: f64,
    /// The root of the third principal moment over the second; 0 where that is 0.
    pub elongation: f64,
    /// The radius of the sphere of equal volume, mm.
    pub equivalent_radius: f64,
    /// The surface of the sphere of equal volume, mm².
    pub equivalent_surface: f64,
    /// The axes of the ellipsoid of equal volume and the same ratios of moments, mm; 0 where a moment is 0.
    pub equivalent_ellipsoid: [f64; 3],
    /// Voxels at the border of the grid.
    pub voxels_on_border: u64,
    /// Faces at the border of the grid, mm².
    pub surface_on_border: f64,
    /// The surface by Crofton's formula, mm².
    pub surface: Option<f64>,
    /// The greatest distance between the middles of two voxels, mm.
    pub feret: Option<f64>,
    /// The box along the principal axes.
    pub oriented_box: Option<OrientedBox>,
}

impl LabelShape {
    /// The surface of the sphere of equal volume over that of the label.
    pub fn roundness(&self) -> Option<f64> {
        self.surface.map(|surface| self.equivalent_surface / surface)
    }

    /// The part of the surface that lies at the border of the grid.
    pub fn border_ratio(&self) -> Option<f64> {
        self.surface.map(|surface| self.surface_on_border / surface)
    }
}

/// The shapes of every label but 0, by rising label. `labels` has one number a voxel of `grid`; one that is not whole counts
/// as the next one towards 0, NaN as 0.
///
/// # Errors
/// [`Cancelled`] on request.
///
/// # Panics
/// If there are not as many labels as voxels.
pub fn label_shapes(
    labels: &Array,
    grid: &Grid,
    wanted: Wanted,
    progress: &Progress,
) -> Result<Vec<LabelShape>, Cancelled> {
    assert!(labels.len() == grid.voxel_count(), "one label a voxel");
    progress.report(0.0)?;
    if labels.is_empty() {
        return Ok(Vec::new());
    }
    let further = wanted.feret || wanted.oriented_box;
    let share = if further { 0.6 } else { 1.0 };
    let mut shapes = first_pass(labels, grid, wanted, &progress.step(0.0..share))?;
    if further {
        second_pass(labels, grid, wanted, &mut shapes, &progress.step(share..1.0))?;
    }
    progress.report(1.0)?;
    Ok(shapes.into_values().collect())
}

/// Slices of one parallel task.
const SLICES: usize = 4;
/// Rows of one parallel task where there is one slice.
const ROWS: usize = 256;

/// Rows that are looked at together: of how many slices, and of which rows in them.
struct Task {
    rows: std::ops::Range<usize>,
    slices: std::ops::Range<usize>,
}

fn tasks([_, nj, nk]: [usize; 3]) -> Vec<Task> {
    let (per_rows, per_slices) = if nk < SLICES * 2 { (ROWS, 1) } else { (nj, SLICES) };
    let slices = (0..nk).step_by(per_slices).map(|k| k..(k + per_slices).min(nk));
    slices
        .flat_map(|slices| {
            (0..nj)
                .step_by(per_rows)
                .map(move |j| Task { rows: j..(j + per_rows).min(nj), slices: slices.clone() })
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Found {
    moments: Moments,
    crossings: Crossings,
}

fn first_pass(
    labels: &Array,
    grid: &Grid,
    wanted: Wanted,
    progress: &Progress,
) -> Result<BTreeMap<i64, LabelShape>, Cancelled> {
    let dims = grid.dims();
    let tasks = tasks(dims);
    let parts: Vec<Vec<(i64, Found)>> = tasks
        .par_iter()
        .enumerate()
        .map(|(n, task)| {
            progress.report(n as f64 / tasks.len() as f64)?;
            Ok(of_task(labels, dims, task, wanted))
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut all: BTreeMap<i64, Found> = BTreeMap::new();
    for (label, part) in parts.into_iter().flatten() {
        all.entry(label)
            .and_modify(|found| {
                found.moments.add(&part.moments);
                (0..7).for_each(|n| found.crossings[n] += part.crossings[n]);
            })
            .or_insert(part);
    }
    Ok(all.into_iter().map(|(label, found)| (label, shape(label, &found, grid, wanted))).collect())
}

fn of_task(labels: &Array, dims: [usize; 3], task: &Task, wanted: Wanted) -> Vec<(i64, Found)> {
    let [ni, nj, nk] = dims;
    let mut parts: ByLabel<Found> = ByLabel::default();
    let new = || Found { moments: Moments::NONE, crossings: [0; 7] };
    // The rows beside those of the task are read with them.
    let (first, last) = if wanted.surface {
        (task.rows.start.saturating_sub(1), (task.rows.end + 1).min(nj))
    } else {
        (task.rows.start, task.rows.end)
    };
    let read = |rows: &mut Rows, k: Option<usize>| match k.filter(|k| *k < nk) {
        Some(k) => rows.find(labels, k * nj + first, last - first, ni),
        None => *rows = Rows::default(),
    };
    let [mut before, mut here, mut after] = [Rows::default(), Rows::default(), Rows::default()];
    read(&mut here, Some(task.slices.start));
    if wanted.surface {
        read(&mut before, task.slices.start.checked_sub(1));
    }
    for k in task.slices.clone() {
        if wanted.surface {
            read(&mut after, Some(k + 1));
        }
        for j in task.rows.clone() {
            let row = here.row(j - first);
            for run in row {
                let found = parts.of(run.label, new);
                found.moments.add_run(run, j, k, dims);
                found.crossings[0] += 2;
            }
            if !wanted.surface || row.is_empty() {
                continue;
            }
            for step in BESIDE {
                let slice = [&before, &here, &after][(step[1] + 1) as usize];
                let other =
                    (j + 1).checked_add_signed(step[0]).and_then(|other| other.checked_sub(first + 1));
                let beside =
                    other.filter(|other| *other < slice.len()).map_or(&[][..], |other| slice.row(other));
                perimeter::cross(row, beside, step, |n, line, crossings| {
                    parts.of(row[n].label, new).crossings[line] += crossings;
                });
            }
        }
        if wanted.surface {
            std::mem::swap(&mut before, &mut here);
            std::mem::swap(&mut here, &mut after);
        } else if k + 1 < task.slices.end {
            read(&mut here, Some(k + 1));
        }
    }
    parts.into_parts()
}

fn shape(label: i64, found: &Found, grid: &Grid, wanted: Wanted) -> LabelShape {
    let moments = &found.moments;
    let (values, vectors) = eigen::eigen(moments.covariance(grid.ijk_to_ras()));
    // What rounding leaves of a flat or straight label is nothing.
    let least = values[2] * 1e-14;
    let principal_moments = values.map(|v| if v > least { v } else { 0.0 });
    let ratio = |a: usize, b: usize| {
        if principal_moments[b] > 0.0 { (principal_moments[a] / principal_moments[b]).sqrt() } else { 0.0 }
    };
    let volume = moments.voxels as f64 * grid.voxel_volume();
    let equivalent_radius = (volume * 3.0 / (4.0 * PI)).cbrt();
    let mean = principal_moments.iter().product::<f64>().cbrt();
    let spacing = grid.spacing();
    let faces = [spacing[1] * spacing[2], spacing[0] * spacing[2], spacing[0] * spacing[1]];
    LabelShape {
        label,
        voxels: moments.voxels,
        volume,
        centroid: grid.ijk_to_ras().apply(moments.center()),
        box_start: moments.low,
        box_size: std::array::from_fn(|a| moments.high[a] - moments.low[a] + 1),
        principal_moments,
        principal_axes: vectors.map(Vector::from_array),
        flatness: ratio(1, 0),
        elongation: ratio(2, 1),
        equivalent_radius,
        equivalent_surface: 4.0 * PI * equivalent_radius * equivalent_radius,
        equivalent_ellipsoid: principal_moments
            .map(|m| if mean > 0.0 { 2.0 * equivalent_radius * (m / mean).sqrt() } else { 0.0 }),
        voxels_on_border: moments.on_border,
        surface_on_border: (0..3).map(|a| moments.border_faces[a] as f64 * faces[a]).sum(),
        surface: wanted.surface.then(|| perimeter::area(&found.crossings, spacing)),
        feret: None,
        oriented_box: None,
    }
}

/// How far a label reaches along its principal axes from the grid's first voxel, and voxels that may be ends of its greatest
/// diameter.
struct Reach {
    /// Steps along the principal axes for each step of i, j and k.
    steps: [[f64; 3]; 3],
    low: [f64; 3],
    high: [f64; 3],
    corners: Vec<Voxel>,
    /// The rows of the slice that is being read.
    rows: Vec<(usize, Run)>,
}

impl Reach {
    fn of(shape: &LabelShape, to_ras: &Affine<Ijk, Ras>) -> Self {
        let steps = std::array::from_fn(|a| shape.principal_axes.map(|axis| axis.dot(to_ras.column(a))));
        let (low, high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        Self { steps, low, high, corners: Vec::new(), rows: Vec::new() }
    }

    fn add_run(&mut self, run: &Run, j: usize, k: usize) {
        let [di, dj, dk] = self.steps;
        for n in 0..3 {
            let row = dj[n] * j as f64 + dk[n] * k as f64;
            let ends = [run.start, run.end - 1].map(|i| row + di[n] * i as f64);
            self.low[n] = self.low[n].min(ends[0]).min(ends[1]);
            self.high[n] = self.high[n].max(ends[0]).max(ends[1]);
        }
    }

    /// Keeps the first and the last voxel of the label in a row.
    fn add_ends(&mut self, run: &Run, j: usize) {
        match self.rows.last_mut() {
            Some((row, whole)) if *row == j => whole.end = run.end,
            _ => self.rows.push((j, *run)),
        }
    }

    fn close_slice(&mut self, k: usize) {
        if !self.rows.is_empty() {
            feret::add_corners(&self.rows, k, &mut self.corners);
            self.rows.clear();
        }
    }
}

fn second_pass(
    labels: &Array,
    grid: &Grid,
    wanted: Wanted,
    shapes: &mut BTreeMap<i64, LabelShape>,
    progress: &Progress,
) -> Result<(), Cancelled> {
    let dims = grid.dims();
    let to_ras = grid.ijk_to_ras();
    let tasks = tasks(dims);
    let found = &*shapes;
    let parts: Vec<Vec<(i64, Reach)>> = tasks
        .par_iter()
        .enumerate()
        .map(|(n, task)| {
            progress.report(0.8 * n as f64 / tasks.len() as f64)?;
            let mut parts: ByLabel<Reach> = ByLabel::default();
            let mut rows = Rows::default();
            for k in task.slices.clone() {
                rows.find(labels, k * dims[1] + task.rows.start, task.rows.len(), dims[0]);
                for j in task.rows.clone() {
                    for run in rows.row(j - task.rows.start) {
                        let Some(shape) = found.get(&run.label) else { continue };
                        let reach = parts.of(run.label, || Reach::of(shape, to_ras));
                        reach.add_run(run, j, k);
                        if wanted.feret {
                            reach.add_ends(run, j);
                        }
                    }
                }
                parts.each(|reach| reach.close_slice(k));
            }
            Ok(parts.into_parts())
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut all: BTreeMap<i64, Reach> = BTreeMap::new();
    for (label, mut part) in parts.into_iter().flatten() {
        match all.get_mut(&label) {
            None => {
                all.insert(label, part);
            }
            Some(reach) => {
                for n in 0..3 {
                    reach.low[n] = reach.low[n].min(part.low[n]);
                    reach.high[n] = reach.high[n].max(part.high[n]);
                }
                reach.corners.append(&mut part.corners);
            }
        }
    }
    let total = all.len() as f64;
    for (n, (label, reach)) in all.into_iter().enumerate() {
        progress.report(0.8 + 0.2 * n as f64 / total)?;
        let Some(shape) = shapes.get_mut(&label) else { continue };
        if wanted.oriented_box {
            shape.oriented_box = Some(oriented_box(shape, &reach, to_ras));
        }
        if wanted.feret {
            shape.feret = Some(feret::diameter(reach.corners, to_ras));
        }
    }
    Ok(())
}

fn oriented_box(shape: &LabelShape, reach: &Reach, to_ras: &Affine<Ijk, Ras>) -> OrientedBox {
    let first = to_ras.translation();
    let mut origin = Point::<Ras>::zero();
    let mut size = [0.0; 3];
    for (n, axis) in shape.principal_axes.into_iter().enumerate() {
        // From the middles of the outermost voxels to their corners.
        let half: f64 = reach.steps.iter().map(|step| step[n].abs() / 2.0).sum();
        size[n] = reach.high[n] - reach.low[n] + 2.0 * half;
        let start = axis.dot(first - Point::zero()) + reach.low[n] - half;
        origin = origin + axis * start;
    }
    OrientedBox { origin, size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(dims: [usize; 3], spacing: [f64; 3]) -> Grid {
        Grid::axis_aligned(dims, spacing, Point::new(5.0, -3.0, 2.0))
    }

    #[test]
    fn a_block_and_a_voxel() {
        let grid = grid([10, 9, 8], [1.0, 2.0, 3.0]);
        let mut labels = vec![0_u8; 720];
        labels[(2 * 9 + 3) * 10 + 4] = 1;
        for j in 2..5 {
            labels[(5 * 9 + j) * 10 + 1..(5 * 9 + j) * 10 + 6].fill(2);
        }
        let found = label_shapes(&Array::from(labels), &grid, Wanted::ALL, &Progress::ignored()).unwrap();
        let [one, two] = found.as_slice() else { panic!("{found:?}") };
        // SimpleITK 2.5.7: LabelShapeStatisticsImageFilter.
        assert_eq!((one.voxels, one.principal_moments, one.feret), (1, [0.0; 3], Some(0.0)));
        assert!((one.surface.unwrap() - 9.529_444_742_314_022).abs() < 1e-12);
        assert!((one.roundness().unwrap() - 1.675_652_769_462_423_5).abs() < 1e-12);
        assert!((two.surface.unwrap() - 92.885_543_932_381_84).abs() < 1e-11);
        assert!((two.elongation - 1.154_700_538_379_251).abs() < 1e-12 && two.flatness == 0.0);
        assert!((two.feret.unwrap() - 5.656_854_249_492_381).abs() < 1e-12);
        let oriented = two.oriented_box.unwrap();
        assert!(oriented.size.iter().zip([3.0, 5.0, 6.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(oriented.origin.distance(Point::new(5.5, 0.0, 15.5)) < 1e-12, "{oriented:?}");
        assert_eq!((two.box_start, two.box_size, two.voxels_on_border), ([1, 2, 5], [5, 3, 1], 0));
    }

    #[test]
    fn threads_do_not_matter_and_one_slice_is_cut_into_rows() {
        for dims in [[61, 700, 1], [23, 17, 31]] {
            let grid = grid(dims, [0.7, 0.9, 1.3]);
            let labels: Vec<i16> =
                (0..grid.voxel_count()).map(|n| ((n / 13) * 7919 % 5) as i16 - 1).collect();
            let labels = Array::from(labels);
            let run = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| label_shapes(&labels, &grid, Wanted::ALL, &Progress::ignored()).unwrap())
            };
            let one = run(1);
            assert_eq!(one.len(), 4);
            assert_eq!(one, run(3));
            let bare = label_shapes(&labels, &grid, Wanted::default(), &Progress::ignored()).unwrap();
            assert_eq!((bare[2].centroid, bare[2].surface), (one[2].centroid, None));
        }
    }
}
