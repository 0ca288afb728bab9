//! Markups measurements: everything that can be measured on markups.

use microtome_geometry::{Point, Ras, curve};
use microtome_mesh::Mesh;
use microtome_records::{Markups, Measurement, Table};

use super::columns::{numbers, text};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;

operation! {
    /// Measures markups: the length of a line or curve, an angle, the area of a plane or closed curve, the volume of a region of
    /// interest, and how much a curve bends and twists. All measurements of the markups are found, also those that are not
    /// enabled.
    ///
    /// Slicer's torsion is the turn of a frame that is carried along the curve; what mathematics calls torsion is added as `frenet
    /// torsion mean` and `frenet torsion max`. Measurements without enough points have no value.
    pub struct MarkupsMeasurements("markups-measurements", "Markups measurements", "measure");
    inputs {
        /// The markups.
        input: Markups,
        /// The surface that a curve goes over; nothing: the curve goes through space.
        surface: Option<Mesh>,
    }
    parameters {}
    outputs {
        /// One row for each measurement.
        output: Table,
    }
    values {
        /// How many control points there are.
        points: u64,
        /// Length of a line or curve, mm.
        length: Option<f64>,
        /// Angle, degrees.
        angle: Option<f64>,
        /// Area of a plane or closed curve, mm².
        area: Option<f64>,
        /// Volume of a region of interest, mm³.
        volume: Option<f64>,
    }
    example "A line" {
        inputs { "input": { "kind": "Line", "points": [[1, 1, 1], [4, 5, 1]] } }
        parameters {}
        gives { "length": 5, "points": 2, "output": { "columns": { "Name": ["length"], "Value": [5], "Unit": ["mm"] } } }
    }
}

impl Operation for MarkupsMeasurements {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let Inputs { input: mut markups, surface } = inputs;
        progress.report(0.0)?;
        for usual in Markups::of_kind(markups.kind).measurements {
            if !markups.measurements.iter().any(|m| m.name == usual.name) {
                markups.measurements.push(usual);
            }
        }
        markups.measurements.iter_mut().for_each(|m| m.enabled = true);
        let measure = |markups: &Markups| markups.measured_on(surface.as_ref(), &|p| p);
        let mut found = measure(&markups);
        found.extend(frenet(&markups, surface.as_ref()));
        progress.report(0.8)?;
        // Once more in millimetres: of a measurement without a unit that is what its value comes in.
        let mut plain = markups.clone();
        plain.measurements.iter_mut().for_each(|m| m.units.clear());
        let plain = measure(&plain);
        let value = |name: &str| plain.iter().find(|m| m.name == name).and_then(|m| m.value);
        progress.report(1.0)?;
        Ok(Outputs {
            points: markups.points.len() as u64,
            length: value("length"),
            angle: value("angle"),
            area: value("area"),
            volume: value("volume"),
            output: table(&found),
        })
    }
}

/// Torsion in the sense of Frenet; of a curve that is only drawn onto a surface it is not found.
fn frenet(markups: &Markups, surface: Option<&Mesh>) -> Vec<Measurement> {
    if !markups.kind.is_curve() {
        return Vec::new();
    }
    let points: Option<Vec<Point<Ras>>> = match surface {
        Some(surface) => markups.curve_over(surface),
        None => markups.curve(),
    };
    let profile = points.and_then(|points: Vec<_>| curve::frenet_torsion(&points));
    let named = |name: &str, value: Option<f64>| Measurement {
        name: name.to_owned(),
        enabled: true,
        value: value.filter(|v| v.is_finite()),
        units: "mm-1".to_owned(),
        ..Measurement::default()
    };
    vec![
        named("frenet torsion mean", profile.as_ref().map(|p| p.mean)),
        named("frenet torsion max", profile.as_ref().map(|p| p.max)),
    ]
}

fn table(found: &[Measurement]) -> Table {
    let words = |word: fn(&Measurement) -> String| found.iter().map(word).collect::<Vec<String>>();
    Table {
        columns: vec![
            text("Name", words(|m| m.name.clone())),
            numbers("Value", "", found.iter().map(|m| m.value.unwrap_or(f64::NAN)).collect::<Vec<f64>>()),
            text("Unit", words(|m| m.units.clone())),
            text("Description", words(|m| m.description.clone().unwrap_or_default())),
        ],
    }
}
