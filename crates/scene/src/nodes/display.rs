//! How nodes are shown.

use crate::fields::{Digit, names, node_type};

names! {
    /// What of a mesh is drawn.
    pub enum Representation {
        /// Its points.
        Points = "0",
        /// Its edges.
        Wireframe = "1",
        /// Its faces.
        #[default]
        Surface = "2",
    }
}

names! {
    /// How light is interpolated over a surface.
    pub enum Shading {
        /// A face at a time.
        Flat = "0",
        /// Between the colours at the points.
        #[default]
        Gouraud = "1",
        /// Between the normals at the points.
        Phong = "2",
        /// Physically based.
        PhysicallyBased = "3",
    }
}

names! {
    /// Which values a colour table spans.
    pub enum ScalarRange {
        /// Those that `scalarRange` says.
        Manual = "UseManual",
        /// Those of the data.
        #[default]
        Data = "UseData",
        /// Those of the colour table.
        Colors = "UseColorNode",
        /// Those of the data's type.
        DataType = "UseDataType",
        /// Values are colours themselves.
        Direct = "UseDirectMapping",
    }
}

names! {
    /// Whether a node is shown whatever the folder above it says.
    pub enum ShowMode {
        /// As the folder says.
        #[default]
        Default = "Default",
        /// As if there were no display node.
        Ignore = "Ignore",
    }
}

node_type! {
    /// What all display nodes have in common. Colours are red, green, blue, 0 to 1.
    pub struct Display {
        /// The colour.
        color: [f64; 3] = [0.9, 0.9, 0.3], "color";
        /// The colour of edges.
        edge_color: [f64; 3], "edgeColor";
        /// The colour while selected.
        selected_color: [f64; 3] = [1.0, 0.0, 0.0], "selectedColor";
        /// Ambient light while selected, 0 to 1.
        selected_ambient: f64 = 0.4, "selectedAmbient";
        /// Ambient light, 0 to 1.
        ambient: f64 = 0.0, "ambient";
        /// Diffuse light, 0 to 1.
        diffuse: f64 = 1.0, "diffuse";
        /// Highlights while selected, 0 to 1.
        selected_specular: f64 = 0.5, "selectedSpecular";
        /// Highlights, 0 to 1.
        specular: f64 = 0.0, "specular";
        /// How sharp highlights are.
        power: f64 = 1.0, "power";
        /// How metallic the surface is, 0 to 1.
        metallic: f64 = 0.0, "metallic";
        /// How rough the surface is, 0 to 1.
        roughness: f64 = 0.5, "roughness";
        /// 0 (invisible) to 1 (opaque).
        opacity: f64 = 1.0, "opacity";
        /// Opacity of cuts in slice views, 0 to 1.
        slice_intersection_opacity: f64 = 1.0, "sliceIntersectionOpacity";
        /// Size of points, pixels.
        point_size: f64 = 1.0, "pointSize";
        /// Width of lines, pixels.
        line_width: f64 = 1.0, "lineWidth";
        /// What is drawn.
        representation: Representation, "representation";
        /// Whether light falls on it.
        lighting: bool = true, "lighting";
        /// How light is interpolated.
        interpolation: Shading, "interpolation";
        /// Whether light changes the colour.
        shading: bool = true, "shading";
        /// Whether it is shown at all.
        visibility: bool = true, "visibility";
        /// Whether slice views show it.
        visibility_2d: bool = false, "visibility2D";
        /// Whether 3D views show it.
        visibility_3d: bool = true, "visibility3D";
        /// Whether edges are drawn over faces.
        edge_visibility: bool = false, "edgeVisibility";
        /// Whether it is clipped.
        clipping: bool = false, "clipping";
        /// Width of cuts in slice views, pixels.
        slice_intersection_thickness: i64 = 1, "sliceIntersectionThickness";
        /// Whether faces that look at the viewer are left out.
        frontface_culling: bool = false, "frontfaceCulling";
        /// Whether faces that look away are left out.
        backface_culling: bool = false, "backfaceCulling";
        /// Whether values give the colour.
        scalar_visibility: bool = false, "scalarVisibility";
        /// Whether vectors are shown.
        vector_visibility: bool = false, "vectorVisibility";
        /// Whether tensors are shown.
        tensor_visibility: bool = false, "tensorVisibility";
        /// Whether a texture is interpolated.
        interpolate_texture: bool = false, "interpolateTexture";
        /// Which values the colour table spans.
        scalar_range_flag: ScalarRange, "scalarRangeFlag";
        /// The values that the colour table spans by hand.
        scalar_range: [f64; 2] = [0.0, 100.0], "scalarRange";
        /// The attribute of the mesh that gives the colour.
        active_scalar_name: Option<String>, "activeScalarName";
        /// Where that attribute stands: `point`, `cell`, `vertex` or `edge`.
        active_attribute_location: String = "point".to_owned(), "activeAttributeLocation";
        /// Whether a folder above may change how it looks.
        folder_override_allowed: bool = true, "folderDisplayOverrideAllowed";
        /// Whether it is shown whatever the folder says.
        show_mode: ShowMode, "showMode";
    }
}

names! {
    /// How values become grey levels inside the window.
    pub enum WindowMapping {
        /// In proportion.
        #[default]
        Linear = "Linear",
        /// By their logarithm.
        Logarithmic = "Logarithmic",
        /// By the inverse of the logarithm.
        InverseLogarithmic = "InverseLogarithmic",
    }
}

