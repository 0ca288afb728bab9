//! nibabel and SimpleITK read what we write, and we read what they write. `MICROTOME_PYTHON` names a Python interpreter
//! that has both (checked with 5.4.2 and 2.5.7); without it the tests say so and pass.
#![allow(missing_docs, clippy::print_stderr)]

mod common;

use std::path::Path;
use std::process::Command;

use microtome_formats::{ImageData, Kind, MemorySink, Metadata, WriteOptions, Writer, for_writing};
use microtome_geometry::{Affine, Grid, Ijk, Ras};
use microtome_image::{Array, Image, Meaning, ScalarType};
use serde_json::Value;

/// What the script prints for a folder, or `None` without an interpreter.
fn script(test: &str, command: &str, folder: &Path) -> Option<Value> {
    let Ok(python) = std::env::var("MICROTOME_PYTHON") else {
        eprintln!("SKIPPED {test}: MICROTOME_PYTHON names no interpreter");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/check_images.py");
    let output = Command::new(python).arg(script).arg(command).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// How an image of ours differs from what a peer says of the same file.
fn difference(image: &Image, peer: &Value, tolerance: f64) -> Option<String> {
    let number = |key: &str| peer[key].as_u64().unwrap() as usize;
    let numbers =
        |value: &Value| value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect::<Vec<f64>>();
    let found = (image.dims().map(|d| d as f64).to_vec(), image.frames(), image.components());
    let expected = (numbers(&peer["dims"]), number("frames"), number("components"));
    if found != expected {
        return Some(format!("sizes {found:?} are not {expected:?}"));
    }
    let rows = image.grid().ijk_to_ras().rows();
    let expected: Vec<f64> = peer["ijk_to_ras"].as_array().unwrap()[..3].iter().flat_map(numbers).collect();
    if rows.as_flattened().iter().zip(&expected).any(|(a, b)| (a - b).abs() > 1e-4) {
        return Some(format!("matrix {rows:?} is not {expected:?}"));
    }
    let values = numbers(&peer["values"]);
    if values.len() != image.array().len() {
        return Some(format!("{} values, not {}", image.array().len(), values.len()));
    }
    let differs = |&n: &usize| image.array().get(n).is_none_or(|v| (v - values[n]).abs() > tolerance);
    let n = (0..values.len()).find(differs)?;
    Some(format!("value {n} is {:?}, not {}", image.array().get(n), values[n]))
}

fn sample(
    matrix: Affine<Ijk, Ras>,
    dims: [usize; 3],
    components: usize,
    frames: usize,
    meaning: Meaning,
    t: ScalarType,
) -> Image {
    let count = dims.iter().product::<usize>() * components * frames;
    let array = Array::from((0..count).map(|n| (n * 37 % 120) as f64).collect::<Vec<_>>()).cast(t);
    Image::new(Grid::new(dims, matrix), components, frames, meaning, array).unwrap()
}

#[test]
fn peers_read_what_we_write() {
    let test = "peers_read_what_we_write";
    let folder = tempfile::tempdir().unwrap();
    let oblique: Affine<Ijk, Ras> =
        Affine::from_rows([[-1.2, 0.0, 1.2, 10.5], [0.0, 2.5, 0.0, -20.25], [0.9, 0.0, 1.6, 30.0]]);
    let lps: Affine<Ijk, Ras> = Affine::from_scale([-0.5, -1.5, 2.5], [10.5, -20.25, 30.0]);
    let flat: Affine<Ijk, Ras> = Affine::from_scale([-1.0, -1.0, 1.0], [0.0; 3]);
    let small: Affine<Ijk, Ras> = Affine::from_scale([-0.5, -0.25, 1.0], [0.0; 3]);
    use ScalarType::{Float32, Float64, Int8, Int16, Int32, UInt8, UInt16};
    let mut images: Vec<(String, Image)> = Vec::new();
    for t in ScalarType::ALL {
        images.push((format!("{t}.nii.gz"), sample(oblique, [5, 4, 3], 1, 1, Meaning::Scalar, t)));
    }
    for (name, components, frames, meaning, t) in [
        ("frames.nii", 1, 3, Meaning::Scalar, Int16),
        ("pair.hdr", 1, 1, Meaning::Scalar, Int16),
        ("rgb.nii", 3, 1, Meaning::Rgb, UInt8),
        ("rgba.nii", 4, 1, Meaning::Rgba, UInt8),
        ("complex.nii", 2, 1, Meaning::Complex, Float32),
        ("vector.nii", 3, 1, Meaning::Vector, Float64),
        ("label.nii", 1, 1, Meaning::Label, UInt16),
    ] {
        images.push((name.to_owned(), sample(oblique, [5, 4, 3], components, frames, meaning, t)));
    }
    images.push(("long.nii".to_owned(), sample(oblique, [40_000, 1, 1], 1, 1, Meaning::Scalar, UInt8)));
    for t in [UInt8, Int16, Int32, Float32] {
        images.push((format!("{t}.mgz"), sample(oblique, [5, 4, 3], 1, 2, Meaning::Scalar, t)));
    }
    for t in [Int8, UInt8, Int16, UInt16, Float32, Float64] {
        images.push((format!("{t}.gipl"), sample(lps, [5, 4, 3], 1, 1, Meaning::Scalar, t)));
    }
    for t in [Int16, UInt16, Float32] {
        images.push((format!("{t}.mrc"), sample(lps, [5, 4, 3], 1, 1, Meaning::Scalar, t)));
    }
    for (components, meaning) in [(1, Meaning::Scalar), (3, Meaning::Rgb), (4, Meaning::Rgba)] {
        for (name, t) in [
            ("a8.png", UInt8),
            ("a16.png", UInt16),
            ("a8.tif", UInt8),
            ("a16.tif", UInt16),
            ("b8.bmp", UInt8),
        ] {
            // ITK gives every bitmap three components.
            if name.ends_with(".bmp") && components != 3 {
                continue;
            }
            images.push((format!("{components}{name}"), sample(flat, [9, 6, 1], components, 1, meaning, t)));
        }
    }
    for t in [Int8, Int16, Float32] {
        images.push((format!("pages_{t}.tif"), sample(small, [9, 6, 4], 1, 1, Meaning::Scalar, t)));
    }
    for (name, image) in &images {
        let (_, Writer::Image(write)) = for_writing(name, Kind::Image).unwrap() else { panic!("{name}") };
        let mut sink = MemorySink::default();
        let data = ImageData { image: image.clone(), metadata: Metadata::default() };
        write(&data, name, &WriteOptions::default(), &mut sink).unwrap();
        for (file, bytes) in sink.into_files() {
            std::fs::write(folder.path().join(file), bytes).unwrap();
        }
    }
    let Some(peers) = script(test, "read", folder.path()) else { return };
    let mut counts = [0; 2];
    let mut differences = Vec::new();
    for (name, image) in &images {
        let mut read = 0;
        for (n, reader) in ["nibabel", "SimpleITK"].into_iter().enumerate() {
            let peer = &peers[name][reader];
            if peer.get("error").is_some() {
                continue;
            }
            differences.extend(difference(image, peer, 0.0).map(|d| format!("{name} by {reader}: {d}")));
            read += 1;
            counts[n] += 1;
        }
        if read == 0 {
            differences.push(format!("{name} by none: {}", peers[name]));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(counts[0] >= 22 && counts[1] >= 40, "files read: {counts:?}");
}

#[test]
fn we_read_what_peers_write() {
    let folder = tempfile::tempdir().unwrap();
    let Some(peers) = script("we_read_what_peers_write", "write", folder.path()) else { return };
    let mut differences = Vec::new();
    for (name, peer) in peers.as_object().unwrap() {
        let image = common::load_image(&folder.path().join(name)).image;
        // Decoders of JPEG may differ by the rounding of their transforms.
        let tolerance = if name.ends_with(".jpg") { 3.0 } else { 0.0 };
        differences.extend(difference(&image, peer, tolerance).map(|d| format!("{name}: {d}")));
    }
    assert!(differences.is_empty(), "{differences:#?}");
}
