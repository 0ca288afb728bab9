//! Examples: what an operation makes of a few voxels, for people to read and for tests to run.

use std::collections::BTreeMap;

use microtome_geometry::{Affine, Grid, Point, Ras, Transform};
use microtome_image::{Array, Image, Meaning, ScalarType};
use microtome_mesh::{CellKind, Cells, Mesh};
use microtome_records::{Column, ColumnValues, ControlPoint, Markups, MarkupsKind, Table};
use serde_json::{Map, Value as Json, json};

use crate::progress::Progress;
use crate::registry::{Arguments, Entry};
use crate::value::{Data, DataKind};

/// What an operation makes of some small data.
///
/// Data are JSON objects. Volumes: `dimensions` and `values`, and where they matter `type` (`float32` if not said),
/// `components`, `spacing`, `origin` and `directions` (RAS, the axes i, j, k one after the other). Segmentations are given
/// as a volume of labels, and come out as the names of `segments` and a `labelmap`. Models: `points` and `triangles`.
/// Markups: `points`, and `kind` if it is not separate points. Transforms: `matrix`, three rows. Tables: `columns`, an object
/// of lists. Of what it makes, an example names what it wants to show; numbers agree to six digits.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What it shows.
    pub title: &'static str,
    /// Inputs by name.
    pub inputs: Json,
    /// Parameters by name; the others have their defaults.
    pub parameters: Json,
    /// Outputs and values by name.
    pub gives: Json,
}

impl Example {
    /// The example as one JSON object.
    pub fn to_json(&self) -> Json {
        json!({"title": self.title, "inputs": self.inputs, "parameters": self.parameters, "gives": self.gives})
    }

    /// Runs it.
    ///
    /// # Errors
    /// What cannot be read or run, or what comes out differently.
    pub fn check(&self, entry: &Entry) -> Result<(), String> {
        let declaration = (entry.declaration)();
        let mut inputs = BTreeMap::new();
        for (name, json) in object(&self.inputs, "inputs")? {
            let input = declaration.inputs.iter().find(|i| i.name == *name);
            let kind = input.ok_or_else(|| format!("there is no input \"{name}\""))?.kind;
            let data =
                read(json, kind).ok_or_else(|| format!("the input \"{name}\" is not a {}", kind.name()))?;
            inputs.insert(name.clone(), data);
        }
        let parameters = object(&self.parameters, "parameters")?.clone();
        let results = (entry.run)(Arguments { inputs, parameters }, &Progress::ignored())
            .map_err(|error| error.to_string())?;
        for (name, expected) in object(&self.gives, "gives")? {
            let found = results.outputs.get(name).map(describe).or_else(|| results.values.get(name).cloned());
            let found = found.ok_or_else(|| format!("nothing called \"{name}\" comes out"))?;
            if !agrees(expected, &found) {
                return Err(format!("\"{name}\" is {found}, not {expected}"));
            }
        }
        Ok(())
    }
}

fn object<'a>(json: &'a Json, what: &str) -> Result<&'a Map<String, Json>, String> {
    json.as_object().ok_or_else(|| format!("the example's {what} are not an object"))
}

/// Whether `found` has everything that `expected` names.
fn agrees(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::Object(expected), Json::Object(found)) => {
            expected.iter().all(|(key, value)| found.get(key).is_some_and(|found| agrees(value, found)))
        }
        (Json::Array(expected), Json::Array(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(e, f)| agrees(e, f))
        }
        (Json::Number(expected), Json::Number(found)) => {
            let [expected, found] = [expected, found].map(|n| n.as_f64().unwrap_or(f64::NAN));
            (expected - found).abs() <= 1e-6 * expected.abs().max(1.0)
        }
        _ => expected == found,
    }
}

fn numbers(json: &Json) -> Option<Vec<f64>> {
    json.as_array()?.iter().map(Json::as_f64).collect()
}

fn triple(json: Option<&Json>) -> Option<[f64; 3]> {
    numbers(json?)?.try_into().ok()
}

fn points(json: &Json) -> Option<Vec<Point<Ras>>> {
    json.as_array()?.iter().map(|p| Some(Point::from_array(triple(Some(p))?))).collect()
}

