//! VTK's XML files: poly data, unstructured grids and images.

mod base64;
mod data;
mod document;
mod read;
mod write;

pub(crate) use read::read_block;
pub(crate) use write::{block, escaped};

use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "VTK XML";

/// The entry of poly data in the table of formats.
pub static POLY_DATA: Format = Format {
    name: "VTK XML poly data",
    extensions: &[".vtp"],
    sniff: |_, head| sniff(head, "PolyData"),
    read: read::read,
    writers: &[Writer::Mesh(write::poly_data)],
};

/// The entry of unstructured grids in the table of formats.
pub static UNSTRUCTURED_GRID: Format = Format {
    name: "VTK XML unstructured grid",
    extensions: &[".vtu"],
    sniff: |_, head| sniff(head, "UnstructuredGrid"),
    read: read::read,
    writers: &[Writer::Mesh(write::unstructured_grid)],
};

/// The entry of images in the table of formats.
pub static IMAGE_DATA: Format = Format {
    name: "VTK XML image",
    extensions: &[".vti"],
    sniff: |_, head| sniff(head, "ImageData"),
    read: read::read,
    writers: &[Writer::Image(write::image_data)],
};

/// Whether the file begins as a VTK XML file of the given type.
fn sniff(head: &[u8], kind: &str) -> Match {
    let text = String::from_utf8_lossy(head);
    let tag = text.split_once("<VTKFile").and_then(|(_, rest)| rest.split_once('>'));
    let found =
        tag.is_some_and(|(tag, _)| ['"', '\''].iter().any(|q| tag.contains(&format!("type={q}{kind}{q}"))));
    if found { Match::Content } else { Match::No }
}
