//! A volume ready for a wide kernel: in floating point, with voxels added around it so that no tap leaves it.

use microtome_image::Blank;
use multiversion::multiversion;
use rayon::prelude::*;

use super::direct::{Volume, low_bits};
use super::kernel::{Kernel, WIDEST};
use super::path::{GROUP, Places};
use crate::kernels::real::{Real, Voxel};
use crate::progress::{Cancelled, Progress};

/// Voxels, or B-spline coefficients, with `pad` more on every side.
pub(super) struct Padded<R> {
    /// Followed by a few more, so that reading a kernel's surplus does not leave them.
    values: Blank<R>,
    /// Voxels along i, j and k, the added ones included.
    dims: [usize; 3],
    pad: usize,
}

impl<R: Real> Padded<R> {
    /// The volume as `kernel` needs it: voxels with the outermost ones repeated, or the coefficients of the
    /// B-spline through them (Unser, IEEE Signal Processing Magazine 16(6), 1999), mirrored about the outermost voxels.
    ///
    /// # Errors
    /// [`Cancelled`] on request.
    pub(super) fn new<T: Voxel<Real = R>>(
        volume: Volume<'_, T>,
        kernel: &impl Kernel<R>,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let pad = kernel.taps() / 2;
        let inner = volume.dims;
        let dims = inner.map(|d| d + 2 * pad);
        let [ni, nj, _] = dims;
        let mut values = Blank::new(dims.iter().product::<usize>() + WIDEST);
        values.par_chunks_mut(ni * nj).skip(pad).zip(volume.values.par_chunks(inner[0] * inner[1])).for_each(
            |(plane, voxels)| {
                let rows = plane.chunks_exact_mut(ni).skip(pad).zip(voxels.chunks_exact(inner[0]));
                rows.for_each(|(row, voxels)| widen(&mut row[pad..pad + inner[0]], voxels));
            },
        );
        progress.report(0.1)?;
        let mut padded = Self { values, dims, pad };
        if let Some(pole) = kernel.pole() {
            padded.prefilter(inner, &Inverse::new(pole));
            progress.report(0.3)?;
        }
        padded.extend(inner, kernel.pole().is_some());
        Ok(padded)
    }

    /// Turns the inner voxels into B-spline coefficients.
    fn prefilter(&mut self, inner: [usize; 3], inverse: &Inverse) {
        let [ni, nj, _] = self.dims;
        let pad = self.pad;
        self.values.par_chunks_mut(ni * nj).skip(pad).take(inner[2]).for_each(|plane| {
            let mut rows: Vec<&mut [R]> = plane
                .chunks_exact_mut(ni)
                .skip(pad)
                .take(inner[1])
                .map(|row| &mut row[pad..pad + inner[0]])
                .collect();
            rows.chunks_mut(LINES).for_each(|rows| filter_along(rows, inverse));
            filter_across(&mut rows, inverse);
        });
        // Along k: the rows of one j in all slices.
        let mut columns: Vec<Vec<&mut [R]>> = (0..inner[1]).map(|_| Vec::with_capacity(inner[2])).collect();
        for plane in self.values.chunks_exact_mut(ni * nj).skip(pad).take(inner[2]) {
            for (column, row) in columns.iter_mut().zip(plane.chunks_exact_mut(ni).skip(pad)) {
                column.push(&mut row[pad..pad + inner[0]]);
            }
        }
        columns.par_iter_mut().for_each(|rows| filter_across(rows, inverse));
    }

    /// Fills the added voxels: along i within each row, then whole rows, then whole slices.
    fn extend(&mut self, inner: [usize; 3], mirrored: bool) {
        let [ni, nj, nk] = self.dims;
        let pad = self.pad;
        let source = |n: usize, count: usize| pad + outer(n as isize - pad as isize, count, mirrored);
        let is_inner = |n: usize, count: usize| n >= pad && n < pad + count;
        self.values.par_chunks_mut(ni * nj).skip(pad).take(inner[2]).for_each(|plane| {
            for row in plane.chunks_exact_mut(ni).skip(pad).take(inner[1]) {
                (0..ni).filter(|&i| !is_inner(i, inner[0])).for_each(|i| row[i] = row[source(i, inner[0])]);
            }
            for j in (0..nj).filter(|&j| !is_inner(j, inner[1])) {
                let from = source(j, inner[1]) * ni;
                plane.copy_within(from..from + ni, j * ni);
            }
        });
        for k in (0..nk).filter(|&k| !is_inner(k, inner[2])) {
            let from = source(k, inner[2]) * ni * nj;
            self.values.copy_within(from..from + ni * nj, k * ni * nj);
        }
    }

