//! Hausdorff distances between sets of voxels.

use microtome_image::{Array, Scalar, with_values};

use super::nearest::outside_distances;
use super::{boundary, size};
use crate::bits::BitVolume;
use crate::progress::{Cancelled, Progress};

/// Distances from the voxels of one set to the nearest ones of another, and the reverse, mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hausdorff {
    /// The greatest of all.
    pub maximum: f64,
    /// The mean of the two means.
    pub average: f64,
    /// The mean of the two 95th percentiles.
    pub percentile_95: f64,
    /// The mean over the voxels of both sets.
    pub pooled: f64,
    /// The greater one of the two 95th percentiles.
    pub greater_percentile_95: f64,
}

/// One direction.
struct Directed {
    maximum: f64,
    sum: f64,
    count: f64,
    percentile_95: f64,
}

/// Between the voxels of two volumes that are not 0; `None` if one has none. `spacing` in mm.
///
/// # Errors
/// [`Cancelled`] on request.
///
/// # Panics
/// If a volume has not as many values as `dims` says.
pub fn between_volumes(
    a: &Array,
    b: &Array,
    dims: [usize; 3],
    spacing: [f64; 3],
    progress: &Progress,
) -> Result<Option<Hausdorff>, Cancelled> {
    let set =
        |values: &Array| with_values!(values, values => BitVolume::new(values, dims, |v| v.to_f64() != 0.0));
    let count: usize = dims.iter().product();
    assert!(a.len() == count && b.len() == count, "one value a voxel");
    between(&set(a), &set(b), spacing, progress)
}

/// Between all voxels of two sets; `None` if one is empty.
pub(in super::super) fn between(
    a: &BitVolume,
    b: &BitVolume,
    spacing: [f64; 3],
    progress: &Progress,
) -> Result<Option<Hausdorff>, Cancelled> {
    let there = directed(a, b, spacing, &progress.step(0.0..0.5))?;
    let back = directed(b, a, spacing, &progress.step(0.5..1.0))?;
    let (Some(there), Some(back)) = (there, back) else { return Ok(None) };
    Ok(Some(Hausdorff {
        maximum: there.maximum.max(back.maximum),
        average: 0.5 * (there.sum / there.count + back.sum / back.count),
        percentile_95: 0.5 * (there.percentile_95 + back.percentile_95),
        pooled: (there.sum + back.sum) / (there.count + back.count),
        greater_percentile_95: there.percentile_95.max(back.percentile_95),
    }))
}

/// Between the boundaries of two sets; `None` if one is empty.
pub(in super::super) fn between_boundaries(
    a: &BitVolume,
    b: &BitVolume,
    spacing: [f64; 3],
    progress: &Progress,
) -> Result<Option<Hausdorff>, Cancelled> {
    between(&boundary(a), &boundary(b), spacing, progress)
}

/// From `from` to `to`; voxels of both are at distance 0.
fn directed(
    from: &BitVolume,
    to: &BitVolume,
    spacing: [f64; 3],
    progress: &Progress,
) -> Result<Option<Directed>, Cancelled> {
    let count = size(from) as usize;
    let mut distances = outside_distances(from, to, spacing, progress)?;
    if count == 0 || size(to) == 0 {
        return Ok(None);
    }
    let sum = distances.iter().sum();
    let maximum = distances.iter().copied().fold(0.0, f64::max);
    // The rank is that of Plastimatch, which SlicerRT uses. The distances of voxels in both are 0, and the first.
    let rank = ((0.95 * count as f64 - 1.0).floor().max(0.0) as usize).min(count - 1);
    let percentile_95 = match rank.checked_sub(count - distances.len()) {
        None => 0.0,
        Some(rank) => *distances.select_nth_unstable_by(rank, f64::total_cmp).1,
    };
    Ok(Some(Directed { maximum, sum, count: count as f64, percentile_95 }))
}
