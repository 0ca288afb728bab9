#![no_main]
//! A segmentation's multiblock file, and behind the first zero byte its one mesh, `a/a_0.vtp`.

use microtome_formats::segmentation::multiblock::FORMAT;
use microtome_formats::{MemorySource, ReadOptions};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let mesh = data.get(end + 1..).unwrap_or_default();
    microtome_fuzz::read_as("a.vtm", &data[..end]);
    let listing = "<VTKFile type=\"vtkMultiBlockDataSet\"><DataSet file=\"a/a_0.vtp\"/></VTKFile>";
    for listing in [&data[..end], listing.as_bytes()] {
        let source = MemorySource::new("a.vtm", listing.to_vec()).with_companion("a/a_0.vtp", mesh.to_vec());
        let _ = (FORMAT.read)(&source, &ReadOptions::default());
    }
});
