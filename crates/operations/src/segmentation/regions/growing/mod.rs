//! Regions that grow from seeds over voxels whose values fit.

mod confidence;
mod neighbourhood;

pub mod confidence_connected;
pub mod connected_threshold;
pub mod neighborhood_connected;
pub mod simple_region_growing;

use microtome_image::{Array, Scalar, with_values};

use crate::progress::{Cancelled, Progress};
use crate::segmentation::components::{Components, Connectivity};

/// `label` for the voxels with values from `lower` to `upper` that are connected to a seed through such
/// voxels, 0 for all others, and how many have it.
fn connected_within(
    values: &Array,
    dims: [usize; 3],
    seeds: &[[usize; 3]],
    bounds: (f64, f64),
    connectivity: Connectivity,
    label: u8,
    progress: &Progress,
) -> Result<(Array, u64), Cancelled> {
    with_values!(values, values => {
        let components = Components::within(values, dims, connectivity, within(bounds), progress)?;
        let kept = components.with_any(seeds);
        Ok((marked(&components, &kept, label), count(&components, &kept)))
    })
}

fn within<T: Scalar>((lower, upper): (f64, f64)) -> impl Fn(T) -> bool + Sync + Copy {
    move |value: T| {
        let value = value.to_f64();
        value >= lower && value <= upper
    }
}

fn marked(components: &Components, kept: &[bool], label: u8) -> Array {
    Array::UInt8(components.marked(kept, label).into())
}

/// Voxels of the islands that are `kept`.
fn count(components: &Components, kept: &[bool]) -> u64 {
    components.sizes().iter().zip(kept).filter(|(_, kept)| **kept).map(|(size, _)| size).sum()
}
