//! Finding the shared test data and the JPEG streams in DICOM files.

use std::path::PathBuf;

/// A file of the shared test data, or `None` (with a note) where the data are absent. Under CI that is a failure.
#[allow(clippy::print_stdout)]
pub fn shared_file(test: &str, path: &str) -> Option<Vec<u8>> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data"));
    if !root.is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: ../shared/data is absent");
        println!("SKIPPED {test}: ../shared/data is absent");
        return None;
    }
    Some(std::fs::read(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}")))
}

/// The frames of encapsulated Pixel Data (PS3.5 A.4) in an explicit little-endian file: the fragments after the
/// offset table, joined where a fragment does not begin with SOI.
pub fn jpeg_frames(file: &[u8]) -> Vec<Vec<u8>> {
    let tag = [0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    let start = file.windows(tag.len()).position(|w| w == tag).expect("encapsulated Pixel Data") + tag.len();
    let mut rest = &file[start..];
    let mut frames: Vec<Vec<u8>> = Vec::new();
    let mut is_offset_table = true;
    while let [0xFE, 0xFF, 0x00, 0xE0, a, b, c, d, tail @ ..] = rest {
        let (item, after) = tail.split_at(u32::from_le_bytes([*a, *b, *c, *d]) as usize);
        match frames.last_mut() {
            _ if std::mem::take(&mut is_offset_table) => {}
            Some(last) if !item.starts_with(&[0xFF, 0xD8]) => last.extend(item),
            _ => frames.push(item.to_vec()),
        }
        rest = after;
    }
    frames
}