    /// Writes the kernel's values at some places.
    pub(super) fn interpolate<T: Voxel<Real = R>>(
        &self,
        kernel: &impl Kernel<R>,
        places: &Places,
        out: &mut [T],
    ) {
        let mut values = [R::default(); GROUP];
        let values = &mut values[..out.len().min(GROUP)];
        match kernel.taps() {
            4 => convolve::<R, _, 4, 4>(self, kernel, places, values),
            // Wider kernels are faster as loops than unrolled.
            ..=8 => convolve::<R, _, 0, 8>(self, kernel, places, values),
            _ => convolve::<R, _, 0, WIDEST>(self, kernel, places, values),
        }
        out.iter_mut().zip(values).for_each(|(o, v)| *o = T::from_real(*v));
    }
}

/// The inner voxel that stands for voxel `n` of `count`, which may lie outside.
fn outer(n: isize, count: usize, mirrored: bool) -> usize {
    let last = count as isize - 1;
    if !mirrored || last == 0 {
        return n.clamp(0, last) as usize;
    }
    let n = n.rem_euclid(2 * last);
    n.min(2 * last - n) as usize
}

#[multiversion(targets("x86_64+avx2", "x86_64+sse4.2"))]
fn widen<T: Voxel>(row: &mut [T::Real], voxels: &[T]) {
    for (r, v) in row.iter_mut().zip(voxels) {
        *r = v.to_real();
    }
}

/// The kernel covers `TAPS` voxels along each axis, or where that is 0 as many as it says. Along i it is taken to be
/// `LANES` voxels wide, the surplus with weight zero.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi1+bmi2",
    "x86_64+avx2+bmi1+bmi2",
    "x86_64+sse4.2"
))]
fn convolve<R: Real, K: Kernel<R>, const TAPS: usize, const LANES: usize>(
    padded: &Padded<R>,
    kernel: &K,
    places: &Places,
    out: &mut [R],
) {
    let [ni, nj, _] = padded.dims;
    let taps = if TAPS == 0 { kernel.taps().min(LANES) } else { TAPS };
    let values: &[R] = &padded.values;
    // From the voxel before a place to the first one that the kernel covers there, in the padded volume.
    let offset = padded.pad as f64 + 1.0 - (taps / 2) as f64;
    let span = ((taps - 1) * nj + taps - 1) * ni + LANES;
    for (n, out) in out.iter_mut().enumerate().take(GROUP) {
        let mut first = [0_usize; 3];
        let mut weights = [[R::default(); LANES]; 3];
        for axis in 0..3 {
            let x = places[axis][n];
            // The slack beyond the border must not reach beyond the added voxels.
            let cell = x.floor().max(-1.0).min((padded.dims[axis] - 2 * padded.pad) as f64 - 1.0);
            first[axis] = low_bits(cell + offset) as usize;
            weights[axis] = kernel.weights((x - cell).clamp(0.0, 1.0));
        }
        let start = (first[2] * nj + first[1]) * ni + first[0];
        let Some(mut slab) = values.get(start..start + span) else { continue };
        let mut sum = [R::default(); LANES];
        for k in 0..taps {
            let mut across = [R::default(); LANES];
            let mut rest = slab;
            for j in 0..taps {
                let Some(row) = rest.first_chunk::<LANES>() else { break };
                for t in 0..LANES {
                    across[t] += row[t] * weights[1][j];
                }
                rest = rest.get(ni..).unwrap_or_default();
            }
            for t in 0..LANES {
                sum[t] += across[t] * weights[2][k];
            }
            slab = slab.get(ni * nj..).unwrap_or_default();
        }
        let mut value = R::default();
        for t in 0..LANES {
            value += sum[t] * weights[0][t];
        }
        *out = value;
    }
}

/// Rows that are filtered side by side along their own direction, so that one's wait is another's work.
const LINES: usize = 8;

/// The recursive filter that takes samples to the coefficients of a B-spline of one pole (Unser, IEEE Signal Processing
/// Magazine 16(6), 1999).
struct Inverse {
    pole: f64,
    gain: f64,
}

impl Inverse {
    const fn new(pole: f64) -> Self {
        Self { pole, gain: (1.0 - pole) * (1.0 - 1.0 / pole) }
    }
}

