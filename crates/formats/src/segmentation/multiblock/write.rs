//! Writing.

use std::fmt::Write as _;

use microtome_mesh::Mesh;
use microtome_records::SegmentRepresentation;
use rayon::prelude::*;

use super::{KIND, NAME, fields};
use crate::data::SegmentationData;
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::vtk::{block, escaped};

/// Writes the poly data, then the file that names them.
pub(super) fn write(
    data: &SegmentationData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    let SegmentationData { segmentation, source, metadata } = data;
    if !source.is_mesh() {
        let what = format!("segments whose source representation is \"{}\"", source.name());
        return Err(Error::CannotHold { format: NAME, what });
    }
    let stem = stem(name);
    // VTK leaves empty poly data out, and with it the segment; one with field data is read by it all the same.
    let empty = Mesh::default();
    let files: Vec<Result<Vec<u8>, Error>> = segmentation
        .segments
        .par_iter()
        .map(|segment| {
            let mesh = segment.mesh(*source).map_or(&empty, |mesh| &**mesh);
            block(mesh, fields::of(segment, segmentation, *source, metadata), options.compression)
        })
        .collect();
    let mut xml = format!(
        "<?xml version=\"1.0\"?>\n<VTKFile type=\"{KIND}\" version=\"1.0\" byte_order=\"LittleEndian\" \
         header_type=\"UInt64\">\n<{KIND}>\n"
    );
    for (n, content) in files.into_iter().enumerate() {
        let file = member(stem, n);
        sink.create(&file)?.write_all(&content?)?;
        // Writing to a string cannot fail.
        let _ = writeln!(xml, "<DataSet index=\"{n}\" file=\"{}\"/>", escaped(&file));
    }
    xml.push_str(&format!("</{KIND}>\n</VTKFile>\n"));
    Ok(sink.create(name)?.write_all(xml.as_bytes())?)
}

/// A file's name without its last extension.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => "Segmentation",
    }
}

fn member(stem: &str, n: usize) -> String {
    format!("{stem}/{stem}_{n}.vtp")
}

/// The names of the files that a segmentation is written to besides the one called `name`, relative to its folder: none
/// for forms that are not meshes.
pub fn members(name: &str, source: SegmentRepresentation, segments: usize) -> Vec<String> {
    let count = if source.is_mesh() { segments } else { 0 };
    (0..count).map(|n| member(stem(name), n)).collect()
}
