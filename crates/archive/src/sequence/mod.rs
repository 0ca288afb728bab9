//! Sequences ⇄ files: volumes and grid transforms over time in one image ([`frames`]), linear transforms in the header of
//! a MetaImage ([`poses`]), anything else as a [`scene`] of its own.

mod frames;
mod poses;
mod scene;

use std::path::Path;

use microtome_formats::transform::recording::Recording;
use microtome_formats::{
    Data, Error as FormatError, ImageData, Kind, Metadata, Sink, Source, Warning, for_writing,
};
use microtome_scene::nodes::Sequence;
use microtome_scene::{Content, Node};

use crate::error::Error;
use crate::open::{OpenOptions, Opened};

pub(crate) use frames::{from_image, is_sequence};
use poses::is_recording;
pub(crate) use scene::is_scene_of_sequence;

/// The attribute by which Slicer remembers what the node of an item was called when it was recorded. It makes it anew.
const BASE_NAME: &str = "Sequences.BaseName";

/// Whether a file of this name is opened here rather than by a format alone.
pub(crate) fn is_ours(file_name: &str) -> bool {
    is_recording(file_name) || is_scene_of_sequence(file_name)
}

/// The extension of a file that [is ours](is_ours).
pub(crate) fn extension_of(file_name: &str) -> &str {
    let dots = file_name.rmatch_indices('.').nth(1).map_or(file_name.len(), |(at, _)| at);
    &file_name[dots..]
}

/// Reads a file that [is ours](is_ours); `path` is what messages name, `name` what the sequence is called if the file does not
/// say.
///
/// # Errors
/// [`Error`] if it cannot be read.
pub(crate) fn open(
    source: &dyn Source,
    path: &Path,
    name: &str,
    options: &OpenOptions,
) -> Result<Vec<Opened>, Error> {
    if is_scene_of_sequence(source.name()) {
        return Ok(vec![scene::open_scene_of_sequence(source, path, name, options)?]);
    }
    let bytes = source.bytes().map_err(|source| Error::Open { path: path.to_owned(), source })?;
    let failed = |source| Error::Read { path: path.to_owned(), source: Box::new(source) };
    let (recording, mut warnings) = Recording::read(&bytes).map_err(failed)?;
    drop(bytes);
    let mut nodes = poses::from_recording(&recording);
    if recording.has_images || nodes.is_empty() {
        let loaded =
            (microtome_formats::image::metaimage::FORMAT.read)(source, &options.read).map_err(failed)?;
        warnings.extend(loaded.warnings);
        if let Data::Image(data) = loaded.data {
            nodes.insert(0, pictures(data, &recording, name, &mut warnings));
        }
    }
    let mut warnings = Some(warnings);
    let opened = |node| Opened { node, display: None, warnings: warnings.take().unwrap_or_default() };
    Ok(nodes.into_iter().map(opened).collect())
}

/// The pictures of a recording, at its times.
fn pictures(data: ImageData, recording: &Recording, name: &str, warnings: &mut Vec<Warning>) -> Node {
    if data.image.frames() > frames::MOST_ITEMS {
        return Node::new(name, crate::node::volume(data.image, warnings));
    }
    let ImageData { image, metadata } = data;
    let of_file = metadata.iter().filter(|(key, _)| !key.starts_with("Seq_Frame"));
    let metadata: Metadata = of_file.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let mut node = frames::from_image(ImageData { image, metadata }, name.to_owned(), warnings);
    if let Content::Sequence(sequence) = &mut node.content
        && !recording.times.is_empty()
    {
        "time".clone_into(&mut sequence.index_name);
        "s".clone_into(&mut sequence.index_unit);
        for (number, item) in (0..).zip(&mut sequence.items) {
            if let Some(time) = recording.times.get(&number) {
                item.value.clone_from(time);
            }
        }
    }
    node
}

/// The least general kind of file that holds a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Volumes of one geometry and type: an image with frames.
    Volumes,
    /// Displacement grids of one geometry and type: an image with frames.
    GridTransforms,
    /// Linear transforms: a recording.
    LinearTransforms,
    /// A scene.
    Scene,
}

impl Form {
    /// That of a sequence: of a scene where the others would lose anything.
    pub fn of(sequence: &Sequence) -> Self {
        match frames::is_uniform(sequence).filter(|_| sequence.items.iter().all(frames::is_plain)) {
            Some(false) => Self::Volumes,
            Some(true) => Self::GridTransforms,
            None if poses::is_plain(sequence) && poses::to_recording("", sequence).is_some() => {
                Self::LinearTransforms
            }
            None => Self::Scene,
        }
    }
}

/// Writes a sequence that is not an image with frames; `None` if a format is to write it as that.
///
/// # Errors
/// If the kind of file that `name` says cannot hold it, or the sink refuses.
pub(crate) fn write(
    node: &Node,
    sequence: &Sequence,
    name: &str,
    files: &mut dyn Sink,
) -> Option<Result<(), FormatError>> {
    if is_scene_of_sequence(name) && !name.to_ascii_lowercase().ends_with(".mrml") {
        return Some(scene::write_scene_of_sequence(node, sequence, name, files));
    }
    let recording = poses::to_recording(&node.name, sequence).filter(|_| is_recording(name))?;
    let mut write = || {
        files.create(name)?.write_all(recording.write()?.as_bytes())?;
        Ok(())
    };
    Some(write())
}

/// The image with the items of a sequence as its frames, for the file `name`; `None` if they are not of one class, geometry
/// and type. `metadata` is of the sequence itself. Only the file of a scene (`of_scene`) names the patient.
pub(crate) fn to_frames(
    sequence: &Sequence,
    metadata: &Metadata,
    name: &str,
    of_scene: bool,
) -> Option<ImageData> {
    let format = for_writing(name, Kind::Image).ok().and_then(|(format, _)| format.extension_of(name));
    let stem = crate::node::name_of(Path::new(name), format.unwrap_or_default());
    frames::to_image(sequence, metadata, &stem, |key| of_scene || !key.starts_with(crate::node::DICOM))
}
