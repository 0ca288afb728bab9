//! Compare segmentations: how alike segments are.

use microtome_geometry::{Grid, Point};
use microtome_image::{Labels, Region};
use microtome_records::{LayerReader, Segment, Segmentation, Table};
use rayon::prelude::*;

use super::columns::{numbers, text};
use super::compare::hausdorff::{Hausdorff, between, between_boundaries};
use super::compare::overlap::Overlap;
use super::compare::{center, size};
use crate::bits::BitVolume;
use crate::declare::Operation;
use crate::progress::{Cancelled, Progress};
use crate::registry::OperationError;
use crate::{choice, operation, parameter_error};

choice! {
    /// How the table is laid out.
    pub enum ComparisonLayout {
        /// A row for each number: its name and its value.
        Metrics = "metrics",
        /// A row for each pair of segments.
        Pairs = "pairs",
    }
}

operation! {
    /// Compares segments with those of a reference: Dice and Jaccard index, true and false positives and negatives, centres and
    /// volumes, and the Hausdorff distance and its mean and 95 % variants between their boundaries.
    ///
    /// Each segment is compared with that of the reference of the same identifier or name (where both have one segment, with that). Both
    /// are read on the voxels of the reference, grown so that no voxel of either is lost. Shares of positives and
    /// negatives are of all these voxels. Boundaries are voxels of which a neighbour by face is not in the segment; beyond the
    /// volume nothing is. The average is the mean of the means in both directions, and so is the 95th percentile, as in SlicerRT.
    /// The surface distance is the mean over the boundary voxels of both.
    pub struct CompareSegmentations("compare-segmentations", "Compare segmentations", "measure");
    inputs {
        /// The segmentation that is compared.
        input: Segmentation,
        /// The reference.
        reference: Segmentation,
    }
    parameters {
        /// The segment that is compared (identifier or name); nothing: each that has its like in the reference.
        segment: Option<String> = None;
        /// The segment of the reference (identifier or name); nothing: the one that is like the segment.
        reference_segment: Option<String> = None;
        /// How the table is laid out.
        layout: ComparisonLayout = ComparisonLayout::Metrics;
        /// How the compared segmentation is called in the table.
        name: String = "input".to_owned();
        /// How the reference is called in the table.
        reference_name: String = "reference".to_owned();
    }
    outputs {
        /// The numbers of each pair of segments.
        output: Table,
    }
    values {
        /// How many pairs were compared.
        pairs: u64,
        /// Dice index, the mean of all pairs.
        dice: f64,
        /// Jaccard index, the mean of all pairs.
        jaccard: f64,
        /// Volume of the compared segments less that of the reference's, mm³.
        volume_difference_mm3: f64,
        /// Hausdorff distance of the boundaries, the greatest of all pairs, mm.
        hausdorff: f64,
        /// Its 95 % variant, the greatest of all pairs, mm.
        hausdorff_95: f64,
        /// Its average variant, the mean of all pairs, mm.
        hausdorff_average: f64,
        /// Mean distance over the boundary voxels of both, the mean of all pairs, mm.
        surface_distance: f64,
        /// Hausdorff distance of all voxels, not the boundaries alone, the greatest of all pairs, mm.
        volume_hausdorff: f64,
        /// Its 95 % variant, the greatest of all pairs, mm.
        volume_hausdorff_95: f64,
        /// Its average variant, the mean of all pairs, mm.
        volume_hausdorff_average: f64,
    }
    example "One of two voxels" {
        inputs {
            "input": { "dimensions": [4, 1, 1], "spacing": [2, 1, 1], "type": "uint8", "values": [0, 1, 1, 0] },
            "reference": { "dimensions": [4, 1, 1], "spacing": [2, 1, 1], "type": "uint8", "values": [0, 0, 1, 0] }
        }
        parameters { "layout": "pairs" }
        gives { "pairs": 1, "dice": 0.6666667, "jaccard": 0.5, "hausdorff": 2, "hausdorff-average": 0.5, "volume-difference-mm3": 2,
            "output": { "columns": { "True negatives (%)": [50], "False positives (%)": [25] } } }
    }
}

