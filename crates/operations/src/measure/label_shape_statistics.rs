//! Label shape statistics: the shape of each label of a label map.

use microtome_records::{Column, Table};

use super::columns::numbers;
use super::shapes::{LabelShape, Wanted, label_shapes};
use crate::declare::Operation;
use crate::operation;
use crate::progress::Progress;
use crate::registry::OperationError;
use crate::single::scalar;
use crate::value::LabelImage;

operation! {
    /// Finds volume, centroid, surface, roundness, principal axes and moments, the greatest diameter and the oriented box of
    /// each label of a label map, as ITK's label shape statistics define them. Positions and directions are RAS.
    ///
    /// The surface is Crofton's estimate: how often lines in 13 directions cross it. The principal moments are eigenvalues of
    /// the covariance of the voxels' positions; flatness and elongation are the roots of their ratios, 0 where the smaller one
    /// is 0. The Feret diameter is the greatest distance between the middles of two voxels. The oriented box runs along the
    /// principal axes and holds the voxels with their whole extent; its origin is the corner where its axes begin.
    pub struct LabelShapeStatistics("label-shape-statistics", "Label shape statistics", "measure");
    inputs {
        /// The label map.
        input: LabelImage,
    }
    parameters {
        /// Whether the surface and what follows from it is found.
        surface: bool = true;
        /// Whether the greatest diameter is found.
        feret_diameter: bool = true;
        /// Whether the oriented box is found.
        oriented_bounding_box: bool = true;
    }
    outputs {
        /// One row for each label but 0.
        output: Table,
    }
    values {
        /// How many labels there are.
        labels: u64,
    }
    example "A bar of three voxels of 2 mm" {
        inputs { "input": { "dimensions": [5, 1, 1], "spacing": [2, 1, 1], "type": "uint8", "values": [0, 7, 7, 7, 0] } }
        parameters {}
        gives { "labels": 1, "output": { "columns": {
            "label": [7], "voxels": [3], "volume": [6], "centroid r": [4], "feret diameter": [4], "oriented box size z": [6]
        } } }
    }
}

impl Operation for LabelShapeStatistics {
    fn run(&self, inputs: Inputs, progress: &Progress) -> Result<Outputs, OperationError> {
        let image = inputs.input.into_image();
        scalar("input", &image)?;
        let wanted = Wanted {
            surface: self.surface,
            feret: self.feret_diameter,
            oriented_box: self.oriented_bounding_box,
        };
        let shapes = label_shapes(image.array(), image.grid(), wanted, progress)?;
        Ok(Outputs { labels: shapes.len() as u64, output: table(&shapes, wanted) })
    }
}

fn table(shapes: &[LabelShape], wanted: Wanted) -> Table {
    let whole = |name: &str, value: &dyn Fn(&LabelShape) -> u64| {
        numbers(name, "", shapes.iter().map(|s| value(s) as i64).collect::<Vec<i64>>())
    };
    let real = |name: &str, unit: &str, value: &dyn Fn(&LabelShape) -> f64| {
        numbers(name, unit, shapes.iter().map(value).collect::<Vec<f64>>())
    };
    let three =
        |name: &str, ends: [&str; 3], unit: &str, value: &dyn Fn(&LabelShape) -> [f64; 3]| -> [Column; 3] {
            std::array::from_fn(|a| real(&format!("{name} {}", ends[a]), unit, &|s| value(s)[a]))
        };
    let (ijk, ras, xyz) = (["i", "j", "k"], ["r", "a", "s"], ["x", "y", "z"]);
    let mut columns = vec![
        numbers("label", "", shapes.iter().map(|s| s.label).collect::<Vec<i64>>()),
        whole("voxels", &|s| s.voxels),
        real("volume", "mm3", &|s| s.volume),
    ];
    columns.extend(three("centroid", ras, "mm", &|s| s.centroid.coords()));
    for (a, axis) in ijk.into_iter().enumerate() {
        columns.push(whole(&format!("box start {axis}"), &|s| u64::from(s.box_start[a])));
    }
    for (a, axis) in ijk.into_iter().enumerate() {
        columns.push(whole(&format!("box size {axis}"), &|s| u64::from(s.box_size[a])));
    }
    columns.extend(three("principal moment", xyz, "mm2", &|s| s.principal_moments));
    for (n, axis) in xyz.into_iter().enumerate() {
        columns.extend(three(&format!("principal axis {axis}"), ras, "", &|s| s.principal_axes[n].coords()));
    }
    columns.extend([
        real("flatness", "", &|s| s.flatness),
        real("elongation", "", &|s| s.elongation),
        real("equivalent spherical radius", "mm", &|s| s.equivalent_radius),
        real("equivalent spherical surface", "mm2", &|s| s.equivalent_surface),
    ]);
    columns.extend(three("equivalent ellipsoid diameter", xyz, "mm", &|s| s.equivalent_ellipsoid));
    columns.push(whole("voxels on border", &|s| s.voxels_on_border));
    columns.push(real("surface on border", "mm2", &|s| s.surface_on_border));
    let known = |v: Option<f64>| v.unwrap_or(f64::NAN);
    if wanted.surface {
        columns.push(real("surface", "mm2", &|s| known(s.surface)));
        columns.push(real("roundness", "", &|s| known(s.roundness())));
        columns.push(real("surface on border ratio", "", &|s| known(s.border_ratio())));
    }
    if wanted.feret {
        columns.push(real("feret diameter", "mm", &|s| known(s.feret)));
    }
    if wanted.oriented_box {
        let corner = |s: &LabelShape| s.oriented_box.map_or([f64::NAN; 3], |b| b.origin.coords());
        let size = |s: &LabelShape| s.oriented_box.map_or([f64::NAN; 3], |b| b.size);
        columns.extend(three("oriented box origin", ras, "mm", &corner));
        columns.extend(three("oriented box size", xyz, "mm", &size));
    }
    Table { columns }
}
