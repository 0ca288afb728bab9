//! What the fuzz targets share.

use std::alloc::System;

use cap::Cap;
use microtome_formats::{FORMATS, MemorySource, ReadOptions};

/// An input of at most 64 KiB justifies no more memory than this: DEFLATE makes 64 MiB of it, which may exist twice.
const MOST_BYTES: usize = 200 << 20;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, MOST_BYTES);

/// Reads `data` as a file of the given name with every format that has its extension. A file names only itself as its
/// companion, so that detached headers are followed too.
pub fn read_as(name: &str, data: &[u8]) {
    let options = ReadOptions::default();
    let source = MemorySource::new(name, data.to_vec());
    for format in FORMATS.iter().filter(|format| format.extension_of(name).is_some()) {
        let _ = (format.sniff)(name, data);
        let _ = (format.read)(&source, &options);
    }
}