impl Operation for CompareSegmentations {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input, reference } = inputs;
        let pairs = self.pairs(&input, &reference)?;
        let Some(base) = reference.layers.first().or(input.layers.first()).map(|layer| *layer.grid()) else {
            let why = "neither it nor the reference has voxels".to_owned();
            return Err(OperationError::Input { name: "input".to_owned(), why });
        };
        let layers: Vec<Labels> = reference.layers.iter().chain(&input.layers).cloned().collect();
        let common = Common { reader: LayerReader::on(&base, &layers), offset: reference.layers.len() };
        let mut found = Vec::with_capacity(pairs.len());
        for (n, pair) in pairs.iter().enumerate() {
            let part = |n: usize| n as f64 / pairs.len() as f64;
            found.push(common.compare(pair, &progress.step(part(n)..part(n + 1)))?);
        }
        progress.report(1.0)?;
        let output = match self.layout {
            ComparisonLayout::Metrics => self.metrics(&found),
            ComparisonLayout::Pairs => self.rows(&found),
        };
        let mean =
            |value: &dyn Fn(&Comparison) -> f64| found.iter().map(value).sum::<f64>() / found.len() as f64;
        // A pair of which one is empty has no distance, and then there is none of all.
        let most = |value: &dyn Fn(&Comparison) -> f64| {
            found
                .iter()
                .map(value)
                .fold(f64::NEG_INFINITY, |most, v| if v.is_nan() { v } else { most.max(v) })
        };
        Ok(Outputs {
            pairs: found.len() as u64,
            dice: mean(&|c| c.overlap.dice()),
            jaccard: mean(&|c| c.overlap.jaccard()),
            volume_difference_mm3: found.iter().map(Comparison::difference).sum(),
            hausdorff: most(&|c| of(&c.boundaries, |h| h.maximum)),
            hausdorff_95: most(&|c| of(&c.boundaries, |h| h.percentile_95)),
            hausdorff_average: mean(&|c| of(&c.boundaries, |h| h.average)),
            surface_distance: mean(&|c| of(&c.boundaries, |h| h.pooled)),
            volume_hausdorff: most(&|c| of(&c.volumes, |h| h.maximum)),
            volume_hausdorff_95: most(&|c| of(&c.volumes, |h| h.percentile_95)),
            volume_hausdorff_average: mean(&|c| of(&c.volumes, |h| h.average)),
            output,
        })
    }
}

/// A number of a distance, NaN where there is none.
fn of(distance: &Option<Hausdorff>, number: impl Fn(&Hausdorff) -> f64) -> f64 {
    distance.as_ref().map_or(f64::NAN, number)
}

/// A segment of the reference and the one that is compared with it.
struct Pair<'a> {
    reference: &'a Segment,
    compared: &'a Segment,
}

impl CompareSegmentations {
    fn pairs<'a>(
        &self,
        input: &'a Segmentation,
        reference: &'a Segmentation,
    ) -> Result<Vec<Pair<'a>>, OperationError> {
        let compared = chosen("segment", &self.segment, input)?;
        let against = chosen("reference-segment", &self.reference_segment, reference)?;
        if let ([compared], [reference]) = (&compared[..], &against[..]) {
            return Ok(vec![Pair { reference, compared }]);
        }
        let like = |s: &Segment| {
            let by_id = against.iter().find(|r| r.id == s.id);
            by_id.or_else(|| against.iter().find(|r| r.name == s.name)).copied()
        };
        let pairs: Vec<Pair<'a>> = compared
            .iter()
            .filter_map(|&compared| Some(Pair { reference: like(compared)?, compared }))
            .collect();
        if pairs.is_empty() {
            let why = "no segment has the identifier or name of one of the reference; segment and reference-segment choose two";
            return Err(OperationError::Input { name: "input".to_owned(), why: why.to_owned() });
        }
        Ok(pairs)
    }

    fn metrics(&self, found: &[Comparison]) -> Table {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for comparison in found {
            for (name, value) in comparison.rows(self) {
                names.push(name.to_owned());
                values.push(value.to_string());
            }
        }
        Table { columns: vec![text("Metric name", names), text("Metric value", values)] }
    }

    fn rows(&self, found: &[Comparison]) -> Table {
        let rows: Vec<_> = found.iter().map(|comparison| comparison.rows(self)).collect();
        let count = rows.first().map_or(0, Vec::len);
        let mut columns = Vec::new();
        for n in 0..count {
            let name = rows[0][n].0;
            let cells = || rows.iter().map(move |row| &row[n].1);
            match &rows[0][n].1 {
                Cell::Text(_) => columns.push(text(name, cells().map(Cell::to_string).collect())),
                Cell::Number(_) => {
                    columns.push(numbers(name, "", cells().map(|c| c.numbers()[0]).collect::<Vec<_>>()))
                }
                Cell::Place(_) => {
                    for (a, axis) in ["r", "a", "s"].iter().enumerate() {
                        let values: Vec<f64> = cells().map(|c| c.numbers()[a]).collect();
                        columns.push(numbers(&format!("{name}_{axis}"), "mm", values));
                    }
                }
            }
        }
        Table { columns }
    }
}