fn read(json: &Json, kind: DataKind) -> Option<Data> {
    match kind {
        DataKind::Volume => Some(Data::Volume(image(json)?)),
        DataKind::Labelmap | DataKind::Segmentation => {
            Some(Data::Labelmap(image(json)?.with_meaning(Meaning::Label)))
        }
        DataKind::Model => {
            let mut cells = Cells::default();
            for triangle in json.get("triangles")?.as_array()? {
                let corners: Vec<u32> = numbers(triangle)?.into_iter().map(|n| n as u32).collect();
                cells.push(CellKind::Polygon, corners);
            }
            Some(Data::Model(Mesh::new(points(json.get("points")?)?, cells).ok()?))
        }
        DataKind::Transform => {
            let rows: Vec<[f64; 4]> = json
                .get("matrix")?
                .as_array()?
                .iter()
                .map(|row| numbers(row)?.try_into().ok())
                .collect::<Option<_>>()?;
            Some(Data::Transform(Transform::Linear(Affine::from_rows([
                *rows.first()?,
                *rows.get(1)?,
                *rows.get(2)?,
            ]))))
        }
        DataKind::Markups => {
            let points = points(json.get("points")?)?.into_iter();
            let points = points.map(|position| ControlPoint { position, ..Default::default() }).collect();
            let kind = match json.get("kind") {
                None => MarkupsKind::default(),
                Some(name) => MarkupsKind::from_name(name.as_str()?)?,
            };
            Some(Data::Markups(Box::new(Markups { points, ..Markups::of_kind(kind) })))
        }
        DataKind::Table => {
            let columns = json.get("columns")?.as_object()?.iter().map(|(name, values)| {
                let values = match numbers(values) {
                    Some(numbers) => ColumnValues::Numbers(Array::from(numbers)),
                    None => ColumnValues::Text(
                        values
                            .as_array()?
                            .iter()
                            .map(|v| v.as_str().map(str::to_owned))
                            .collect::<Option<_>>()?,
                    ),
                };
                Some(Column { name: name.clone(), values, properties: Vec::new() })
            });
            Some(Data::Table(Table { columns: columns.collect::<Option<_>>()? }))
        }
    }
}

fn image(json: &Json) -> Option<Image> {
    let dims = triple(json.get("dimensions"))?.map(|n| n as usize);
    let scalar_type = match json.get("type") {
        None => ScalarType::Float32,
        Some(name) => ScalarType::from_name(name.as_str()?)?,
    };
    let components = json.get("components").map_or(Some(1), Json::as_u64)? as usize;
    let spacing = triple(json.get("spacing")).unwrap_or([1.0; 3]);
    let origin = Point::from_array(triple(json.get("origin")).unwrap_or_default());
    let grid = match json.get("directions").map(points) {
        None => Grid::axis_aligned(dims, spacing, origin),
        Some(axes) => {
            let [x, y, z] = <[Point<Ras>; 3]>::try_from(axes?).ok()?;
            let axis = |p: Point<Ras>, n: usize| (p - Point::zero()) * spacing[n];
            Grid::new(dims, Affine::from_columns(axis(x, 0), axis(y, 1), axis(z, 2), origin))
        }
    };
    let meaning = if components == 1 { Meaning::Scalar } else { Meaning::Vector };
    let values = Array::from(numbers(json.get("values")?)?).cast(scalar_type);
    Image::new(grid, components, 1, meaning, values).ok()
}

/// Data as examples write them.
fn describe(data: &Data) -> Json {
    let list = |array: &Array| (0..array.len()).filter_map(|n| array.get(n)).collect::<Vec<f64>>();
    match data {
        Data::Volume(image) | Data::Labelmap(image) => {
            let directions = image.grid().directions().map(|axis| axis.coords());
            json!({
                "dimensions": image.dims(),
                "type": image.scalar_type().name(),
                "components": image.components(),
                "spacing": image.grid().spacing(),
                "origin": image.grid().origin().coords(),
                "directions": directions,
                "values": list(image.array()),
            })
        }
        Data::Model(mesh) => json!({
            "points": mesh.points().iter().map(|p| p.coords()).collect::<Vec<_>>(),
            "triangles": mesh.cells().iter().map(|(_, corners)| corners.to_vec()).collect::<Vec<_>>(),
            "point-count": mesh.points().len(),
            "cell-count": mesh.cells().len(),
        }),
        Data::Transform(transform) => json!({
            "matrix": transform.as_linear().map(|affine| affine.rows()),
        }),
        Data::Segmentation(segmentation) => json!({
            "segments": segmentation.segments.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
            "labelmap": segmentation.merged().map(|image| describe(&Data::Labelmap(image))),
        }),
        Data::Markups(markups) => json!({
            "kind": markups.kind.name(),
            "points": markups.points.iter().map(|p| p.position.coords()).collect::<Vec<_>>(),
        }),
        Data::Table(table) => {
            let columns = table.columns.iter().map(|column| {
                let values = match &column.values {
                    ColumnValues::Text(text) => json!(text),
                    ColumnValues::Numbers(array) => json!(list(array)),
                };
                (column.name.clone(), values)
            });
            json!({ "columns": Map::from_iter(columns) })
        }
    }
}
