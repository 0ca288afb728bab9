//! Transfer functions.

/// Transfer functions of a volume rendering: from a voxel's value to colour and opacity.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeProperty {
    /// Value, then red, green, blue (0 to 1), by rising value.
    pub color: Vec<[f64; 4]>,
    /// Value and opacity (0 to 1), by rising value.
    pub scalar_opacity: Vec<[f64; 2]>,
    /// Length of the gradient and a factor of the opacity (0 to 1), by rising length.
    pub gradient_opacity: Vec<[f64; 2]>,
    /// Whether values between voxels are interpolated.
    pub linear_interpolation: bool,
    /// Whether light falls on it.
    pub shade: bool,
    /// Ambient light, 0 to 1.
    pub ambient: f64,
    /// Diffuse light, 0 to 1.
    pub diffuse: f64,
    /// Highlights, 0 to 1.
    pub specular: f64,
    /// How sharp highlights are.
    pub specular_power: f64,
    /// The values that matter; the first above the second for none given.
    pub effective_range: [f64; 2],
}

impl Default for VolumeProperty {
    fn default() -> Self {
        Self {
            color: Vec::new(),
            scalar_opacity: Vec::new(),
            gradient_opacity: Vec::new(),
            linear_interpolation: true,
            shade: true,
            ambient: 0.3,
            diffuse: 0.6,
            specular: 0.5,
            specular_power: 40.0,
            effective_range: [0.0, -1.0],
        }
    }
}
