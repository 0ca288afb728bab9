//! Operations that find numbers.

mod columns;
pub mod compare;
pub mod compare_segmentations;
pub mod histogram;
pub mod label_shape_statistics;
pub mod label_statistics;
pub mod line_profile;
pub mod markups_measurements;
pub mod percentiles;
mod runs;
pub mod segment_statistics;
pub mod shapes;
pub mod statistics;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<statistics::Statistics>(),
    Entry::of::<label_shape_statistics::LabelShapeStatistics>(),
    Entry::of::<segment_statistics::SegmentStatistics>(),
    Entry::of::<compare_segmentations::CompareSegmentations>(),
    Entry::of::<histogram::Histogram>(),
    Entry::of::<line_profile::LineProfile>(),
    Entry::of::<markups_measurements::MarkupsMeasurements>(),
];
