//! Views, and what is set for all of them.

use crate::fields::{Digit, names, node_type};

names! {
    /// The sign that shows where the patient's axes are.
    pub enum OrientationMarker {
        /// None.
        #[default]
        None = "none",
        /// A cube with letters.
        Cube = "cube",
        /// A person.
        Human = "human",
        /// Three arrows.
        Axes = "axes",
    }
}

names! {
    /// Its size.
    pub enum MarkerSize {
        /// Small.
        Small = "small",
        /// Medium.
        #[default]
        Medium = "medium",
        /// Large.
        Large = "large",
    }
}

names! {
    /// The ruler in a view.
    pub enum Ruler {
        /// None.
        #[default]
        None = "none",
        /// A thin one.
        Thin = "thin",
        /// A thick one.
        Thick = "thick",
    }
}

names! {
    /// The ruler's colour.
    pub enum RulerColor {
        /// White.
        #[default]
        White = "white",
        /// Black.
        Black = "black",
        /// Yellow.
        Yellow = "yellow",
    }
}

node_type! {
    /// What all views have in common. Colours are red, green, blue, 0 to 1.
    pub struct AbstractView {
        /// The text on the view's bar.
        layout_label: Option<String>, "layoutLabel";
        /// The view's name in the layout (`Red`, `1`, …).
        layout_name: String, "layoutName";
        /// Views of a group are linked; written as a truth value by some versions.
        view_group: Option<String>, "viewGroup";
        /// Whether it is the active view.
        active: bool = false, "active";
        /// Whether it is shown.
        visibility: bool = true, "visibility";
        /// The colour behind it, below.
        background: [f64; 3], "backgroundColor";
        /// The colour behind it, above.
        background_top: [f64; 3], "backgroundColor2";
        /// The colour that the view is known by.
        layout_color: [f64; 3] = [140.0 / 255.0; 3], "layoutColor";
        /// The sign of the patient's axes.
        orientation_marker: OrientationMarker, "orientationMarkerType";
        /// Its size.
        orientation_marker_size: MarkerSize, "orientationMarkerSize";
        /// The ruler.
        ruler: Ruler, "rulerType";
        /// Its colour.
        ruler_color: RulerColor, "rulerColor";
        /// The letters of left, right, posterior, anterior, inferior and superior.
        axis_labels: String = "L;R;P;A;I;S".to_owned(), "AxisLabels";
    }
}

names! {
    /// What a slab shows of the voxels along its thickness.
    pub enum SlabType {
        /// The greatest.
        #[default]
        Max = "Max",
        /// The least.
        Min = "Min",
        /// The mean.
        Mean = "Mean",
        /// The sum.
        Sum = "Sum",
    }
}

node_type! {
    /// A slice view. The first three columns of `sliceToRAS` are the picture's right, up and the slice's normal.
    pub struct Slice: view {
        /// What all views have.
        view: AbstractView;
        /// Width, height and thickness of what is seen, mm.
        field_of_view: [f64; 3] = [250.0, 250.0, 1.0], "fieldOfView";
        /// Pixels; not applied on loading.
        dimensions: [i64; 3] = [256, 256, 1], "dimensions";
        /// How far the picture's middle is off, mm.
        xyz_origin: [f64; 3], "xyzOrigin";
        /// How fine a slice in 3D is: 0 as the volumes, 1 as the view, 2 and 3 mixed.
        slice_resolution_mode: i64 = 1, "sliceResolutionMode";
        /// Width, height and thickness of the slice in 3D, mm.
        uvw_extents: Option<[f64; 3]>, "uvwExtents";
        /// Pixels of the slice in 3D.
        uvw_dimensions: [i64; 3] = [256, 256, 1], "uvwDimensions";
        /// How far the middle of the slice in 3D is off, mm.
        uvw_origin: [f64; 3], "uvwOrigin";
        /// The active slice of a light box; there is one.
        active_slice: i64 = 0, "activeSlice";
        /// Where the slice is, row by row.
        slice_to_ras: [f64; 16] =
            [-1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0], "sliceToRAS";
        /// What its direction is called: `Axial`, `Sagittal`, `Coronal` or `Reformat`.
        orientation: String = "Axial".to_owned(), "orientation";
        /// The direction that it goes back to.
        default_orientation: Option<String>, "defaultOrientation";
        /// The direction that it is compared with.
        orientation_reference: Option<String>, "orientationReference";
        /// What a jump does: 0 brings the point to the middle, 1 only to the slice.
        jump_mode: i64 = 1, "jumpMode";
        /// Whether 3D views show the slice.
        slice_visibility: bool = false, "sliceVisibility";
        /// Whether 3D views show handles to move it.
        widget_visibility: bool = false, "widgetVisibility";
        /// Whether those have an outline.
        widget_outline_visibility: bool = true, "widgetOutlineVisibility";
        /// Whether labels are shown by their outline.
        use_label_outline: bool = false, "useLabelOutline";
        /// Whether 3D views show the slice's edge.
        slice_edge_visibility_3d: bool = true, "sliceEdgeVisibility3D";
        /// 0 for steps of the volume's spacing, 1 for steps as prescribed.
        slice_spacing_mode: i64 = 0, "sliceSpacingMode";
        /// Prescribed steps, mm.
        prescribed_slice_spacing: [f64; 3] = [1.0; 3], "prescribedSliceSpacing";
        /// Whether it shows a slab.
        slab_enabled: bool = false, "slabReconstructionEnabled";
        /// What of the slab it shows.
        slab_type: SlabType, "slabReconstructionType";
        /// The slab's thickness, mm.
        slab_thickness: f64 = 1.0, "slabReconstructionThickness";
        /// Samples for each voxel along the thickness.
        slab_oversampling: f64 = 2.0, "slabReconstructionOversamplingFactor";
        /// Rows of a light box; more than one is no longer understood by Slicer.
        grid_rows: i64 = 1, "layoutGridRows";
        /// Columns of a light box.
        grid_columns: i64 = 1, "layoutGridColumns";
    }
}

