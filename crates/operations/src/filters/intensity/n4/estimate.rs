//! The iteration: sharpen, take the smooth part of the difference off, again.

use std::ops::Range;

use microtome_image::Blank;
use multiversion::multiversion;
use rayon::prelude::*;

use super::lattice::{Axis, Field, Lattice, project};
use super::sharpen::Sharpener;
use crate::filters::smoothing::exponential::Exponential;
use crate::progress::{Cancelled, Progress};

/// How the field is estimated.
pub(super) struct Estimate {
    pub(super) sharpener: Sharpener,
    pub(super) bins: usize,
    /// Iterations of each level, before the next of which all spans are cut in two.
    pub(super) iterations: Vec<u32>,
    pub(super) threshold: f64,
    pub(super) order: usize,
    /// Spans along each axis at the first level.
    pub(super) spans: [usize; 3],
}

/// The volume that the field is estimated on.
pub(super) struct Working {
    pub(super) dims: [usize; 3],
    /// Logarithms; NaN at voxels that do not count. What has been found of the field is taken off.
    pub(super) logs: Blank<f32>,
    /// How much each voxel counts, where they do not count all the same.
    pub(super) weights: Option<Blank<f32>>,
    /// Where the samples of each axis stand, from 0 to 1.
    pub(super) places: [Vec<f64>; 3],
}

impl Estimate {
    /// The logarithm of the field.
    pub(super) fn run(&self, working: &mut Working, progress: &Progress) -> Result<Lattice, Cancelled> {
        let order = self.order;
        let dims = self.spans.map(|spans| spans + order);
        let mut total = Lattice { dims, values: vec![0.0; dims.iter().product()] };
        let mut bounds = working.bounds();
        let levels = self.iterations.len() as f64;
        for (level, &iterations) in self.iterations.iter().enumerate() {
            if level > 0 {
                total = total.refined(order);
            }
            let progress = progress.step(level as f64 / levels..(level + 1) as f64 / levels);
            let axes: [Axis; 3] = std::array::from_fn(|a| {
                let spans = total.dims[a] - order;
                Axis::new(spans, order, working.places[a].iter().map(|place| place * spans as f64))
            });
            let fit = [0, 1, 2].map(|a| axes[a].changed(|value, squares| value * value * value / squares));
            let squares = [0, 1, 2].map(|a| axes[a].changed(|value, _| value * value));
            let omega = project(&squares, &progress, |j, k, out| working.counting(j, k, out))?;
            for iteration in 0..iterations {
                progress.report(f64::from(iteration) / f64::from(iterations))?;
                let width = f64::from(bounds[1] - bounds[0]) / (self.bins.max(2) - 1) as f64;
                if !(width > 0.0 && width.is_finite()) {
                    break;
                }
                let start = bounds[0];
                let histogram = working.histogram(start, width, self.bins);
                let mapping = self.sharpener.mapping(&histogram, start.into(), width);
                let mapping: Vec<f32> = mapping.into_iter().map(|v| v as f32).collect();
                let scale = (1.0 / width) as f32;
                let delta = project(&fit, &progress, |j, k, out| {
                    residuals(&mapping, start, scale, working.row(j, k), out);
                    working.weigh(j, k, out);
                })?;
                let values = delta.iter().zip(&omega).map(|(d, o)| if *o > 0.0 { d / o } else { 0.0 });
                let step = Lattice { dims: total.dims, values: values.collect() };
                total.values.iter_mut().zip(&step.values).for_each(|(t, s)| *t += s);
                let field = Field::new(&step, &axes);
                bounds = working.take_off(&field, &progress)?;
                let variation = working.variation(&field);
                if variation.is_nan() || variation <= self.threshold {
                    break;
                }
            }
        }
        Ok(total)
    }
}

impl Working {
    fn at(&self, j: usize, k: usize) -> Range<usize> {
        let start = (k * self.dims[1] + j) * self.dims[0];
        start..start + self.dims[0]
    }

    fn row(&self, j: usize, k: usize) -> &[f32] {
        &self.logs[self.at(j, k)]
    }

    fn bounds(&self) -> [f32; 2] {
        let counted = self.logs.iter().filter(|v| !v.is_nan());
        counted.fold(NOTHING, |bounds, v| both(bounds, [*v, *v]))
    }

    /// How much the voxels of a row count.
    fn counting(&self, j: usize, k: usize, out: &mut [f32]) {
        let counted = self.row(j, k).iter().map(|v| if v.is_nan() { 0.0 } else { 1.0 });
        out.iter_mut().zip(counted).for_each(|(o, v)| *o = v);
        self.weigh(j, k, out);
    }

    fn weigh(&self, j: usize, k: usize, row: &mut [f32]) {
        if let Some(weights) = &self.weights {
            row.iter_mut().zip(&weights[self.at(j, k)]).for_each(|(v, w)| *v *= w);
        }
    }

    /// How many logarithms there are in each bin; one between the middles of two bins counts to both by its distance. The first
    /// bin's middle is `start`.
    fn histogram(&self, start: f32, width: f64, bins: usize) -> Vec<f64> {
        let slice = self.dims[0] * self.dims[1];
        let scale = (1.0 / width) as f32;
        let parts: Vec<Vec<f64>> = self
            .logs
            .par_chunks(slice * self.dims[2].div_ceil(HISTOGRAMS).max(1))
            .map(|logs| histogram(logs, start, scale, bins))
            .collect();
        let mut out = vec![0.0; bins];
        for part in parts {
            out.iter_mut().zip(part).for_each(|(o, v)| *o += v);
        }
        out
    }

