//! What a stream says about its image.

use crate::color::ColorTransform;
use crate::parameters::Preset;

/// Order in which a scan codes the samples of several components (ILV of the scan header, T.87 C.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Interleave {
    /// One scan for each component (ILV 0).
    #[default]
    None,
    /// A line of each component in turn (ILV 1).
    Line,
    /// A sample of each component in turn (ILV 2).
    Sample,
}

/// What the marker segments before the first scan's data say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// Samples in a line.
    pub width: u32,
    /// Lines.
    pub height: u32,
    /// Components, 1 to 4.
    pub components: u8,
    /// Bits of a coded sample, 2 to 16.
    pub precision: u8,
    /// Bits of a decoded sample: `precision`, or 8 or 16 where the first scan names a mapping table.
    pub output_precision: u8,
    /// Largest difference of a decoded sample from the original, of the first scan; 0 is lossless.
    pub near: u8,
    /// Sample order of the first scan.
    pub interleave: Interleave,
    /// Transform of the colour components, undone by the decoder.
    pub color_transform: ColorTransform,
    /// Lines between two restart markers; 0 where there are none.
    pub restart_interval: u32,
    /// Coding parameters of the first scan, with no value left at 0.
    pub parameters: Preset,
}

impl Header {
    /// Number of samples of all components.
    pub fn samples(&self) -> u64 {
        u64::from(self.width)
            .saturating_mul(u64::from(self.height))
            .saturating_mul(u64::from(self.components))
    }
}
