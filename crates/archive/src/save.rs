//! Writing a node's content to a file.

use std::path::Path;

use microtome_formats::{Data, Error as FormatError, Kind, WriteOptions, Writer, for_writing};
use microtome_scene::Node;

use crate::atomic::AtomicFiles;
use crate::error::Error;
use crate::node::to_data;

/// Whether `path` names a format that data of `kind` can be written to; asked before any work starts.
///
/// # Errors
/// [`Error::Write`] that names the extensions that could be.
pub fn check_target(path: &Path, kind: Kind) -> Result<(), Error> {
    find(path, kind).map(drop)
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
    let failed = |source: FormatError| Error::Write { path: path.to_owned(), source: Box::new(source) };
    let Some(data) = to_data(node) else {
        let what = format!("a node of class {}", node.class());
        return Err(failed(FormatError::CannotHold { format: "a file", what }));
    };
    let writer = find(path, data.kind())?;
    let name = file_name(path);
    let mut files = AtomicFiles::new(path.parent().unwrap_or(Path::new(".")));
    let written = match (writer, &data) {
        (Writer::Image(write), Data::Image(data)) => write(data, &name, options, &mut files),
        (Writer::Mesh(write), Data::Mesh(data)) => write(data, &name, options, &mut files),
        (Writer::Transform(write), Data::Transform(data)) => write(data, &name, options, &mut files),
        (Writer::Markups(write), Data::Markups(data)) => write(data, &name, options, &mut files),
        (Writer::Table(write), Data::Table(data)) => write(data, &name, options, &mut files),
        (Writer::ColorTable(write), Data::ColorTable(data)) => write(data, &name, options, &mut files),
        (writer, data) => Err(FormatError::CannotHold {
            format: writer.kind().name(),
            what: data.kind().with_article().to_owned(),
        }),
    };
    written.and_then(|()| files.commit().map_err(FormatError::Io)).map_err(failed)
}