node_type! {
    /// How a volume is shown in slices.
    pub struct VolumeDisplay: display {
        /// What all display nodes have.
        display: Display;
        /// Width of the range of values that is shown.
        window: f64 = 256.0, "window";
        /// Its middle.
        level: f64 = 128.0, "level";
        /// Values above are transparent, if thresholds apply.
        upper_threshold: f64 = 32767.0, "upperThreshold";
        /// Values below are transparent, if thresholds apply.
        lower_threshold: f64 = -32768.0, "lowerThreshold";
        /// Linear interpolation between voxels; nearest otherwise.
        interpolate: Digit = Digit(true), "interpolate";
        /// Whether the colours run backwards.
        inverted: Digit, "invertDisplayScalarRange";
        /// How values become grey levels.
        window_mapping: WindowMapping, "windowMappingMethod";
        /// Whether window and level are found from the values: the 0.1 % and 99.9 % percentiles.
        auto_window_level: Digit = Digit(true), "autoWindowLevel";
        /// Whether voxels outside the thresholds are transparent.
        apply_threshold: Digit, "applyThreshold";
        /// Whether thresholds are found from the values.
        auto_threshold: Digit, "autoThreshold";
        /// Window and level that came with the data.
        presets: Vec<WindowLevelPreset>;
    }
}

/// A window and level to choose from.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowLevelPreset {
    /// Width of the range of values.
    pub window: f64,
    /// Its middle.
    pub level: f64,
    /// What it is called, if it has a name.
    pub name: String,
}

impl VolumeDisplay {
    /// Window and level; `None` if they are found from the values.
    pub fn window_level(&self) -> Option<(f64, f64)> {
        (!self.auto_window_level.0).then_some((self.window, self.level))
    }

    /// Sets window and level by hand.
    pub fn set_window_level(&mut self, window: f64, level: f64) {
        (self.window, self.level, self.auto_window_level) = (window, level, Digit(false));
    }

    /// The values that are shown; `None` if all are.
    pub fn threshold(&self) -> Option<(f64, f64)> {
        self.apply_threshold.0.then_some((self.lower_threshold, self.upper_threshold))
    }
}

node_type! {
    /// How a label map is shown.
    pub struct LabelVolumeDisplay: display {
        /// What all display nodes have.
        display: Display = Display { slice_intersection_thickness: 3, ..Display::default() };
    }
}

node_type! {
    /// How a volume of vectors or colours is shown.
    pub struct VectorVolumeDisplay: volume {
        /// What it has in common with scalar volumes.
        volume: VolumeDisplay;
        /// What gives a vector's grey level.
        scalar_mode: i64 = 0, "scalarMode";
        /// 1 for lines, 2 for tubes.
        glyph_mode: i64 = 1, "glyphMode";
        /// Whether glyphs are shown.
        visualization_mode: i64 = 0, "visualizationMode";
    }
}

node_type! {
    /// How a diffusion-weighted volume is shown.
    pub struct DiffusionWeightedVolumeDisplay: volume {
        /// What it has in common with scalar volumes.
        volume: VolumeDisplay;
        /// The gradient direction that is shown.
        component: i64 = 0, "diffusionComponent";
    }
}

node_type! {
    /// How a volume of diffusion tensors is shown.
    pub struct DiffusionTensorVolumeDisplay: volume {
        /// What it has in common with scalar volumes.
        volume: VolumeDisplay;
        /// The number of a tensor that is shown.
        scalar_invariant: i64 = 0, "scalarInvariant";
    }
}

names! {
    /// How a model is shown in slice views.
    pub enum SliceDisplayMode {
        /// Its cut with the slice.
        #[default]
        Intersection = "intersection",
        /// Its shadow on the slice.
        Projection = "projection",
        /// Its shadow, coloured by the distance.
        DistanceEncodedProjection = "distanceEncodedProjection",
    }
}

node_type! {
    /// How a model is shown.
    pub struct ModelDisplay: display {
        /// What all display nodes have.
        display: Display;
        /// How slice views show it.
        slice_display_mode: SliceDisplayMode, "sliceDisplayMode";
        /// Whether only values inside the range are shown.
        threshold_enabled: bool = false, "thresholdEnabled";
        /// That range.
        threshold_range: [f64; 2] = [0.0, 0.0], "thresholdRange";
        /// Hue, saturation and value that the inner side differs by.
        backface_color_offset: [f64; 3] = [-0.05, -0.1, 0.0], "backfaceColorHSVOffset";
        /// Whether cuts are closed.
        clipping_cap_surface: bool = false, "clippingCapSurface";
        /// Opacity of the closed cuts.
        clipping_cap_opacity: f64 = 1.0, "clippingCapOpacity";
        /// Whether cuts have an outline.
        clipping_outline: bool = false, "clippingOutline";
        /// Hue, saturation and value that closed cuts differ by.
        clipping_cap_color_offset: [f64; 3] = [0.05, -0.1, -0.2], "clippingCapColorHSVOffset";
    }
}

node_type! {
    /// How a folder changes what is under it.
    pub struct FolderDisplay: display {
        /// What all display nodes have.
        display: Display;
        /// Whether it changes the whole branch.
        apply_on_branch: bool = true, "applyDisplayPropertiesOnBranch";
    }
}

node_type! {
    /// A legend of a colour table.
    pub struct ColorLegendDisplay: display {
        /// What all display nodes have.
        display: Display;
        /// What it says above the colours.
        title: Option<String>, "titleText";
        /// How values are written, as in C.
        label_format: Option<String>, "labelFormat";
        /// How many values are written.
        label_count: i64 = 5, "numberOfLabels";
    }
}
