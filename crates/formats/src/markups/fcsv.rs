//! Point lists in comma-separated text: `.fcsv` of 3D Slicer 3 to 5.

use microtome_geometry::{Affine, Lps, Point, Ras};
use microtome_records::{ControlPoint, MarkupsKind, PositionStatus};

use crate::data::{Loaded, MarkupsData};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};
use crate::table::{decoded, quoted, split_line};
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "fcsv";
const HEAD: &str = "# Markups fiducial file";
/// The columns of version 4 and later; those after the last are written without being announced.
const COLUMNS: &str = "id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID";
const UNANNOUNCED: [&str; 2] = ["positionStatus", "autoCreated"];

/// Point lists in comma-separated text.
pub static FORMAT: Format =
    Format { name: NAME, extensions: &[".fcsv"], sniff, read, writers: &[Writer::Markups(write)] };

fn sniff(name: &str, head: &[u8]) -> Match {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if start.starts_with(HEAD.as_bytes()) || start.starts_with(b"# Fiducial List file") {
        Match::Content
    } else if FORMAT.extension_of(name).is_some() {
        Match::Name
    } else {
        Match::No
    }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let mut warnings = Vec::new();
    let bytes = source.bytes()?;
    let text = decoded(&bytes, &mut warnings);
    let mut data = MarkupsData::default();
    let mut columns: Option<Vec<String>> = None;
    let mut current = false;
    let mut lps = None;
    for line in text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()) {
        if let Some(comment) = line.strip_prefix('#') {
            current |= line.starts_with(HEAD);
            let Some((key, value)) = comment.split_once('=').map(|(k, v)| (k.trim(), v.trim())) else {
                continue;
            };
            match key {
                "columns" => columns = Some(value.split(',').map(|c| c.trim().to_owned()).collect()),
                "CoordinateSystem" => lps = Some(is_lps(value)?),
                "name" => data.name = Some(value.to_owned()),
                "locked" => data.markups.locked = value == "1",
                _ => {}
            }
        } else {
            let standard = if current { COLUMNS } else { "label,x,y,z,sel,vis" };
            let columns = columns.get_or_insert_with(|| standard.split(',').map(str::to_owned).collect());
            let row = split_line(line, ',');
            // Lists of 3D Slicer 3 are RAS; later ones that do not say are LPS.
            let index = data.markups.points.len();
            data.markups.points.push(point(&row, columns, lps.unwrap_or(current), index)?);
        }
    }
    Ok(Loaded::new(data.into(), warnings))
}

fn is_lps(value: &str) -> Result<bool, Error> {
    match value.to_ascii_uppercase().as_str() {
        "LPS" | "1" => Ok(true),
        "RAS" | "0" => Ok(false),
        _ => Err(Error::field(NAME, "CoordinateSystem", value, "it is LPS (1) or RAS (0)")),
    }
}

fn point(row: &[String], columns: &[String], lps: bool, index: usize) -> Result<ControlPoint, Error> {
    let cell = |name: &str| {
        let announced = columns.iter().position(|column| column == name);
        let at = announced
            .or_else(|| Some(columns.len() + UNANNOUNCED.iter().position(|column| *column == name)?));
        at.and_then(|at| row.get(at)).map_or("", String::as_str)
    };
    let number = |name: &str| {
        let text = cell(name).trim();
        let finite = text.parse().ok().filter(|v: &f64| v.is_finite());
        finite.ok_or_else(|| {
            Error::field(NAME, format!("{name} of point {}", index + 1), text, "it is not a number")
        })
    };
    let flag = |name: &str, default: bool| match cell(name).trim() {
        "" => default,
        text => text.parse::<f64>().map_or(default, |v| v != 0.0),
    };
    let coordinates = [number("x")?, number("y")?, number("z")?];
    let position: Point<Ras> = if lps {
        Affine::LPS_TO_RAS.apply(Point::<Lps>::from_array(coordinates))
    } else {
        Point::from_array(coordinates)
    };
    let turn = ["ow", "ox", "oy", "oz"].map(|name| cell(name).trim().parse().unwrap_or(0.0));
    let id = cell("id");
    Ok(ControlPoint {
        id: if id.is_empty() { (index + 1).to_string() } else { id.to_owned() },
        label: cell("label").to_owned(),
        description: cell("desc").to_owned(),
        associated_node: cell("associatedNodeID").to_owned(),
        position,
        orientation: matrix(turn),
        selected: flag("sel", true),
        locked: flag("lock", false),
        visible: flag("vis", true),
        status: match cell("positionStatus").trim() {
            "0" => PositionStatus::Undefined,
            "1" => PositionStatus::Preview,
            "3" => PositionStatus::Missing,
            _ => PositionStatus::Defined,
        },
        auto_created: flag("autoCreated", false),
    })
}

