#![no_main]
libfuzzer_sys::fuzz_target!(
    // The JPEG 2000 decoder may panic where the reader catches it: only panics that come out here are findings.
    init: drop(std::panic::take_hook()),
    |data: &[u8]| {
        let _ = microtome_dicom::read_bytes(&microtome_image::Bytes::from(data.to_vec()));
    }
);