names! {
    /// How the layers of a slice view are put together.
    pub enum Compositing {
        /// The foreground over the background.
        #[default]
        Alpha = "0",
        /// The background over the foreground.
        ReverseAlpha = "1",
        /// Their sum.
        Add = "2",
        /// Their difference.
        Subtract = "3",
    }
}

node_type! {
    /// What a slice view shows: volumes by the roles `backgroundVolume`, `foregroundVolume`, `labelVolume`.
    pub struct SliceComposite {
        /// How layers are put together.
        compositing: Compositing, "compositing";
        /// Whether the foreground is seen only where there is a background.
        clip_to_background: bool = true, "clipToBackgroundVolume";
        /// Opacity of the foreground.
        foreground_opacity: f64 = 0.0, "foregroundOpacity";
        /// Opacity of the label map.
        label_opacity: f64 = 1.0, "labelOpacity";
        /// Whether the views of the group follow.
        linked: Digit, "linkedControl";
        /// Whether they follow while the mouse moves.
        hot_linked: Digit, "hotLinkedControl";
        /// Whether points are shown.
        fiducial_visibility: Digit = Digit(true), "fiducialVisibility";
        /// Whether their names are.
        fiducial_label_visibility: Digit = Digit(true), "fiducialLabelVisibility";
        /// The view's name in the layout.
        layout_name: String, "layoutName";
        /// Whether it follows the selected volumes.
        propagate_selection: Digit = Digit(true), "doPropagateVolumeSelection";
    }
}

node_type! {
    /// How slices are shown in other views.
    pub struct SliceDisplay: display {
        /// What all display nodes have.
        display: super::Display;
        /// Whether intersections can be dragged.
        interactive: bool = false, "intersectingSlicesInteractive";
        /// Whether they can be moved.
        translation: bool = true, "intersectingSlicesTranslationEnabled";
        /// Whether they can be turned.
        rotation: bool = true, "intersectingSlicesRotationEnabled";
        /// When handles are shown: 0 never, 1 near the pointer, 2 always.
        handles_visibility_mode: i64 = 1, "intersectingSlicesInteractiveHandlesVisibilityMode";
        /// Whether lines have a gap where they cross (0) or not (1).
        intersection_mode: i64 = 0, "intersectingSlicesIntersectionMode";
        /// Width of the lines: 0 fine, 1 medium, 2 thick.
        line_thickness_mode: i64 = 0, "intersectingSlicesLineThicknessMode";
    }
}

names! {
    /// How a 3D view moves by itself.
    pub enum Animation {
        /// Not at all.
        #[default]
        Off = "Off",
        /// It turns.
        Spin = "Spin",
        /// It rocks.
        Rock = "Rock",
    }
}

names! {
    /// How a 3D view makes depth seen.
    pub enum Projection {
        /// Far things are smaller.
        #[default]
        Perspective = "Perspective",
        /// Parallel lines stay parallel.
        Orthographic = "Orthographic",
    }
}

