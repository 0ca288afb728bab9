//! Any bytes: no panic, no hang, and no success with half an image.

mod support;

use microtome_jpeg::{ColorTransform, Error, Options, Upsampling, decode_u8, decode_u16, read_header};
use proptest::prelude::*;
use std::path::Path;
use support::{jpeg_frames, shared_file};

const NAMES: [&str; 10] = [
    "adobe_cmyk.jpg",
    "baseline_411.jpg",
    "baseline_422_restart.jpg",
    "baseline_440.jpg",
    "extended_12_bit.jpg",
    "lossless_sv7_pt2_12_bit.jpg",
    "progressive_12_bit.jpg",
    "progressive_420.jpg",
    "progressive_444_restart.jpg",
    "progressive_grey.jpg",
];

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).join(name)).unwrap()
}

/// Decodes in all ways with a limit that keeps the test short.
fn decode_all(data: &[u8]) {
    let header = read_header(data);
    let options = Options { max_samples: 1 << 20, ..Options::default() };
    let wide = decode_u16(data, &options);
    if let Ok((decoded_header, samples)) = &wide {
        assert_eq!(Ok(decoded_header), header.as_ref());
        assert_eq!(samples.len() as u64, decoded_header.samples());
    }
    let other = Options { color: ColorTransform::YbrToRgb, upsampling: Upsampling::Replicate, ..options };
    if let (Ok((header, _)), Ok(_)) = (decode_u8(data, &other), &wide) {
        assert!(header.precision <= 8);
    }
}

#[test]
fn every_truncation_of_the_fixtures_is_handled() {
    for name in NAMES {
        let bytes = fixture(name);
        for length in 0..bytes.len() {
            decode_all(&bytes[..length]);
        }
        if !name.starts_with("progressive") {
            // Up to the last but a few bytes, something of the image is missing.
            for length in 2..bytes.len() - 6 {
                let error = decode_u16(&bytes[..length], &Options::default()).unwrap_err();
                assert!(
                    matches!(error, Error::Truncated { .. } | Error::Implausible { .. }),
                    "{name}, {length}: {error}"
                );
            }
        }
    }
}

#[test]
fn truncated_real_files_are_errors() {
    let test = "truncated_real_files_are_errors";
    for file in [
        "dicom/syntaxes/CTImage_JPEGLosslessSV1_4.70.dcm",
        "dicom/syntaxes/CTImage_JPEGBaseline_4.50.dcm",
        "dicom/syntaxes/CTImage_JPEGExtended_4.51.dcm",
    ] {
        let Some(bytes) = shared_file(test, file) else { return };
        let stream = &jpeg_frames(&bytes)[0];
        for part in 1..20 {
            let cut = stream.len() * part / 20;
            let error = decode_u16(&stream[..cut], &Options::default()).unwrap_err();
            assert!(
                matches!(error, Error::Truncated { .. } | Error::Implausible { .. }),
                "{file} cut to {cut}: {error}"
            );
        }
    }
}

#[test]
fn scans_that_repeat_are_refused() {
    // A progressive stream whose scans come twice would let a small file cost any number of passes.
    let bytes = fixture("progressive_grey.jpg");
    let scan = bytes.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    let mut twice = bytes[..bytes.len() - 2].to_vec();
    twice.extend(&bytes[scan..]);
    assert!(matches!(decode_u8(&twice, &Options::default()), Err(Error::Corrupt { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn random_bytes_do_no_harm(mut bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        decode_all(&bytes);
        bytes.splice(0..0, [0xFF, 0xD8, 0xFF]);
        decode_all(&bytes);
    }

    #[test]
    fn changed_streams_do_no_harm(
        which in 0..NAMES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        in_headers in any::<bool>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = fixture(NAMES[which]);
        let range = if in_headers { bytes.len().min(300) } else { bytes.len() };
        for (at, value) in changes {
            bytes[at.index(range)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        decode_all(&bytes);
    }

    #[test]
    fn flipped_bits_do_no_harm(which in 0..NAMES.len(), flips in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let mut bytes = fixture(NAMES[which]);
        for flip in flips {
            let bit = flip.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        decode_all(&bytes);
    }
}