/// The rotation by an angle (degrees) about an axis; a zero axis turns nothing.
fn matrix([angle, x, y, z]: [f64; 4]) -> [f64; 9] {
    let length = (x * x + y * y + z * z).sqrt();
    if !(length > 0.0 && length.is_finite() && angle.is_finite()) {
        return ControlPoint::default().orientation;
    }
    let axis = [x / length, y / length, z / length];
    let (sin, cos) = angle.to_radians().sin_cos();
    let cross = [[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]];
    std::array::from_fn(|n| {
        let (r, c) = (n / 3, n % 3);
        axis[r] * axis[c] * (1.0 - cos) + if r == c { cos } else { sin * cross[r][c] }
    })
}

/// Angle (degrees) and axis of a rotation.
fn turn(m: [f64; 9]) -> [f64; 4] {
    if m == ControlPoint::default().orientation {
        return [1.0, 0.0, 0.0, 0.0];
    }
    let cos = ((m[0] + m[4] + m[8] - 1.0) / 2.0).clamp(-1.0, 1.0);
    let axis = [m[7] - m[5], m[2] - m[6], m[3] - m[1]];
    let length = axis.iter().map(|v| v * v).sum::<f64>().sqrt();
    let angle = (length / 2.0).atan2(cos).to_degrees();
    if length > 1e-9 {
        return [angle, axis[0] / length, axis[1] / length, axis[2] / length];
    }
    // A half turn: the axis is the column of m + 1 that is longest.
    let column = |c: usize| [m[c], m[3 + c], m[6 + c]].map(|v| v / 2.0);
    let raised = |c: usize| {
        let mut v = column(c);
        v[c] += 0.5;
        v
    };
    let norm = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let longest = (0..3).map(raised).fold([0.0; 3], |a, b| if norm(b) > norm(a) { b } else { a });
    let size = norm(longest).max(f64::MIN_POSITIVE);
    [angle, longest[0] / size, longest[1] / size, longest[2] / size]
}

/// Where a point is; one that is not placed may be nowhere.
fn position(point: &ControlPoint) -> Result<Point<Ras>, Error> {
    match point.status {
        _ if point.position.is_finite() => Ok(point.position),
        PositionStatus::Undefined | PositionStatus::Missing => Ok(Point::zero()),
        _ => {
            let what = format!("point \"{}\", which is not finite", point.label);
            Err(Error::CannotHold { format: NAME, what })
        }
    }
}

fn write(data: &MarkupsData, name: &str, _: &WriteOptions, sink: &mut dyn Sink) -> Result<(), Error> {
    let kind = data.metadata.get(super::TYPE).unwrap_or(data.markups.kind.name());
    if kind != MarkupsKind::Fiducial.name() {
        return Err(Error::CannotHold {
            format: NAME,
            what: format!("a markup of type {kind} (.mrk.json can)"),
        });
    }
    let mut text = format!("{HEAD} version = 5.8\n# CoordinateSystem = LPS\n# columns = {COLUMNS}\n");
    for point in &data.markups.points {
        let [x, y, z] = Affine::RAS_TO_LPS.apply(position(point)?).coords().map(|v| v + 0.0);
        let [ow, ox, oy, oz] = turn(point.orientation);
        let flags = [point.visible, point.selected, point.locked, point.auto_created].map(u8::from);
        let status = match point.status {
            PositionStatus::Undefined => 0,
            PositionStatus::Preview => 1,
            PositionStatus::Defined => 2,
            PositionStatus::Missing => 3,
        };
        // A line is a point: line ends cannot be kept.
        let texts = [&point.id, &point.label, &point.description, &point.associated_node]
            .map(|text| quoted(&text.replace(['\n', '\r'], " "), ',').into_owned());
        let [mut id, label, description, node] = texts;
        if id.starts_with('#') {
            // Or the line would be a comment.
            id = format!("\"{id}\"");
        }
        let [visible, selected, locked, auto] = flags;
        text.push_str(&format!(
            "{id},{x},{y},{z},{ow},{ox},{oy},{oz},{visible},{selected},{locked},{label},{description},{node},{status},{auto}\n"
        ));
    }
    sink.create(name)?.write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_back() {
        for [angle, x, y, z] in
            [[30.0, 0.0, 0.0, 1.0], [170.0, 0.6, 0.8, 0.0], [180.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
        {
            let back = matrix(turn(matrix([angle, x, y, z])));
            let expected = matrix([angle, x, y, z]);
            assert!(back.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{angle} {x} {y} {z}");
        }
    }
}
