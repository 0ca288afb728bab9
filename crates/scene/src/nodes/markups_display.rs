//! How markups are shown.

use super::display::Display;
use crate::fields::{names, node_type};

names! {
    /// The sign at a control point.
    pub enum Glyph {
        /// A dot.
        Vertex2D = "Vertex2D",
        /// A dash.
        Dash2D = "Dash2D",
        /// A cross.
        Cross2D = "Cross2D",
        /// A cross with a gap in the middle.
        CrossDot2D = "CrossDot2D",
        /// A thick cross.
        ThickCross2D = "ThickCross2D",
        /// A triangle.
        Triangle2D = "Triangle2D",
        /// A square.
        Square2D = "Square2D",
        /// A circle.
        Circle2D = "Circle2D",
        /// A rhomb.
        Diamond2D = "Diamond2D",
        /// An arrow.
        Arrow2D = "Arrow2D",
        /// A thick arrow.
        ThickArrow2D = "ThickArrow2D",
        /// A hooked arrow.
        HookedArrow2D = "HookedArrow2D",
        /// A star.
        StarBurst2D = "StarBurst2D",
        /// A ball.
        #[default]
        Sphere3D = "Sphere3D",
    }
}

names! {
    /// Where a point that is being moved goes.
    pub enum Snap {
        /// Where the pointer is.
        Unconstrained = "unconstrained",
        /// To the surface under the pointer.
        #[default]
        VisibleSurface = "toVisibleSurface",
    }
}

names! {
    /// What gives a curve's width.
    pub enum CurveLineSize {
        /// A share of the points' size.
        #[default]
        Thickness = "UseLineThickness" | "UseLineThickness3D",
        /// Millimetres.
        Diameter = "UseLineDiameter",
    }
}

/// Which of the kinds of markups display nodes it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkupsDisplayKind {
    /// For all kinds.
    #[default]
    Any,
    /// For points only.
    Fiducial,
    /// For planes.
    Plane,
    /// For regions.
    Roi,
}

