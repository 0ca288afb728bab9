//! Segmentations as meshes (`.seg.vtm`, `.vtm`): how 3D Slicer keeps those that are edited as closed surfaces, planar
//! contours or ribbons.
//!
//! A VTK multiblock file names a poly data file for each segment, `<name>/<name>_<n>.vtp` where the file is
//! `<name>.vtm`. What there is to say of a segment, and of the whole segmentation again and again, stands in the poly data's
//! field data; see `fields`. Coordinates are RAS, whatever else the poly data say of them.
//!
//! A block without a mesh or whose file is missing is left out with a warning; blocks inside blocks are taken as if they were
//! not. Only the source representation is stored; the others follow from it.

mod fields;
mod read;
mod write;

pub use write::members;

use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "segmentation multiblock";

/// Segmentations as VTK multiblock files.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".vtm", ".seg.vtm"],
    sniff,
    read: read::read,
    writers: &[Writer::Segmentation(write::write)],
};

/// The type of the file, as its root element states it.
const KIND: &str = "vtkMultiBlockDataSet";

fn sniff(_: &str, head: &[u8]) -> Match {
    let has = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
    let typed = has(&format!("type=\"{KIND}\"")) || has(&format!("type='{KIND}'"));
    if has("<VTKFile") && typed { Match::Content } else { Match::No }
}
