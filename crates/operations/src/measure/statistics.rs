//! Statistics: numbers about a volume, or about each label of a label map on it.

use microtome_geometry::Grid;
use microtome_image::{Array, Image};
use microtome_records::{Column, ColumnValues, Table};

use super::label_statistics::{LabelStatistics, label_percentiles, label_statistics};
use super::percentiles::percentiles;
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::{require_same_grid, scalar};
use crate::value::LabelImage;

operation! {
    /// Finds count, range, mean, deviation, median and percentiles of a volume's values, and with a label map the same
    /// for the voxels of each label with their volume and centroid. Values that are not numbers (NaN) are not counted.
    ///
    /// The values are those of the whole volume, or with a label map of all voxels that have a label. The standard
    /// deviation is that of the population (divided by the count). Percentiles are interpolated between ranks.
    pub struct Statistics("statistics", "Volume statistics", "measure");
    inputs {
        /// The volume whose values are looked at.
        input: Image,
        /// The label map, on the grid of the volume.
        labels: Option<LabelImage>,
    }
    parameters {
        /// The lower and the upper percentile that are found, in percent.
        percentiles: [f64; 2] = [5.0, 95.0], minimum 0.0, maximum 100.0, unit "%";
    }
    outputs {
        /// One row for each label, or one row for the whole volume.
        output: Table,
    }
    values {
        /// How many voxels.
        voxels: u64,
        /// Their volume in mm³.
        volume_mm3: f64,
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
        /// Sum of the values.
        sum: f64,
        /// Mean value.
        mean: f64,
        /// Standard deviation.
        standard_deviation: f64,
        /// Median.
        median: f64,
        /// The lower percentile.
        lower_percentile: f64,
        /// The upper percentile.
        upper_percentile: f64,
    }
    example "Four voxels of 2 mm³" {
        inputs { "input": { "dimensions": [4, 1, 1], "spacing": [2, 1, 1], "values": [1, 2, 3, 6] } }
        parameters {}
        gives { "voxels": 4, "volume-mm3": 8, "min": 1, "max": 6, "mean": 3, "median": 2.5 }
    }
}

impl Operation for Statistics {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: image, labels } = inputs;
        scalar("input", &image)?;
        let grid = *image.grid();
        let labels = match labels.map(LabelImage::into_image) {
            Some(labels) => {
                scalar("labels", &labels)?;
                require_same_grid("labels", &labels, &image)?;
                Some(labels)
            }
            None => None,
        };
        let values = image.array();
        let (rows, medians, whole) = match &labels {
            Some(labels) => {
                let rows = label_statistics(labels.array(), values, &grid, progress)?;
                progress.report(0.5)?;
                let wanted: Vec<i64> = rows.iter().map(|row| row.label).collect();
                let medians = label_percentiles(labels.array(), values, &wanted, &[0.5]).concat();
                progress.report(0.8)?;
                let marks = labels.array();
                let inside: Vec<f64> = (0..values.len())
                    .filter(|&n| marks.get(n).is_some_and(|l| l as i64 != 0))
                    .filter_map(|n| values.get(n))
                    .collect();
                (rows, medians, Array::from(inside))
            }
            None => {
                let everything = Array::from(vec![1_u8; values.len()]);
                let rows = label_statistics(&everything, values, &grid, progress)?;
                (rows, percentiles(values, &[0.5]), values.clone())
            }
        };
        let fractions = [0.5, self.percentiles[0] / 100.0, self.percentiles[1] / 100.0];
        let [median, lower, upper] = percentiles(&whole, &fractions).try_into().unwrap_or([f64::NAN; 3]);
        progress.report(1.0)?;
        let total = total(&rows);
        Ok(Outputs {
            output: table(&rows, &medians, &grid, labels.is_some()),
            voxels: total.voxels,
            volume_mm3: total.voxels as f64 * grid.voxel_volume(),
            min: total.min,
            max: total.max,
            sum: total.mean * total.count as f64,
            mean: total.mean,
            standard_deviation: total.deviation,
            median,
            lower_percentile: lower,
            upper_percentile: upper,
        })
    }
}

/// The statistics of all rows together.
fn total(rows: &[LabelStatistics]) -> LabelStatistics {
    let counted = || rows.iter().filter(|row| row.count > 0);
    let count: u64 = counted().map(|row| row.count).sum();
    let mean = counted().map(|row| row.mean * (row.count as f64 / count as f64)).sum::<f64>();
    let variance: f64 = counted()
        .map(|row| (row.deviation.powi(2) + (row.mean - mean).powi(2)) * (row.count as f64 / count as f64))
        .sum();
    let known = |v: f64| if count > 0 { v } else { f64::NAN };
    LabelStatistics {
        label: 0,
        voxels: rows.iter().map(|row| row.voxels).sum(),
        count,
        min: known(counted().map(|row| row.min).fold(f64::INFINITY, f64::min)),
        max: known(counted().map(|row| row.max).fold(f64::NEG_INFINITY, f64::max)),
        mean: known(mean),
        deviation: known(variance.sqrt()),
        centroid: microtome_geometry::Point::zero(),
    }
}

