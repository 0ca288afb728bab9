//! NIfTI-1 and NIfTI-2: `.nii`, `.nii.gz`, and pairs of `.hdr` and `.img`.
//!
//! Sources: the NIfTI-1.1 header as published by the NIH (nifti1.h) and the NIfTI-2 header (nifti2.h).
//!
//! **Geometry.** The file is RAS, so its matrix is IJK→RAS: the sform if its code is above 0, else the qform if its code
//! is above 0, else the axes of the voxel sizes with x mirrored and the volume's centre at the origin (as Analyze has
//! it, and nibabel). Metres and micrometres become millimetres.
//!
//! **Axes.** The fourth is `frames`. The fifth is `components` where the intent says so (vectors, tensors, colours) or
//! there is only one time point; otherwise it and all further ones count on through the frames.
//!
//! **Vectors.** A displacement (intent 1006) is stored along RAS axes; in memory it is a
//! [`SpatialVector`](microtome_image::Meaning::SpatialVector), which is LPS, so x and y change sign on reading and
//! writing. A plain vector (intent 1007) is kept as it is. Symmetric matrices (intent 1005) come as rows of the lower
//! triangle and become xx xy xz yy yz zz; their axes are kept.

mod datatype;
mod extensions;
mod geometry;
mod header;
mod layout;
mod read;
mod texts;
mod write;

use crate::data::TransformData;
use crate::error::Error;
use crate::sink::{Sink, WriteOptions};
use crate::table_of_formats::{Format, Match, Writer};
use crate::transform::displacement;

use super::pair;

/// The format's name in errors.
const NAME: &str = "NIfTI";

/// NIfTI-1 and NIfTI-2.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".nii.gz", ".nii", ".hdr", ".img", ".hdr.gz", ".img.gz"],
    sniff,
    read: read::read,
    writers: &[Writer::Image(write::write), Writer::Transform(write_field)],
};

/// Writes a displacement grid as the image of its vectors.
fn write_field(
    data: &TransformData,
    name: &str,
    options: &WriteOptions,
    sink: &mut dyn Sink,
) -> Result<(), Error> {
    write::write(&displacement::image_data(NAME, data, false)?, name, options, sink)
}

fn sniff(name: &str, head: &[u8]) -> Match {
    let lower = name.to_ascii_lowercase();
    if header::has_magic(head) {
        Match::Content
    } else if lower.ends_with(".nii") || lower.ends_with(".nii.gz") {
        Match::Name
    } else {
        // The voxels of a pair have no mark of their own: the header beside them decides.
        match pair::part_of(name) {
            Some((pair::Part::Voxels, _)) => Match::Name,
            _ => Match::No,
        }
    }
}

pub(super) use datatype::Datatype;
pub(super) use header::has_magic;
