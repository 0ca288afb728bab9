#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| microtome_fuzz::read_as("a.term.json", data));
