#![no_main]
use microtome_deflate::{Size, zlib};
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = zlib::is_zlib(data);
    let _ = zlib::decompress_prefix(data, 348);
    let _ = zlib::decompress(data, Size::Exactly(1 << 16));
    let _ = zlib::decompress(data, Size::AtMost(1 << 20));
});
