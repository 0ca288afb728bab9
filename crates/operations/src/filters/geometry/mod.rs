//! Where voxels stand: orientation, cropping, padding, tiling, projection.

mod axes;
pub mod crop;
pub mod crop_volume;
pub mod flip;
pub mod orient;
pub mod pad;
pub mod permute;
pub mod projection;
pub mod resize;
pub mod tile;
pub mod vector_to_scalar;
mod window;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<crop_volume::CropVolume>(),
    Entry::of::<crop::Crop>(),
    Entry::of::<pad::Pad>(),
    Entry::of::<resize::Resize>(),
    Entry::of::<orient::Orient>(),
    Entry::of::<flip::Flip>(),
    Entry::of::<permute::Permute>(),
    Entry::of::<tile::Tile>(),
    Entry::of::<projection::Projection>(),
    Entry::of::<vector_to_scalar::VectorToScalar>(),
];
