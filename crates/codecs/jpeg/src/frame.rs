//! The frame: the image's components and how they are cut into blocks.

use crate::Process;

/// A component of the image (T.81 A.1.1). The sizes are set by [`Frame::lay_out`].
#[derive(Debug, Clone)]
pub(crate) struct Component {
    /// Identifier that scans name it by.
    pub(crate) id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub(crate) h: usize,
    /// Vertical sampling factor, 1 to 4.
    pub(crate) v: usize,
    /// Quantization table selector, 0 to 3.
    pub(crate) quantization: usize,
    /// Columns of samples.
    pub(crate) width: usize,
    /// Rows of samples.
    pub(crate) height: usize,
    /// Columns of 8 × 8 blocks that hold samples.
    pub(crate) blocks_wide: usize,
    /// Rows of 8 × 8 blocks that hold samples.
    pub(crate) blocks_high: usize,
}

impl Component {
    /// A component as a frame header lists it.
    pub(crate) fn new(id: u8, h: u8, v: u8, quantization: u8) -> Self {
        Self {
            id,
            h: usize::from(h),
            v: usize::from(v),
            quantization: usize::from(quantization),
            width: 0,
            height: 0,
            blocks_wide: 0,
            blocks_high: 0,
        }
    }
}

/// The frame header (B.2.2).
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The coding process.
    pub(crate) process: Process,
    /// Bits per sample.
    pub(crate) precision: u8,
    /// Columns.
    pub(crate) width: u16,
    /// Rows; 0 until a DNL segment tells.
    pub(crate) height: u16,
    /// At least one component.
    pub(crate) components: Vec<Component>,
    /// Largest horizontal sampling factor.
    pub(crate) h_max: usize,
    /// Largest vertical sampling factor.
    pub(crate) v_max: usize,
}

impl Frame {
    /// A frame that is not laid out yet. A single component has no relative sampling: its factors become 1 (A.2.2).
    pub(crate) fn new(
        process: Process,
        precision: u8,
        width: u16,
        height: u16,
        mut components: Vec<Component>,
    ) -> Self {
        if let [single] = components.as_mut_slice() {
            (single.h, single.v) = (1, 1);
        }
        let h_max = components.iter().map(|c| c.h).max().unwrap_or(1);
        let v_max = components.iter().map(|c| c.v).max().unwrap_or(1);
        Self { process, precision, width, height, components, h_max, v_max }
    }

    /// Works out the components' sizes, once the height is known.
    pub(crate) fn lay_out(&mut self) {
        for component in &mut self.components {
            component.width = (usize::from(self.width) * component.h).div_ceil(self.h_max);
            component.height = (usize::from(self.height) * component.v).div_ceil(self.v_max);
            component.blocks_wide = component.width.div_ceil(8);
            component.blocks_high = component.height.div_ceil(8);
        }
    }

    /// Width × height × components.
    pub(crate) fn samples(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * self.components.len() as u64
    }

    /// Columns of minimum coded units of an interleaved scan, whose units are `unit` samples (8 for DCT, 1 for
    /// lossless) times the sampling factors.
    pub(crate) fn mcus_wide(&self, unit: usize) -> usize {
        usize::from(self.width).div_ceil(unit * self.h_max)
    }

    /// Rows of minimum coded units of an interleaved scan.
    pub(crate) fn mcus_high(&self, unit: usize) -> usize {
        usize::from(self.height).div_ceil(unit * self.v_max)
    }

    /// Whether the entropy-coded data can hold the image in `bytes` bytes. At least one bit is coded for a lossless
    /// sample and for a block's DC coefficient, and in a sequential scan another one for its AC coefficients.
    pub(crate) fn fits(&self, bytes: usize) -> bool {
        let bits: u64 = self
            .components
            .iter()
            .map(|c| match self.process {
                Process::Lossless => c.width as u64 * c.height as u64,
                Process::Baseline | Process::Extended => 2 * c.blocks_wide as u64 * c.blocks_high as u64,
                Process::Progressive => c.blocks_wide as u64 * c.blocks_high as u64,
            })
            .sum();
        bits <= (bytes as u64).saturating_mul(8)
    }
}
