//! Transforms.

use microtome_geometry as geometry;

use super::display::Display;
use crate::fields::{Digit, names, node_type};

/// Which of the transform types it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransformKind {
    /// A matrix.
    #[default]
    Linear,
    /// A B-spline lattice.
    BSpline,
    /// A displacement at each point of a lattice.
    Grid,
    /// Any, also several in a row.
    General,
}

impl TransformKind {
    const CLASSES: [(Self, &'static str); 4] = [
        (Self::Linear, "LinearTransform"),
        (Self::BSpline, "BSplineTransform"),
        (Self::Grid, "GridTransform"),
        (Self::General, "Transform"),
    ];

    fn of(map: &geometry::Transform) -> Self {
        use geometry::Transform::{BSpline, Composite, Displacement, Inverse, Linear, ThinPlate};
        use geometry::transform::Warp;
        match map {
            Linear(_) => Self::Linear,
            BSpline(_) | Inverse(Warp::BSpline(_)) => Self::BSpline,
            Displacement(_) | Inverse(Warp::Displacement(_)) => Self::Grid,
            ThinPlate(_) | Inverse(Warp::ThinPlate(_)) | Composite(_) => Self::General,
        }
    }
}

node_type! {
    /// A transform that other nodes can stand under.
    pub struct Transform {
        /// Which of the types it is.
        kind: TransformKind;
        /// The map as it was given.
        map: geometry::Transform;
        /// Whether `map` takes the node's own coordinates to its parent's, or the other way.
        maps_to_parent: bool = true;
    }
}

impl Transform {
    /// The transform of a map, of the type that the map is of.
    pub fn new(map: geometry::Transform, maps_to_parent: bool) -> Self {
        Self { kind: TransformKind::of(&map), map, maps_to_parent }
    }

    /// The map from the node's own coordinates to its parent's; identity where a singular matrix has none.
    pub fn to_parent(&self) -> geometry::Transform {
        if self.maps_to_parent { self.map.clone() } else { self.map.inverse().unwrap_or_default() }
    }
}

impl super::Family for Transform {
    fn class(&self) -> &str {
        TransformKind::CLASSES.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, class)| class)
    }

    fn of_class(class: &str) -> Option<Self> {
        let (kind, _) = *TransformKind::CLASSES.iter().find(|(_, c)| *c == class)?;
        Some(Self { kind, ..Self::default() })
    }
}

names! {
    /// How a transform is made seen.
    pub enum TransformVisualization {
        /// Arrows, cones or balls.
        #[default]
        Glyph = "GLYPH" | "0",
        /// A bent grid.
        Grid = "GRID" | "1",
        /// Lines of equal displacement.
        Contour = "CONTOUR" | "2",
    }
}

names! {
    /// What stands for a displacement.
    pub enum TransformGlyph {
        /// An arrow.
        #[default]
        Arrow = "ARROW" | "0",
        /// A cone.
        Cone = "CONE" | "1",
        /// A ball.
        Sphere = "SPHERE" | "2",
    }
}

node_type! {
    /// How a transform is shown. Lengths are in mm.
    pub struct TransformDisplay: display {
        /// What all display nodes have.
        display: Display;
        /// How it is made seen.
        visualization: TransformVisualization, "VisualizationMode";
        /// How far apart glyphs are.
        glyph_spacing: f64 = 10.0, "GlyphSpacingMm";
        /// Length of glyphs, percent of the displacement.
        glyph_scale: f64 = 100.0, "GlyphScalePercent";
        /// Longest displacement that is shown.
        glyph_range_max: f64 = 100.0, "GlyphDisplayRangeMaxMm";
        /// Shortest displacement that is shown.
        glyph_range_min: f64 = 0.01, "GlyphDisplayRangeMinMm";
        /// What stands for a displacement.
        glyph_type: TransformGlyph, "GlyphType";
        /// Length of tips, percent.
        glyph_tip_length: f64 = 30.0, "GlyphTipLengthPercent";
        /// Diameter of glyphs.
        glyph_diameter: f64 = 5.0, "GlyphDiameterMm";
        /// Diameter of shafts, percent.
        glyph_shaft_diameter: f64 = 40.0, "GlyphShaftDiameterPercent";
        /// Sides of a glyph.
        glyph_resolution: i64 = 6, "GlyphResolution";
        /// Sides of a glyph in slice views.
        glyph_resolution_2d: i64 = 12, "GlyphResolution2D";
        /// Length of tips in slice views, percent.
        glyph_tip_length_2d: f64 = 30.0, "GlyphTipLengthPercent2D";
        /// How far the grid bends, percent of the displacement.
        grid_scale: f64 = 100.0, "GridScalePercent";
        /// How far apart grid lines are.
        grid_spacing: f64 = 15.0, "GridSpacingMm";
        /// Diameter of grid lines.
        grid_line_diameter: f64 = 1.0, "GridLineDiameterMm";
        /// How finely grid lines bend.
        grid_resolution: f64 = 5.0, "GridResolutionMm";
        /// Whether the straight grid is shown as well.
        grid_show_non_warped: Digit, "GridShowNonWarped";
        /// How fine contours are.
        contour_resolution: f64 = 5.0, "ContourResolutionMm";
        /// Displacements with a contour.
        contour_levels: Vec<f64> = (1..10).map(|n| f64::from(n) * 2.0).collect(), "ContourLevelsMm";
        /// Opacity of contours.
        contour_opacity: f64 = 0.8, "ContourOpacity";
        /// Whether there are handles.
        editor_visibility: Digit, "EditorVisibility";
        /// Whether slice views show them.
        editor_slice_visibility: Digit = Digit(true), "EditorSliceIntersectionVisibility";
        /// Whether they move.
        editor_translation: Digit = Digit(true), "EditorTranslationEnabled";
        /// Whether they turn.
        editor_rotation: Digit = Digit(true), "EditorRotationEnabled";
        /// Whether they scale.
        editor_scaling: Digit, "EditorScalingEnabled";
        /// Whether 3D views show them.
        editor_visibility_3d: bool = true, "EditorVisibility3D";
        /// Whether a slice moves it from anywhere.
        editor_translation_anywhere: bool = false, "EditorTranslationSliceAnywhereEnabled";
        /// How much it moves then.
        editor_translation_sensitivity: f64 = 0.2, "EditorTranslationSliceAnywhereSensitivity";
        /// Whether handles are sized in mm.
        interaction_size_absolute: bool = false, "InteractionSizeAbsolute";
        /// Size of handles.
        interaction_size: f64 = 5.0, "InteractionSizeMm";
        /// Size of handles, percent of the view.
        interaction_scale: f64 = 15.0, "InteractionScalePercent";
        /// Opacity of handles.
        interaction_handle_opacity: f64 = 1.0, "InteractionHandleOpacity";
    }
}
