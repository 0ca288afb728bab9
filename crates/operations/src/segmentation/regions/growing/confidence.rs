//! Growing within an interval of confidence.

use microtome_image::{Array, Scalar, with_values};

use super::{count, marked, within};
use crate::progress::{Cancelled, Progress};
use crate::segmentation::components::{Components, Connectivity, Sums};

/// How the interval is found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Confidence {
    /// How many standard deviations it reaches to each side of the mean.
    pub(super) multiplier: f64,
    /// How often it is found anew from the region.
    pub(super) iterations: u32,
    /// Voxels to each side of a seed that the first one is found from.
    pub(super) radius: u32,
    pub(super) label: u8,
}

/// The region and what is known of it.
pub(super) struct Region {
    pub(super) labels: Array,
    pub(super) voxels: u64,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// Grows a region from `seeds` (at least one, within the volume) over voxels that share a face: first within
/// the interval that the seeds' surroundings give, then again and again within that of the region. Seeds are
/// always within.
pub(super) fn grow(
    values: &Array,
    dims: [usize; 3],
    seeds: &[[usize; 3]],
    confidence: Confidence,
    progress: &Progress,
) -> Result<Region, Cancelled> {
    with_values!(values, values => of_values(values, dims, seeds, confidence, progress))
}

fn of_values<T: Scalar>(
    values: &[T],
    dims: [usize; 3],
    seeds: &[[usize; 3]],
    confidence: Confidence,
    progress: &Progress,
) -> Result<Region, Cancelled> {
    let at = |[i, j, k]: [usize; 3]| values[(k * dims[1] + j) * dims[0] + i].to_f64();
    let lowest = seeds.iter().map(|&s| at(s)).fold(f64::INFINITY, f64::min);
    let highest = seeds.iter().map(|&s| at(s)).fold(f64::NEG_INFINITY, f64::max);
    let interval = |sums: &Sums| {
        let reach = confidence.multiplier * sums.variance().sqrt();
        let bounds = [(sums.mean() - reach).min(lowest), (sums.mean() + reach).max(highest)];
        // Single-precision voxels are compared with bounds of their kind.
        let [lower, upper] =
            if T::TYPE.is_integer() { bounds } else { bounds.map(|b| T::from_f64(b).to_f64()) };
        (lower, upper)
    };
    let mut bounds = interval(&around(at, dims, seeds, confidence.radius));
    let rounds = f64::from(confidence.iterations) + 1.0;
    let mut round = 0;
    loop {
        let step = progress.step(f64::from(round) / rounds..f64::from(round + 1) / rounds);
        let components = Components::within(values, dims, Connectivity::Face, within(bounds), &step)?;
        let kept = components.with_any(seeds);
        let sums = components.sums(values, &kept);
        if round == confidence.iterations || sums.variance() <= f64::EPSILON {
            progress.report(1.0)?;
            return Ok(Region {
                labels: marked(&components, &kept, confidence.label),
                voxels: count(&components, &kept),
                lower: bounds.0,
                upper: bounds.1,
            });
        }
        bounds = interval(&sums);
        round += 1;
    }
}

/// The sums over the cubes around the seeds; outside the volume stands the nearest voxel.
fn around(at: impl Fn([usize; 3]) -> f64, dims: [usize; 3], seeds: &[[usize; 3]], radius: u32) -> Sums {
    let radius = i64::from(radius);
    let near = |seed: [usize; 3], axis: usize, d: i64| {
        (seed[axis] as i64 + d).clamp(0, dims[axis] as i64 - 1) as usize
    };
    let mut sums = Sums::default();
    for &seed in seeds {
        for k in -radius..=radius {
            for j in -radius..=radius {
                for i in -radius..=radius {
                    sums = sums.and(at([near(seed, 0, i), near(seed, 1, j), near(seed, 2, k)]));
                }
            }
        }
    }
    sums
}
