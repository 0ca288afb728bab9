//! Line profile: a volume's values along a line or curve.

mod peaks;

use microtome_geometry::curve::{Sample, Spread, length, resample};
use microtome_geometry::{Point, Ras};
use microtome_image::{Boundary, DenseView, Image, Interpolation, Meaning, Sampler, with_values};
use microtome_records::{Markups, Table};

use super::columns::numbers;
use crate::declare::Operation;
use crate::filters::resample::Method;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::{operation, parameter_error};

operation! {
    /// Samples a volume along a line or curve, at points that are evenly spread from its first point to its last (of a closed
    /// curve, back to its first), and finds the peaks of the profile.
    ///
    /// Outside the volume there is no value; Slicer gives 0. A peak's width is measured where it passes a part of its
    /// height above its base, the higher one of the lowest places on both sides before a higher peak; its height is that
    /// above the base (Slicer divides it by the percentage).
    pub struct LineProfile("line-profile", "Line profile", "measure");
    inputs {
        /// The volume.
        input: Image,
        /// The line or curve; nothing: a line through `point`.
        line: Option<Markups>,
    }
    parameters {
        /// Points of the line where none is given as an input (RAS mm); two or more.
        point: Vec<Point<Ras>> = Vec::new(), unit "mm";
        /// Into how many parts the line is cut.
        line_resolution: u32 = 100, minimum 2, maximum 1000000;
        /// How values between voxels are found; nothing: the nearest for label maps, linear for all else.
        interpolation: Option<Method> = None;
        /// How wide a peak has to be half way up.
        peak_minimum_width: f64 = 1.0, minimum 0.0, unit "mm";
        /// At which part of its height a peak's width is measured.
        height_percentage_for_width_measurement: f64 = 50.0, minimum 0.0, maximum 99.9, unit "%";
        /// Whether peaks are maxima; else minima.
        peak_is_maximum: bool = true;
    }
    outputs {
        /// A row for each sample: distance along the line (mm), the same in percent, value, and position.
        output: Table,
        /// A row for each peak: where it is, its value, height and width, and where its width begins and ends (mm).
        peaks: Table,
    }
    values {
        /// The length of the line, mm.
        length: f64,
        /// How many samples there are.
        samples: u64,
        /// The mean of the values.
        mean: f64,
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
    }
    example "From voxel to voxel and between" {
        inputs { "input": { "dimensions": [3, 1, 1], "spacing": [2, 1, 1], "values": [1, 5, 3] } }
        parameters { "point": [[0, 0, 0], [4, 0, 0]], "line-resolution": 4 }
        gives { "length": 4, "max": 5, "output": { "columns": { "Distance": [0, 1, 2, 3, 4], "Intensity": [1, 3, 5, 4, 3] } },
            "peaks": { "columns": { "Distance": [2], "Height": [2] } } }
    }
}

impl Operation for LineProfile {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: image, line } = inputs;
        progress.report(0.0)?;
        let (samples, length) = self.samples(line)?;
        let interpolation = match self.interpolation {
            None if image.meaning() == Meaning::Label => Interpolation::Nearest,
            None => Interpolation::Linear,
            Some(method) => method.interpolation(),
        };
        let values = values(&image, &samples, interpolation)?;
        progress.report(0.8)?;
        let step = length / (samples.len() - 1) as f64;
        let first = &values[0];
        let known = || first.iter().copied().filter(|v| !v.is_nan());
        let count = known().count() as f64;
        let bound = |bound: f64| if count > 0.0 { bound } else { f64::NAN };
        Ok(Outputs {
            peaks: self.peaks(first, step),
            samples: samples.len() as u64,
            mean: known().sum::<f64>() / count,
            min: bound(known().fold(f64::INFINITY, f64::min)),
            max: bound(known().fold(f64::NEG_INFINITY, f64::max)),
            output: table(&samples, &values, step),
            length,
        })
    }
}

