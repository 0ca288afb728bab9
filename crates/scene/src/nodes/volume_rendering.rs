//! Volume rendering.

pub use microtome_records::{ColorPoint, OpacityPoint, TransferPoint, VolumeProperty};

use super::display::Display;
use crate::fields::{Digit, named_fields, node_type};

named_fields! {
    VolumeProperty { effective_range, "effectiveRange"; }
}

/// Which renderer it was made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VolumeRenderer {
    /// The processor.
    Cpu,
    /// The graphics card.
    #[default]
    Gpu,
    /// Several volumes at a time.
    Multi,
}

impl VolumeRenderer {
    const CLASSES: [(Self, &'static str); 3] = [
        (Self::Cpu, "CPURayCastVolumeRenderingDisplay"),
        (Self::Gpu, "GPURayCastVolumeRenderingDisplay"),
        (Self::Multi, "MultiVolumeRenderingDisplay"),
    ];
}

node_type! {
    /// How a volume is shown in 3D, with transfer functions by the role `volumeProperty` and a region by `roi`.
    pub struct VolumeRendering: display {
        /// What all display nodes have.
        display: Display;
        /// Which renderer it was made for.
        renderer: VolumeRenderer;
        /// Whether it is cropped to the region.
        cropping: Digit, "croppingEnabled";
        /// Values that are shown.
        threshold: [f64; 2] = [0.0, 1.0], "threshold";
        /// Window and level.
        window_level: [f64; 2] = [0.0, 0.0], "windowLevel";
        /// Whether it follows how slices show the volume.
        follow_volume_display: Digit, "followVolumeDisplayNode";
        /// Whether thresholds of slices do not count.
        ignore_display_threshold: Digit, "ignoreVolumeDisplayNodeThreshold";
        /// Whether all volumes share transfer functions.
        single_property: Digit, "useSingleVolumeProperty";
        /// Voxels over which a cut fades.
        clipping_soft_edge: f64 = 0.0, "clippingSoftEdgeVoxels";
        /// The value of what is cut away.
        clipping_blank_value: f64 = 0.0, "clippingBlankVoxelValue";
        /// Whether that value is found.
        auto_clipping_blank_value: bool = true, "autoClippingBlankVoxelValue";
    }
}

impl super::Family for VolumeRendering {
    fn class(&self) -> &str {
        VolumeRenderer::CLASSES.iter().find(|(r, _)| *r == self.renderer).map_or("", |(_, class)| class)
    }

    fn of_class(class: &str) -> Option<Self> {
        let (renderer, _) = *VolumeRenderer::CLASSES.iter().find(|(_, c)| *c == class)?;
        Some(Self { renderer, ..Self::default() })
    }
}

node_type! {
    /// Clipping of other nodes by models, regions and planes, given by the role `clipping` with the property
    /// `clippingState` (`ClipOff`, `ClipPositiveSpace`, `ClipNegativeSpace`).
    pub struct Clip {
        /// 0 to keep what is inside of all, 1 inside of any.
        clip_type: i64 = 0, "clipType";
        /// `Straight`, `WholeCells` or `WholeCellsWithBoundary`.
        method: Option<String>, "clippingMethod";
    }
}
