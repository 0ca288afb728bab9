//! Lossless streams of every shape, written by a plain writer of the definitions in T.81 Annex H.

#[path = "support/lossless_writer.rs"]
mod lossless_writer;

use lossless_writer::{Component, Stream};
use microtome_jpeg::{
    Error, LosslessImage, Options, Process, decode_into_u8, decode_into_u16, decode_u8, decode_u16,
    encode_lossless, read_header,
};
use proptest::prelude::*;

/// Noise of `bits` bits, with runs of equal samples.
fn noise(count: usize, bits: u8, seed: u32) -> Vec<u16> {
    let mut state = seed;
    let mut value = 0;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 30 != 0 {
                value = (state >> 12) as u16 & ((1u32 << bits) - 1) as u16;
            }
            value
        })
        .collect()
}

/// Components of the image's size.
fn full_components(count: usize, samples: usize, bits: u8) -> Vec<Component> {
    (0..count).map(|i| Component { h: 1, v: 1, samples: noise(samples, bits, 7 + i as u32) }).collect()
}

/// The interleaved image, by replication.
fn expected(stream: &Stream) -> Vec<u16> {
    let h_max = stream.components.iter().map(|c| c.h).max().unwrap();
    let v_max = stream.components.iter().map(|c| c.v).max().unwrap();
    let mut image = Vec::new();
    for y in 0..stream.height {
        for x in 0..stream.width {
            for c in &stream.components {
                let width = (stream.width * c.h).div_ceil(h_max);
                let sample = c.samples[y * c.v / v_max * width + x * c.h / h_max];
                image.push(sample >> stream.point_transform << stream.point_transform);
            }
        }
    }
    image
}

fn check(stream: &Stream, what: &str) {
    let bytes = stream.write();
    let (header, samples) = decode_u16(&bytes, &Options::default()).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(samples, expected(stream), "{what}");
    assert_eq!(header.process, Process::Lossless);
    assert_eq!((usize::from(header.width), usize::from(header.height)), (stream.width, stream.height));
    assert_eq!(header.predictor, Some(stream.selection));
    assert_eq!(header.point_transform, stream.point_transform);
    if stream.precision <= 8 {
        let (_, narrow) = decode_u8(&bytes, &Options::default()).unwrap();
        assert!(narrow.iter().map(|&s| u16::from(s)).eq(samples), "{what}");
    }
}

#[test]
fn every_predictor_precision_and_interleaving() {
    for selection in 1..=7 {
        for precision in 2..=16 {
            for count in 1..=4 {
                let mut stream = Stream::new(9, 6, precision, full_components(count, 54, precision));
                stream.selection = selection;
                check(&stream, &format!("predictor {selection}, {precision} bits, {count} components"));
                stream.scans = (0..count).map(|i| vec![i]).collect();
                check(&stream, &format!("predictor {selection}, {precision} bits, {count} scans"));
            }
        }
    }
}

#[test]
fn small_sizes_restarts_and_point_transforms() {
    for selection in [1, 4, 7] {
        for (width, height) in [(1, 1), (1, 5), (5, 1), (2, 2), (3, 9), (8, 20)] {
            for restart_rows in 0..4 {
                for point_transform in [0, 3] {
                    let mut stream = Stream::new(width, height, 12, full_components(1, width * height, 12));
                    stream.selection = selection;
                    stream.restart_rows = restart_rows;
                    stream.point_transform = point_transform;
                    check(
                        &stream,
                        &format!("{width} x {height}, restart {restart_rows}, shift {point_transform}"),
                    );
                    stream.components = full_components(3, width * height, 12);
                    stream.scans = vec![vec![1], vec![0, 2]];
                    check(&stream, &format!("{width} x {height}, restart {restart_rows}, two scans"));
                }
            }
        }
    }
}

#[test]
fn subsampled_components() {
    for factors in [
        [(2usize, 1usize), (1, 1), (1, 1)],
        [(2, 2), (1, 1), (1, 1)],
        [(4, 2), (1, 2), (2, 1)],
        [(1, 2), (1, 1), (1, 2)],
    ] {
        for (width, height) in [(8, 8), (7, 5), (1, 1), (13, 3)] {
            let (h_max, v_max) = factors.iter().fold((0, 0), |m, f| (m.0.max(f.0), m.1.max(f.1)));
            let components = factors
                .iter()
                .map(|&(h, v)| {
                    let count = (width * h).div_ceil(h_max) * (height * v).div_ceil(v_max);
                    Component { h, v, samples: noise(count, 8, 3) }
                })
                .collect();
            let mut stream = Stream::new(width, height, 8, components);
            for selection in 1..=7 {
                stream.selection = selection;
                for restart_rows in [0, 1, 2] {
                    stream.restart_rows = restart_rows;
                    stream.scans = vec![vec![0, 1, 2]];
                    check(&stream, &format!("{factors:?}, {width} x {height}, restart {restart_rows}"));
                    stream.scans = vec![vec![0], vec![1, 2]];
                    // Restart intervals of both scans are whole rows of their own units.
                    check(
                        &stream,
                        &format!("{factors:?}, {width} x {height}, restart {restart_rows}, two scans"),
                    );
                }
            }
        }
    }
}

