//! The example of T.87 annex H.3, and streams put together by hand for the rarer marker segments.

use microtome_jpegls::{EncodeOptions, Error, Options, decode_u8, decode_u16, encode_u8, read_header};

/// Image of annex H.3: 4 by 4 samples of 8 bits.
const IMAGE: [u8; 16] = [0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145];

/// Its entropy-coded data.
const CODED: [u8; 32] = [
    0xC0, 0x00, 0x00, 0x6C, 0x80, 0x20, 0x8E, 0x01, 0xC0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6E, 0xE6,
    0x00, 0x00, 0x01, 0xBC, 0x18, 0x00, 0x00, 0x05, 0xD8, 0x00, 0x00, 0x91, 0x60, 0xFF, 0xD9,
];

/// Frame header with the given height and width.
fn frame(height: u8, width: u8) -> Vec<u8> {
    vec![0xFF, 0xF7, 0, 11, 8, 0, height, 0, width, 1, 1, 0x11, 0]
}

/// Header of a lossless scan with a mapping table selector.
fn scan(table: u8) -> Vec<u8> {
    vec![0xFF, 0xDA, 0, 8, 1, 1, table, 0, 0, 0]
}

fn stream(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

#[test]
fn example_of_annex_h3() {
    let bytes = stream(&[&frame(4, 4), &scan(0), &CODED]);
    assert_eq!(encode_u8(&IMAGE, 4, 4, 1, 8, &EncodeOptions::default()).unwrap(), bytes);
    let (header, samples) = decode_u8(&bytes, &Options::default()).unwrap();
    assert_eq!(samples, IMAGE);
    let p = header.parameters;
    assert_eq!((p.maximum, p.threshold1, p.threshold2, p.threshold3, p.reset), (255, 3, 7, 21, 64));
}

#[test]
fn other_segments_and_fill_bytes_are_skipped() {
    let jfif = [0xFF, 0xE0, 0, 7, b'J', b'F', b'I', b'F', 0];
    let spiff = [0xFF, 0xE8, 0, 8, b'S', b'P', b'I', b'F', b'F', 0];
    let comment = [0xFF, 0xFF, 0xFF, 0xFE, 0, 4, 1, 2];
    let bytes = stream(&[&jfif, &spiff, &comment, &frame(4, 4), &comment, &scan(0), &CODED]);
    assert_eq!(decode_u8(&bytes, &Options::default()).unwrap().1, IMAGE);
}

#[test]
fn size_outside_the_frame_header() {
    let oversize = [0xFF, 0xF8, 0, 10, 4, 3, 0, 0, 4, 0, 0, 4];
    let bytes = stream(&[&frame(0, 0), &oversize, &scan(0), &CODED]);
    assert_eq!(decode_u8(&bytes, &Options::default()).unwrap().1, IMAGE);
    let lines = [0xFF, 0xDC, 0, 4, 0, 4];
    let bytes = stream(&[&frame(0, 4), &scan(0), &CODED[..30], &lines, &[0xFF, 0xD9]]);
    assert_eq!(read_header(&bytes).unwrap().height, 4);
    assert_eq!(decode_u8(&bytes, &Options::default()).unwrap().1, IMAGE);
    let bytes = stream(&[&frame(0, 4), &scan(0), &CODED]);
    assert!(matches!(read_header(&bytes), Err(Error::InvalidField { field: "Y", .. })));
}

#[test]
fn mapping_tables() {
    let mut first = vec![0xFF, 0xF8, 0, 5 + 200, 2, 7, 1];
    first.extend((0..200).map(|value| 255 - value));
    let mut second = vec![0xFF, 0xF8, 0, 5 + 56, 3, 7, 1];
    second.extend((200..=255).map(|value| 255 - value));
    let bytes = stream(&[&first, &second, &frame(4, 4), &scan(7), &CODED]);
    let inverted = IMAGE.map(|sample| 255 - sample);
    assert_eq!(decode_u8(&bytes, &Options::default()).unwrap().1, inverted);

    let bytes = stream(&[&first, &frame(4, 4), &scan(7), &CODED]);
    let error = decode_u8(&bytes, &Options::default()).unwrap_err();
    assert_eq!(error, Error::NotInMappingTable { value: 205, table: 7, entries: 200 });

    let mut wide = vec![0xFF, 0xF8, 2, 5, 2, 1, 2];
    wide.extend((0..=255_u16).flat_map(|value| (value * 200).to_be_bytes()));
    let bytes = stream(&[&wide, &frame(4, 4), &scan(1), &CODED]);
    assert_eq!(read_header(&bytes).unwrap().output_precision, 16);
    let wide_image = IMAGE.map(|sample| u16::from(sample) * 200);
    assert_eq!(decode_u16(&bytes, &Options::default()).unwrap().1, wide_image);
    assert!(decode_u8(&bytes, &Options::default()).is_err());
}

#[test]
fn refusals() {
    let decode = |bytes: &[u8]| decode_u16(bytes, &Options::default()).unwrap_err();
    assert_eq!(decode(&[]), Error::NoStartOfImage);
    assert_eq!(decode(&stream(&[])), Error::Truncated { part: "headers" });
    let baseline = [0xFF, 0xC0, 0, 11, 8, 0, 4, 0, 4, 1, 1, 0x11, 0];
    assert_eq!(decode(&stream(&[&baseline])), Error::OtherProcess { marker: 0xC0 });
    let point_transform = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 1];
    let bytes = stream(&[&frame(4, 4), &point_transform, &CODED]);
    assert_eq!(decode(&bytes), Error::Unsupported { feature: "point transform", value: 1 });
    let huge = [0xFF, 0xF7, 0, 11, 8, 0xFF, 0xFF, 0, 4, 1, 1, 0x11, 0];
    let bytes = stream(&[&huge, &scan(0), &CODED]);
    assert_eq!(decode(&bytes), Error::Truncated { part: "entropy-coded data" });
}
