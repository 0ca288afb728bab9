//! The data file of one node.

use std::io;
use std::path::Path;

use microtome_formats::Source;
use microtome_formats::table::delimited;
use microtome_scene::nodes::{ProceduralColor, Storage, Text};
use microtome_scene::{Content, Node};

use super::files::Files;
use super::series::{is_series, open_series};
use crate::color_function;
use crate::error::Error;
use crate::node::from_data;
use crate::open::{OpenOptions, Opened, open_source};

/// Reads the file of a node: as what the node is, where the file alone would not say it.
///
/// # Errors
/// [`Error`] if nothing of it can be read.
pub(super) fn open_data(
    node: &Node,
    storage: &Storage,
    source: &dyn Source,
    path: &Path,
    files: &dyn Files,
    options: &OpenOptions,
) -> Result<Opened, Error> {
    if let Content::Text(_) = node.content {
        let bytes = source.bytes().map_err(|source| Error::Open { path: path.to_owned(), source })?;
        let text = Text { text: String::from_utf8_lossy(&bytes).into_owned(), ..Text::default() };
        return Ok(Opened { node: Node::new("", text), display: None, warnings: Vec::new() });
    }
    if let Content::ProceduralColor(_) = node.content {
        let failed = |source| Error::Open { path: path.to_owned(), source };
        let bytes = source.bytes().map_err(failed)?;
        let points = color_function::read(&String::from_utf8_lossy(&bytes))
            .map_err(|why| failed(io::Error::new(io::ErrorKind::InvalidData, why)))?;
        let colors = ProceduralColor { points, ..ProceduralColor::default() };
        return Ok(Opened { node: Node::new("", colors), display: None, warnings: Vec::new() });
    }
    if matches!(node.content, Content::Volume(_) | Content::LabelVolume(_)) && is_series(storage) {
        return open_series(storage, path, files, options);
    }
    if let Content::Table(_) = node.content
        && let Ok(loaded) = (delimited::FORMAT.read)(source, &options.read)
    {
        // Tables may look like something more special.
        let mut warnings = loaded.warnings;
        let node = from_data(loaded.data, String::new(), &mut warnings);
        return Ok(Opened { node, display: None, warnings });
    }
    let mut opened = open_source(source, path, options)?;
    // Of several things in a file, that which the node is; a recording may hold pictures as well.
    let of_transforms = storage.class == "LinearTransformSequenceStorage";
    opened.sort_by_key(|opened| match &opened.node.content {
        content @ Content::Sequence(_) if of_transforms => !is_of_transforms(content),
        content => of_transforms || content.class() != node.class(),
    });
    opened
        .into_iter()
        .next()
        .ok_or_else(|| Error::Open { path: path.to_owned(), source: io::ErrorKind::InvalidData.into() })
}

/// Whether something is a sequence of transforms.
fn is_of_transforms(content: &Content) -> bool {
    let Content::Sequence(sequence) = content else { return false };
    sequence.items.first().is_some_and(|item| matches!(item.node.content, Content::Transform(_)))
}
