//! How nodes are shown.

/// How a volume is shown in slices and in 3D.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeDisplay {
    /// Grey levels.
    pub window_level: WindowLevel,
    /// Presets that came with the data: window, level and their name.
    pub presets: Vec<(f64, f64, String)>,
    /// The name of the colour table.
    pub color: String,
    /// Linear interpolation between voxels in slices; nearest otherwise.
    pub interpolate: bool,
    /// Voxels outside this range are transparent.
    pub threshold: Option<(f64, f64)>,
    /// Whether the colours run backwards.
    pub inverted: bool,
}

/// Grey levels of a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum WindowLevel {
    /// From the 0.1 % and 99.9 % percentiles.
    #[default]
    Automatic,
    /// Given.
    Manual {
        /// Width of the range of values that is shown.
        window: f64,
        /// Its middle.
        level: f64,
    },
}

impl Default for VolumeDisplay {
    fn default() -> Self {
        Self {
            window_level: WindowLevel::Automatic,
            presets: Vec::new(),
            color: "Grey".to_owned(),
            interpolate: true,
            threshold: None,
            inverted: false,
        }
    }
}

/// How a model is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelDisplay {
    /// Whether it is shown at all.
    pub visible: bool,
    /// Red, green, blue, 0 to 1.
    pub color: [f32; 3],
    /// 0 (invisible) to 1 (opaque).
    pub opacity: f32,
}

impl Default for ModelDisplay {
    fn default() -> Self {
        Self { visible: true, color: [0.9, 0.9, 0.3], opacity: 1.0 }
    }
}
