//! Legacy files (`# vtk DataFile Version 1.0` to `5.1`): text or big-endian binary; one file holds a mesh or an image.

mod read;
mod scanner;
mod write;

use crate::data::{Data, Loaded, Metadata};
use crate::error::Error;
use crate::source::{ReadOptions, Source};
use crate::table_of_formats::{Format, Match, Writer};

use super::dataset::Shape;
use crate::mesh::space::{Space, WRITTEN};

const NAME: &str = "VTK";

/// The metadata key of the title line, if it says more than the tag of the space.
const TITLE: &str = "vtk/title";

/// The entry in the table of formats.
pub static FORMAT: Format = Format {
    name: NAME,
    extensions: &[".vtk"],
    sniff,
    read,
    writers: &[Writer::Mesh(write::mesh), Writer::Image(write::image)],
};

fn sniff(_: &str, head: &[u8]) -> Match {
    let magic = b"# vtk DataFile";
    let found = head.get(..magic.len()).is_some_and(|start| start.eq_ignore_ascii_case(magic));
    if found { Match::Content } else { Match::No }
}

fn read(source: &dyn Source, _: &ReadOptions) -> Result<Loaded, Error> {
    let (title, set, mut warnings) = read::parse(source.bytes()?)?;
    let mut metadata = Metadata::default();
    if !title.is_empty() && title != WRITTEN {
        metadata.set(TITLE, title.as_str());
    }
    let data = match set.shape {
        Shape::Image(_) => Data::Image(super::image::into_image(NAME, set, metadata, &mut warnings)?),
        _ => Data::Mesh(super::mesh::into_mesh(NAME, set, Space::tagged(&title), metadata, &mut warnings)?),
    };
    Ok(Loaded::new(data, warnings))
}
