#![no_main]
use microtome_deflate::{Size, gzip};
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = gzip::is_gzip(data);
    let _ = gzip::decompress_prefix(data, 348);
    let _ = gzip::decompress(data, Size::Exactly(1 << 16));
    let _ = gzip::decompress(data, Size::AtMost(1 << 20));
});
