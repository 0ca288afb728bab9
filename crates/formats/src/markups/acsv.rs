//! Annotations of 3D Slicer 4: `.acsv` with a point, a ruler or a region of interest, in RAS. Read only.

use microtome_geometry::{Point, Ras};
use microtome_records::{ControlPoint, Markups, MarkupsKind, RoiShape};

use crate::data::{Loaded, MarkupsData};
use crate::error::Error;
use crate::source::{ReadOptions, Source};
use crate::table::decoded;
use crate::table_of_formats::{Format, Match};

const NAME: &str = "acsv";

/// Annotations of 3D Slicer 4.
pub static FORMAT: Format = Format { name: NAME, extensions: &[".acsv"], sniff, read, writers: &[] };

fn sniff(name: &str, head: &[u8]) -> Match {
    if head.starts_with(b"# Annotation file") {
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
    let (mut lines, mut ruler, mut description) = (0, false, String::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix('#') {
            ruler |= comment.trim_start().starts_with("rulerColumns");
            if let Some((key, value)) = comment.split_once('=')
                && key.trim() == "Name"
            {
                data.name = Some(value.trim().to_owned());
            }
            continue;
        }
        let cells: Vec<&str> = line.split('|').collect();
        match cells.as_slice() {
            ["point", cells @ ..] => data.markups.points.push(point(cells, data.markups.points.len())?),
            ["line", ..] => lines += 1,
            ["text", words, ..] => description = (*words).to_owned(),
            // Rows of the annotation itself (`ruler|…`) say nothing more.
            [word, ..] if !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic()) => {}
            _ => {
                return Err(Error::field(
                    NAME,
                    "line",
                    line,
                    "it begins with no kind of row (point|, line|, text|)",
                ));
            }
        }
    }
    let stem = source.name().rsplit_once('.').map_or(source.name(), |(stem, _)| stem).to_owned();
    let name = data.name.get_or_insert(stem).clone();
    let points = std::mem::take(&mut data.markups.points);
    data.markups = match points.as_slice() {
        [] => return Err(Error::Missing { format: NAME, field: "point".to_owned() }),
        [point] => {
            let point = ControlPoint { label: name, description, ..point.clone() };
            Markups { points: vec![point], ..Markups::default() }
        }
        // A region is two points too: its centre and its half sizes.
        [center, radius] if lines > 0 && !ruler => {
            let size = radius.position.coords().map(|r| 2.0 * r.abs());
            let roi = RoiShape { center: center.position, size, ..RoiShape::default() };
            Markups { points: vec![center.clone()], roi: Some(roi), ..Markups::of_kind(MarkupsKind::Roi) }
        }
        [_, _] if ruler => Markups { points, ..Markups::of_kind(MarkupsKind::Line) },
        _ => Markups { points, ..Markups::default() },
    };
    Ok(Loaded::new(data.into(), warnings))
}

fn point(cells: &[&str], index: usize) -> Result<ControlPoint, Error> {
    let number = |at: usize| {
        let text = cells.get(at).copied().unwrap_or_default();
        let finite = text.trim().parse().ok().filter(|v: &f64| v.is_finite());
        let field = || format!("coordinate {} of point {}", at + 1, index + 1);
        finite.ok_or_else(|| Error::field(NAME, field(), text, "it is not a number"))
    };
    let flag = |at: usize| cells.get(at).is_none_or(|text| text.trim() != "0");
    let position: Point<Ras> = Point::new(number(0)?, number(1)?, number(2)?);
    let id = (index + 1).to_string();
    Ok(ControlPoint { id, position, selected: flag(3), visible: flag(4), ..ControlPoint::default() })
}