impl MarkupsDisplayKind {
    const CLASSES: [(Self, &'static str); 4] = [
        (Self::Any, "MarkupsDisplay"),
        (Self::Fiducial, "MarkupsFiducialDisplay"),
        (Self::Plane, "MarkupsPlaneDisplay"),
        (Self::Roi, "MarkupsROIDisplay"),
    ];
}

node_type! {
    /// How markups are shown. Sizes without a unit are in percent of the view.
    pub struct MarkupsDisplay: display {
        /// What all display nodes have.
        display: Display = base();
        /// Which kind of markups it is made for.
        kind: MarkupsDisplayKind;
        /// Whether the list's name and measurements are written.
        properties_label_visibility: bool = true, "propertiesLabelVisibility";
        /// Whether points' names are written.
        point_labels_visibility: bool = false, "pointLabelsVisibility";
        /// Size of texts.
        text_scale: f64 = 3.0, "textScale";
        /// Size of signs.
        glyph_scale: f64 = 3.0, "glyphScale";
        /// Size of signs, mm.
        glyph_size: f64 = 5.0, "glyphSize";
        /// Whether signs are sized by the view, not in mm.
        use_glyph_scale: bool = true, "useGlyphScale";
        /// The sign at points.
        glyph_type: Glyph, "glyphType";
        /// Where points go that are being moved.
        snap_mode: Snap, "snapMode";
        /// Whether points off a slice cast a shadow on it.
        slice_projection: bool = false, "sliceProjection";
        /// Whether those have the points' colour.
        slice_projection_use_fiducial_color: bool = true, "sliceProjectionUseFiducialColor";
        /// Whether those behind the slice are outlined.
        slice_projection_outlined_behind: bool = false, "sliceProjectionOutlinedBehindSlicePlane";
        /// Their colour.
        slice_projection_color: [f64; 3] = [1.0; 3], "sliceProjectionColor";
        /// Their opacity.
        slice_projection_opacity: f64 = 0.6, "sliceProjectionOpacity";
        /// What gives a curve's width.
        curve_line_size_mode: CurveLineSize, "curveLineSizeMode";
        /// Width of lines as a share of the points' size.
        line_thickness: f64 = 0.2, "lineThickness";
        /// Width of lines, mm.
        line_diameter: f64 = 1.0, "lineDiameter";
        /// Distance from a slice at which lines begin to fade, mm.
        fading_start: f64 = 1.0, "lineColorFadingStart";
        /// Distance at which they have faded, mm.
        fading_end: f64 = 10.0, "lineColorFadingEnd";
        /// Saturation of faded lines.
        fading_saturation: f64 = 1.0, "lineColorFadingSaturation";
        /// Change of hue of faded lines.
        fading_hue_offset: f64 = 0.0, "lineColorFadingHueOffset";
        /// Whether arrows along lines show their direction.
        line_direction_visibility: bool = false, "lineDirectionVisibility";
        /// Whether they do in 3D views.
        line_direction_visibility_3d: bool = true, "lineDirectionVisibility3D";
        /// Whether they do in slice views.
        line_direction_visibility_2d: bool = true, "lineDirectionVisibility2D";
        /// Size of the arrows.
        line_direction_marker_scale: f64 = 1.5, "lineDirectionMarkerScale";
        /// How far apart the arrows are.
        line_direction_marker_spacing: f64 = 2.0, "lineDirectionMarkerSpacingScale";
        /// Whether they point from the first point to the last.
        line_direction_forward: bool = true, "lineDirectionFirstToLastControlPoint";
        /// Whether slice views mark where lines pass through.
        line_slice_intersection: bool = true, "lineSliceIntersectionPointVisibility";
        /// Whether the whole can be moved by handles.
        handles_interactive: bool = false, "handlesInteractive";
        /// Whether there are handles to move it.
        translation_handles: bool = true, "translationHandleVisibility";
        /// Whether there are handles to turn it.
        rotation_handles: bool = true, "rotationHandleVisibility";
        /// Whether there are handles to scale it.
        scale_handles: bool = false, "scaleHandleVisibility";
        /// Size of handles.
        interaction_handle_scale: f64 = 3.0, "interactionHandleScale";
        /// Opacity of handles.
        interaction_handle_opacity: f64 = 1.0, "interactionHandleOpacity";
        /// Whether areas are filled.
        fill_visibility: bool = true, "fillVisibility";
        /// Whether areas have an outline.
        outline_visibility: bool = true, "outlineVisibility";
        /// Opacity of filled areas.
        fill_opacity: f64 = 0.5, "fillOpacity";
        /// Opacity of outlines.
        outline_opacity: f64 = 1.0, "outlineOpacity";
        /// Whether hidden parts shine through.
        occluded_visibility: bool = false, "occludedVisibility";
        /// How much they do.
        occluded_opacity: f64 = 0.3, "occludedOpacity";
        /// How texts look, as a list of properties.
        text_property: Option<String>, "textProperty";
        /// The colour of a point under the pointer.
        active_color: [f64; 3] = [0.4, 1.0, 0.0], "activeColor";
        /// Along which axes handles move: x, y, z, view plane.
        translation_axes: [bool; 4] = [true; 4], "translationHandleAxes";
        /// About which axes handles turn.
        rotation_axes: [bool; 4] = [true; 4], "rotationHandleAxes";
        /// Along which axes handles scale.
        scale_axes: [bool; 4] = [true; 4], "scaleHandleAxes";
    }
}

fn base() -> Display {
    Display {
        color: [0.4, 1.0, 1.0],
        selected_color: [1.0, 0.5, 0.5],
        visibility_2d: true,
        power: 1.0,
        ..Display::default()
    }
}

impl MarkupsDisplay {
    /// How markups of a kind are shown by default.
    pub fn of_kind(kind: MarkupsDisplayKind) -> Self {
        let any = Self { kind, ..Self::default() };
        match kind {
            MarkupsDisplayKind::Any | MarkupsDisplayKind::Fiducial => any,
            MarkupsDisplayKind::Plane => {
                Self { handles_interactive: true, translation_handles: false, rotation_handles: false, ..any }
            }
            MarkupsDisplayKind::Roi => Self {
                handles_interactive: true,
                rotation_handles: false,
                scale_handles: true,
                fill_opacity: 0.2,
                translation_axes: [false, false, false, true],
                ..any
            },
        }
    }
}

impl super::Family for MarkupsDisplay {
    fn class(&self) -> &str {
        MarkupsDisplayKind::CLASSES.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, class)| class)
    }

    fn of_class(class: &str) -> Option<Self> {
        let (kind, _) = *MarkupsDisplayKind::CLASSES.iter().find(|(_, c)| *c == class)?;
        Some(Self::of_kind(kind))
    }
}
