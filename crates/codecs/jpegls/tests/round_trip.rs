//! The encoder's streams through the decoder, for every mode.

mod common;

use common::phantom;
use microtome_jpegls::{
    ColorTransform, EncodeOptions, Error, Header, Interleave, Options, Preset, decode_into_u8,
    decode_into_u16, decode_u8, decode_u16, encode_u8, encode_u16, read_header,
};
use proptest::prelude::*;

const INTERLEAVES: [Interleave; 3] = [Interleave::None, Interleave::Line, Interleave::Sample];

fn round_trip(
    samples: &[u16],
    size: (u32, u32),
    components: u8,
    precision: u8,
    options: &EncodeOptions,
) -> (Header, Vec<u16>) {
    let stream = encode_u16(samples, size.0, size.1, components, precision, options).unwrap();
    let (header, decoded) = decode_u16(&stream, &Options::default()).unwrap();
    assert_eq!((header.width, header.height), size);
    assert_eq!((header.components, header.precision, header.near), (components, precision, options.near));
    let worst = samples.iter().zip(&decoded).map(|(&a, &b)| a.abs_diff(b)).max().unwrap();
    assert!(worst <= u16::from(options.near), "error {worst}, {header:?}");
    (header, decoded)
}

#[test]
fn every_precision_component_count_and_interleave() {
    for precision in 2..=16_u8 {
        let maximum = u16::MAX >> (16 - precision);
        for components in 1..=4_u8 {
            let samples = phantom(67, 41, usize::from(components), maximum);
            for interleave in INTERLEAVES {
                for near in [0, 1, 3, 10, 100, 255] {
                    if u16::from(near) > maximum / 2 {
                        continue;
                    }
                    let options = EncodeOptions { near, interleave, ..EncodeOptions::default() };
                    round_trip(&samples, (67, 41), components, precision, &options);
                }
            }
        }
    }
}

#[test]
fn restart_intervals_and_presets() {
    let samples = phantom(50, 33, 3, 4095);
    for interleave in INTERLEAVES {
        for (restart_interval, near) in [(1, 0), (2, 2), (5, 0), (32, 1), (40, 0)] {
            let options = EncodeOptions {
                near,
                interleave,
                restart_interval,
                preset: Preset { threshold1: 20, threshold2: 50, threshold3: 300, reset: 17, maximum: 4095 },
                ..EncodeOptions::default()
            };
            let (header, _) = round_trip(&samples, (50, 33), 3, 12, &options);
            assert_eq!(header.parameters, options.preset);
            assert_eq!(header.restart_interval, restart_interval);
        }
    }
}

#[test]
fn odd_maximum() {
    for maximum in [1, 2, 3, 100, 127, 128, 999, 3000] {
        let options =
            EncodeOptions { preset: Preset { maximum, ..Preset::default() }, ..EncodeOptions::default() };
        round_trip(&phantom(40, 40, 1, maximum), (40, 40), 1, 12, &options);
    }
}

#[test]
fn color_transforms() {
    for (precision, maximum) in [(8, 255), (16, u16::MAX)] {
        let samples = phantom(31, 29, 3, maximum);
        for interleave in [Interleave::Line, Interleave::Sample] {
            for color_transform in [ColorTransform::Hp1, ColorTransform::Hp2, ColorTransform::Hp3] {
                let options = EncodeOptions { interleave, color_transform, ..EncodeOptions::default() };
                let (header, _) = round_trip(&samples, (31, 29), 3, precision, &options);
                assert_eq!(header.color_transform, color_transform);
            }
        }
    }
}

#[test]
fn bytes_and_words_make_the_same_stream() {
    let words = phantom(30, 20, 3, 255);
    let bytes: Vec<u8> = words.iter().map(|&word| word as u8).collect();
    let options = EncodeOptions { interleave: Interleave::Sample, ..EncodeOptions::default() };
    let stream = encode_u8(&bytes, 30, 20, 3, 8, &options).unwrap();
    assert_eq!(stream, encode_u16(&words, 30, 20, 3, 8, &options).unwrap());
    assert_eq!(decode_u8(&stream, &Options::default()).unwrap().1, bytes);
    let mut into = vec![0; bytes.len()];
    decode_into_u8(&stream, &Options::default(), &mut into).unwrap();
    assert_eq!(into, bytes);
    let mut into = vec![0; bytes.len() - 1];
    assert!(matches!(
        decode_into_u16(&stream, &Options::default(), &mut into),
        Err(Error::OutputLength { expected: 1800, actual: 1799 })
    ));
}

