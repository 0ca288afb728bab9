//! Every sample file of up to 256 kB, cut short and with flipped bits: an error or data, soon, and never a panic.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use microtome_archive::{OpenOptions, open};
use rayon::prelude::*;

const LARGEST: u64 = 256 << 10;
const FLIPS: u64 = 24;
/// Far beyond what any of these files needs, so that a slow machine does not fail; a hang does.
const PATIENCE: Duration = Duration::from_secs(30);

/// The sample data; `None`, said aloud, where there is none. Under CI its absence is a failure.
fn shared_data(test: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: ../shared/data is absent");
    eprintln!("SKIPPED {test}: ../shared/data is absent");
    None
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, found);
        } else if path.metadata().unwrap().len() <= LARGEST {
            found.push(path);
        }
    }
}

/// A number for each input, well mixed (SplitMix64's finaliser).
fn mix(n: u64) -> u64 {
    let n = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    n ^ (n >> 27)
}

/// The file's bytes, damaged in many ways: cut at header-sized and at even places, bits flipped in the first kilobyte
/// (where headers are) and anywhere.
fn damaged(bytes: &[u8], seed: u64) -> Vec<Vec<u8>> {
    let length = bytes.len();
    let cuts =
        [0, 1, 3, 8, 131, 347, length / 4, length / 2, length.saturating_sub(9), length.saturating_sub(1)];
    let mut all: Vec<Vec<u8>> =
        cuts.into_iter().filter(|&n| n < length).map(|n| bytes[..n].to_vec()).collect();
    for n in 0..FLIPS {
        let random = mix(seed ^ n << 48);
        let span = if n % 2 == 0 { length.min(1024) } else { length };
        if span == 0 {
            continue;
        }
        let mut copy = bytes.to_vec();
        copy[random as usize % span] ^= 1 << (random >> 61);
        if n % 3 == 0 {
            copy[(random >> 20) as usize % span] = 0xFF;
        }
        all.push(copy);
    }
    all
}

#[test]
fn damaged_files_are_errors_and_never_panics() {
    let Some(data) = shared_data("damaged_files_are_errors_and_never_panics") else { return };
    let mut files = Vec::new();
    files_below(&data, &mut files);
    assert!(files.len() > 300, "{}", files.len());
    let troubles: Vec<String> =
        files.par_iter().enumerate().flat_map(|(number, path)| troubles_with(path, number as u64)).collect();
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}

/// What goes wrong when the file is opened in its damaged forms.
fn troubles_with(path: &Path, seed: u64) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let name = path.file_name().unwrap();
    // Headers find their data files beside them.
    for neighbour in fs::read_dir(path.parent().unwrap()).unwrap() {
        let neighbour = neighbour.unwrap().path();
        if neighbour.is_file() && neighbour.file_name() != Some(name) {
            std::os::unix::fs::symlink(&neighbour, folder.path().join(neighbour.file_name().unwrap()))
                .unwrap();
        }
    }
    let target = folder.path().join(name);
    let bytes = fs::read(path).unwrap();
    let mut troubles = Vec::new();
    for (n, copy) in damaged(&bytes, seed).into_iter().enumerate() {
        fs::write(&target, &copy).unwrap();
        let start = Instant::now();
        let opened = std::panic::catch_unwind(|| open(&target, &OpenOptions::default()).map(|o| o.len()));
        let trouble = match opened {
            Err(_) => "panics".to_owned(),
            Ok(Err(error)) if error.to_string().is_empty() => "gives an empty message".to_owned(),
            _ if start.elapsed() > PATIENCE => format!("takes {:?}", start.elapsed()),
            _ => continue,
        };
        troubles.push(format!("{}: damage {n} {trouble}", path.display()));
    }
    troubles
}