#[test]
fn fill_bytes_dnl_and_what_follows_the_image() {
    let mut stream = Stream::new(6, 4, 16, full_components(1, 24, 16));
    stream.fill = true;
    check(&stream, "fill bytes");
    stream.dnl = true;
    stream.restart_rows = 2;
    check(&stream, "DNL");
    assert_eq!(read_header(&stream.write()).unwrap().height, 4);
    stream.eoi = false;
    check(&stream, "no EOI");
    stream.eoi = true;
    let mut bytes = stream.write();
    bytes.extend([0, 1, 2, 0xFF, 0xD8]);
    assert_eq!(decode_u16(&bytes, &Options::default()).unwrap().1, expected(&stream));
}

#[test]
fn the_difference_of_32768_is_decoded() {
    let component = Component { h: 1, v: 1, samples: vec![0, 32768, 0, 65535, 32767, 65535] };
    let stream = Stream::new(3, 2, 16, vec![component]);
    check(&stream, "size 16");
}

#[test]
fn every_truncation_is_an_error() {
    let mut stream = Stream::new(7, 9, 12, full_components(3, 63, 12));
    stream.restart_rows = 2;
    stream.scans = vec![vec![0], vec![1, 2]];
    let bytes = stream.write();
    for length in 0..bytes.len() - 2 {
        let error = decode_u16(&bytes[..length], &Options::default()).unwrap_err();
        match length {
            0 | 1 => assert_eq!(error, Error::NotJpeg),
            _ => assert!(
                matches!(error, Error::Truncated { .. } | Error::Implausible { .. }),
                "{length} of {}: {error}",
                bytes.len()
            ),
        }
    }
}

#[test]
fn components_may_share_an_identifier() {
    let stream = Stream::new(5, 3, 8, full_components(3, 15, 8));
    let mut bytes = stream.write();
    for marker in [0xC3, 0xDA] {
        let at = bytes.windows(2).position(|pair| pair == [0xFF, marker]).unwrap();
        let (first, step) = if marker == 0xC3 { (at + 10, 3) } else { (at + 5, 2) };
        for index in 0..3 {
            bytes[first + step * index] = 1;
        }
    }
    assert_eq!(decode_u16(&bytes, &Options::default()).unwrap().1, expected(&stream));
}

#[test]
fn limits_are_kept() {
    let bytes = Stream::new(6, 4, 16, full_components(1, 24, 16)).write();
    let options = Options { max_samples: 23, ..Options::default() };
    assert_eq!(decode_u16(&bytes, &options), Err(Error::TooLarge { samples: 24, limit: 23 }));
    assert_eq!(decode_u8(&bytes, &Options::default()), Err(Error::Precision { precision: 16 }));
    assert_eq!(
        decode_into_u16(&bytes, &Options::default(), &mut [0; 25]),
        Err(Error::OutputSize { needed: 24, given: 25 })
    );
    assert_eq!(
        decode_into_u8(&bytes, &Options::default(), &mut [0; 24]),
        Err(Error::Precision { precision: 16 })
    );
    // 65535 x 65535 samples cannot be in 200 bytes.
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC3]).unwrap();
    let mut huge = bytes;
    huge[frame + 5..frame + 9].fill(0xFF);
    let options = Options { max_samples: usize::MAX, ..Options::default() };
    assert!(matches!(
        decode_u16(&huge, &options),
        Err(Error::Implausible { width: 65535, height: 65535, .. })
    ));
}

#[test]
fn unsupported_processes_are_named() {
    let bytes = Stream::new(6, 4, 8, full_components(1, 24, 8)).write();
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC3]).unwrap();
    for code in [0xC5, 0xC7, 0xC9, 0xCA, 0xCB, 0xCF, 0xF7] {
        let mut other = bytes.clone();
        other[frame + 1] = code;
        assert!(matches!(read_header(&other), Err(Error::Unsupported { .. })), "{code:x}");
    }
}

proptest! {
    #[test]
    fn the_encoder_round_trips(
        (width, height, components, precision) in (1u16..40, 1u16..20, 1u8..=4, 2u8..=16),
        seed in any::<u32>(),
        smooth in any::<bool>(),
    ) {
        let count = usize::from(width) * usize::from(height) * usize::from(components);
        let mut samples = noise(count, precision, seed);
        if smooth {
            for (i, sample) in samples.iter_mut().enumerate() {
                *sample = (i as u16 / 3) & ((1u32 << precision) - 1) as u16;
            }
        }
        let image = LosslessImage { width, height, components, precision, samples: &samples };
        let stream = encode_lossless(&image).unwrap();
        let (header, decoded) = decode_u16(&stream, &Options::default()).unwrap();
        prop_assert_eq!(decoded, samples);
        prop_assert_eq!((header.width, header.height), (width, height));
        prop_assert_eq!((header.components, header.precision), (components, precision));
    }
}
