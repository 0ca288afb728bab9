//! Several thresholds by Otsu's criterion.

use microtome_image::{Array, Image};

use super::between_classes::last_bins;
use super::histogram::{Bins, Reach};
use super::labelling::{check, count_below};
use crate::declare::Operation;
use crate::operation;
use crate::parameter_error;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::value::LabelImage;

operation! {
    /// Finds several thresholds between classes of voxels that are as far apart as can be, and labels each voxel by the number
    /// of thresholds below its value: 0 for the darkest class.
    ///
    /// The histogram has bins of equal width from the least value to just above the greatest; a threshold is the upper edge
    /// of the last bin below it. The best of all choices is found exactly, in a time that grows with the square of the bins and
    /// with the number of thresholds (with valley emphasis, as in ITK, with the number of choices).
    pub struct MultiOtsu("multi-otsu", "Otsu thresholds", "segmentation");
    inputs {
        /// The volume.
        input: Image,
    }
    parameters {
        /// How many thresholds.
        thresholds: u32 = 1, minimum 1, maximum 32;
        /// How many bins the histogram has.
        bins: u32 = 128, minimum 2, maximum 4096;
        /// The label of the darkest class.
        label_offset: u32 = 0, maximum 200;
        /// Whether thresholds are drawn to valleys of the histogram.
        valley_emphasis: bool = false;
        /// Whether middles of bins are the thresholds.
        bin_midpoint: bool = false;
    }
    outputs {
        /// The label map.
        output: LabelImage,
    }
    values {
        /// The thresholds, rising: the greatest values of all classes but the brightest.
        levels: Vec<f64>,
    }
    example "Three classes" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "int16", "values": [1, 2, 5, 5, 9, 9] } }
        parameters { "thresholds": 2, "bins": 8 }
        gives { "output": { "values": [0, 0, 1, 1, 2, 2] } }
    }
}

/// With valley emphasis every choice is tried; more than this many are refused.
const MOST_CHOICES: f64 = 1e9;

impl Operation for MultiOtsu {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        check(&image, None)?;
        progress.report(0.0)?;
        let (labels, levels) = self.labels(&image)?;
        progress.report(1.0)?;
        Ok(Outputs { output: LabelImage::new(labels), levels })
    }
}

impl MultiOtsu {
    /// The label map and the thresholds.
    ///
    /// # Errors
    /// As [`thresholds`](Self::thresholds).
    pub fn labels(&self, image: &Image) -> Result<(Image, Vec<f64>), OperationError> {
        let thresholds = self.thresholds(image)?;
        let mut labels = count_below(image.array(), &thresholds).into_vec();
        if self.label_offset > 0 {
            labels.iter_mut().for_each(|l| *l += self.label_offset as u8);
        }
        Ok((image.with_array(Array::from(labels))?, thresholds))
    }

    /// The thresholds alone, rising.
    ///
    /// # Errors
    /// [`OperationError::Input`] where there is no value, [`OperationError::Parameter`] for more thresholds than fit between
    /// the bins and for more choices than can be tried.
    pub fn thresholds(&self, image: &Image) -> Result<Vec<f64>, OperationError> {
        let count = self.thresholds as usize;
        let refused = |why: &str| Err(parameter_error("thresholds", &self.thresholds, why).into());
        if count >= self.bins as usize {
            return refused("there have to be more bins than thresholds");
        }
        let choices: f64 = (0..count).map(|n| (f64::from(self.bins) - n as f64) / (n as f64 + 1.0)).product();
        if self.valley_emphasis && choices > MOST_CHOICES {
            return refused("with valley emphasis it would take too long for so many bins");
        }
        let bins = Bins::new(image.array(), None, self.bins as usize, Reach::Values)?;
        let last = last_bins(&bins, count, self.valley_emphasis).into_iter();
        Ok(last.map(|n| if self.bin_midpoint { bins.middle(n) } else { bins.upper(n) }).collect())
    }
}
