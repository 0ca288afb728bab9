//! Voxel by voxel: sums, masks, casts, combinations.

pub mod add;
pub mod cast;
pub mod checkerboard;
mod combine;
pub mod image_label_combine;
pub mod mask;
pub mod multiply;
mod onto;
pub mod subtract;
pub mod threshold_values;

pub use onto::Order;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<add::Add>(),
    Entry::of::<subtract::Subtract>(),
    Entry::of::<multiply::Multiply>(),
    Entry::of::<cast::Cast>(),
    Entry::of::<mask::Mask>(),
    Entry::of::<threshold_values::ThresholdValues>(),
    Entry::of::<checkerboard::Checkerboard>(),
    Entry::of::<image_label_combine::ImageLabelCombine>(),
];
