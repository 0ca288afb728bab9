//! Decoding and encoding speed. Streams come from DICOM files of the shared test data where those are present, else
//! only synthetic ones are timed.

#[path = "../tests/support/mod.rs"]
mod support;

use divan::Bencher;
use divan::counter::BytesCount;
use microtome_jpeg::{LosslessImage, Options, decode_into_u8, decode_into_u16, encode_lossless, read_header};

fn main() {
    divan::main();
}

/// A 512 × 512 image of 12 bits: a smooth bump and noise of a few bits, like a CT slice.
fn synthetic() -> Vec<u16> {
    let mut state = 1u32;
    let mut samples = Vec::with_capacity(512 * 512);
    for y in 0..512i32 {
        for x in 0..512i32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bump = (3000 - ((x - 256).pow(2) + (y - 256).pow(2)) / 40).max(0);
            samples.push((bump + (state >> 26) as i32) as u16);
        }
    }
    samples
}

fn image(samples: &[u16]) -> LosslessImage<'_, u16> {
    LosslessImage { width: 512, height: 512, components: 1, precision: 16, samples }
}

fn time_u16(bencher: Bencher<'_, '_>, stream: Option<Vec<u8>>) {
    let Some(stream) = stream else { return };
    let header = read_header(&stream).expect("a header");
    let mut out = vec![0u16; header.samples() as usize];
    bencher.counter(BytesCount::of_slice(&out)).bench_local(move || {
        decode_into_u16(&stream, &Options::default(), &mut out).map(|header| header.width)
    });
}

fn time_u8(bencher: Bencher<'_, '_>, stream: Option<Vec<u8>>) {
    let Some(stream) = stream else { return };
    let header = read_header(&stream).expect("a header");
    let mut out = vec![0u8; header.samples() as usize];
    bencher.counter(BytesCount::of_slice(&out)).bench_local(move || {
        decode_into_u8(&stream, &Options::default(), &mut out).map(|header| header.width)
    });
}

fn real(path: &str) -> Option<Vec<u8>> {
    Some(support::jpeg_frames(&support::shared_file("bench", path)?).swap_remove(0))
}

#[divan::bench]
fn lossless_synthetic_16_bit(bencher: Bencher<'_, '_>) {
    time_u16(bencher, encode_lossless(&image(&synthetic())).ok());
}

#[divan::bench]
fn lossless_sv1_ct_16_bit(bencher: Bencher<'_, '_>) {
    time_u16(bencher, real("dicom/syntaxes/CTImage_JPEGLosslessSV1_4.70.dcm"));
}

#[divan::bench]
fn lossless_sv6_ct_16_bit(bencher: Bencher<'_, '_>) {
    time_u16(bencher, real("dicom/syntaxes/CTImage_JPEGLossless_4.57.dcm"));
}

#[divan::bench]
fn lossless_rgb_8_bit(bencher: Bencher<'_, '_>) {
    time_u8(bencher, real("dicom/pydicom/SC_rgb_jpeg_gdcm.dcm"));
}

#[divan::bench]
fn baseline_ct_8_bit(bencher: Bencher<'_, '_>) {
    time_u8(bencher, real("dicom/syntaxes/CTImage_JPEGBaseline_4.50.dcm"));
}

#[divan::bench]
fn baseline_ybr_422_8_bit(bencher: Bencher<'_, '_>) {
    time_u8(bencher, real("dicom/pydicom/examples_ybr_color.dcm"));
}

#[divan::bench]
fn extended_ct_12_bit(bencher: Bencher<'_, '_>) {
    time_u16(bencher, real("dicom/syntaxes/CTImage_JPEGExtended_4.51.dcm"));
}

#[divan::bench]
fn encode_lossless_16_bit(bencher: Bencher<'_, '_>) {
    let samples = synthetic();
    bencher
        .counter(BytesCount::of_slice(&samples))
        .bench_local(move || encode_lossless(&image(&samples)).map(|stream| stream.len()));
}
