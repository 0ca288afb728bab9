//! Planes and regions of interest.

use microtome_geometry::{Affine, Point, Ras, Vector};
use microtome_records::{Markups, PlaneShape, PlaneSizeMode, PlaneType, RoiShape, RoiType};
use serde_json::{Map, Value, json};

use super::NAME;
use super::edge::{Edge, axes_out, direction_out, pose_out, position_out};
use super::members::{Members, floats};
use crate::error::Error;

/// A plane. 3D Slicer writes where it is in two matrices, and the same once more as centre, normal and axes; other programs
/// may leave out either, or leave all to the control points.
pub(super) fn read_plane(
    members: &mut Members<'_>,
    edge: Edge,
    markups: &Markups,
) -> Result<PlaneShape, Error> {
    // What 3D Slicer takes for files from before there was more than one type.
    let plane_type = members.named("planeType", PlaneType::from_name).unwrap_or(PlaneType::ThreePoints);
    let size_mode = members.named("sizeMode", PlaneSizeMode::from_name).unwrap_or_default();
    let scaling = members.number("autoScalingFactor");
    // The schema's name, which 3D Slicer does not use.
    let scaling = scaling.or(members.number("autoScalingSizeFactor"));
    let object_to_base = members.numbers("objectToBase")?.map(|m| edge.pose(m));
    let base_to_node = members.numbers("baseToNode")?.map(|m| edge.pose(m));
    let center = members.numbers("center")?.map(|center| edge.position(center));
    let normal = members.numbers("normal")?.map(|normal| Vector::from_array(edge.direction(normal)));
    let axes = members.numbers("orientation")?.map(|axes| edge.axes(axes));
    let points: Vec<Point<Ras>> = markups.positions().collect();
    let stated = || {
        let center = center.or(points.first().copied())?;
        axes.map(|axes| pose(axes, center)).or_else(|| across(normal?, center))
    };
    let mut plane =
        PlaneShape { plane_type, size_mode, auto_scaling: scaling.unwrap_or(1.0), ..PlaneShape::default() };
    plane.object_to_base = object_to_base.unwrap_or(Affine::identity());
    plane.base_to_node = match base_to_node {
        Some(base_to_node) => base_to_node,
        None => stated().or_else(|| plane.fitted_to(&points)).unwrap_or(Affine::identity()),
    };
    plane.bounds = members.numbers("planeBounds")?.map(|bounds| edge.lengths(bounds));
    plane.size = match (read_plane_size(members, edge)?, plane.bounds) {
        (Some(size), _) => size,
        (None, Some([x0, x1, y0, y1])) => [x1 - x0, y1 - y0],
        (None, None) => plane.size_around(&points).unwrap_or(plane.size),
    };
    Ok(plane)
}

/// Width and height; a third number says nothing.
fn read_plane_size(members: &mut Members<'_>, edge: Edge) -> Result<Option<[f64; 2]>, Error> {
    let Some(value) = members.take("size") else { return Ok(None) };
    match floats(value).as_deref() {
        Some([width, height] | [width, height, _]) => Ok(Some(edge.lengths([*width, *height]))),
        _ => {
            let why = "it is a list of 3 numbers";
            Err(Error::field(NAME, format!("{}size", members.place()), &value.to_string(), why))
        }
    }
}

fn pose(o: [f64; 9], center: Point<Ras>) -> Affine<Ras, Ras> {
    let axis = |n: usize| Vector::new(o[n], o[3 + n], o[6 + n]);
    Affine::from_columns(axis(0), axis(1), axis(2), center)
}

/// Axes with a given normal: the patient's, turned as little as need be.
fn across(normal: Vector<Ras>, center: Point<Ras>) -> Option<Affine<Ras, Ras>> {
    let z = normal.normalized()?;
    let near = if z.x().abs() < 0.9 { Vector::new(1.0, 0.0, 0.0) } else { Vector::new(0.0, 1.0, 0.0) };
    let y = z.cross(near).normalized()?;
    Some(Affine::from_columns(y.cross(z), y, z, center))
}

pub(super) fn write_plane(members: &mut Map<String, Value>, plane: &PlaneShape) -> Result<(), Error> {
    let to_node = plane.object_to_node();
    let extent = plane.extent();
    let numbers = plane.size.iter().chain(&extent).chain([&plane.auto_scaling]);
    check(to_node.is_finite() && plane.object_to_base.is_finite() && numbers.clone().all(|v| v.is_finite()))?;
    let normal = plane.normal().unwrap_or(Vector::new(0.0, 0.0, 1.0));
    let axes = [0, 1, 2].map(|n| to_node.column(n).normalized().unwrap_or(to_node.column(n)));
    let axes: [f64; 9] = std::array::from_fn(|n| axes[n % 3][n / 3]);
    let [width, height] = plane.size;
    for (key, value) in [
        ("planeType", json!(plane.plane_type.name())),
        ("sizeMode", json!(plane.size_mode.name())),
        ("autoScalingFactor", json!(plane.auto_scaling)),
        ("center", json!(position_out(plane.center()))),
        ("normal", json!(direction_out(normal.coords()))),
        ("objectToBase", json!(pose_out(&plane.object_to_base))),
        ("baseToNode", json!(pose_out(&plane.base_to_node))),
        ("orientation", json!(axes_out(axes))),
        ("size", json!([width, height, 0.0])),
        ("planeBounds", json!(extent)),
    ] {
        members.insert(key.to_owned(), value);
    }
    Ok(())
}

/// A region. Without centre and size the box around its points is taken.
pub(super) fn read_roi(members: &mut Members<'_>, edge: Edge, markups: &Markups) -> Result<RoiShape, Error> {
    let usual = RoiShape::default();
    let roi_type = members.named("roiType", RoiType::from_name).unwrap_or_default();
    let center = members.numbers("center")?.map(|center| edge.position(center));
    let orientation = members.numbers("orientation")?.map(|axes| edge.axes(axes));
    let size = members.numbers("size")?.map(|size| edge.lengths(size));
    let inside_out = members.flag("insideOut").unwrap_or(usual.inside_out);
    let placed =
        RoiShape { roi_type, orientation: orientation.unwrap_or(usual.orientation), inside_out, ..usual }
            .following(&markups.positions().collect::<Vec<_>>());
    Ok(RoiShape { center: center.unwrap_or(placed.center), size: size.unwrap_or(placed.size), ..placed })
}

pub(super) fn write_roi(members: &mut Map<String, Value>, roi: &RoiShape) -> Result<(), Error> {
    let numbers = roi.orientation.iter().chain(&roi.size);
    check(roi.center.is_finite() && numbers.clone().all(|v| v.is_finite()))?;
    for (key, value) in [
        ("roiType", json!(roi.roi_type.name())),
        ("center", json!(position_out(roi.center))),
        ("orientation", json!(axes_out(roi.orientation))),
        ("size", json!(roi.size)),
        ("insideOut", json!(roi.inside_out)),
    ] {
        members.insert(key.to_owned(), value);
    }
    Ok(())
}

fn check(finite: bool) -> Result<(), Error> {
    let what = || "a shape that is not finite".to_owned();
    if finite { Ok(()) } else { Err(Error::CannotHold { format: NAME, what: what() }) }
}
