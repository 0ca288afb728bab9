//! Reading files and folders into nodes.

use std::io;
use std::path::Path;

use microtome_dicom::DicomImage;
use microtome_formats::{Data, ReadOptions, Source, TextData, Warning, detect, inflated_head};
use microtome_scene::nodes::{VolumeDisplay, WindowLevelPreset};
use microtome_scene::{Content, Digit, Node};

use crate::bundle::Limits;
use crate::color_function;
use crate::error::Error;
use crate::file_source::FileSource;
use crate::node::{DICOM, from_data, name_of, volume};
use crate::sequence;
use crate::session;
use crate::shown::display_of;

/// How to open.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// How readers read.
    pub read: ReadOptions,
    /// The most that archives may claim.
    pub archives: Limits,
    /// Whether a scene may take from outside its own folder what could be any file: texts, tables, and files that nobody
    /// here understands. Without that only such files are read from there as are images, surfaces, transforms and the like
    /// by their content, and with a warning.
    pub anywhere: bool,
}

/// A node that came from a file or series.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The node.
    pub node: Node,
    /// How it is shown, where the file says something about that.
    pub display: Option<Node>,
    /// Partial trouble on the way.
    pub warnings: Vec<Warning>,
}

/// How much of a file's beginning decides what it is.
const HEAD: usize = 4096;

/// Reads what a file, or a folder of DICOM files, holds. Of a scene file these are the nodes with data, each by itself.
///
/// # Errors
/// [`Error`] if nothing can be read.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Vec<Opened>, Error> {
    let failed = |source: io::Error| Error::Open { path: path.to_owned(), source };
    if path.metadata().map_err(failed)?.is_dir() {
        return open_folder(path);
    }
    if session::is_scene(path) {
        return Ok(session::open_scene(path, options)?.into_data());
    }
    open_source(&FileSource::new(path), path, options)
}

/// Reads what a file holds, wherever its bytes come from; `path` is what messages and names say.
pub(crate) fn open_source(
    source: &dyn Source,
    path: &Path,
    options: &OpenOptions,
) -> Result<Vec<Opened>, Error> {
    let bytes = source.bytes().map_err(|source| Error::Open { path: path.to_owned(), source })?;
    if sequence::is_ours(source.name()) {
        let name = name_of(path, sequence::extension_of(source.name()));
        return sequence::open(source, path, &name, options);
    }
    if microtome_dicom::is_dicom(&bytes) {
        let dicom = |source| Error::Dicom { path: path.to_owned(), source: Box::new(source) };
        let image = microtome_dicom::read_bytes(&bytes).map_err(dicom)?;
        return Ok(vec![from_dicom(image, name_of(path, &extension(path)))]);
    }
    let read = |source| Error::Read { path: path.to_owned(), source: Box::new(source) };
    let head = inflated_head(&bytes, HEAD);
    if color_function::is_ours(&*bytes)
        && let Ok(text) = std::str::from_utf8(&bytes)
    {
        // By its lines alone it could be a colour table.
        let data = Data::Text(TextData { text: text.to_owned(), ..TextData::default() });
        return Ok(vec![item(data, &name_of(path, &extension(path)), Vec::new())]);
    }
    drop(bytes);
    let format = detect(source.name(), &head).map_err(read)?;
    let loaded = (format.read)(source, &options.read).map_err(read)?;
    let name = name_of(path, format.extension_of(source.name()).unwrap_or_default());
    let mut warnings = loaded.warnings;
    let data = match loaded.data {
        Data::Image(data) if sequence::is_sequence(source.name(), &data) => {
            let node = sequence::from_image(data, name, &mut warnings);
            return Ok(vec![Opened { node, display: None, warnings }]);
        }
        data => data,
    };
    let mut opened = vec![item(data, &name, warnings)];
    opened.extend(loaded.others.into_iter().map(|data| item(data, &name, Vec::new())));
    Ok(opened)
}

/// The node of one item of a file called `name`.
fn item(data: Data, name: &str, mut warnings: Vec<Warning>) -> Opened {
    let display = display_of(&data, name, &mut warnings);
    let node = from_data(data, name.to_owned(), &mut warnings);
    Opened { node, display, warnings }
}

fn extension(path: &Path) -> String {
    path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default()
}

fn open_folder(path: &Path) -> Result<Vec<Opened>, Error> {
    let scan = microtome_dicom::scan(&[path.to_owned()]);
    if scan.series.is_empty() {
        return Err(Error::EmptyFolder {
            path: path.to_owned(),
            examined: scan.rejected.len() + scan.others.len(),
        });
    }
    let mut opened = Vec::new();
    let mut first_error = None;
    // A series that falls into several groups lists the alternatives too; the preferred ones are what a person means.
    let preferred = || scan.series.iter().filter(|series| series.is_preferred());
    let chosen: Vec<_> =
        if preferred().next().is_some() { preferred().collect() } else { scan.series.iter().collect() };
    for series in chosen {
        match series.load() {
            Ok(image) => {
                let name = image.name.clone();
                opened.push(from_dicom(image, name));
            }
            Err(source) => {
                first_error.get_or_insert(Error::Dicom { path: path.to_owned(), source: Box::new(source) });
            }
        }
    }
    match first_error {
        Some(error) if opened.is_empty() => Err(error),
        _ => Ok(opened),
    }
}

pub(crate) fn from_dicom(image: DicomImage, name: String) -> Opened {
    let mut warnings: Vec<Warning> = image.warnings.iter().map(|w| Warning::new(w.to_string())).collect();
    let content: Content = volume(image.image, &mut warnings);
    let mut node = Node::new(name, content);
    node.attributes
        .extend(image.metadata.into_iter().map(|(keyword, value)| (format!("{DICOM}{keyword}"), value)));
    node.attributes.insert(format!("{DICOM}instanceUIDs"), image.instance_uids.join(" "));
    let mut display = VolumeDisplay { inverted: Digit(image.inverted), ..VolumeDisplay::default() };
    let presets = image.window_presets.into_iter();
    display.presets = presets
        .map(|preset| WindowLevelPreset {
            window: preset.width,
            level: preset.center,
            name: preset.explanation,
        })
        .collect();
    if let Some((window, level)) = display.presets.first().map(|preset| (preset.window, preset.level)) {
        display.set_window_level(window, level);
    }
    let display = Some(Node::new(format!("{} display", node.name), display));
    Opened { node, display, warnings }
}
