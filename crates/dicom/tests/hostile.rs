//! Any bytes give an image or an error: no panic, no hang, no memory beyond what the bytes justify.

#![allow(clippy::print_stdout)] // A skipped test says so.

use std::path::PathBuf;

use microtome_dicom::{Extent, Object, is_dicom, read_bytes};
use microtome_image::Bytes;
use proptest::prelude::*;

/// A small file, one for each way of writing elements and pixels.
const FILES: [&str; 22] = [
    "pydicom/MR_small.dcm",
    "pydicom/MR_small_implicit.dcm",
    "pydicom/MR_small_bigendian.dcm",
    "pydicom/MR_small_RLE.dcm",
    "pydicom/MR_small_jpeg_ls_lossless.dcm",
    "pydicom/MR_small_jp2klossless.dcm",
    "pydicom/MR_small_padded.dcm",
    "pydicom/JPEGLSNearLossless_16.dcm",
    "pydicom/SC_rgb_jpeg_dcmtk.dcm",
    "pydicom/SC_rgb_jpeg_gdcm.dcm",
    "pydicom/SC_rgb_rle_2frame.dcm",
    "pydicom/SC_ybr_full_422_uncompressed.dcm",
    "pydicom/no_meta.dcm",
    "pydicom/image_dfl.dcm",
    "pydicom-data/emri_small_RLE.dcm",
    "pydicom-data/parametric_map_float.dcm",
    "rt/rtdose.dcm",
    "rt/rtstruct.dcm",
    "seg/23x38x3/multiframe/mf.dcm",
    "seg/highdicom_seg_image_ct_binary_overlap.dcm",
    "enhanced/siemens_xa10_1.dcm",
    "dicomdir/DICOMDIR",
];

fn files(test: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/dicom"));
    if !folder.is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the test data is absent");
        println!("SKIPPED {test}: ../shared/data is absent");
        return Vec::new();
    }
    FILES.iter().map(|name| std::fs::read(folder.join(name)).unwrap()).collect()
}

/// Cases of each property: `PROPTEST_CASES`, or what a test run has time for.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(192)
}

/// Reads everything there is to read; what comes out is not looked at.
fn exercise(bytes: Vec<u8>) {
    let bytes = Bytes::from(bytes);
    let _ = is_dicom(&bytes);
    let _ = read_bytes(&bytes);
    for extent in [Extent::Header, Extent::Whole] {
        if let Ok(object) = Object::parse(&bytes, extent) {
            for entry in object.dataset().entries().take(64) {
                let _ = entry.text();
                if entry.is_sequence() {
                    let _ = object.dataset().items(entry.tag());
                }
            }
        }
    }
}

#[test]
fn truncated_files_are_errors_or_images() {
    for file in files("truncated_files_are_errors_or_images") {
        let step = (file.len() / 40).max(1);
        for length in (0..file.len()).step_by(step).chain((0..400.min(file.len())).step_by(7)) {
            exercise(file[..length].to_vec());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn flipped_bits_are_errors_or_images(
        which in 0_usize..22,
        flips in proptest::collection::vec((0.0_f64..1.0, 0_u8..8, any::<bool>()), 1..12),
    ) {
        let all = files("flipped_bits_are_errors_or_images");
        if let Some(mut file) = all.into_iter().nth(which) {
            for (place, bit, early) in flips {
                // Half of the flips fall into the header, where they do most harm.
                let range = if early { file.len().min(2000) } else { file.len() };
                let at = (place * range as f64) as usize;
                file[at] ^= 1 << bit;
            }
            exercise(file);
        }
    }

    /// Flips behind the header, where the codecs are.
    #[test]
    fn damaged_streams_are_errors_or_images(
        which in prop::sample::select(vec![3_usize, 4, 5, 7, 8, 9, 10, 14]),
        flips in proptest::collection::vec((0.0_f64..1.0, 0_u8..8), 1..6),
    ) {
        let all = files("damaged_streams_are_errors_or_images");
        if let Some(mut file) = all.into_iter().nth(which) {
            let pixels = file.windows(4).rposition(|w| w == [0xE0, 0x7F, 0x10, 0]).unwrap();
            for (place, bit) in flips {
                // Squared: streams' own headers come first.
                let at = pixels + (place * place * (file.len() - pixels) as f64) as usize;
                file[at] ^= 1 << bit;
            }
            exercise(file);
        }
    }

    #[test]
    fn random_elements_are_errors(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut file = vec![0; 128];
        file.extend(b"DICM\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0");
        file.extend(&body);
        exercise(file);
        exercise(body);
    }
}

#[test]
fn claims_beyond_the_bytes_are_refused() {
    let element = |group: u16, element: u16, vr: &[u8; 2], value: &[u8]| {
        let mut bytes = Vec::new();
        bytes.extend(group.to_le_bytes());
        bytes.extend(element.to_le_bytes());
        bytes.extend(vr);
        if vr == b"OW" {
            bytes.extend([0, 0]);
            bytes.extend((value.len() as u32).to_le_bytes());
        } else {
            bytes.extend((value.len() as u16).to_le_bytes());
        }
        bytes.extend(value);
        bytes
    };
    let short = |v: u16| v.to_le_bytes();
    let mut file = element(8, 5, b"CS", b"ISO_IR 100");
    file.extend(element(0x28, 2, b"US", &short(1)));
    file.extend(element(0x28, 4, b"CS", b"MONOCHROME2 "));
    file.extend(element(0x28, 8, b"IS", b"16000000"));
    file.extend(element(0x28, 0x10, b"US", &short(65_535)));
    file.extend(element(0x28, 0x11, b"US", &short(65_535)));
    file.extend(element(0x28, 0x100, b"US", &short(16)));
    file.extend(element(0x7FE0, 0x10, b"OW", &[0; 64]));
    let error = read_bytes(&Bytes::from(file)).unwrap_err().to_string();
    assert!(error.contains("cut short"), "{error}");
}

#[test]
fn sequences_without_end_are_refused() {
    // Nested to the depth of the file's length.
    let mut file = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100".to_vec();
    for _ in 0..20_000 {
        file.extend(b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff");
    }
    let error = Object::parse(&Bytes::from(file), Extent::Whole).unwrap_err().to_string();
    assert!(error.contains("nested too deeply"), "{error}");
}
