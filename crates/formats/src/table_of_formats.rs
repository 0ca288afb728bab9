//! The one table of formats.

use crate::data::{
    ColorTableData, ImageData, MarkupsData, MeshData, SegmentationData, TableData, TextData, TransformData,
    VolumePropertyData,
};
use crate::data::{Kind, Loaded};
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::source::{ReadOptions, Source};

/// How surely some bytes under some name are of a format; a later one is surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// They are not.
    No,
    /// The extension says so, and the content does not contradict.
    Name,
    /// The content says so.
    Content,
    /// The content says so, and of a format that other formats would take for theirs.
    Certain,
}

/// A writer for one kind of data: data, file name, options, where to.
#[derive(Clone, Copy)]
pub enum Writer {
    /// Writes images.
    Image(fn(&ImageData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
    /// Writes segmentations.
    Segmentation(fn(&SegmentationData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
    /// Writes meshes.
    Mesh(fn(&MeshData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
    /// Writes transforms.
    Transform(fn(&TransformData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
    /// Writes control points.
    Markups(fn(&MarkupsData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
    /// Writes tables.
    Table(fn(&TableData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
    /// Writes colour tables.
    ColorTable(fn(&ColorTableData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
    /// Writes transfer functions of volume renderings.
    VolumeProperty(fn(&VolumePropertyData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
    /// Writes texts.
    Text(fn(&TextData, &str, &WriteOptions, &mut dyn Sink) -> Result<(), Error>),
}

impl Writer {
    /// The kind of data that it writes.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Image(_) => Kind::Image,
            Self::Segmentation(_) => Kind::Segmentation,
            Self::Mesh(_) => Kind::Mesh,
            Self::Transform(_) => Kind::Transform,
            Self::Markups(_) => Kind::Markups,
            Self::Table(_) => Kind::Table,
            Self::ColorTable(_) => Kind::ColorTable,
            Self::VolumeProperty(_) => Kind::VolumeProperty,
            Self::Text(_) => Kind::Text,
        }
    }
}

/// A file format: one line of the table.
pub struct Format {
    /// Its name for people.
    pub name: &'static str,
    /// The extensions that its files have, with their dots, in lower case; the first is the usual one.
    pub extensions: &'static [&'static str],
    /// How surely a file of this name that begins with these bytes (inflated, up to 4 KiB) is of this format.
    pub sniff: fn(name: &str, head: &[u8]) -> Match,
    /// Its reader.
    pub read: fn(&dyn Source, &ReadOptions) -> Result<Loaded, Error>,
    /// Its writers, at most one for a kind of data; none for a format that is only read.
    pub writers: &'static [Writer],
}

impl Format {
    /// Whether `name` ends with one of the format's extensions, and how long that extension is.
    pub fn extension_of(&self, name: &str) -> Option<&'static str> {
        let lower = name.to_ascii_lowercase();
        self.extensions.iter().copied().filter(|e| lower.ends_with(e)).max_by_key(|e| e.len())
    }
}

/// All formats. The order decides between equal matches.
pub static FORMATS: &[&Format] = &[
    &crate::segmentation::FORMAT,
    &crate::segmentation::multiblock::FORMAT,
    &crate::image::nrrd::FORMAT,
    &crate::image::metaimage::FORMAT,
    &crate::image::nifti::FORMAT,
    &crate::image::analyze::FORMAT,
    &crate::image::mgh::FORMAT,
    &crate::image::gipl::FORMAT,
    &crate::image::mrc::FORMAT,
    &crate::image::raster::PNG,
    &crate::image::raster::JPEG,
    &crate::image::raster::TIFF,
    &crate::image::raster::BMP,
    &crate::vtk::LEGACY,
    &crate::vtk::POLY_DATA,
    &crate::vtk::UNSTRUCTURED_GRID,
    &crate::vtk::IMAGE_DATA,
    &crate::mesh::stl::FORMAT,
    &crate::mesh::ply::FORMAT,
    &crate::mesh::obj::FORMAT,
    &crate::markups::json::FORMAT,
    &crate::markups::fcsv::FORMAT,
    &crate::markups::acsv::FORMAT,
    &crate::volume_property::json::FORMAT,
    &crate::volume_property::lines::FORMAT,
    &crate::terminology::FORMAT,
    &crate::table::color_csv::FORMAT,
    &crate::table::ctbl::FORMAT,
    &crate::table::delimited::FORMAT,
    &crate::transform::text::FORMAT,
    &crate::transform::hdf5::FORMAT,
    &crate::transform::matlab::FORMAT,
    &crate::plain_text::FORMAT,
];

/// Whether a key of [`Metadata`](crate::Metadata) is a header field that only the format before its `/` writes back.
pub(crate) fn is_format_field(key: &str) -> bool {
    key.split_once('/').is_some_and(|(format, _)| FORMATS.iter().any(|f| f.name.eq_ignore_ascii_case(format)))
}

/// The format of a file by its name and its first bytes (inflated; 4 KiB suffice): by content first, by extension
/// second, the longest extension winning.
///
/// # Errors
/// [`Error::UnknownFormat`] if neither says anything.
pub fn detect(name: &str, head: &[u8]) -> Result<&'static Format, Error> {
    let mut best: Option<(&Format, (Match, usize))> = None;
    for &format in FORMATS {
        let rank = ((format.sniff)(name, head), format.extension_of(name).map_or(0, str::len));
        if rank.0 != Match::No && best.is_none_or(|(_, found)| rank > found) {
            best = Some((format, rank));
        }
    }
    best.map(|(format, _)| format).ok_or_else(|| {
        let why = if head.is_empty() {
            "the file is empty"
        } else {
            "neither its content nor its extension says what it is"
        };
        Error::UnknownFormat { why: why.to_owned() }
    })
}

/// The format and writer for data of `kind` under the file name `name`, by the longest fitting extension.
///
/// # Errors
/// [`Error::UnknownFormat`] that lists the extensions for this kind.
pub fn for_writing(name: &str, kind: Kind) -> Result<(&'static Format, Writer), Error> {
    let candidates = FORMATS.iter().copied().filter_map(|format| {
        let writer = format.writers.iter().find(|w| w.kind() == kind)?;
        Some((format, *writer, format.extension_of(name)?.len()))
    });
    let best = candidates.reduce(|best, next| if next.2 > best.2 { next } else { best });
    best.map(|(format, writer, _)| (format, writer)).ok_or_else(|| {
        let known: Vec<&str> = FORMATS
            .iter()
            .filter(|f| f.writers.iter().any(|w| w.kind() == kind))
            .flat_map(|f| f.extensions.iter().copied())
            .collect();
        let why =
            format!("\"{name}\" has no extension for {}; known are {}", kind.with_article(), known.join(" "));
        Error::UnknownFormat { why }
    })
}
