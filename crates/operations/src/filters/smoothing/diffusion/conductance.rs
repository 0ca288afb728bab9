//! What flows between neighbouring voxels.

use multiversion::multiversion;

use super::super::exponential::Exponential;

/// What diffuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Values flow down the gradient, less where it is steep (P. Perona and J. Malik, "Scale-space and edge detection using
    /// anisotropic diffusion", IEEE PAMI 12, 1990).
    Gradient,
    /// Level sets move with their curvature, less where the gradient is steep (R. Whitaker and X. Xue, "Variable-conductance,
    /// level-set curvature for image denoising", ICIP 2001).
    Curvature,
}

/// How much flows at a gradient.
#[derive(Clone, Copy)]
pub(super) struct Conductance {
    pub(super) kind: Kind,
    /// What a difference of neighbours is multiplied by, along i, j and k.
    pub(super) scale: [f32; 3],
    /// What the squared gradient is multiplied by to be the exponent; not above 0.
    pub(super) exponent: f32,
}

/// What is added to a squared gradient before its root divides.
const LEAST_SQUARE: f32 = 1e-10;

/// The rows around a row: `rows[c][b]` is that at j + b - 1, k + c - 1; with one voxel more at each end.
pub(super) type Around<'a> = [[&'a [f32]; 3]; 3];

impl Conductance {
    #[inline(always)]
    fn flux(&self, kind: Kind, difference: f32, across: f32) -> f32 {
        let square = difference * difference + across;
        let conducted = difference * (square * self.exponent).exp_of_negative();
        match kind {
            Kind::Gradient => conducted,
            Kind::Curvature => conducted / (square + LEAST_SQUARE).sqrt(),
        }
    }
}

