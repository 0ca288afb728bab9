#![no_main]
use std::path::Path;

use microtome_archive::OpenOptions;
use microtome_archive::bundle::{Limits, read_bundle};
use microtome_formats::ReadOptions;

// What small archives may claim, so that they do not need more memory than they are given.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let archives = Limits { members: 1000, inflated: 16 << 20, ratio: 100, unquestioned: 1 << 20 };
    let options = OpenOptions { read: ReadOptions { max_bytes: 4 << 20, ..ReadOptions::default() }, archives };
    let _ = read_bundle(data.to_vec().into(), Path::new("a.mrb"), &options);
});
