//! Real DICOM files against the arrays in `dicom/ref`, made by pydicom 3.0.2 with pylibjpeg 2.1.0, its libjpeg 2.5.0
//! and python-gdcm 3.2.6.

mod support;

use microtome_jpeg::{ColorTransform, Options, Process, decode_into_u16, decode_u8, decode_u16, read_header};
use sha2::{Digest, Sha256};
use support::{jpeg_frames, shared_file};

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn reference(test: &str, file: &str, kind: &str) -> Option<serde_json::Value> {
    let index: serde_json::Value =
        serde_json::from_slice(&shared_file(test, "dicom/ref/index.json")?).unwrap();
    let entry = index["files"][file][kind].clone();
    assert!(entry.is_object(), "{file} {kind} is not in the index");
    Some(entry)
}

/// The bytes of a reference array that has a file.
fn reference_bytes(test: &str, entry: &serde_json::Value) -> Option<Vec<u8>> {
    let packed = shared_file(test, entry["file"].as_str().unwrap())?;
    let length = u32::from_le_bytes(packed[packed.len() - 4..].try_into().unwrap()) as usize;
    let mut bytes = vec![0; length];
    let mut decompressor = libdeflater::Decompressor::new();
    assert_eq!(decompressor.gzip_decompress(&packed, &mut bytes).unwrap(), length);
    assert_eq!(hex_sha256(&bytes), entry["sha256"].as_str().unwrap());
    Some(bytes)
}

#[test]
fn lossless_files_are_bit_exact() {
    let test = "lossless_files_are_bit_exact";
    for (file, predictor) in [
        ("dicom/syntaxes/CTImage_JPEGLosslessSV1_4.70.dcm", 1),
        ("dicom/syntaxes/CTImage_JPEGLossless_4.57.dcm", 6),
        ("dicom/pydicom-data/JPEG-LL.dcm", 1),
        ("dicom/pydicom/SC_rgb_jpeg_gdcm.dcm", 1),
    ] {
        let Some(bytes) = shared_file(test, file) else { return };
        let entry = reference(test, file, "stored").unwrap();
        let stream = &jpeg_frames(&bytes)[0];
        let (header, samples) = decode_u16(stream, &Options::default()).unwrap();
        assert_eq!((header.process, header.predictor), (Process::Lossless, Some(predictor)), "{file}");
        assert_eq!(header, read_header(stream).unwrap());
        let decoded: Vec<u8> = if header.precision <= 8 {
            decode_u8(stream, &Options::default()).unwrap().1
        } else {
            samples.iter().flat_map(|s| s.to_le_bytes()).collect()
        };
        assert_eq!(hex_sha256(&decoded), entry["sha256"].as_str().unwrap(), "{file}");
        let mut into = vec![0u16; samples.len()];
        decode_into_u16(stream, &Options::default(), &mut into).unwrap();
        assert_eq!(into, samples);
    }
}

/// Largest difference from the reference, and the share of samples that differ by more than `tolerance`.
fn compare(decoded: &[u16], reference: &[u16], tolerance: u16) -> (u16, f64) {
    assert_eq!(decoded.len(), reference.len());
    let differences = || decoded.iter().zip(reference).map(|(a, b)| a.abs_diff(*b));
    let beyond = differences().filter(|&d| d > tolerance).count();
    (differences().max().unwrap(), beyond as f64 / decoded.len() as f64)
}

fn check_lossy(test: &str, file: &str, kind: &str, tolerance: u16, share_beyond: f64) {
    let Some(bytes) = shared_file(test, file) else { return };
    let entry = reference(test, file, kind).unwrap();
    let raw = reference_bytes(test, &entry).unwrap();
    let color = if kind == "rgb" { ColorTransform::YbrToRgb } else { ColorTransform::None };
    let stream = &jpeg_frames(&bytes)[0];
    let (header, samples) = decode_u16(stream, &Options { color, ..Options::default() }).unwrap();
    let expected: Vec<u16> = if entry["dtype"] == "uint8" {
        raw.iter().map(|&b| u16::from(b)).collect()
    } else {
        raw.as_chunks::<2>().0.iter().map(|&b| u16::from_le_bytes(b)).collect()
    };
    let (largest, share) = compare(&samples, &expected, tolerance);
    assert!(
        share <= share_beyond,
        "{file} {kind}: {share} of the samples differ by more than {tolerance}, {largest}"
    );
    if header.precision == 8 {
        let (_, narrow) = decode_u8(stream, &Options { color, ..Options::default() }).unwrap();
        assert!(narrow.iter().map(|&b| u16::from(b)).eq(samples));
    } else {
        assert!(decode_u8(stream, &Options::default()).is_err());
    }
}

#[test]
fn grey_lossy_files_are_within_tolerance() {
    let test = "grey_lossy_files_are_within_tolerance";
    check_lossy(test, "dicom/syntaxes/CTImage_JPEGBaseline_4.50.dcm", "stored", 1, 0.0);
    check_lossy(test, "dicom/syntaxes/CTImage_JPEGExtended_4.51.dcm", "stored", 4, 0.0);
    check_lossy(test, "dicom/pydicom/JPGExtended.dcm", "stored", 4, 0.0);
}

#[test]
fn color_lossy_files_are_within_tolerance() {
    let test = "color_lossy_files_are_within_tolerance";
    for file in ["dicom/pydicom/SC_rgb_jpeg_dcmtk.dcm", "dicom/pydicom/SC_rgb_dcmtk_+eb+cy+s2.dcm"] {
        check_lossy(test, file, "stored", 2, 0.0);
        check_lossy(test, file, "rgb", 2, 0.0);
    }
}

#[test]
fn all_frames_of_a_color_cine_decode() {
    let (test, file) = ("all_frames_of_a_color_cine_decode", "dicom/pydicom/examples_ybr_color.dcm");
    let Some(bytes) = shared_file(test, file) else { return };
    for (kind, color) in [("stored", ColorTransform::None), ("rgb", ColorTransform::YbrToRgb)] {
        let entry = reference(test, file, kind).unwrap();
        let frames = jpeg_frames(&bytes);
        assert_eq!(frames.len() as u64, entry["shape"][0].as_u64().unwrap());
        let mut sum = 0.0;
        for frame in &frames {
            let (header, samples) = decode_u8(frame, &Options { color, ..Options::default() }).unwrap();
            assert_eq!((header.width, header.height, header.components), (320, 240, 3));
            sum += samples.iter().map(|&s| f64::from(s)).sum::<f64>() / samples.len() as f64;
        }
        let mean = sum / frames.len() as f64;
        let expected = entry["stats"]["mean"].as_f64().unwrap();
        assert!((mean - expected).abs() < 0.05, "{kind}: mean {mean}, not {expected}");
    }
}