#[test]
fn flat_images_are_small() {
    let stream = encode_u16(&vec![0; 1000 * 500], 1000, 500, 1, 16, &EncodeOptions::default()).unwrap();
    assert!(stream.len() < 500, "{}", stream.len());
    let (_, decoded) = decode_u16(&stream, &Options::default()).unwrap();
    assert!(decoded.iter().all(|&sample| sample == 0));
}

#[test]
fn limits_and_types_are_kept() {
    let stream = encode_u16(&phantom(20, 20, 1, 4095), 20, 20, 1, 12, &EncodeOptions::default()).unwrap();
    assert_eq!(
        decode_u16(&stream, &Options { max_samples: 399 }).unwrap_err(),
        Error::TooLarge { samples: 400, max_samples: 399 }
    );
    assert_eq!(
        decode_u8(&stream, &Options::default()).unwrap_err(),
        Error::PrecisionTooLarge { precision: 12 }
    );
    let last_code = &stream[..stream.len() - 12];
    assert!(matches!(decode_u16(last_code, &Options::default()), Err(Error::CorruptData { .. })));
    let without_end = &stream[..stream.len() - 2];
    assert!(decode_u16(without_end, &Options::default()).is_ok());
}

#[test]
fn wrong_arguments_are_refused() {
    let encode = |samples: &[u16], width, components, precision, options: &EncodeOptions| {
        encode_u16(samples, width, 2, components, precision, options).is_err()
    };
    let lossless = EncodeOptions::default();
    let with_near = |near| EncodeOptions { near, ..lossless };
    assert!(encode(&[0; 3], 2, 1, 8, &lossless));
    assert!(encode(&[0; 0], 0, 1, 8, &lossless));
    assert!(encode(&[0; 4], 2, 0, 8, &lossless));
    assert!(encode(&[0; 20], 2, 5, 8, &lossless));
    assert!(encode(&[0; 4], 2, 1, 1, &lossless));
    assert!(encode(&[0; 4], 2, 1, 17, &lossless));
    assert!(encode(&[0, 0, 256, 0], 2, 1, 8, &lossless));
    assert!(encode(&[0; 4], 2, 1, 8, &with_near(128)));
    assert!(!encode(&[0; 4], 2, 1, 8, &with_near(127)));
    let transform = EncodeOptions { color_transform: ColorTransform::Hp1, ..lossless };
    assert!(encode(&[0; 12], 2, 3, 8, &transform));
}

proptest! {
    #[test]
    fn any_image_returns(
        (width, height) in (1_u32..40, 1_u32..20),
        components in 1_u8..=4,
        precision in 2_u8..=16,
        near in prop_oneof![3 => Just(0_u8), 2 => 1_u8..=6, 1 => any::<u8>()],
        interleave in prop::sample::select(INTERLEAVES.to_vec()),
        restart_interval in prop_oneof![3 => Just(0_u32), 1 => 1_u32..9],
        noise in prop::collection::vec(any::<u16>(), 1..300),
        roughness in 0_u32..16,
    ) {
        let maximum = u16::MAX >> (16 - precision);
        let near = near.min((maximum / 2).min(255) as u8);
        let count = (width * height * u32::from(components)) as usize;
        let mask = (u32::from(maximum) >> roughness) as u16;
        let samples: Vec<u16> = noise.iter().cycle().map(|&value| value & mask).take(count).collect();
        let options = EncodeOptions { near, interleave, restart_interval, ..EncodeOptions::default() };
        round_trip(&samples, (width, height), components, precision, &options);
    }

    #[test]
    fn random_bytes_are_survived(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_header(&bytes);
        bytes.splice(0..0, [0xFF, 0xD8, 0xFF, 0xF7, 0, 11, 12, 0, 40, 0, 50, 1, 1, 0x11, 0,
            0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0]);
        let _ = decode_u16(&bytes, &Options { max_samples: 1 << 16 });
    }

    #[test]
    fn flipped_bits_are_survived(
        components in 1_u8..=4,
        near in 0_u8..=3,
        interleave in prop::sample::select(INTERLEAVES.to_vec()),
        restart_interval in 0_u32..9,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..8), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let samples = phantom(33, 17, usize::from(components), 255);
        let options = EncodeOptions {
            near,
            interleave,
            restart_interval,
            preset: Preset { reset: 40, ..Preset::default() },
            ..EncodeOptions::default()
        };
        let mut stream = encode_u16(&samples, 33, 17, components, 8, &options).unwrap();
        for (at, bit) in flips {
            let at = at.index(stream.len());
            stream[at] ^= 1 << bit;
        }
        let limit = Options { max_samples: 1 << 18 };
        let _ = decode_u16(&stream, &limit);
        let _ = decode_u8(&stream, &limit);
        let end = cut.index(stream.len());
        let _ = decode_u16(&stream[..end], &limit);
    }
}
