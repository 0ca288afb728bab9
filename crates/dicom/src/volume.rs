//! From slices with positions to volumes: order, lattice, and how far the slices are off it.

use std::collections::HashMap;

use microtome_geometry::{Affine, Grid, Ijk, Lps, Point, Ras, Vector};

use crate::frame::Frame;
use crate::instance::Instance;
use crate::warning::Warning;

/// One frame of one of the instances at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub instance: usize,
    pub frame: usize,
}

/// Positions that differ less than this (mm, in each coordinate) are one.
const SAME_POSITION: f64 = 1e-3;
/// Distances between slices that differ more than this (mm) are unequal.
const SPACING_TOLERANCE: f64 = 0.01;
/// Slices farther off the lattice than this (mm) make the geometry irregular.
const IRREGULAR: f64 = 1e-3;
/// A stack leaning more than this (degrees) is worth a word.
const TILT: f64 = 0.1;
/// Components of directions that differ more than this are different.
const SAME_DIRECTION: f64 = 1e-6;

/// Slices in order: of each repetition (time, echo, …), by k.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    pub repetitions: Vec<Vec<Slice>>,
    /// Whether the slices' positions are in this order too, so that they say where the volume lies.
    pub by_position: bool,
    pub warnings: Vec<Warning>,
}

/// How slices make stacks.
pub(crate) enum Arrangement {
    /// All of them make one.
    One(Stack),
    /// Positions have different numbers of slices: those at each position, in order.
    Uneven(Vec<Vec<Slice>>),
}

fn frame(instances: &[Instance], slice: Slice) -> &Frame {
    &instances[slice.instance].frames[slice.frame]
}

/// Orders slices along the normal of the first one.
pub(crate) fn arrange(instances: &[Instance], slices: &[Slice]) -> Arrangement {
    let of = |slice: &Slice| frame(instances, *slice);
    let lacking = slices.iter().filter(|s| of(s).position.is_none() || of(s).orientation.is_none()).count();
    let reference = slices.first().map(of);
    let axis = reference.and_then(|f| Some((f.position?, f.normal()?)));
    let (Some((origin, normal)), 0) = (axis, lacking) else {
        return Arrangement::One(unordered(instances, slices, lacking, axis.is_none()));
    };
    let mut ranks: HashMap<&str, usize> = HashMap::new();
    for slice in slices {
        let next = ranks.len();
        ranks.entry(of(slice).key.as_str()).or_insert(next);
    }
    let distance = |s: &Slice| of(s).position.map_or(0.0, |p| (p - origin).dot(normal));
    let mut ordered: Vec<(f64, Slice)> = slices.iter().map(|s| (distance(s), *s)).collect();
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut positions: Vec<Vec<Slice>> = Vec::new();
    for run in ordered.chunk_by(|a, b| (a.0 - b.0).abs() <= SAME_POSITION) {
        let mut run: Vec<Slice> = run.iter().map(|&(_, slice)| slice).collect();
        let coords = |s: &Slice| of(s).position.unwrap_or_default().coords();
        let compare = |a: &Slice, b: &Slice| {
            let differs = coords(a).into_iter().zip(coords(b)).find(|(a, b)| (a - b).abs() > SAME_POSITION);
            differs.map_or(std::cmp::Ordering::Equal, |(a, b)| a.total_cmp(&b))
        };
        if run.iter().any(|s| compare(s, &run[0]).is_ne()) {
            run.sort_by(|a, b| coords(a).partial_cmp(&coords(b)).unwrap_or(std::cmp::Ordering::Equal));
        }
        positions.extend(run.chunk_by(|a, b| compare(a, b).is_eq()).map(<[Slice]>::to_vec));
    }
    for here in &mut positions {
        here.sort_by(|a, b| {
            let (a, b) = (of(a), of(b));
            let by_key = ranks.get(a.key.as_str()).cmp(&ranks.get(b.key.as_str()));
            let order = a.order.iter().zip(&b.order).map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne());
            by_key.then(order.unwrap_or(std::cmp::Ordering::Equal))
        });
    }
    let count = positions.first().map_or(0, Vec::len);
    if positions.iter().any(|p| p.len() != count) {
        return Arrangement::Uneven(positions);
    }
    let repetitions = (0..count).map(|n| positions.iter().map(|p| p[n]).collect()).collect();
    Arrangement::One(Stack { repetitions, by_position: true, warnings: Vec::new() })
}

