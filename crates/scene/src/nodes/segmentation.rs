//! Segmentations.

use std::collections::BTreeMap;
use std::sync::Arc;

use microtome_image::{Image, Labels};
use microtome_mesh::Mesh;

use super::display::Display;
use crate::fields::{names, node_type};

names! {
    /// In which form a segment's shape is given.
    pub enum SegmentRepresentation {
        /// Voxels that belong to it.
        #[default]
        BinaryLabelmap = "Binary labelmap",
        /// A closed surface.
        ClosedSurface = "Closed surface",
        /// How much of each voxel belongs to it.
        FractionalLabelmap = "Fractional labelmap",
        /// Its outlines, slice by slice.
        PlanarContour = "Planar contour",
    }
}

node_type! {
    /// Structures of a patient: segments, which may overlap.
    pub struct Segmentation {
        /// The segments, in order.
        segments: Vec<Segment>;
        /// Voxels of the binary label maps: each layer is shared by segments that do not overlap.
        layers: Vec<Labels>;
        /// The form that is edited; the others follow from it.
        source: SegmentRepresentation, "SourceRepresentationName";
        /// How one form is made from another, by parameter.
        conversion: BTreeMap<String, String>;
        /// Whether the list of segments is filtered.
        list_filter_enabled: bool = false, "segmentListFilterEnabled";
        /// The filter.
        list_filter: Option<String>, "segmentListFilterOptions";
    }
}

impl Segmentation {
    /// The segment called `id`.
    pub fn segment(&self, id: &str) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.id == id)
    }

    /// The layer of a segment's voxels, and its label there.
    pub fn labels_of(&self, segment: &Segment) -> Option<(&Labels, u32)> {
        let place = segment.place?;
        Some((self.layers.get(place.layer)?, place.label))
    }
}

/// One structure of a segmentation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segment {
    /// Unique within its segmentation, never changed.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Red, green, blue, 0 to 1.
    pub color: [f64; 3],
    /// Whether the name was made up by the program.
    pub name_automatic: bool,
    /// Whether the colour was.
    pub color_automatic: bool,
    /// What is said of it by key: `TerminologyEntry`, `Segmentation.Status`, ….
    pub tags: BTreeMap<String, String>,
    /// Where its voxels are.
    pub place: Option<SegmentPlace>,
    /// Its closed surface in the segmentation's coordinates.
    pub surface: Option<Arc<Mesh>>,
    /// How much of each voxel belongs to it, −108 to 108.
    pub fractional: Option<Image>,
    /// Its outlines in the segmentation's coordinates.
    pub contours: Option<Arc<Mesh>>,
}

/// Where a segment's voxels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentPlace {
    /// The layer, counted from 0.
    pub layer: usize,
    /// The label in that layer, not 0.
    pub label: u32,
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
