//! What the tests on real files share.
#![allow(dead_code, clippy::print_stderr, missing_docs)]

use std::io;
use std::path::{Path, PathBuf};

use microtome_formats::{
    Data, Error, ImageData, Loaded, MemorySink, MemorySource, ReadOptions, WriteOptions, Writer,
};
use microtome_formats::{Source, detect, for_writing, inflated_head};
use microtome_image::Bytes;

/// The folder of shared test data; `None`, after a line that says so, where it is absent.
///
/// # Panics
/// If it is absent and the environment says `CI=true`.
pub fn shared_data(test: &str) -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    if folder.join("facts.json").is_file() {
        return Some(folder.to_owned());
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: ../shared/data is absent");
    eprintln!("SKIPPED {test}: ../shared/data is absent");
    None
}

/// The member `files` of `facts.json`: what is known of each file, by its path within the folder.
pub fn facts(folder: &Path) -> serde_json::Map<String, serde_json::Value> {
    let text = std::fs::read_to_string(folder.join("facts.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    facts["files"].as_object().unwrap().clone()
}

/// A real file and its folder.
pub struct FolderSource {
    folder: PathBuf,
    name: String,
}

impl FolderSource {
    pub fn new(path: &Path) -> Self {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        Self { folder: path.parent().unwrap().to_owned(), name }
    }
}

impl Source for FolderSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> io::Result<Bytes> {
        self.companion(&self.name)
    }

    fn companion(&self, name: &str) -> io::Result<Bytes> {
        Bytes::map(&self.folder.join(name))
    }

    fn neighbours(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }
}

/// Reads whatever the source holds, by the format that its content and name say.
pub fn load(source: &dyn Source, options: &ReadOptions) -> Result<Loaded, Error> {
    let bytes = source.bytes()?;
    let head = inflated_head(&bytes[..bytes.len().min(1 << 16)], 4096);
    (detect(source.name(), &head)?.read)(source, options)
}

/// Reads an image file.
pub fn load_image(path: &Path) -> ImageData {
    let loaded = load(&FolderSource::new(path), &ReadOptions::default());
    match loaded.unwrap_or_else(|error| panic!("{}: {error}", path.display())).data {
        Data::Image(image) => image,
        other => panic!("{} holds {:?}", path.display(), other.kind()),
    }
}

/// The files that data becomes under a name, as one to read again.
pub fn written(data: &Data, name: &str) -> Result<MemorySource, Error> {
    let mut sink = MemorySink::default();
    let options = WriteOptions::default();
    match (for_writing(name, data.kind()).unwrap().1, data) {
        (Writer::Markups(write), Data::Markups(data)) => write(data, name, &options, &mut sink)?,
        (Writer::Table(write), Data::Table(data)) => write(data, name, &options, &mut sink)?,
        (Writer::ColorTable(write), Data::ColorTable(data)) => write(data, name, &options, &mut sink)?,
        (Writer::VolumeProperty(write), Data::VolumeProperty(data)) => {
            write(data, name, &options, &mut sink)?
        }
        (Writer::Text(write), Data::Text(data)) => write(data, name, &options, &mut sink)?,
        _ => panic!("{name}"),
    }
    let mut files = sink.into_files();
    let source = MemorySource::new(name, files.remove(name).unwrap());
    Ok(files.into_iter().fold(source, |source, (name, bytes)| source.with_companion(name, bytes)))
}

/// The data after it was written under a name and read again.
pub fn again(data: &Data, name: &str) -> Data {
    load(&written(data, name).unwrap(), &ReadOptions::default()).unwrap().data
}

/// Reads bytes as a file of a name.
pub fn read_bytes(name: &str, bytes: &[u8]) -> Result<Loaded, Error> {
    load(&MemorySource::new(name, bytes.to_vec()), &ReadOptions::default())
}
