#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = microtome_deflate::gzip::decompress(data, Some(1 << 20));
});
