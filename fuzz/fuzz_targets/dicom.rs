#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = microtome_dicom::read_bytes(&microtome_image::Bytes::from(data.to_vec()));
});