/// The segment that is named, or all.
fn chosen<'a>(
    parameter: &str,
    name: &Option<String>,
    segmentation: &'a Segmentation,
) -> Result<Vec<&'a Segment>, OperationError> {
    let Some(wanted) = name else { return Ok(segmentation.segments.iter().collect()) };
    let by_id = segmentation.segments.iter().find(|s| s.id == *wanted);
    let found = by_id.or_else(|| segmentation.segments.iter().find(|s| s.name == *wanted));
    found.map(|segment| vec![segment]).ok_or_else(|| {
        let names: Vec<&str> = segmentation.segments.iter().map(|s| s.name.as_str()).collect();
        let why = format!("there is no such segment; there are {}", names.join(", "));
        parameter_error(parameter, name, &why).into()
    })
}

/// The layers of both segmentations on one grid.
struct Common<'a> {
    reader: LayerReader<'a>,
    /// The first layer of the compared segmentation.
    offset: usize,
}

impl Common<'_> {
    fn compare(&self, pair: &Pair<'_>, progress: &Progress) -> Result<Comparison, Cancelled> {
        progress.report(0.0)?;
        let places = [
            pair.reference.place.map(|place| (place.layer, place.label)),
            pair.compared.place.map(|place| (place.layer + self.offset, place.label)),
        ];
        let places = places.map(|place| place.filter(|(layer, _)| *layer < self.reader.count()));
        let extents = places.iter().flatten().filter_map(|(layer, _)| self.reader.extent(*layer));
        let nothing = Region { start: [0; 3], dims: [1; 3] };
        let region = extents.reduce(|a, b| a.around(&b)).unwrap_or(nothing);
        let [reference, compared] = places.map(|place| self.voxels(place, &region));
        let grid = self.reader.grid();
        let both =
            reference.bits().iter().zip(compared.bits()).map(|(a, b)| u64::from((a & b).count_ones())).sum();
        let overlap = Overlap { first: size(&reference), second: size(&compared), both };
        progress.report(0.1)?;
        let spacing = grid.spacing();
        let boundaries = between_boundaries(&reference, &compared, spacing, &progress.step(0.1..0.6))?;
        let volumes = between(&reference, &compared, spacing, &progress.step(0.6..1.0))?;
        let place = |set: &BitVolume| middle(set, &region, grid);
        Ok(Comparison {
            names: [pair.reference, pair.compared].map(|segment| segment.name.clone()),
            overlap,
            all: grid.voxel_count() as f64,
            voxel: grid.voxel_volume(),
            centers: [place(&reference), place(&compared)],
            boundaries,
            volumes,
        })
    }

    /// The voxels of a label of a layer within a region.
    fn voxels(&self, place: Option<(usize, i32)>, region: &Region) -> BitVolume {
        let mut set = BitVolume::none(region.dims);
        let Some((layer, wanted)) = place else { return set };
        let [ni, nj, _] = region.dims;
        let words = set.words() * nj;
        set.bits_mut().par_chunks_mut(words.max(1)).enumerate().for_each(|(k, out)| {
            let slice =
                Region { start: [region.start[0], region.start[1], region.start[2] + k], dims: [ni, nj, 1] };
            let mut labels = vec![0; ni * nj];
            self.reader.read(layer, &slice, &mut labels);
            out.copy_from_slice(BitVolume::new(&labels, slice.dims, |label| label == wanted).bits());
        });
        set
    }
}