impl LineProfile {
    /// The samples along the line, and its length.
    fn samples(&self, line: Option<Markups>) -> Result<(Vec<Sample<Ras>>, f64), OperationError> {
        let (points, closed) = match line {
            Some(line) => {
                let why = "a line or curve is needed".to_owned();
                let points = line.curve().ok_or(OperationError::Input { name: "line".to_owned(), why })?;
                (points, line.is_closed())
            }
            None if self.point.len() < 2 => {
                let why = "without a line two points or more are needed";
                return Err(parameter_error("point", &self.point, why).into());
            }
            None => (self.point.clone(), false),
        };
        let resolution = self.line_resolution as usize;
        let count = if closed { resolution } else { resolution + 1 };
        let closing = match (closed, &points[..]) {
            (true, [first, .., last]) => last.distance(*first),
            _ => 0.0,
        };
        let samples = resample(&points, Spread::Count(count), closed).and_then(|mut samples| {
            if closed {
                samples.push(*samples.first()?);
            }
            Some(samples)
        });
        let why = "it has no length".to_owned();
        let samples = samples.filter(|samples| samples.len() > 1);
        let samples = samples.ok_or(OperationError::Input { name: "line".to_owned(), why })?;
        Ok((samples, length(&points) + closing))
    }

    fn peaks(&self, values: &[f64], step: f64) -> Table {
        let sign = if self.peak_is_maximum { 1.0 } else { -1.0 };
        let turned: Vec<f64> = values.iter().map(|v| sign * v).collect();
        let part = self.height_percentage_for_width_measurement / 100.0;
        let found = peaks::peaks(&turned, self.peak_minimum_width / step, part);
        let column = |name: &str, unit: &str, value: &dyn Fn(&peaks::Peak) -> f64| {
            numbers(name, unit, found.iter().map(value).collect::<Vec<f64>>())
        };
        Table {
            columns: vec![
                column("Distance", "mm", &|p| p.at as f64 * step),
                column("Intensity", "", &|p| values[p.at]),
                column("Height", "", &|p| sign * p.prominence),
                column("Width", "mm", &|p| (p.end - p.start) * step),
                column("Start", "mm", &|p| p.start * step),
                column("End", "mm", &|p| p.end * step),
            ],
        }
    }
}

/// The values at the samples, component by component; NaN outside the volume.
fn values(
    image: &Image,
    samples: &[Sample<Ras>],
    interpolation: Interpolation,
) -> Result<Vec<Vec<f64>>, OperationError> {
    let refused = |why: &str| OperationError::Input { name: "input".to_owned(), why: why.to_owned() };
    let to_ijk = image.grid().ras_to_ijk();
    let to_ijk = to_ijk.ok_or_else(|| refused("its geometry is singular: voxels have no volume"))?;
    if image.frames() != 1 {
        return Err(refused("one frame is needed"));
    }
    let components = image.components();
    let found = with_values!(image.array(), values => {
        DenseView::new(values, image.dims(), components).map(|view| {
            let sampler = Sampler::new(&view, interpolation, Boundary::Ends);
            let along = |c: usize| -> Vec<f64> {
                let at = |s: &Sample<Ras>| sampler.sample(to_ijk.apply(s.point), c).unwrap_or(f64::NAN);
                samples.iter().map(at).collect()
            };
            (0..components).map(along).collect::<Vec<_>>()
        })
    });
    found.filter(|values| !values.is_empty()).ok_or_else(|| refused("it has no voxels"))
}

fn table(samples: &[Sample<Ras>], values: &[Vec<f64>], step: f64) -> Table {
    let count = samples.len();
    let distance = (0..count).map(|n| n as f64 * step).collect::<Vec<f64>>();
    let relative = (0..count).map(|n| 100.0 * n as f64 / (count - 1) as f64).collect::<Vec<f64>>();
    let mut columns = vec![numbers("Distance", "mm", distance), numbers("RelativeDistance", "%", relative)];
    for (n, values) in values.iter().enumerate() {
        let name = if n == 0 { "Intensity".to_owned() } else { format!("Intensity_{n}") };
        columns.push(numbers(&name, "", values.clone()));
    }
    for (a, name) in ["R", "A", "S"].into_iter().enumerate() {
        columns.push(numbers(name, "mm", samples.iter().map(|s| s.point.coords()[a]).collect::<Vec<f64>>()));
    }
    Table { columns }
}
