#![no_main]
use microtome_jpegls::{Options, decode_u8, decode_u16};
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let options = Options { max_samples: 1 << 22 };
    let _ = decode_u8(data, &options);
    let _ = decode_u16(data, &options);
});
