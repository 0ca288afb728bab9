//! Small DCT streams of artificial pictures against what the IJG's decoders make of them, bit for bit. Made and decoded
//! by Pillow 13.0.0 with libjpeg-turbo (`baseline_440.jpg` made by OpenCV 5.0.0) and, those of 12 bits, by DCMTK 3.6.7.

use microtome_jpeg::{ColorTransform, Options, Process, decode_u8, decode_u16, read_header};
use sha2::{Digest, Sha256};
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).join(name)).unwrap()
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn eight_bit_streams_agree_with_libjpeg_turbo() {
    for (name, sha256) in [
        ("progressive_420.jpg", "308f9c460633b733b9950f4dda764d26958746eaa1f7128de6ca73ec510d960b"),
        ("progressive_444_restart.jpg", "65c5332c3c580dc2e7548ef4b665efa29c0add0ec714f2385d8792c8c9735d3d"),
        ("baseline_422_restart.jpg", "9e57abde32b945b853b8271898eb572430a3c558b64f615baf8fd3c6027972d4"),
        ("baseline_411.jpg", "afed02e28342298098740df7fb9c1c19a4b0fff0d408845eb8b7daec45dd9290"),
        ("baseline_440.jpg", "96411fd5d09a24b977260c75426e4071a167d21cf81c9b9eb63db8a30ecafdac"),
        ("progressive_grey.jpg", "b27f46302291dff9c42b89920315b8971c7f8de79fc92bfc38a8f2f59d4b8295"),
        ("adobe_cmyk.jpg", "908ff61e90f80ef54892b73a56854f25e2cd561b6cc1e932484120ca1e30947c"),
    ] {
        let (_, samples) = decode_u8(&fixture(name), &Options::default()).unwrap();
        assert_eq!(hex_sha256(&samples), sha256, "{name}");
    }
    let options = Options { color: ColorTransform::YbrToRgb, ..Options::default() };
    let (_, samples) = decode_u8(&fixture("baseline_440.jpg"), &options).unwrap();
    assert_eq!(hex_sha256(&samples), "d4c704aeeec005c687ab65562159cbe85dc6b762dd11697d7edee0e7cbc21704");
    assert!(decode_u8(&fixture("adobe_cmyk.jpg"), &options).is_err());
}

#[test]
fn twelve_bit_streams_agree_with_dcmtk() {
    for (name, sha256) in [
        ("extended_12_bit.jpg", "fc8f58d7d42eaae6f32d3cc063ab03d527ebee90ae9376970bcffc97143b1b88"),
        ("progressive_12_bit.jpg", "fc8f58d7d42eaae6f32d3cc063ab03d527ebee90ae9376970bcffc97143b1b88"),
        ("lossless_sv7_pt2_12_bit.jpg", "794dbb25833e87c1fb42478c27708f1b863f38768a9c1f9bfff489e77dfd710e"),
    ] {
        let (_, samples) = decode_u16(&fixture(name), &Options::default()).unwrap();
        let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        assert_eq!(hex_sha256(&bytes), sha256, "{name}");
    }
}

#[test]
fn headers_tell_process_sampling_and_application_segments() {
    let header = read_header(&fixture("progressive_420.jpg")).unwrap();
    assert_eq!((header.width, header.height, header.components, header.precision), (37, 29, 3, 8));
    assert_eq!(header.process, Process::Progressive);
    assert!(header.jfif);
    assert_eq!(header.sampling, [(2, 2), (1, 1), (1, 1)]);
    let header = read_header(&fixture("adobe_cmyk.jpg")).unwrap();
    assert_eq!((header.components, header.adobe_transform), (4, Some(0)));
    let header = read_header(&fixture("extended_12_bit.jpg")).unwrap();
    assert_eq!((header.process, header.precision, header.predictor), (Process::Extended, 12, None));
}
