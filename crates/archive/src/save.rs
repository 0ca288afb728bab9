//! Writing a node's content to a file.

use std::path::Path;

use microtome_formats::markups::json;
use microtome_formats::{
    Data, Error as FormatError, Kind, MarkupsData, Sink, WriteOptions, Writer, for_writing,
};
use microtome_scene::{Content, Node};

use crate::atomic::AtomicFiles;
use crate::error::Error;
use crate::labels::fitted;
use crate::node::{metadata, to_data};
use crate::shown::said_of;

/// Whether `path` names a format that data of `kind` can be written to; asked before any work starts. Segmentations can be
/// written to images, as labels.
///
/// # Errors
/// [`Error::Write`] that names the extensions that could be.
pub fn check_target(path: &Path, kind: Kind) -> Result<(), Error> {
    if crate::sequence::is_scene_of_sequence(&file_name(path)) {
        // The scene of a sequence holds items of any kind.
        return Ok(());
    }
    match find(path, kind) {
        Err(_) if kind == Kind::Segmentation && find(path, Kind::Image).is_ok() => Ok(()),
        found => found.map(drop),
    }
}

/// Whether `path` names a format that is made for data of `kind`.
pub fn is_format_of(path: &Path, kind: Kind) -> bool {
    find(path, kind).is_ok()
}

fn find(path: &Path, kind: Kind) -> Result<Writer, Error> {
    let found = for_writing(&file_name(path), kind).map(|(_, writer)| writer);
    found.map_err(|source| Error::Write { path: path.to_owned(), source: Box::new(source) })
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Writes what `node` holds to `path` in the format of its extension. What stood there is replaced only when the new
/// file is whole.
///
/// # Errors
/// [`Error::Write`] if the extension is unknown, the format cannot hold the content, or the system refuses.
pub fn save(node: &Node, path: &Path, options: &WriteOptions) -> Result<(), Error> {
    save_shown(node, None, path, options)
}

/// Like [`save`], and says how the node is shown where the format can.
///
/// # Errors
/// As [`save`].
pub fn save_shown(
    node: &Node,
    display: Option<&Node>,
    path: &Path,
    options: &WriteOptions,
) -> Result<(), Error> {
    let failed = |source: FormatError| Error::Write { path: path.to_owned(), source: Box::new(source) };
    let mut files = AtomicFiles::new(path.parent().unwrap_or(Path::new(".")));
    write_shown(node, display, false, &file_name(path), options, &mut files).map_err(failed)?;
    files.commit().map_err(FormatError::Io).map_err(failed)
}

/// Whether a file called so can hold several nodes: markups in JSON.
pub fn holds_several(path: &Path) -> bool {
    let name = file_name(path);
    for_writing(&name, Kind::Markups).is_ok_and(|(format, _)| format.name == json::FORMAT.name)
}

/// Writes several markups, each with the node that says how it is shown, into the one file `path`.
///
/// # Errors
/// [`Error::Write`] if one of the nodes is no markups, the format holds but one, or the system refuses.
pub fn save_together(nodes: &[(&Node, Option<&Node>)], path: &Path) -> Result<(), Error> {
    let failed = |source: FormatError| Error::Write { path: path.to_owned(), source: Box::new(source) };
    let name = file_name(path);
    let (format, _) = for_writing(&name, Kind::Markups).map_err(failed)?;
    let cannot = |what: String| failed(FormatError::CannotHold { format: format.name, what });
    if !holds_several(path) {
        return Err(cannot("several nodes (.mrk.json can)".to_owned()));
    }
    let mut items = Vec::with_capacity(nodes.len());
    for (node, display) in nodes {
        let Some(Data::Markups(mut data)) = to_data(node) else {
            return Err(cannot(format!(
                "\"{}\", a node of class {}, beside others",
                node.name,
                node.class()
            )));
        };
        data.display = display.map(said_of);
        items.push(data);
    }
    let items: Vec<&MarkupsData> = items.iter().map(|data| &**data).collect();
    let mut files = AtomicFiles::new(path.parent().unwrap_or(Path::new(".")));
    json::write_all(&items, &name, &mut files).map_err(failed)?;
    files.commit().map_err(FormatError::Io).map_err(failed)
}

/// Writes what `node` holds as a file of a scene called `name`, in the format of its extension.
///
/// # Errors
/// If the extension is unknown, the format cannot hold the content, or the sink refuses.
pub(crate) fn write_of_scene(
    node: &Node,
    name: &str,
    options: &WriteOptions,
    files: &mut dyn Sink,
) -> Result<(), FormatError> {
    write_shown(node, None, true, name, options, files)
}

fn write_shown(
    node: &Node,
    display: Option<&Node>,
    of_scene: bool,
    name: &str,
    options: &WriteOptions,
    files: &mut dyn Sink,
) -> Result<(), FormatError> {
    if let Content::Sequence(sequence) = &node.content
        && let Some(written) = crate::sequence::write(node, sequence, name, files)
    {
        return written;
    }
    let data = match &node.content {
        Content::Sequence(sequence) => {
            crate::sequence::to_frames(sequence, &metadata(node), name, of_scene).map(Data::Image)
        }
        _ => to_data(node),
    };
    let Some(mut data) = data else {
        let what = format!("a node of class {}", node.class());
        return Err(FormatError::CannotHold { format: "a file", what });
    };
    if let Data::Markups(data) = &mut data {
        data.display = display.map(said_of);
    }
    let data = fitted(data, name)?;
    let (_, writer) = for_writing(name, data.kind())?;
    match (writer, &data) {
        (Writer::Image(write), Data::Image(data)) => write(data, name, options, files),
        (Writer::Segmentation(write), Data::Segmentation(data)) => write(data, name, options, files),
        (Writer::Mesh(write), Data::Mesh(data)) => write(data, name, options, files),
        (Writer::Transform(write), Data::Transform(data)) => write(data, name, options, files),
        (Writer::Markups(write), Data::Markups(data)) => write(data, name, options, files),
        (Writer::Table(write), Data::Table(data)) => write(data, name, options, files),
        (Writer::ColorTable(write), Data::ColorTable(data)) => write(data, name, options, files),
        (Writer::VolumeProperty(write), Data::VolumeProperty(data)) => write(data, name, options, files),
        (Writer::Text(write), Data::Text(data)) => write(data, name, options, files),
        (writer, data) => Err(FormatError::CannotHold {
            format: writer.kind().name(),
            what: data.kind().with_article().to_owned(),
        }),
    }
}
