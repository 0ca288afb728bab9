//! Real DICOM files against arrays that other decoders made.
#![allow(clippy::print_stderr)]

mod common;

use common::{data_folder, dicom_streams};
use microtome_jpegls::{Interleave, Options, decode_u8, decode_u16, read_header};
use sha2::{Digest, Sha256};

/// SHA-256 of the little-endian array in `ref/index.json`: pydicom 3.0.2 with pyjpegls 1.5.1 and GDCM.
fn expected_sha256(test: &str, name: &str) -> Option<(String, Vec<Vec<u8>>)> {
    let folder = data_folder(test)?;
    let index: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("dicom/ref/index.json")).unwrap()).unwrap();
    let sha = index["files"][name]["stored"]["sha256"].as_str().unwrap().to_owned();
    let file = std::fs::read(folder.join(name)).unwrap();
    Some((sha, dicom_streams(&file).into_iter().map(<[u8]>::to_vec).collect()))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Decodes all frames to 16 bits; samples of `signed_bits` bits are sign-extended as pydicom does.
fn check_u16(name: &str, frames: usize, signed_bits: Option<u32>) {
    let Some((expected, streams)) = expected_sha256(name, name) else { return };
    assert_eq!(streams.len(), frames);
    let mut digest = Sha256::new();
    for stream in &streams {
        let (_, samples) = decode_u16(stream, &Options::default()).unwrap();
        for sample in samples {
            let value = match signed_bits {
                Some(bits) => ((sample << (16 - bits)) as i16 >> (16 - bits)) as u16,
                None => sample,
            };
            digest.update(value.to_le_bytes());
        }
    }
    assert_eq!(hex(&digest.finalize()), expected, "{name}");
}

#[test]
fn ct_lossless() {
    check_u16("dicom/syntaxes/CTImage_JPEGLSLossless_4.80.dcm", 1, None);
}

#[test]
fn ct_near_lossless() {
    check_u16("dicom/syntaxes/CTImage_JPEGLSNear_4.81.dcm", 1, None);
}

#[test]
fn mr_lossless() {
    check_u16("dicom/pydicom/MR_small_jpeg_ls_lossless.dcm", 1, None);
}

#[test]
fn near_lossless_16_bits() {
    check_u16("dicom/pydicom/JPEGLSNearLossless_16.dcm", 1, None);
}

#[test]
fn fifteen_bits_signed() {
    check_u16("dicom/pydicom-data/JLSL_16_15_1_1F.dcm", 1, Some(15));
}

#[test]
fn ten_frames() {
    check_u16("dicom/pydicom-data/emri_small_jpeg_ls_lossless.dcm", 10, None);
}

#[test]
fn rgb_in_one_scan_for_each_component() {
    let name = "dicom/pydicom-data/JLSL_RGB_ILV0.dcm";
    let Some((expected, streams)) = expected_sha256(name, name) else { return };
    let header = read_header(&streams[0]).unwrap();
    assert_eq!((header.components, header.interleave), (3, Interleave::None));
    let (_, samples) = decode_u8(&streams[0], &Options::default()).unwrap();
    assert_eq!(hex(&Sha256::digest(&samples)), expected);
}
