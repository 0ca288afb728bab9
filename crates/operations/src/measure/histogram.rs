//! Histogram: how often values occur.

use microtome_image::{Array, Histogram as Counts, Image, Scalar, with_values};
use microtome_records::Table;

use super::columns::numbers;
use crate::declare::Operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::{require_same_grid, scalar};
use crate::value::LabelImage;
use crate::{operation, parameter_error};

operation! {
    /// Counts how many values of a volume lie in each of some bins of equal width. Values that are not numbers, and those
    /// outside the range, are not counted; the upper end of the range belongs to the last bin.
    pub struct Histogram("histogram", "Histogram", "measure");
    inputs {
        /// The volume.
        input: Image,
        /// Where it is not 0, values count; nothing: everywhere.
        mask: Option<LabelImage>,
    }
    parameters {
        /// How many bins there are.
        bins: u32 = 256, minimum 1, maximum 1000000;
        /// The least and the greatest value that are counted; nothing: those of the volume.
        range: Option<[f64; 2]> = None;
    }
    outputs {
        /// A row for each bin: its edges, its count, its share of all that were counted, and that of the bins up to it.
        output: Table,
    }
    values {
        /// The lower edge of the first bin.
        start: f64,
        /// The width of a bin.
        bin_width: f64,
        /// How many values were counted.
        total: u64,
        /// How many are in the fullest bin.
        greatest: u64,
        /// The middle of the fullest bin.
        mode: f64,
    }
    example "Two bins" {
        inputs { "input": { "dimensions": [5, 1, 1], "values": [0, 1, 2, 3, 4] } }
        parameters { "bins": 2 }
        gives { "total": 5, "bin-width": 2, "mode": 3, "output": { "columns": { "lower": [0, 2], "count": [2, 3] } } }
    }
}

impl Operation for Histogram {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: image, mask } = inputs;
        scalar("input", &image)?;
        progress.report(0.0)?;
        let masked = match mask.map(LabelImage::into_image) {
            None => None,
            Some(mask) => {
                scalar("mask", &mask)?;
                require_same_grid("mask", &mask, &image)?;
                Some(within(image.array(), mask.array()))
            }
        };
        let values = masked.as_ref().unwrap_or(image.array());
        let bins = self.bins as usize;
        let counts = match self.range {
            None => Counts::over_range(values, bins),
            Some([low, high]) if low < high => Counts::new(values, low, high, bins),
            Some(_) => {
                return Err(
                    parameter_error("range", &self.range, "the first has to be the lesser one").into()
                );
            }
        };
        progress.report(0.9)?;
        let fullest =
            (0..bins).fold(0, |best, n| if counts.counts[n] > counts.counts[best] { n } else { best });
        let output = table(&counts);
        progress.report(1.0)?;
        Ok(Outputs {
            output,
            start: counts.start,
            bin_width: counts.bin_width,
            total: counts.total(),
            greatest: counts.counts[fullest],
            mode: counts.start + (fullest as f64 + 0.5) * counts.bin_width,
        })
    }
}

/// The values whose mask is not 0.
fn within(values: &Array, mask: &Array) -> Array {
    let inside: Vec<usize> = with_values!(mask, mask => {
        let is_inside = |m: f64| m != 0.0 && !m.is_nan();
        mask.iter().enumerate().filter(|(_, m)| is_inside(m.to_f64())).map(|(n, _)| n).collect()
    });
    let wide: Vec<f64> = with_values!(values, values => inside.iter().map(|n| values[*n].to_f64()).collect());
    Array::from(wide)
}

fn table(counts: &Counts) -> Table {
    let bins = counts.counts.len();
    let edge = |n: usize| counts.start + n as f64 * counts.bin_width;
    let total = counts.total().max(1) as f64;
    let mut sum = 0;
    let cumulative = counts.counts.iter().map(|n| {
        sum += n;
        sum as f64 / total
    });
    Table {
        columns: vec![
            numbers("bin", "", (0..bins as i64).collect::<Vec<_>>()),
            numbers("lower", "", (0..bins).map(edge).collect::<Vec<_>>()),
            numbers("upper", "", (1..=bins).map(edge).collect::<Vec<_>>()),
            numbers("cumulative fraction", "", cumulative.collect::<Vec<_>>()),
            numbers("fraction", "", counts.counts.iter().map(|n| *n as f64 / total).collect::<Vec<_>>()),
            numbers("count", "", counts.counts.iter().map(|n| *n as i64).collect::<Vec<_>>()),
        ],
    }
}
