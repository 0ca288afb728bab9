//! Speed of decoding and encoding, in bytes of the uncompressed image.

#[path = "../tests/common/mod.rs"]
mod common;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use microtome_jpegls::{
    EncodeOptions, Header, Interleave, Options, decode_u8, decode_u16, encode_u8, encode_u16, read_header,
};

const SIDE: u32 = 512;

fn main() {
    divan::main();
}

/// A body-like slice: air, soft tissue with noise of a few per mille, and dense rings.
fn slice(maximum: u32, components: u32) -> Vec<u16> {
    let mut seed = 1_u32;
    let mut noise = move |amplitude: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % amplitude
    };
    let mut samples = Vec::new();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let (dx, dy) = (x.abs_diff(SIDE / 2), y.abs_diff(SIDE / 2));
            let radius = dx * dx + dy * dy;
            for _ in 0..components {
                let value = match radius {
                    0..15_000 => maximum / 4 + noise(maximum / 128 + 2),
                    15_000..18_000 => maximum / 2 + noise(maximum / 64 + 2),
                    18_000..50_000 => maximum / 5 + (x + y) / 8 % (maximum / 16) + noise(maximum / 200 + 2),
                    _ => 0,
                };
                samples.push(value as u16);
            }
        }
    }
    samples
}

/// DICOM files of the test data; nothing is measured where they are absent.
const FILES: [&str; 4] = [
    "syntaxes/CTImage_JPEGLSLossless_4.80.dcm",
    "syntaxes/CTImage_JPEGLSNear_4.81.dcm",
    "pydicom-data/JLSL_RGB_ILV0.dcm",
    "pydicom-data/JLSL_16_15_1_1F.dcm",
];

#[divan::bench(args = FILES)]
fn decode_file(bencher: Bencher, name: &str) {
    let Some(folder) = common::data_folder("decode_file") else { return };
    let file = std::fs::read(folder.join("dicom").join(name)).unwrap_or_default();
    let stream = common::dicom_streams(&file)[0];
    let Ok(header) = read_header(stream) else { return };
    let bytes = header.samples() * u64::from(header.precision.div_ceil(8));
    let bencher = bencher.counter(BytesCount::new(bytes));
    if header.precision <= 8 {
        bencher.bench(|| decode_u8(black_box(stream), &Options::default()));
    } else {
        bencher.bench(|| decode_u16(black_box(stream), &Options::default()));
    }
}

#[divan::bench(args = FILES)]
fn encode_file(bencher: Bencher, name: &str) {
    let Some(folder) = common::data_folder("encode_file") else { return };
    let file = std::fs::read(folder.join("dicom").join(name)).unwrap_or_default();
    let stream = common::dicom_streams(&file)[0];
    let Ok((header, samples)) = decode_u16(stream, &Options::default()) else { return };
    let bytes = header.samples() * u64::from(header.precision.div_ceil(8));
    let options = EncodeOptions { near: header.near, ..EncodeOptions::default() };
    let Header { width, height, components, precision, .. } = header;
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| encode_u16(black_box(&samples), width, height, components, precision, &options));
}

#[divan::bench(args = [(12, 0), (12, 2), (16, 0)])]
fn decode_gray(bencher: Bencher, (precision, near): (u8, u8)) {
    let samples = slice((1 << precision) - 1, 1);
    let options = EncodeOptions { near, ..EncodeOptions::default() };
    let stream = encode_u16(&samples, SIDE, SIDE, 1, precision, &options).unwrap_or_default();
    bencher
        .counter(BytesCount::of_slice(&samples))
        .bench(|| decode_u16(black_box(&stream), &Options::default()));
}

#[divan::bench(args = [(12, 0), (12, 2), (16, 0)])]
fn encode_gray(bencher: Bencher, (precision, near): (u8, u8)) {
    let samples = slice((1 << precision) - 1, 1);
    let options = EncodeOptions { near, ..EncodeOptions::default() };
    bencher
        .counter(BytesCount::of_slice(&samples))
        .bench(|| encode_u16(black_box(&samples), SIDE, SIDE, 1, precision, &options));
}

const INTERLEAVES: [Interleave; 3] = [Interleave::None, Interleave::Line, Interleave::Sample];

#[divan::bench(args = [0, 1, 2])]
fn decode_rgb(bencher: Bencher, interleave: usize) {
    let samples: Vec<u8> = slice(255, 3).iter().map(|&sample| sample as u8).collect();
    let options = EncodeOptions { interleave: INTERLEAVES[interleave], ..EncodeOptions::default() };
    let stream = encode_u8(&samples, SIDE, SIDE, 3, 8, &options).unwrap_or_default();
    bencher
        .counter(BytesCount::of_slice(&samples))
        .bench(|| decode_u8(black_box(&stream), &Options::default()));
}
