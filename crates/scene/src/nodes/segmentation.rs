//! Segmentations.

use std::collections::BTreeMap;

use microtome_records as records;
use microtome_records::SegmentRepresentation;

use super::display::Display;
use crate::fields::{field_by_name, node_type};

field_by_name!(SegmentRepresentation);

node_type! {
    /// Structures of a patient: segments, which may overlap.
    pub struct Segmentation {
        /// The segments and their voxels.
        data: records::Segmentation;
        /// The form that is edited; the others follow from it.
        source: SegmentRepresentation, "SourceRepresentationName";
        /// Whether the list of segments is filtered.
        list_filter_enabled: bool = false, "segmentListFilterEnabled";
        /// The filter.
        list_filter: Option<String>, "segmentListFilterOptions";
    }
}

impl From<records::Segmentation> for Segmentation {
    fn from(data: records::Segmentation) -> Self {
        Self { data, ..Self::default() }
    }
}

node_type! {
    /// How a segmentation is shown.
    pub struct SegmentationDisplay: display {
        /// What all display nodes have.
        display: Display = Display { visibility_2d: true, ..Display::default() };
        /// The form shown in slice views; the best one if not given.
        preferred_2d: Option<String>, "PreferredDisplayRepresentationName2D";
        /// The form shown in 3D views; the best one if not given.
        preferred_3d: Option<String>, "PreferredDisplayRepresentationName3D";
        /// Whether slice views fill segments.
        fill_2d: bool = true, "Visibility2DFill";
        /// Whether slice views outline them.
        outline_2d: bool = true, "Visibility2DOutline";
        /// Opacity in 3D, 0 to 1.
        opacity_3d: f64 = 1.0, "Opacity3D";
        /// Opacity of filled segments, 0 to 1.
        opacity_2d_fill: f64 = 0.5, "Opacity2DFill";
        /// Opacity of outlines, 0 to 1.
        opacity_2d_outline: f64 = 1.0, "Opacity2DOutline";
        /// Whether what is said of segments that are gone is forgotten.
        remove_unused: bool = true, "RemoveUnusedDisplayProperties";
        /// Whether cuts are closed.
        clipping_cap_surface: bool = false, "ClippingCapSurface";
        /// Opacity of the closed cuts.
        clipping_cap_opacity: f64 = 1.0, "ClippingCapOpacity";
        /// Whether cuts have an outline.
        clipping_outline: bool = false, "ClippingOutline";
        /// How single segments are shown, by their identifier; those not listed as by default.
        segments: BTreeMap<String, SegmentDisplay>;
    }
}

node_type! {
    /// How one segment is shown.
    pub struct SegmentDisplay {
        /// Red that replaces the segment's own; −1 for its own.
        override_red: f64 = -1.0, "OverrideColorR";
        /// Green, likewise.
        override_green: f64 = -1.0, "OverrideColorG";
        /// Blue, likewise.
        override_blue: f64 = -1.0, "OverrideColorB";
        /// Whether it is shown at all.
        visible: bool = true, "Visible";
        /// Whether 3D views show it.
        visible_3d: bool = true, "Visible3D";
        /// Whether slice views fill it.
        visible_2d_fill: bool = true, "Visible2DFill";
        /// Whether slice views outline it.
        visible_2d_outline: bool = true, "Visible2DOutline";
        /// Opacity in 3D, 0 to 1.
        opacity_3d: f64 = 1.0, "Opacity3D";
        /// Opacity of its fill, 0 to 1.
        opacity_2d_fill: f64 = 1.0, "Opacity2DFill";
        /// Opacity of its outline, 0 to 1.
        opacity_2d_outline: f64 = 1.0, "Opacity2DOutline";
        /// Whether it can be picked.
        pickable: bool = true, "Pickable";
    }
}
