//! Names for new files.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::is_reserved;

/// Base names longer than this are cut, bytes.
const LONGEST: usize = 50;
/// What is left of a longer one before the four characters that tell it from others.
const CUT: usize = 45;

/// How far the numbers of like names have been counted, by what they have in common: names that were taken once stay so.
pub(crate) type Counts = BTreeMap<String, u64>;

/// A file name for a node: `base` as far as file names can have it, with `extension` (with its dot), different from all
/// that `is_taken` knows.
pub(crate) fn file_name(
    base: &str,
    extension: &str,
    counts: &mut Counts,
    is_taken: &mut dyn FnMut(&str) -> bool,
) -> String {
    let base = clamped(&encoded(if base.trim().is_empty() { "unnamed" } else { base }));
    let base = if is_reserved(&base) { format!("_{base}") } else { base };
    let first = format!("{base}{extension}");
    if !is_taken(&first) {
        return first;
    }
    let (stem, number) = numbered(&base);
    let number = counts.entry(format!("{}_{number}{extension}", stem.to_lowercase())).or_insert(number);
    loop {
        *number += 1;
        let name = format!("{stem}_{number}{extension}");
        if !is_taken(&name) {
            return name;
        }
    }
}

/// A name without the number at its end, and the number.
fn numbered(base: &str) -> (&str, u64) {
    let split = base.rsplit_once('_').and_then(|(stem, digits)| {
        let digits =
            Some(digits).filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))?;
        Some((stem, digits.parse().ok().filter(|n| *n < u64::MAX / 2)?))
    });
    split.unwrap_or((base, 0))
}

/// As Slicer does it: what some file system does not allow becomes `%` and two digits. Letters of all scripts stay.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        let kept = c.is_alphanumeric() || " -_.,@#$%^&()[]{}<>+=`".contains(c);
        if kept && !(c == '.' && out.is_empty()) {
            out.push(c);
        } else if c.is_ascii() {
            out.push_str(&format!("%{:02x}", u32::from(c)));
        } else {
            out.push('_');
        }
    }
    out
}

fn clamped(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let cut = (0..=CUT).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    format!("{}_{}", &text[..cut], tail(text))
}

/// Four characters that depend on the whole text (FNV-1a).
fn tail(text: &str) -> String {
    const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut out = String::new();
    for _ in 0..4 {
        out.push(char::from(LETTERS[(hash % 36) as usize]));
        hash /= 36;
    }
    out
}

/// The file names in use, told apart as the least particular file system does: not by case.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeSet<String>);

impl Taken {
    /// Takes a name; says whether it was free.
    pub fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_lowercase())
    }

    /// Whether a name is in use.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_for_file_systems() {
        let name = |base: &str| file_name(base, ".nrrd", &mut Counts::new(), &mut |_| false);
        assert_eq!(name("CT: chest"), "CT%3a chest.nrrd");
        assert_eq!(name("a/b*c?d\"e'f|g~h\\i"), "a%2fb%2ac%3fd%22e%27f%7cg%7eh%5ci.nrrd");
        assert_eq!(name("Schädel"), "Schädel.nrrd");
        assert_eq!(name("  "), "unnamed.nrrd");
        assert_eq!(name("../x"), "%2e.%2fx.nrrd");
        assert_eq!(
            ["nul", "COM1", "aux.b", "com", "null"].map(name),
            ["_nul", "_COM1", "_aux.b", "com", "null"].map(|n| format!("{n}.nrrd"))
        );
        let long = name(&"x".repeat(80));
        assert_eq!(long.len(), 50 + 5);
        assert_ne!(long, name(&"x".repeat(81)));
    }

    #[test]
    fn numbers_count_on() {
        let (mut taken, mut counts) = (Taken::default(), Counts::new());
        let mut next = |base: &str| {
            let name = file_name(base, ".vtk", &mut counts, &mut |name| taken.has(name));
            assert!(taken.take(&name));
            name
        };
        assert_eq!(
            [next("a"), next("A"), next("a"), next("a_2")],
            ["a.vtk", "A_1.vtk", "a_2.vtk", "a_3.vtk"]
        );
    }
}
