//! Segmentations in NRRD (`.seg.nrrd`, `.seg.nhdr`): 3D Slicer's own format.
//!
//! The voxels are one label map, or several layers of them along a `list` axis; the segments stand in key/value pairs.
//! Keys that are not ours are kept: `SegmentN_…` with their segment, others in the [`Metadata`](crate::Metadata).
//!
//! Read besides are files of older versions (a layer for each segment, without `Layer` and `LabelValue`), and NRRD files
//! under these names without any segment: each label then is one. What a file says wrong is mended with a warning: a
//! missing or repeated `ID` becomes a new one, numbers of segments may have gaps, a segment of a layer that does not exist
//! has no voxels, and numbers with a fraction lose it.
//!
//! The stored `Extent` of a segment, which follows from the voxels, is not read; written is the box around its layer's
//! voxels, as Slicer does.
//!
//! Written is the whole reference geometry and what the segments need besides, however large or small the layers are, on its
//! lattice; if the layers are finer, on one that is finer by a whole factor. Layers that stand on a single other lattice
//! keep that. The offset says where the first voxel is in the reference geometry.
//!
//! [`multiblock`] is for segmentations that are meshes.

mod fractional;
mod keys;
pub mod multiblock;
mod read;
mod write;

use crate::image::nrrd;
use crate::table_of_formats::{Format, Match, Writer};

const NAME: &str = "segmentation NRRD";

/// What is written of any one header: a hostile one could give cause for millions.
const MOST_WARNINGS: usize = 100;

/// Segmentations in NRRD.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".seg.nrrd", ".seg.nhdr"],
    sniff,
    read: read::read,
    writers: &[Writer::Segmentation(write::write)],
};

fn sniff(name: &str, head: &[u8]) -> Match {
    if !nrrd::has_magic(head) {
        return Match::No;
    }
    // A segmentation under another name is recognised by its keys.
    let has = |key: &[u8]| memchr::memmem::find(head, key).is_some();
    if FORMAT.extension_of(name).is_some() {
        Match::Content
    } else if has(b"\nSegment0_ID:=") || has(b"\nSegmentation_MasterRepresentation:=") {
        Match::Certain
    } else {
        Match::No
    }
}