/// Slices without geometry: in the order of their instance numbers where all have different ones.
fn unordered(instances: &[Instance], slices: &[Slice], lacking: usize, no_reference: bool) -> Stack {
    let mut slices = slices.to_vec();
    let numbers: Option<Vec<i64>> = slices.iter().map(|s| instances[s.instance].instance_number).collect();
    if let Some(numbers) = numbers {
        let by_number: HashMap<usize, i64> =
            slices.iter().zip(numbers).map(|(s, n)| (s.instance, n)).collect();
        slices.sort_by_key(|s| by_number.get(&s.instance).copied());
    }
    let several = slices.iter().any(|s| s.instance != slices[0].instance);
    let warnings = match (several, no_reference) {
        (false, _) => Vec::new(),
        (true, true) => vec![Warning::ReferenceGeometryMissing],
        (true, false) => vec![Warning::GeometryMissing { count: lacking, total: slices.len() }],
    };
    Stack { repetitions: vec![slices], by_position: false, warnings }
}

/// Slices in the order they have, whatever their positions.
pub(crate) fn in_file_order(slices: Vec<Slice>) -> Stack {
    Stack { repetitions: vec![slices], by_position: false, warnings: vec![Warning::FramesInFileOrder] }
}

/// Splits slices with uneven repetitions: the first of each position, the second, ….
pub(crate) fn layers(positions: &[Vec<Slice>]) -> Vec<Stack> {
    let most = positions.iter().map(Vec::len).max().unwrap_or(0);
    let layer = |n: usize| positions.iter().filter_map(|p| p.get(n).copied()).collect::<Vec<_>>();
    let warning = Warning::UnevenRepetition { split: most };
    (0..most)
        .map(|n| Stack { repetitions: vec![layer(n)], by_position: true, warnings: vec![warning.clone()] })
        .collect()
}

/// Where the slices of a stack really are, for a displacement grid that takes the volume there.
#[derive(Clone, Debug, PartialEq)]
pub struct AcquisitionGeometry {
    /// Largest difference of a slice's corner from the volume's lattice in one coordinate, mm.
    pub max_error: f64,
    /// Lattice of the displacements: the four corners of each slice, 2 × 2 × slices.
    pub grid: Grid,
    /// For each point of that lattice (i fastest), the way from the volume's corner to the slice's, mm.
    pub displacements: Vec<Vector<Ras>>,
}

/// A stack's lattice.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    pub grid: Grid,
    pub warnings: Vec<Warning>,
    pub acquisition: Option<AcquisitionGeometry>,
}