names! {
    /// What rays through a volume gather. The names are Slicer's.
    pub enum RaycastTechnique {
        /// Colour and opacity.
        #[default]
        Composite = "Composite",
        /// The same with edges coloured.
        CompositeEdgeColoring = "CompositeEdgeColoring",
        /// The greatest value.
        MaximumIntensityProjection = "MaximumIntensityProjection",
        /// The least value.
        MinimumIntensityProjection = "MinimumIntensityProjection",
        /// Opacity by the gradient.
        GradientMagnitudeOpacityModulation =
            "GradiantMagnitudeOpacityModulation" | "GradientMagnitudeOpacityModulation",
        /// Opacity by distance and light.
        IllustrativeContextPreserving = "IllustrativeContextPreservingExploration",
    }
}

node_type! {
    /// A 3D view.
    pub struct View: view {
        /// What all views have.
        view: AbstractView = AbstractView {
            background: [0.756863, 0.764706, 0.909804],
            background_top: [0.454902, 0.470588, 0.745098],
            layout_color: [116.0 / 255.0, 131.0 / 255.0, 233.0 / 255.0],
            ..AbstractView::default()
        };
        /// Width of what is seen, mm.
        field_of_view: f64 = 200.0, "fieldOfView";
        /// Height of letters as a share of the view.
        letter_size: f64 = 0.05, "letterSize";
        /// Whether a box is drawn around everything.
        box_visible: bool = true, "boxVisible";
        /// Its colour.
        box_color: [f64; 3] = [1.0, 0.0, 1.0], "boxColor";
        /// Whether points are shown.
        fiducials_visible: bool = true, "fiducialsVisible";
        /// Whether their names are.
        fiducial_labels_visible: bool = true, "fiducialLabelsVisible";
        /// Whether letters name the sides.
        axis_labels_visible: bool = true, "axisLabelsVisible";
        /// Whether letters behind are left out.
        axis_labels_camera_dependent: bool = true, "axisLabelsCameraDependent";
        /// How it moves by itself.
        animation: Animation, "animationMode";
        /// `LookFrom` or `RotateAround`.
        view_axis_mode: String = "LookFrom".to_owned(), "viewAxisMode";
        /// Degrees of a step of spinning.
        spin_degrees: f64 = 2.0, "spinDegrees";
        /// Milliseconds between steps.
        spin_ms: i64 = 5, "spinMs";
        /// Where it spins to (`YawLeft`, `PitchUp`, …).
        spin_direction: String = "YawLeft".to_owned(), "spinDirection";
        /// Degrees of a step by the buttons.
        rotate_degrees: f64 = 5.0, "rotateDegrees";
        /// Steps of a rocking.
        rock_length: i64 = 200, "rockLength";
        /// Where the rocking is.
        rock_count: i64 = 0, "rockCount";
        /// How two eyes see it (`NoStereo`, `Anaglyph`, …).
        stereo_type: String = "NoStereo".to_owned(), "stereoType";
        /// How depth is seen.
        projection: Projection, "renderMode";
        /// Whether what is transparent is sorted by depth.
        use_depth_peeling: Digit = Digit(true), "useDepthPeeling";
        /// Megabytes of graphics memory for volumes; 0 for the best guess.
        gpu_memory_size: i64 = 0, "gpuMemorySize";
        /// Whether graphics memory is given back when hidden.
        release_graphics: bool = false, "autoReleaseGraphicsResources";
        /// Pictures a second that are aimed at.
        expected_fps: f64 = 8.0, "expectedFPS";
        /// `Adaptive`, `Normal` or `Maximum`.
        quality: String = "Adaptive".to_owned(), "volumeRenderingQuality";
        /// What rays gather.
        raycast_technique: RaycastTechnique, "raycastTechnique";
        /// Whether isosurfaces are smoothed.
        surface_smoothing: Digit, "volumeRenderingSurfaceSmoothing";
        /// Samples a voxel.
        oversampling: f64 = 2.0, "volumeRenderingOversamplingFactor";
        /// Whether other 3D views follow.
        linked: Digit, "linkedControl";
        /// Whether there are shadows.
        shadows: bool = false, "shadowsVisibility";
        /// Reach of the shadows.
        shadows_size: f64 = 0.3, "ambientShadowsSizeScale";
        /// Opacity from which volumes cast shadows.
        shadows_opacity_threshold: f64 = 0.25, "ambientShadowsVolumeOpacityThreshold";
        /// Strength of the shadows.
        shadows_intensity_scale: f64 = 1.0, "ambientShadowsIntensityScale";
        /// Darkness of the shadows.
        shadows_intensity_shift: f64 = 0.0, "ambientShadowsIntensityShift";
    }
}

