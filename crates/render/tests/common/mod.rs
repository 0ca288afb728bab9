//! Test data.

use std::path::Path;

use microtome_formats::{Data, MemorySource, ReadOptions, detect};
use microtome_image::Image;

/// The image in a file of the shared test data; `None`, with a word about it, where the data is absent.
///
/// # Panics
/// If the data is absent in continuous integration, or cannot be read.
pub fn image(test: &str, path: &str) -> Option<Image> {
    let full = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(path);
    let Ok(bytes) = std::fs::read(&full) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is absent", full.display());
        #[allow(clippy::print_stdout)]
        {
            println!("SKIPPED {test}: ../shared/data is absent");
        }
        return None;
    };
    let format = detect(path, &bytes[..bytes.len().min(4096)]).expect("a known format");
    let name = path.rsplit('/').next().expect("a name");
    let loaded =
        (format.read)(&MemorySource::new(name, bytes), &ReadOptions::default()).expect("a readable file");
    match loaded.data {
        Data::Image(data) => Some(data.image),
        other => panic!("{path} is a {:?}", other.kind()),
    }
}