fn table(rows: &[LabelStatistics], medians: &[f64], grid: &Grid, labelled: bool) -> Table {
    let volume = grid.voxel_volume();
    let column = |name: &str, unit: &str, value: &dyn Fn(&LabelStatistics) -> f64| Column {
        name: name.to_owned(),
        values: ColumnValues::Numbers(rows.iter().map(value).collect::<Vec<f64>>().into()),
        properties: if unit.is_empty() { Vec::new() } else { vec![("unit".to_owned(), unit.to_owned())] },
    };
    let whole = |name: &str, value: &dyn Fn(&LabelStatistics) -> i64| Column {
        name: name.to_owned(),
        values: ColumnValues::Numbers(rows.iter().map(value).collect::<Vec<i64>>().into()),
        properties: Vec::new(),
    };
    let mut columns = Vec::new();
    if labelled {
        columns.push(whole("label", &|row| row.label));
    }
    columns.extend([
        whole("voxels", &|row| row.voxels as i64),
        column("volume mm3", "mm3", &|row| row.voxels as f64 * volume),
        column("volume cm3", "cm3", &|row| row.voxels as f64 * volume / 1000.0),
        column("min", "", &|row| row.min),
        column("max", "", &|row| row.max),
        column("mean", "", &|row| row.mean),
    ]);
    columns.push(Column {
        name: "median".to_owned(),
        values: ColumnValues::Numbers(medians.to_vec().into()),
        properties: Vec::new(),
    });
    columns.extend([
        column("standard deviation", "", &|row| row.deviation),
        column("centroid r", "mm", &|row| row.centroid.x()),
        column("centroid a", "mm", &|row| row.centroid.y()),
        column("centroid s", "mm", &|row| row.centroid.z()),
    ]);
    Table { columns }
}

#[cfg(test)]
mod tests {
    use microtome_geometry::Point;

    use super::*;

    fn image(values: impl Into<Array>) -> Image {
        Image::scalar(Grid::axis_aligned([4, 2, 1], [2.0, 3.0, 1.0], Point::zero()), values).unwrap()
    }

    #[test]
    fn a_whole_volume() {
        let inputs = Inputs { input: image(vec![3_i16, 1, 4, 1, 5, 9, 2, 6]), labels: None };
        let found = Statistics::default().run(inputs, &Progress::ignored()).unwrap();
        assert_eq!((found.voxels, found.volume_mm3, found.min, found.max), (8, 48.0, 1.0, 9.0));
        assert_eq!((found.sum, found.mean, found.median), (31.0, 3.875, 3.5));
        // numpy 2.x: np.std, np.percentile(…, [5, 95])
        assert!(
            (found.standard_deviation - 2.570_870_475_150_391_7).abs() < 1e-12,
            "{}",
            found.standard_deviation
        );
        assert_eq!(found.lower_percentile, 1.0);
        assert!((found.upper_percentile - 7.95).abs() < 1e-12);
    }

    #[test]
    fn labels_have_a_row_each() {
        let labels = Some(LabelImage::new(image(vec![0_u8, 2, 2, 0, 5, 5, 5, 0])));
        let inputs = Inputs { input: image(vec![3.0_f32, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]), labels };
        let found = Statistics::default().run(inputs, &Progress::ignored()).unwrap();
        let names: Vec<&str> = found.output.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names[..4], ["label", "voxels", "volume mm3", "volume cm3"]);
        assert_eq!(found.output.columns[0].values, ColumnValues::Numbers(vec![2_i64, 5].into()));
        assert_eq!(found.output.columns[7].values, ColumnValues::Numbers(vec![2.5_f64, 5.0].into()));
        assert_eq!((found.voxels, found.median, found.max), (5, 4.0, 9.0));
        assert!((found.mean - 4.2).abs() < 1e-12);
    }

    #[test]
    fn a_label_map_on_another_grid_is_refused() {
        let shifted = image(vec![1_u8; 8]).with_grid(Grid::axis_aligned(
            [4, 2, 1],
            [2.0, 3.0, 1.0],
            Point::new(1.0, 0.0, 0.0),
        ));
        let inputs = Inputs { input: image(vec![0_u8; 8]), labels: Some(LabelImage::new(shifted.unwrap())) };
        assert!(Statistics::default().run(inputs, &Progress::ignored()).is_err());
    }
}