/// The mean position of a set's voxels (RAS mm), NaN if it has none.
fn middle(set: &BitVolume, region: &Region, grid: &Grid) -> [f64; 3] {
    center(set).map_or([f64::NAN; 3], |index| {
        let index = std::array::from_fn(|a| index[a] + region.start[a] as f64);
        grid.ijk_to_ras().apply(Point::from_array(index)).coords()
    })
}

/// What was found of a pair.
struct Comparison {
    /// Of the reference and of the compared segment.
    names: [String; 2],
    overlap: Overlap,
    /// Voxels of the common grid.
    all: f64,
    /// Volume of a voxel, mm³.
    voxel: f64,
    centers: [[f64; 3]; 2],
    boundaries: Option<Hausdorff>,
    volumes: Option<Hausdorff>,
}

/// A value in the table.
enum Cell {
    Text(String),
    Number(f64),
    Place([f64; 3]),
}

impl Cell {
    fn numbers(&self) -> [f64; 3] {
        match self {
            Self::Text(_) => [f64::NAN; 3],
            Self::Number(v) => [*v; 3],
            Self::Place(p) => *p,
        }
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(v) => write!(f, "{v}"),
            Self::Place([r, a, s]) => write!(f, "({r}, {a}, {s})"),
        }
    }
}

impl Comparison {
    /// The compared volume less the reference's, mm³.
    fn difference(&self) -> f64 {
        (self.overlap.second as f64 - self.overlap.first as f64) * self.voxel
    }

    /// All metrics by name, those of SlicerRT first.
    fn rows(&self, names: &CompareSegmentations) -> Vec<(&'static str, Cell)> {
        let Overlap { first, second, both } = self.overlap;
        let share = |voxels: u64| Cell::Number(100.0 * voxels as f64 / self.all);
        let cc = |voxels: u64| Cell::Number(voxels as f64 * self.voxel / 1000.0);
        let distance = |number: fn(&Hausdorff) -> f64| Cell::Number(of(&self.boundaries, number));
        let [reference, compared] = self.names.clone();
        vec![
            ("Reference segmentation", Cell::Text(names.reference_name.clone())),
            ("Reference segment", Cell::Text(reference)),
            ("Compare segmentation", Cell::Text(names.name.clone())),
            ("Compare segment", Cell::Text(compared)),
            ("Dice coefficient", Cell::Number(self.overlap.dice())),
            ("True positives (%)", share(both)),
            (
                "True negatives (%)",
                Cell::Number(100.0 * (self.all - (first + second - both) as f64) / self.all),
            ),
            ("False positives (%)", share(second - both)),
            ("False negatives (%)", share(first - both)),
            ("Reference center", Cell::Place(self.centers[0])),
            ("Compare center", Cell::Place(self.centers[1])),
            ("Reference volume (cc)", cc(first)),
            ("Compare volume (cc)", cc(second)),
            ("Maximum (mm)", distance(|h| h.maximum)),
            ("Average (mm)", distance(|h| h.average)),
            ("95% (mm)", distance(|h| h.percentile_95)),
            ("Jaccard index", Cell::Number(self.overlap.jaccard())),
            ("Volume difference (cc)", Cell::Number(self.difference() / 1000.0)),
            ("Volume difference (%)", Cell::Number(100.0 * (second as f64 - first as f64) / first as f64)),
            ("Average surface distance (mm)", distance(|h| h.pooled)),
            ("Greater 95% (mm)", distance(|h| h.greater_percentile_95)),
        ]
    }
}