/// Flows from each voxel of a row to the one behind it along i; `out[n]` is that between voxels n - 1 and n, so that there is one
/// more than there are voxels.
pub(super) fn along(conductance: &Conductance, rows: Around<'_>, out: &mut [f32]) {
    match conductance.kind {
        Kind::Gradient => along_gradient(conductance, rows, out),
        Kind::Curvature => along_curvature(conductance, rows, out),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn along_gradient(conductance: &Conductance, rows: Around<'_>, out: &mut [f32]) {
    along_of(conductance, Kind::Gradient, rows, out);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn along_curvature(conductance: &Conductance, rows: Around<'_>, out: &mut [f32]) {
    along_of(conductance, Kind::Curvature, rows, out);
}

#[inline(always)]
fn along_of(conductance: &Conductance, kind: Kind, rows: Around<'_>, out: &mut [f32]) {
    let [si, sj, sk] = conductance.scale;
    let count = out.len();
    // Central differences of both voxels are averaged: half of half.
    let (sj, sk) = (0.25 * sj, 0.25 * sk);
    let [[_, before, _], [left, middle, right], [_, behind, _]] =
        rows.map(|rows| rows.map(|row| &row[..count + 1]));
    for (n, out) in out.iter_mut().enumerate() {
        let difference = (middle[n + 1] - middle[n]) * si;
        let j = ((right[n] - left[n]) + (right[n + 1] - left[n + 1])) * sj;
        let k = ((behind[n] - before[n]) + (behind[n + 1] - before[n + 1])) * sk;
        *out = conductance.flux(kind, difference, j * j + k * k);
    }
}

/// The rows on both sides of where something flows along j or k: the two rows themselves, and those before and behind both along
/// the other of these axes.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) rows: [&'a [f32]; 2],
    pub(super) before: [&'a [f32]; 2],
    pub(super) behind: [&'a [f32]; 2],
    /// The scales along the axis of the flow and along the other one.
    pub(super) scale: [f32; 2],
}

/// Flows from the voxels of one row to those of the next along j or k.
pub(super) fn across(conductance: &Conductance, sides: Sides<'_>, out: &mut [f32]) {
    match conductance.kind {
        Kind::Gradient => across_gradient(conductance, sides, out),
        Kind::Curvature => across_curvature(conductance, sides, out),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn across_gradient(conductance: &Conductance, sides: Sides<'_>, out: &mut [f32]) {
    across_of(conductance, Kind::Gradient, sides, out);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn across_curvature(conductance: &Conductance, sides: Sides<'_>, out: &mut [f32]) {
    across_of(conductance, Kind::Curvature, sides, out);
}

#[inline(always)]
fn across_of(conductance: &Conductance, kind: Kind, sides: Sides<'_>, out: &mut [f32]) {
    let (si, count) = (0.25 * conductance.scale[0], out.len());
    let [along, other] = [sides.scale[0], 0.25 * sides.scale[1]];
    let [low, high] = sides.rows.map(|row| &row[..count + 2]);
    let [low_before, high_before] = sides.before.map(|row| &row[..count + 2]);
    let [low_behind, high_behind] = sides.behind.map(|row| &row[..count + 2]);
    for (n, out) in out.iter_mut().enumerate() {
        let difference = (high[n + 1] - low[n + 1]) * along;
        let i = ((low[n + 2] - low[n]) + (high[n + 2] - high[n])) * si;
        let j = ((low_behind[n + 1] - low_before[n + 1]) + (high_behind[n + 1] - high_before[n + 1])) * other;
        *out = conductance.flux(kind, difference, i * i + j * j);
    }
}

/// What flows into a row's voxels: on both sides along i (one more than voxels), j and k.
pub(super) struct Flows<'a> {
    pub(super) i: &'a [f32],
    pub(super) j: [&'a [f32]; 2],
    pub(super) k: [&'a [f32]; 2],
}

/// The row in the middle of `rows` after a step in time; `out` has as many values as there are voxels.
pub(super) fn advance(
    conductance: &Conductance,
    rows: Around<'_>,
    flows: &Flows<'_>,
    step: f32,
    out: &mut [f32],
) {
    match conductance.kind {
        Kind::Gradient => advance_gradient(rows, flows, step, out),
        Kind::Curvature => advance_curvature(conductance.scale, rows, flows, step, out),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn advance_gradient(rows: Around<'_>, flows: &Flows<'_>, step: f32, out: &mut [f32]) {
    let count = out.len();
    let middle = &rows[1][1][1..count + 1];
    let (i, [j0, j1], [k0, k1]) =
        (&flows.i[..count + 1], flows.j.map(|row| &row[..count]), flows.k.map(|row| &row[..count]));
    for (n, out) in out.iter_mut().enumerate() {
        let change = (i[n + 1] - i[n]) + (j1[n] - j0[n]) + (k1[n] - k0[n]);
        *out = middle[n] + step * change;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn advance_curvature(scale: [f32; 3], rows: Around<'_>, flows: &Flows<'_>, step: f32, out: &mut [f32]) {
    let count = out.len();
    let [[_, before, _], [left, middle, right], [_, behind, _]] =
        rows.map(|rows| rows.map(|row| &row[..count + 2]));
    let (i, [j0, j1], [k0, k1]) =
        (&flows.i[..count + 1], flows.j.map(|row| &row[..count]), flows.k.map(|row| &row[..count]));
    for (n, out) in out.iter_mut().enumerate() {
        let speed = (i[n + 1] - i[n]) + (j1[n] - j0[n]) + (k1[n] - k0[n]);
        let here = middle[n + 1];
        // Against the direction of motion: where values rise, from neighbours above; where they fall, from those below.
        let sign = if speed > 0.0 { 1.0 } else { -1.0 };
        let upwind = |low: f32, high: f32, scale: f32| {
            let fall = ((low - here) * sign).max(0.0) * scale;
            let rise = ((high - here) * sign).max(0.0) * scale;
            fall * fall + rise * rise
        };
        let square = upwind(middle[n], middle[n + 2], scale[0])
            + upwind(left[n + 1], right[n + 1], scale[1])
            + upwind(before[n + 1], behind[n + 1], scale[2]);
        *out = here + step * (square.sqrt() * speed);
    }
}

/// The sum over a row's voxels of their squared gradients, by central differences.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
pub(super) fn squared_gradients(scale: [f32; 3], rows: Around<'_>, count: usize) -> f64 {
    const LANES: usize = 16;
    let [si, sj, sk] = scale.map(|s| 0.5 * s);
    let [[_, before, _], [left, middle, right], [_, behind, _]] =
        rows.map(|rows| rows.map(|row| &row[..count + 2]));
    let square = |n: usize| {
        let i = (middle[n + 2] - middle[n]) * si;
        let j = (right[n + 1] - left[n + 1]) * sj;
        let k = (behind[n + 1] - before[n + 1]) * sk;
        f64::from(i * i + j * j + k * k)
    };
    let mut sums = [0.0_f64; LANES];
    let whole = count - count % LANES;
    for start in (0..whole).step_by(LANES) {
        for l in 0..LANES {
            sums[l] += square(start + l);
        }
    }
    sums.iter().sum::<f64>() + (whole..count).map(square).sum::<f64>()
}
