//! Automatic thresholds.

use microtome_image::Image;

use super::between_classes::last_bins;
use super::histogram::{Bins, Reach};
use super::labelling::check;
use super::methods;
use super::otsu::{above, in_type};
use crate::declare::Operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::value::LabelImage;
use crate::{choice, operation};

choice! {
    /// How a threshold is found.
    pub enum ThresholdMethod {
        /// Least fuzziness (Huang).
        Huang = "huang",
        /// Half way between the two peaks of the smoothed histogram (Prewitt).
        Intermodes = "intermodes",
        /// Half way between the means of the classes (Ridler).
        Isodata = "isodata",
        /// Least error of two normal distributions (Kittler and Illingworth).
        KittlerIllingworth = "kittler-illingworth",
        /// Least cross entropy (Li).
        Li = "li",
        /// Greatest entropy of the classes (Kapur).
        MaximumEntropy = "maximum-entropy",
        /// Preserved moments (Tsai).
        Moments = "moments",
        /// Greatest variance between the classes (Otsu).
        Otsu = "otsu",
        /// Greatest Rényi entropies (Sahoo).
        RenyiEntropy = "renyi-entropy",
        /// Most alike fuzzy entropies (Shanbhag).
        Shanbhag = "shanbhag",
        /// Furthest below a line from the peak to the end of the histogram (Zack).
        Triangle = "triangle",
        /// Greatest correlation (Yen).
        Yen = "yen",
    }
}

operation! {
    /// Finds a threshold between dark and bright voxels by one of twelve methods, and labels the bright ones: those above it.
    ///
    /// Histograms, methods and thresholds are ITK's: bins of equal width from the least value to just above the greatest,
    /// for 8-bit volumes over all values of the type; in a volume of whole numbers, what is behind the threshold's decimal point is
    /// dropped. Slicer's Segment Editor uses 64 bins.
    pub struct AutoThreshold("auto-threshold", "Automatic threshold", "segmentation");
    inputs {
        /// The volume.
        input: Image,
        /// Where it is not 0, voxels count and are labelled; nothing: everywhere.
        mask: Option<LabelImage>,
    }
    parameters {
        /// How the threshold is found.
        method: ThresholdMethod = ThresholdMethod::Otsu;
        /// How many bins the histogram has.
        bins: u32 = 256, minimum 3, maximum 4096;
        /// The label of the bright voxels.
        label: u32 = 1, minimum 1, maximum 255;
    }
    outputs {
        /// The label map.
        output: LabelImage,
    }
    values {
        /// The greatest value that is dark.
        threshold: f64,
        /// How many voxels are labelled.
        voxels: u64,
    }
    example "Dark and bright" {
        inputs { "input": { "dimensions": [6, 1, 1], "type": "int16", "values": [10, 20, 10, 90, 80, 90] } }
        parameters { "method": "isodata" }
        gives { "output": { "values": [0, 0, 0, 1, 1, 1] }, "voxels": 3 }
    }
}

impl Operation for AutoThreshold {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: image, mask } = inputs;
        let mask = mask.map(LabelImage::into_image);
        check(&image, mask.as_ref())?;
        progress.report(0.0)?;
        let bins =
            Bins::new(image.array(), mask.as_ref().map(Image::array), self.bins as usize, Reach::Type)?;
        progress.report(0.5)?;
        let threshold = in_type(&image, self.threshold(&bins)?);
        progress.report(0.7)?;
        let (labels, voxels) = above(&image, mask.as_ref(), threshold, self.label as u8)?;
        progress.report(1.0)?;
        Ok(Outputs { output: LabelImage::new(labels), threshold, voxels })
    }
}

impl AutoThreshold {
    fn threshold(&self, bins: &Bins) -> Result<f64, OperationError> {
        use ThresholdMethod as By;
        let failed = |why: String| OperationError::Input { name: "input".to_owned(), why };
        let bin = match self.method {
            By::Isodata => return Ok(methods::isodata(bins)),
            By::Otsu => return Ok(bins.upper(last_bins(bins, 1, false).first().copied().unwrap_or_default())),
            By::Huang => methods::huang(bins),
            By::Intermodes => methods::intermodes(bins).map_err(failed)?,
            By::KittlerIllingworth => methods::kittler_illingworth(bins).map_err(failed)?,
            By::Li => methods::li(bins),
            By::MaximumEntropy => methods::maximum_entropy(bins),
            By::Moments => methods::moments(bins),
            By::RenyiEntropy => methods::renyi_entropy(bins),
            By::Shanbhag => methods::shanbhag(bins),
            By::Triangle => methods::triangle(bins),
            By::Yen => methods::yen(bins),
        };
        Ok(bins.middle(bin))
    }
}