/// Weights of the mirrored line's samples in the first value of the causal sum; the list ends where a further weight is
/// below rounding, and holds a short line's whole period.
fn start_weights(n: usize, pole: f64) -> Vec<f64> {
    let horizon = 40;
    if n > horizon {
        return (0..horizon).map(|m| pole.powi(m as i32)).collect();
    }
    let period = 2 * n as i32 - 2;
    let scale = 1.0 / (1.0 - pole.powi(period));
    let weight = |m: i32| {
        if m == 0 || m == n as i32 - 1 { pole.powi(m) } else { pole.powi(m) + pole.powi(period - m) }
    };
    (0..n as i32).map(|m| scale * weight(m)).collect()
}

/// Turns every row's samples into B-spline coefficients.
#[multiversion(targets("x86_64+avx2", "x86_64+sse4.2"))]
fn filter_along<R: Real>(rows: &mut [&mut [R]], inverse: &Inverse) {
    let n = rows.first().map_or(0, |row| row.len());
    if n < 2 {
        return;
    }
    let starts: Vec<R> = start_weights(n, inverse.pole).into_iter().map(R::from_f64).collect();
    let [pole, gain] = [inverse.pole, inverse.gain].map(R::from_f64);
    let last = R::from_f64(inverse.pole / (inverse.pole * inverse.pole - 1.0));
    if let Ok(rows) = <&mut [&mut [R]; LINES]>::try_from(&mut *rows) {
        let [a, b, c, d, e, f, g, h] = rows;
        let mut rows = [
            &mut a[..n],
            &mut b[..n],
            &mut c[..n],
            &mut d[..n],
            &mut e[..n],
            &mut f[..n],
            &mut g[..n],
            &mut h[..n],
        ];
        lines(&mut rows, n, &starts, pole, gain, last);
    } else {
        for row in rows {
            lines(&mut [&mut row[..n]], n, &starts, pole, gain, last);
        }
    }
}

#[inline(always)]
fn lines<R: Real, const L: usize>(
    rows: &mut [&mut [R]; L],
    n: usize,
    starts: &[R],
    pole: R,
    gain: R,
    last: R,
) {
    let mut state = [R::default(); L];
    for l in 0..L {
        for (w, v) in starts.iter().zip(rows[l].iter()) {
            state[l] += *w * *v * gain;
        }
        rows[l][0] = state[l];
    }
    let mut previous = state;
    for m in 1..n {
        for l in 0..L {
            previous[l] = state[l];
            state[l] = rows[l][m] * gain + pole * state[l];
            rows[l][m] = state[l];
        }
    }
    for l in 0..L {
        state[l] = last * (state[l] + pole * previous[l]);
        rows[l][n - 1] = state[l];
    }
    for m in (0..n - 1).rev() {
        for l in 0..L {
            state[l] = pole * (state[l] - rows[l][m]);
            rows[l][m] = state[l];
        }
    }
}

/// The same for the lines that go across the rows: sample m of each is in row m.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn filter_across<R: Real>(rows: &mut [&mut [R]], inverse: &Inverse) {
    let n = rows.len();
    if n < 2 {
        return;
    }
    let [pole, gain] = [inverse.pole, inverse.gain].map(R::from_f64);
    let last = R::from_f64(inverse.pole / (inverse.pole * inverse.pole - 1.0));
    let mut first = vec![R::default(); rows[0].len()];
    for (weight, row) in start_weights(n, inverse.pole).into_iter().zip(rows.iter()) {
        let weight = R::from_f64(weight * inverse.gain);
        for (s, v) in first.iter_mut().zip(row.iter()) {
            *s += weight * *v;
        }
    }
    rows[0].copy_from_slice(&first);
    for m in 1..n {
        let (before, here) = rows.split_at_mut(m);
        let (before, here) = (&*before[m - 1], &mut *here[0]);
        for (v, p) in here.iter_mut().zip(before) {
            *v = *v * gain + pole * *p;
        }
    }
    let (before, end) = rows.split_at_mut(n - 1);
    for (v, p) in end[0].iter_mut().zip(before[n - 2].iter()) {
        *v = last * (*v + pole * *p);
    }
    for m in (0..n - 1).rev() {
        let (here, after) = rows.split_at_mut(m + 1);
        let (here, after) = (&mut *here[m], &*after[0]);
        for (v, next) in here.iter_mut().zip(after) {
            *v = pole * (*next - *v);
        }
    }
}