    /// Takes a field off the logarithms, and gives the bounds of what remains.
    fn take_off(&mut self, field: &Field<'_>, progress: &Progress) -> Result<[f32; 2], Cancelled> {
        let [ni, nj, _] = self.dims;
        let slices = self.logs.par_chunks_mut(ni * nj).enumerate();
        let bounds = slices.map(|(k, logs)| {
            progress.check()?;
            let slice = field.slice(k);
            let mut step = vec![0.0; ni];
            let mut bounds = NOTHING;
            for (j, logs) in logs.chunks_exact_mut(ni).enumerate() {
                field.row(&slice, j, &mut step);
                bounds = both(bounds, take_off(logs, &step));
            }
            Ok(bounds)
        });
        let bounds = bounds.collect::<Result<Vec<_>, Cancelled>>()?;
        Ok(bounds.into_iter().fold(NOTHING, both))
    }

    /// The coefficient of variation of the ratio of two fields in succession, which differ by `field`.
    ///
    /// ITK finds it one voxel after the other in single precision, whose rounding adds up to as much as is left of it when a level
    /// ends. It is found in the same way here, so that the same thresholds end levels at the same iterations.
    fn variation(&self, field: &Field<'_>) -> f64 {
        let [ni, nj, nk] = self.dims;
        let (mut count, mut mean, mut sum) = (0.0_f32, 0.0_f32, 0.0_f32);
        let mut ratios = vec![0.0; ni];
        for k in 0..nk {
            let slice = field.slice(k);
            for j in 0..nj {
                field.row(&slice, j, &mut ratios);
                inverse_exponentials(&mut ratios);
                for (ratio, _) in ratios.iter().zip(self.row(j, k)).filter(|(_, log)| !log.is_nan()) {
                    count += 1.0;
                    let n = f64::from(count);
                    let distance = ratio - mean;
                    sum = (f64::from(sum) + f64::from(distance * distance) * (n - 1.0) / n) as f32;
                    mean = (f64::from(mean) * (1.0 - 1.0 / n) + f64::from(ratio / count)) as f32;
                }
            }
        }
        f64::from(sum / (count - 1.0)).sqrt() / f64::from(mean)
    }
}

/// The bounds of no numbers.
const NOTHING: [f32; 2] = [f32::INFINITY, f32::NEG_INFINITY];

fn both(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [a[0].min(b[0]), a[1].max(b[1])]
}

/// The most parts that a histogram is counted in.
const HISTOGRAMS: usize = 16;

fn histogram(logs: &[f32], start: f32, scale: f32, bins: usize) -> Vec<f64> {
    // Two, so that a voxel need not wait for the one before it; and a last bin that nothing remains in.
    let mut out = [vec![0.0; bins + 1], vec![0.0; bins + 1]];
    for pair in logs.chunks(2) {
        for (out, log) in out.iter_mut().zip(pair) {
            let place = (log - start) * scale;
            // Not a number is neither.
            if place >= 0.0 {
                let bin = (place as usize).min(bins - 1);
                let part = f64::from(place) - bin as f64;
                out[bin] += 1.0 - part;
                out[bin + 1] += part;
            }
        }
    }
    let [mut out, second] = out;
    out.iter_mut().zip(second).for_each(|(o, v)| *o += v);
    out.truncate(bins);
    out
}

/// What is above the sharpened values; 0 for voxels that do not count.
fn residuals(mapping: &[f32], start: f32, scale: f32, logs: &[f32], out: &mut [f32]) {
    let last = mapping.len() - 1;
    for (out, &log) in out.iter_mut().zip(logs) {
        let place = (log - start) * scale;
        *out = if place >= 0.0 {
            let bin = (place as usize).min(last);
            let (this, next) = (mapping[bin], mapping[(bin + 1).min(last)]);
            log - (this + (next - this) * (place - bin as f32))
        } else {
            0.0
        };
    }
}

/// e to the power of a value.
#[inline(always)]
pub(super) fn exp(value: f32) -> f32 {
    let part = (-value.abs()).exp_of_negative();
    if value > 0.0 { 1.0 / part } else { part }
}

/// e to the power of each value, inverted.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
pub(super) fn inverse_exponentials(row: &mut [f32]) {
    row.iter_mut().for_each(|v| *v = exp(-*v));
}

const LANES: usize = 16;

/// Takes a row of a field off logarithms, and gives the bounds of those that count.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn take_off(logs: &mut [f32], step: &[f32]) -> [f32; 2] {
    let (mut low, mut high) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    // Comparisons with what is not a number are false.
    let mut put = |l: usize, log: &mut f32, step: f32| {
        *log -= step;
        low[l] = if *log < low[l] { *log } else { low[l] };
        high[l] = if *log > high[l] { *log } else { high[l] };
    };
    let (logs, logs_rest) = logs.as_chunks_mut::<LANES>();
    let (steps, steps_rest) = step.as_chunks::<LANES>();
    for (logs, steps) in logs.iter_mut().zip(steps) {
        for l in 0..LANES {
            put(l, &mut logs[l], steps[l]);
        }
    }
    for (l, (log, step)) in logs_rest.iter_mut().zip(steps_rest).enumerate() {
        put(l, log, *step);
    }
    low.into_iter().zip(high).fold(NOTHING, |bounds, (low, high)| both(bounds, [low, high]))
}
