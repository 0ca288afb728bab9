//! Histogram matching: one volume gets the distribution of values of another.

use microtome_image::{Histogram, Image, Statistics, with_values};

use super::intensity_windowing::each;
use crate::declare::Operation;
use crate::kernels::pointwise;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::{operation, single};

operation! {
    /// Changes the values of a volume so that their distribution becomes that of a reference, as for two MR volumes of the same
    /// kind.
    ///
    /// Quantiles of both histograms are matched (L. G. Nyúl, J. K. Udupa and X. Zhang, "New variants of a method of MRI scale
    /// standardization", IEEE TMI 19(2), 2000); between them values go straight from one to the next. Whole numbers are rounded
    /// to the nearest, where Slicer cuts fractions off. The volumes need not stand on the same grid.
    pub struct HistogramMatching("histogram-matching", "Histogram matching", "filters");
    inputs {
        /// The volume whose values change.
        input: Image,
        /// The volume whose distribution it gets.
        reference: Image,
    }
    parameters {
        /// The number of bins of both histograms.
        histogram_levels: u32 = 128, minimum 1, maximum 1000000;
        /// How many quantiles are matched, besides the ends.
        match_points: u32 = 10, minimum 1, maximum 10000;
        /// Whether only values from the mean up are matched, which leaves out a dark background.
        threshold_at_mean_intensity: bool = false;
    }
    outputs {
        /// The volume with new values, of the type of the input.
        output: Image,
    }
    values {}
    example "A ramp becomes one twice as steep" {
        inputs {
            "input": { "dimensions": [5, 1, 1], "values": [0, 1, 2, 3, 4] },
            "reference": { "dimensions": [5, 1, 1], "values": [0, 2, 4, 6, 8] }
        }
        parameters { "match-points": 1 }
        gives { "output": { "values": [0, 2, 4, 6, 8] } }
    }
}

/// What is known of one of the volumes.
struct Side {
    /// Least value of all.
    min: f64,
    /// Where the histogram starts, its quantiles, and the greatest value.
    quantiles: Vec<f64>,
}

impl HistogramMatching {
    fn side(&self, name: &str, image: &Image) -> Result<Side, OperationError> {
        single::scalar(name, image)?;
        let statistics = Statistics::of(image.array());
        let (min, max) = (statistics.min, statistics.max);
        if !(min.is_finite() && max.is_finite()) {
            let why = "its values are not all finite numbers".to_owned();
            return Err(OperationError::Input { name: name.to_owned(), why });
        }
        let start = if self.threshold_at_mean_intensity { statistics.mean() } else { min };
        let histogram = Histogram::new(image.array(), start, max, self.histogram_levels as usize);
        let mut quantiles = vec![start];
        let parts = f64::from(self.match_points + 1);
        quantiles.extend((1..=self.match_points).map(|n| quantile(&histogram, f64::from(n) / parts)));
        quantiles.push(max);
        Ok(Side { min, quantiles })
    }
}

/// The value below which a fraction of a histogram's numbers lies, each bin's spread evenly over it. From the middle on it is looked for
/// from above.
fn quantile(histogram: &Histogram, fraction: f64) -> f64 {
    let total = histogram.total() as f64;
    let width = histogram.bin_width;
    let edge = |bin: usize| histogram.start + bin as f64 * width;
    let parts = histogram.counts.iter().map(|&count| count as f64 / total);
    let mut sum = 0.0;
    if fraction < 0.5 {
        for (bin, part) in parts.enumerate() {
            if part > 0.0 && sum + part >= fraction {
                return edge(bin) + (fraction - sum) / part * width;
            }
            sum += part;
        }
    } else {
        for (bin, part) in parts.enumerate().rev() {
            if part > 0.0 && sum + part >= 1.0 - fraction {
                return edge(bin + 1) - (1.0 - fraction - sum) / part * width;
            }
            sum += part;
        }
    }
    histogram.start
}

impl Operation for HistogramMatching {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input;
        let from = self.side("input", &image)?;
        progress.report(0.3)?;
        let to = self.side("reference", &inputs.reference)?;
        let progress = progress.step(0.6..1.0);
        let slope = |dx: f64, dy: f64| if dx == 0.0 { 0.0 } else { dy / dx };
        let (x, y) = (&from.quantiles, &to.quantiles);
        let slopes: Vec<f64> =
            x.windows(2).zip(y.windows(2)).map(|(x, y)| slope(x[1] - x[0], y[1] - y[0])).collect();
        let below = slope(x[0] - from.min, y[0] - to.min);
        let last = x.len() - 1;
        let matched = |v: f64| match x.partition_point(|q| *q <= v) {
            0 => to.min + (v - from.min) * below,
            n if n > last => y[last],
            n => y[n - 1] + (v - x[n - 1]) * slopes[n - 1],
        };
        let output = with_values!(image.array(), values => {
            image.with_array(pointwise::map(values, &progress, each(matched))?)?
        });
        Ok(Outputs { output })
    }
}
