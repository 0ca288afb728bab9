//! Compression and decompression of a noisy 16-bit scan, a label map and plain noise, 32 MiB each, on all cores.

use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use microtome_deflate::{Level, Size, gzip};

#[path = "../tests/common/mod.rs"]
mod common;

const LEN: usize = 32 << 20;

static SCAN: LazyLock<Vec<u8>> = LazyLock::new(|| common::scan(LEN));
static LABELS: LazyLock<Vec<u8>> = LazyLock::new(|| common::labels(LEN));
static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| common::noise(LEN));

fn content(name: &str) -> &'static [u8] {
    match name {
        "scan" => &SCAN,
        "labels" => &LABELS,
        _ => &NOISE,
    }
}

#[divan::bench(args = ["scan", "labels", "noise"], consts = [false, true], sample_count = 10)]
fn compress<const BEST: bool>(bencher: Bencher<'_, '_>, name: &str) {
    let content = content(name);
    let level = if BEST { Level::Best } else { Level::Fast };
    bencher.counter(BytesCount::new(content.len())).bench(|| gzip::compress(&[black_box(content)], level));
}

#[divan::bench(args = ["scan", "labels", "noise"], sample_count = 20)]
fn decompress_with_index(bencher: Bencher<'_, '_>, name: &str) {
    let content = content(name);
    let member = gzip::compress(&[content], Level::Fast).into_vec();
    bencher
        .counter(BytesCount::new(content.len()))
        .bench(|| gzip::decompress(black_box(&member), Size::Exactly(LEN)));
}

#[divan::bench(args = ["scan", "labels", "noise"], sample_count = 20)]
fn decompress_without_index(bencher: Bencher<'_, '_>, name: &str) {
    let content = content(name);
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut member = vec![0; compressor.gzip_compress_bound(content.len())];
    let len = compressor.gzip_compress(content, &mut member).unwrap_or(0);
    member.truncate(len);
    bencher
        .counter(BytesCount::new(content.len()))
        .bench(|| gzip::decompress(black_box(&member), Size::Exactly(LEN)));
}

fn main() {
    divan::main();
}
