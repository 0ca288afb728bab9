//! What a node holds, for people and for programs.

use std::array;

use microtome_geometry::transform::Warp;
use microtome_geometry::{Affine, Frame, Grid, Ras, Transform};
use microtome_image::{Array, Image, Labels, Statistics};
use microtome_records::{Column, ColumnValues, ControlPoint, PositionStatus, Segment, TERMINOLOGY};
use microtome_scene::{Content, Node, Role, nodes};
use serde::Serialize;

/// What a node holds. As JSON, one entry of `info --json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Description {
    /// The file or folder that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its identifier in the scene that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The MRML class without prefix and suffix.
    pub class: String,
    /// The node's name.
    pub name: String,
    /// Voxels along i, j and k.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<[usize; 3]>,
    /// Distance between voxel centres, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<[f64; 3]>,
    /// Centre of the first voxel, RAS mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<[f64; 3]>,
    /// From voxel indices to RAS mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ijk_to_ras: Option<[[f64; 4]; 4]>,
    /// The voxels' type in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scalar_type: Option<&'static str>,
    /// Values a voxel, or parts of a transform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<usize>,
    /// Time points or gradient directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<usize>,
    /// Least and greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[Option<f64>; 2]>,
    /// Least and greatest value of each component, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component_ranges: Option<Vec<[Option<f64>; 2]>>,
    /// Mean of all values; absent if there are none but NaN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Points of a mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<usize>,
    /// Cells of a mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<usize>,
    /// xmin, xmax, ymin, ymax, zmin, zmax of a mesh, RAS mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[f64; 6]>,
    /// Names of a mesh's arrays on its points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point_arrays: Option<Vec<String>>,
    /// Names of a mesh's arrays on its cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_arrays: Option<Vec<String>>,
    /// A linear transform's matrix, RAS mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix_to_parent: Option<[[f64; 4]; 4]>,
    /// Whether a transform that bends leads to the parent, or from it; absent for matrices, which are told to the parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maps_to_parent: Option<bool>,
    /// The parts of a transform that bends, the first applied first, in the direction that `maps_to_parent` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<TransformDescription>>,
    /// The forms of a segmentation's segments, that which is edited first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub representations: Option<Vec<String>>,
    /// Segments of a segmentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<Vec<SegmentDescription>>,
    /// Points of a markups list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_points: Option<Vec<ControlPointDescription>>,
    /// Where a plane or a region is, and how large.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<ShapeDescription>,
    /// What is measured on markups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measurements: Option<Vec<MeasurementDescription>>,
    /// Column names of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// Rows of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Colours of a colour table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colors: Option<usize>,
    /// Points of the transfer functions of a volume rendering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_functions: Option<TransferFunctionsDescription>,
    /// Items of a sequence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<usize>,
    /// What a sequence goes by: the index's name, its first and its last value, its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<[String; 4]>,
    /// Lines of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<usize>,
    /// Partial trouble on the way.
    pub warnings: Vec<String>,
}

/// A transform, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TransformDescription {
    /// `linear`, `grid`, `b-spline` or `thin-plate`.
    pub kind: &'static str,
    /// Whether it is the inverse of what is described.
    pub inverse: bool,
    /// Nodes of a grid or of a lattice of splines along its axes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<[usize; 3]>,
    /// How far apart they are, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spacing: Option<[f64; 3]>,
    /// Where the first of them is, RAS mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<[f64; 3]>,
    /// How many landmarks a thin-plate spline goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landmarks: Option<usize>,
    /// The matrix of a linear one, RAS mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<[[f64; 4]; 4]>,
}

/// A segment of a segmentation.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentDescription {
    /// Unique within its segmentation.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Red, green, blue, 0 to 1.
    pub color: [f64; 3],
    /// What it is in standard codes; empty if nothing is said.
    pub terminology: String,
    /// How many voxels it has.
    pub voxels: u64,
    /// How many points its mesh has, where segments are edited as meshes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<usize>,
}

/// A point of a markups list.
#[derive(Clone, Debug, Serialize)]
pub struct ControlPointDescription {
    /// The name shown beside it.
    pub label: String,
    /// Where it is, RAS mm; nowhere yet, or not known, without.
    pub position: Option<[f64; 3]>,
    /// `undefined`, `preview` or `missing`; nothing for a point that is placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
}

/// Where a plane or a region of interest is, and how large.
#[derive(Clone, Debug, Serialize)]
pub struct ShapeDescription {
    /// The middle of a region, the origin of a plane, RAS mm.
    pub center: [f64; 3],
    /// The axes, one after the other: unit vectors in RAS. The last one of a plane is its normal.
    pub axes: [[f64; 3]; 3],
    /// Lengths of the edges along the axes, mm: three of a region, two of a plane.
    pub size: Vec<f64>,
}

