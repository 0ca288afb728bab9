//! Damaged and invented files: an error or an image, never a panic, and no memory that the bytes do not justify.
#![allow(missing_docs)]

mod common;

use std::sync::OnceLock;

use microtome_formats::{
    ImageData, Kind, MemorySink, MemorySource, Metadata, ReadOptions, WriteOptions, Writer, for_writing,
};
use microtome_geometry::{Grid, Point};
use microtome_image::{Array, Image, Meaning, ScalarType};
use proptest::prelude::*;

const NAMES: [&str; 12] = [
    "a.nii", "a.nii.gz", "a.hdr", "a.mgh", "a.mgz", "a.gipl", "a.mrc", "a.png", "a.tif", "a.bmp", "rgba.bmp",
    "rgb.tif",
];

/// A file's name and bytes, and those of the voxels of a pair.
type Seed = (String, Vec<u8>, Option<Vec<u8>>);

/// A small valid file of each kind.
fn seeds() -> &'static Vec<Seed> {
    static SEEDS: OnceLock<Vec<Seed>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        NAMES
            .iter()
            .map(|&name| {
                let (components, meaning) = match name {
                    "rgba.bmp" => (4, Meaning::Rgba),
                    "rgb.tif" => (3, Meaning::Rgb),
                    _ => (1, Meaning::Scalar),
                };
                let mut matrix = *Grid::axis_aligned([1; 3], [1.0, 2.0, 3.0], Point::zero()).ijk_to_ras();
                matrix = matrix.to_lps().reinterpret();
                let array = Array::from((0..24 * components).map(|n| n as u8).collect::<Vec<_>>());
                let t = if name.ends_with("mrc") { ScalarType::Int16 } else { ScalarType::UInt8 };
                let image =
                    Image::new(Grid::new([6, 4, 1], matrix), components, 1, meaning, array.cast(t)).unwrap();
                let data = ImageData { image, metadata: Metadata::default() };
                let (_, Writer::Image(write)) = for_writing(name, Kind::Image).unwrap() else {
                    panic!("{name}")
                };
                let mut sink = MemorySink::default();
                write(&data, name, &WriteOptions::default(), &mut sink).unwrap();
                let mut files = sink.into_files();
                let main = files.remove(name).unwrap();
                (name.to_owned(), main, files.into_values().next())
            })
            .collect()
    })
}

fn try_to_read(name: &str, bytes: Vec<u8>, partner: Option<Vec<u8>>) {
    let mut source = MemorySource::new(name, bytes);
    if let Some(partner) = partner {
        source = source.with_companion("a.img", partner);
    }
    let options = ReadOptions { max_bytes: 1 << 24, numbered_stack: false };
    // The format that the name says, whatever the content looks like.
    let lower = name.to_ascii_lowercase();
    for format in microtome_formats::FORMATS {
        if format.extensions.iter().any(|e| lower.ends_with(e)) {
            let _ = (format.read)(&source, &options);
        }
    }
    let _ = common::load(&source, &options);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes(
        which in 0..NAMES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (name, main, partner) = seeds()[which].clone();
        let mut bytes = main;
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        try_to_read(&name, bytes, partner);
    }

    #[test]
    fn changed_header_words(
        which in 0..NAMES.len(),
        at in 0_usize..600,
        word in prop::sample::select(vec![0_u64, 1, 0x7f, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, u64::MAX >> 1, u64::MAX, 1 << 62]),
        size in prop::sample::select(vec![2_usize, 4, 8]),
        big in any::<bool>(),
    ) {
        let (name, mut bytes, partner) = seeds()[which].clone();
        let word = if big { word.to_be_bytes()[8 - size..].to_vec() } else { word.to_le_bytes()[..size].to_vec() };
        if let Some(place) = bytes.get_mut(at..at + size) {
            place.copy_from_slice(&word);
        }
        try_to_read(&name, bytes, partner);
    }

    #[test]
    fn arbitrary_bytes(which in 0..NAMES.len(), bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        try_to_read(NAMES[which], bytes, None);
    }
}

#[test]
fn every_length_of_every_file() {
    for (name, main, partner) in seeds() {
        for length in 0..main.len() {
            try_to_read(name, main[..length].to_vec(), partner.clone());
        }
    }
}

#[test]
fn a_claim_of_terabytes_is_refused_at_once() {
    for (name, at, claim) in [
        ("a.nii", 42, [0xff_u8, 0x7f, 0xff, 0x7f, 0xff, 0x7f].as_slice()),
        ("a.mgh", 4, &[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]),
        ("a.gipl", 0, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a.mrc", 0, &[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]),
        ("a.bmp", 18, &[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]),
    ] {
        let (_, mut bytes, _) = seeds().iter().find(|s| s.0 == name).unwrap().clone();
        bytes[at..at + claim.len()].copy_from_slice(claim);
        let source = MemorySource::new(name, bytes);
        assert!(common::load(&source, &ReadOptions::default()).is_err(), "{name}");
    }
}