/// The lattice of a stack: in-plane axes from the first of `instances` that has a slice in it, k from the first slice
/// to the last.
pub(crate) fn lattice(instances: &[Instance], stack: &Stack, rows: usize, columns: usize) -> Lattice {
    let slices = &stack.repetitions[0];
    let frames: Vec<&Frame> = slices.iter().map(|&s| frame(instances, s)).collect();
    let earliest = slices.iter().min_by_key(|s| (s.instance, s.frame)).copied().unwrap_or(slices[0]);
    let reference = frame(instances, earliest);
    let [row, column] =
        reference.orientation.unwrap_or([Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0)]);
    let spacing = reference.spacing.unwrap_or([1.0; 2]);
    let normal = row.cross(column).normalized().unwrap_or(Vector::new(0.0, 0.0, 1.0));
    let origin = frames[0].position.unwrap_or_default();
    let count = frames.len();
    let across = normal * instances[earliest.instance].slice_spacing.unwrap_or(1.0);
    let located = stack.by_position && frames.iter().all(|f| f.position.is_some() && f.orientation.is_some());
    let step = match frames[count - 1].position {
        Some(last) if located && count > 1 => (last - origin) / (count - 1) as f64,
        _ => across,
    };
    // A step within the slices' plane makes no volume.
    let step = if step.dot(normal).abs() > step.length() * 1e-6 && step.is_finite() { step } else { across };
    let (i, j) = (row * spacing[1], column * spacing[0]);
    let to_lps: Affine<Ijk, Lps> = Affine::from_columns(i, j, step, origin);
    let grid = Grid::new([columns, rows, count], to_lps.to_ras());
    let mut result = Lattice { grid, warnings: Vec::new(), acquisition: None };
    if !located || count < 2 {
        return result;
    }
    result.warnings.extend(unequal_spacing(instances, slices, &frames, normal));
    let orientations = count_orientations(&frames);
    if orientations > 1 {
        result.warnings.push(Warning::OrientationVaries { count: orientations });
    }
    let cosine = (step.dot(normal).abs() / step.length()).min(1.0);
    let degrees = cosine.acos().to_degrees();
    if degrees > TILT {
        result.warnings.push(Warning::Sheared { degrees: (degrees * 1000.0).round() / 1000.0 });
    }
    let acquisition = compare(&grid, &frames, spacing);
    if acquisition.max_error > IRREGULAR {
        result.warnings.push(Warning::IrregularGeometry { max_error: acquisition.max_error });
        result.acquisition = Some(acquisition);
    }
    result
}

fn unequal_spacing(
    instances: &[Instance],
    slices: &[Slice],
    frames: &[&Frame],
    normal: Vector<Lps>,
) -> Option<Warning> {
    let along: Vec<f64> = frames.iter().filter_map(|f| Some(f.position?.to_vector().dot(normal))).collect();
    let gaps: Vec<f64> = along.windows(2).map(|w| w[1] - w[0]).collect();
    let expected = *gaps.first()?;
    let at = gaps.iter().position(|gap| (gap - expected).abs() > SPACING_TOLERANCE)?;
    let path = |n: usize| instances[slices[n].instance].path.clone();
    Some(Warning::UnequalSpacing { expected, found: gaps[at], before: path(at), after: path(at + 1) })
}

/// Different orientations, counted up to 64.
fn count_orientations(frames: &[&Frame]) -> usize {
    let mut seen: Vec<[Vector<Lps>; 2]> = Vec::new();
    for [row, column] in frames.iter().filter_map(|f| f.orientation) {
        let same = |a: Vector<Lps>, b: Vector<Lps>| (0..3).all(|n| (a[n] - b[n]).abs() <= SAME_DIRECTION);
        if seen.len() < 64 && !seen.iter().any(|&[r, c]| same(r, row) && same(c, column)) {
            seen.push([row, column]);
        }
    }
    seen.len()
}

/// Compares the corners of the volume's slices with those that the headers say.
fn compare(grid: &Grid, frames: &[&Frame], default_spacing: [f64; 2]) -> AcquisitionGeometry {
    let [columns, rows, count] = grid.dims().map(|d| d as f64);
    let mut max_error: f64 = 0.0;
    let mut displacements = Vec::with_capacity(frames.len() * 4);
    for (k, frame) in frames.iter().enumerate() {
        let [row, column] = frame.orientation.unwrap_or_default();
        let spacing = frame.spacing.unwrap_or(default_spacing);
        let position = frame.position.unwrap_or_default();
        for (r, c) in [(0.0, 0.0), (0.0, columns), (rows, 0.0), (rows, columns)] {
            let target = position + row * (c * spacing[1]) + column * (r * spacing[0]);
            let source = grid.ijk_to_ras().apply(Point::new(c, r, k as f64));
            let difference = target.to_ras() - source;
            max_error = difference.coords().into_iter().fold(max_error, |m, d| m.max(d.abs()));
            displacements.push(difference);
        }
    }
    let to_ras = grid.ijk_to_ras();
    let corners: Affine<Ijk, Ras> = Affine::from_columns(
        to_ras.column(0) * columns,
        to_ras.column(1) * rows,
        to_ras.column(2),
        to_ras.translation(),
    );
    let grid = Grid::new([2, 2, count as usize], corners);
    AcquisitionGeometry { max_error, grid, displacements }
}
