//! Helpers of the integration tests.
#![allow(dead_code, clippy::print_stderr)]

use std::path::PathBuf;

/// The real test files, which lie beside the project. Where they are absent the test says so, but fails under CI.
pub fn data_folder(test: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    skip(test, "../shared/data is absent");
    None
}

/// Says that a test was skipped, or fails under CI.
pub fn skip(test: &str, reason: &str) {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test}: {reason}");
    eprintln!("SKIPPED {test}: {reason}");
}

/// JPEG-LS streams of a DICOM file with encapsulated pixel data, one fragment each.
pub fn dicom_streams(file: &[u8]) -> Vec<&[u8]> {
    let opens = |window: &[u8]| {
        window.starts_with(&[0xE0, 0x7F, 0x10, 0x00, b'O']) && window[5] < b'X' && window[8..] == [0xFF; 4]
    };
    let start = file.windows(12).rposition(opens).expect("encapsulated pixel data");
    let mut rest = &file[start + 12..];
    let mut streams = Vec::new();
    while let Some((header, items)) = rest.split_first_chunk::<8>() {
        if header[..4] != [0xFE, 0xFF, 0x00, 0xE0] {
            break;
        }
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        streams.push(&items[..length]);
        rest = &items[length..];
    }
    streams.remove(0); // the offset table
    streams
}

/// A noisy image with edges, flat regions and full-range jumps: every branch of the coder.
pub fn phantom(width: usize, height: usize, components: usize, maximum: u16) -> Vec<u16> {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let top = u64::from(maximum);
    let mut samples = Vec::with_capacity(width * height * components);
    for y in 0..height {
        for x in 0..width {
            for c in 0..components {
                let value = match (x / 9 + y / 7) % 5 {
                    0 => top / 3,
                    1 => (x + y + c) as u64 * 3,
                    2 => random() % (top / 16 + 2) + top / 2,
                    3 => random() % (top + 1),
                    _ if random().is_multiple_of(17) => top,
                    _ => 0,
                };
                samples.push((value % (top + 1)) as u16);
            }
        }
    }
    samples
}
