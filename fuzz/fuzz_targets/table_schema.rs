#![no_main]
use microtome_formats::{MemorySource, ReadOptions, table};
use microtome_fuzz as _;
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let source = MemorySource::new("a.csv", b"a,b_R,b_G\n1,2,x\n".to_vec())
        .with_companion("a.schema.csv", data.to_vec());
    let _ = (table::delimited::FORMAT.read)(&source, &ReadOptions::default());
});