/// Something measured on markups.
#[derive(Clone, Debug, Serialize)]
pub struct MeasurementDescription {
    /// `length`, `angle`, `area`, `volume`, ….
    pub name: String,
    /// The value, if there is one.
    pub value: Option<f64>,
    /// The value's unit.
    pub units: String,
}

/// How many points the transfer functions of a volume rendering have.
#[derive(Clone, Debug, Serialize)]
pub struct TransferFunctionsDescription {
    /// From value to colour.
    pub color: usize,
    /// From value to opacity.
    pub scalar_opacity: usize,
    /// From length of the gradient to opacity.
    pub gradient_opacity: usize,
}

/// Describes a node; reads all its voxels once.
pub fn describe(node: &Node) -> Description {
    let mut d =
        Description { class: node.class().to_owned(), name: node.name.clone(), ..Description::default() };
    match &node.content {
        Content::Volume(volume) => volume.image.iter().for_each(|image| describe_image(&mut d, image)),
        Content::LabelVolume(volume) => {
            volume.labels.iter().for_each(|labels| describe_image(&mut d, &labels.to_image()));
        }
        Content::Segmentation(segmentation) => describe_segments(&mut d, segmentation),
        Content::Model(model) => {
            let mesh = &model.mesh;
            d.points = Some(mesh.points().len());
            d.cells = Some(mesh.cells().len());
            d.bounds = mesh.bounds().map(|b| {
                let (min, max) = (b.min.coords(), b.max.coords());
                [min[0], max[0], min[1], max[1], min[2], max[2]]
            });
            d.point_arrays = Some(mesh.point_data().iter().map(|a| a.name.clone()).collect());
            d.cell_arrays = Some(mesh.cell_data().iter().map(|a| a.name.clone()).collect());
        }
        Content::Transform(transform) => {
            if let Transform::Composite(parts) = &transform.map {
                d.components = Some(parts.len());
            }
            d.matrix_to_parent = transform.to_parent().as_linear().map(|m| matrix(&m));
            if d.matrix_to_parent.is_none() {
                d.maps_to_parent = Some(transform.maps_to_parent);
                let mut parts = Vec::new();
                describe_parts(&transform.map, &mut parts);
                d.parts = Some(parts);
            }
        }
        Content::Markups(markups) => describe_markups(&mut d, node, markups),
        Content::Table(nodes::Table { table, .. }) => {
            d.columns = Some(table.columns.iter().map(|c| c.name.clone()).collect());
            d.rows = Some(table.columns.first().map_or(0, rows));
        }
        Content::ColorTable(table) => d.colors = Some(table.colors.entries.len()),
        Content::VolumeProperty(property) => {
            d.transfer_functions = Some(TransferFunctionsDescription {
                color: property.color.len(),
                scalar_opacity: property.scalar_opacity.len(),
                gradient_opacity: property.gradient_opacity.len(),
            });
            let [low, high] = property.effective_range;
            d.range = (low <= high).then_some([Some(low), Some(high)]);
        }
        Content::Sequence(sequence) => {
            d.items = Some(sequence.items.len());
            if let (Some(first), Some(last)) = (sequence.items.first(), sequence.items.last()) {
                let (name, unit) = (sequence.index_name.clone(), sequence.index_unit.clone());
                d.index = Some([name, first.value.clone(), last.value.clone(), unit]);
            }
        }
        Content::Text(text) => d.lines = Some(text.text.lines().count()),
        _ => {}
    }
    d
}

fn describe_parts(map: &Transform, parts: &mut Vec<TransformDescription>) {
    let on = |kind, grid: &Grid| TransformDescription {
        kind,
        dimensions: Some(grid.dims()),
        spacing: Some(grid.spacing().map(plus_zero)),
        origin: Some(grid.origin().coords().map(plus_zero)),
        ..TransformDescription::default()
    };
    parts.push(match map {
        Transform::Composite(inner) => return inner.iter().for_each(|part| describe_parts(part, parts)),
        Transform::Inverse(warp) => {
            let inverse = |part| TransformDescription { inverse: true, ..part };
            let first = parts.len();
            describe_parts(&Transform::from(Warp::clone(warp)), parts);
            parts[first..].iter_mut().for_each(|part| *part = inverse(part.clone()));
            return;
        }
        Transform::Linear(map) => {
            TransformDescription { kind: "linear", matrix: Some(matrix(map)), ..Default::default() }
        }
        Transform::Displacement(field) => on("grid", field.grid()),
        Transform::BSpline(spline) => on("b-spline", spline.lattice()),
        Transform::ThinPlate(spline) => TransformDescription {
            kind: "thin-plate",
            landmarks: Some(spline.source().len()),
            ..Default::default()
        },
    });
}

