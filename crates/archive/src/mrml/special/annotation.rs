//! Annotations of Slicer 4, which became markups: their points stood in the scene.

use microtome_geometry::{Point, Ras};
use microtome_records::ControlPoint;
use microtome_scene::nodes::{Markups, MarkupsKind, RoiShape};

use super::super::read::finite_numbers;
use super::super::xml::Attributes;

pub(super) fn read(markups: &mut Markups, name: &str, attributes: &mut Attributes) {
    let Some(text) = attributes.remove("ctrlPtsCoord") else { return };
    let flags = |text: Option<String>| -> Vec<bool> {
        text.unwrap_or_default().split_ascii_whitespace().map(|word| word != "0").collect()
    };
    let selected = flags(attributes.remove("ctrlPtsSelected"));
    let visible = flags(attributes.remove("ctrlPtsVisible"));
    let places = text.split('|').filter_map(finite_numbers::<3>);
    let mut points: Vec<ControlPoint> = places
        .enumerate()
        .map(|(n, [x, y, z])| ControlPoint {
            id: (n + 1).to_string(),
            label: if markups.kind == MarkupsKind::Fiducial { name.to_owned() } else { String::new() },
            position: Point::<Ras>::new(x, y, z),
            selected: selected.get(n).copied().unwrap_or(true),
            visible: visible.get(n).copied().unwrap_or(true),
            ..ControlPoint::default()
        })
        .collect();
    // A region had its middle and its half sizes.
    if let (MarkupsKind::Roi, [center, radius]) = (markups.kind, points.as_slice()) {
        let inside_out = attributes.get("insideOut").is_some_and(|text| text == "true");
        markups.roi = Some(RoiShape {
            center: center.position,
            size: radius.position.coords().map(|r| 2.0 * r.abs()),
            inside_out,
            ..RoiShape::default()
        });
        points.truncate(1);
    }
    markups.last_point_number = points.len() as u64;
    markups.points = points;
}
