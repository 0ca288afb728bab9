//! Regions that grow: from seeds, along fronts, from basins.

mod flooding;
mod label_map;
mod neighbours;
mod seeds;

pub mod connected_components;
pub mod fast_marching;
pub mod growing;
pub mod level_sets;
pub mod remove_small_islands;
pub mod robust;
pub mod skeletons;
pub mod watershed;
pub mod watershed_from_markers;

use crate::registry::Entry;

pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::of::<connected_components::ConnectedComponents>(),
    Entry::of::<fast_marching::FastMarching>(),
    Entry::of::<growing::confidence_connected::ConfidenceConnected>(),
    Entry::of::<growing::connected_threshold::ConnectedThreshold>(),
    Entry::of::<growing::neighborhood_connected::NeighborhoodConnected>(),
    Entry::of::<growing::simple_region_growing::SimpleRegionGrowing>(),
    Entry::of::<level_sets::geodesic_active_contour::GeodesicActiveContour>(),
    Entry::of::<level_sets::shape_detection::ShapeDetection>(),
    Entry::of::<level_sets::threshold_level_set::ThresholdLevelSet>(),
    Entry::of::<remove_small_islands::RemoveSmallIslands>(),
    Entry::of::<robust::RobustStatisticsSegmenter>(),
    Entry::of::<skeletons::binary_thinning::BinaryThinning>(),
    Entry::of::<skeletons::skeleton::Skeleton>(),
    Entry::of::<watershed::Watershed>(),
    Entry::of::<watershed_from_markers::WatershedFromMarkers>(),
];