fn describe_grid(d: &mut Description, grid: &Grid) {
    d.dimensions = Some(grid.dims());
    d.spacing = Some(grid.spacing().map(plus_zero));
    d.origin = Some(grid.origin().coords().map(plus_zero));
    d.ijk_to_ras = Some(matrix(grid.ijk_to_ras()));
}

fn describe_image(d: &mut Description, image: &Image) {
    describe_grid(d, image.grid());
    d.scalar_type = Some(image.scalar_type().name());
    d.components = Some(image.components());
    d.frames = Some(image.frames());
    let all = statistics(image.array(), image.components());
    let whole = all.iter().copied().reduce(Statistics::merged);
    d.range = whole.map(range);
    d.mean = whole.map(|s| s.mean()).filter(|mean| mean.is_finite());
    d.component_ranges = (all.len() > 1).then(|| all.into_iter().map(range).collect());
}

fn describe_segments(d: &mut Description, node: &nodes::Segmentation) {
    let (segmentation, source) = (&node.data, node.source);
    let mut forms = segmentation.forms(source);
    // The others keep their order.
    forms.sort_by_key(|form| form != source.name());
    d.representations = Some(forms);
    let fractional = segmentation.segments.iter().find_map(|segment| segment.fractional.as_ref());
    let grid = segmentation.grid().or_else(|| fractional.map(|image| *image.grid()));
    grid.iter().for_each(|grid| describe_grid(d, grid));
    let extents: Vec<_> = segmentation.layers.iter().map(Labels::extents).collect();
    let voxels = |segment: &Segment| {
        let place = segment.place?;
        Some(extents.get(place.layer)?.get(&place.label)?.voxels)
    };
    let describe = |segment: &Segment| SegmentDescription {
        id: segment.id.clone(),
        name: segment.name.clone(),
        color: segment.color,
        terminology: segment.tags.get(TERMINOLOGY).cloned().unwrap_or_default(),
        voxels: voxels(segment).unwrap_or(0),
        points: source.is_mesh().then(|| segment.mesh(source).map_or(0, |mesh| mesh.points().len())),
    };
    d.segments = Some(segmentation.segments.iter().map(describe).collect());
}

fn statistics(array: &Array, components: usize) -> Vec<Statistics> {
    if components == 1 { vec![Statistics::of(array)] } else { Statistics::per_component(array, components) }
}

fn range(s: Statistics) -> [Option<f64>; 2] {
    [s.min, s.max].map(|v| Some(plus_zero(v)).filter(|_| s.count > 0 && v.is_finite()))
}

/// −0 as 0: nobody means the sign.
fn plus_zero(v: f64) -> f64 {
    v + 0.0
}

fn matrix<A: Frame, B: Frame>(map: &Affine<A, B>) -> [[f64; 4]; 4] {
    map.matrix().map(|row| row.map(plus_zero))
}

fn describe_markups(d: &mut Description, node: &Node, markups: &nodes::Markups) {
    d.control_points = Some(markups.points.iter().map(describe_point).collect());
    let shape = |pose: Affine<Ras, Ras>, size: &[f64]| ShapeDescription {
        center: pose.translation().coords().map(plus_zero),
        axes: [0, 1, 2].map(|n| pose.column(n).normalized().unwrap_or_default().coords().map(plus_zero)),
        size: size.to_vec(),
    };
    let plane = markups.plane.as_ref().map(|plane| shape(plane.object_to_node(), &plane.size));
    d.shape = plane.or_else(|| markups.roi.as_ref().map(|roi| shape(roi.object_to_node(), &roi.size)));
    if let Some(b) = markups.roi.as_ref().and_then(|roi| roi.bounds()) {
        d.bounds = Some(array::from_fn(|n| if n % 2 == 0 { b.min[n / 2] } else { b.max[n / 2] }));
    }
    // What is measured under a transform is not known from the node alone: then the file's values stand.
    let measured = match node.reference(&Role::TRANSFORM) {
        Some(_) => markups.measurements.clone(),
        None => markups.measured(&|p| p),
    };
    let describe =
        |m: nodes::Measurement| MeasurementDescription { name: m.name, value: m.value, units: m.units };
    let shown = measured.into_iter().filter(|m| m.enabled || m.value.is_some());
    d.measurements = Some(shown.map(describe).collect());
}

fn describe_point(point: &ControlPoint) -> ControlPointDescription {
    let (status, placed) = match point.status {
        PositionStatus::Defined => (None, true),
        PositionStatus::Preview => (Some("preview"), true),
        PositionStatus::Undefined => (Some("undefined"), false),
        PositionStatus::Missing => (Some("missing"), false),
    };
    let position = placed.then(|| point.position.coords().map(plus_zero));
    ControlPointDescription { label: point.label.clone(), position, status }
}

fn rows(column: &Column) -> usize {
    match &column.values {
        ColumnValues::Text(values) => values.len(),
        ColumnValues::Numbers(values) => values.len(),
    }
}
