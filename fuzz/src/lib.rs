//! What the fuzz targets share.

use microtome_formats::{FORMATS, MemorySource, ReadOptions};

/// Reads `data` as a file of the given name with every format that has its extension. A file names only itself as its
/// companion, so that detached headers are followed too.
pub fn read_as(name: &str, data: &[u8]) {
    let options = ReadOptions { max_bytes: 1 << 26, ..ReadOptions::default() };
    let source = MemorySource::new(name, data.to_vec());
    for format in FORMATS.iter().filter(|format| format.extension_of(name).is_some()) {
        let _ = (format.sniff)(name, data);
        let _ = (format.read)(&source, &options);
    }
}