node_type! {
    /// Where a 3D view looks from, RAS mm.
    pub struct Camera {
        /// Where the eye is.
        position: [f64; 3] = [0.0, 500.0, 0.0], "position";
        /// Where it looks.
        focal_point: [f64; 3], "focalPoint";
        /// Which way is up.
        view_up: [f64; 3] = [0.0, 0.0, 1.0], "viewUp";
        /// Whether parallel lines stay parallel.
        parallel_projection: bool = false, "parallelProjection";
        /// Half the height of what is seen then, mm.
        parallel_scale: f64 = 1.0, "parallelScale";
        /// Angle of what is seen else, degrees.
        view_angle: f64 = 30.0, "viewAngle";
        /// The transform that was applied, row by row.
        applied_transform: [f64; 16] =
            [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0], "appliedTransform";
        /// The view's name in the layout.
        layout_name: Option<String>, "layoutName";
    }
}

node_type! {
    /// How views are arranged.
    pub struct Layout {
        /// The arrangement's number.
        arrangement: i64 = 3, "currentViewArrangement";
        /// Whether the module panel is shown.
        gui_panel_visibility: Digit = Digit(true), "guiPanelVisibility";
        /// Whether the panel below is shown.
        bottom_panel_visibility: Digit = Digit(true), "bottomPanelVisibility";
        /// Whether the module panel is on the right.
        gui_panel_right: Digit, "guiPanelLR";
        /// Whether the views' bars are folded.
        collapse_slice_controllers: Digit, "collapseSliceControllers";
        /// Rows of views to compare.
        compare_rows: i64 = 1, "numberOfCompareViewRows";
        /// Columns of views to compare.
        compare_columns: i64 = 1, "numberOfCompareViewColumns";
        /// Size of the main panel.
        main_panel_size: i64 = 400, "mainPanelSize";
        /// Size of the second panel.
        secondary_panel_size: i64 = 400, "secondaryPanelSize";
        /// The module that is open.
        selected_module: Option<String>, "selectedModule";
    }
}

names! {
    /// What the mouse does.
    pub enum InteractionMode {
        /// It places points.
        Place = "Place",
        /// It moves the view.
        #[default]
        ViewTransform = "ViewTransform",
    }
}

node_type! {
    /// What the mouse does in views.
    pub struct Interaction {
        /// Now.
        current: InteractionMode, "currentInteractionMode";
        /// Before.
        last: InteractionMode, "lastInteractionMode";
        /// Whether it stays when a point is placed.
        persistent: bool = false, "placeModePersistence";
    }
}

node_type! {
    /// What is selected: nodes by the roles `ActiveVolume`, `ActiveLabelVolume`, `ActivePlaceNode`, ….
    pub struct Selection {
        /// The class of markups that is placed.
        place_node_class: Option<String>, "activePlaceNodeClassName";
    }
}

names! {
    /// How the crosshair looks.
    pub enum CrosshairMode {
        /// Not at all.
        #[default]
        None = "NoCrosshair",
        /// With a gap in the middle.
        Basic = "ShowBasic",
        /// Crossing in the middle.
        Intersection = "ShowIntersection",
        /// With marks.
        Hashmarks = "ShowHashmarks",
        /// With all.
        All = "ShowAll",
        /// Short, with a gap.
        SmallBasic = "ShowSmallBasic",
        /// Short, crossing.
        SmallIntersection = "ShowSmallIntersection",
    }
}

names! {
    /// What moving it does to slice views.
    pub enum CrosshairBehavior {
        /// They move to its slice.
        #[default]
        OffsetJump = "OffsetJumpSlice",
        /// They bring it to the middle.
        CenteredJump = "CenteredJumpSlice",
        /// Nothing.
        None = "NoAction",
    }
}

names! {
    /// How thick its lines are.
    pub enum Thickness {
        /// Fine.
        #[default]
        Fine = "Fine",
        /// Medium.
        Medium = "Medium",
        /// Thick.
        Thick = "Thick",
    }
}

node_type! {
    /// The point that all views share.
    pub struct Crosshair {
        /// How it looks.
        mode: CrosshairMode, "crosshairMode";
        /// What moving it does.
        behavior: CrosshairBehavior, "crosshairBehavior";
        /// How thick it is.
        thickness: Thickness, "crosshairThickness";
        /// Where it is, RAS mm.
        ras: [f64; 3], "crosshairRAS";
    }
}
