//! SimpleITK and pynrrd read our NRRD and MetaImage files as we do, and we read theirs. `MICROTOME_PYTHON` names a Python
//! interpreter that has both (checked with 2.5.7 and 1.1.3); without it the tests say so and pass, but fail in CI.
#![allow(missing_docs, clippy::print_stderr)]

mod common;

use std::path::Path;
use std::process::Command;

use microtome_formats::{
    Compression, ImageData, Kind, MemorySink, Metadata, WriteOptions, Writer, for_writing,
};
use microtome_geometry::{Affine, Grid, Ijk, Ras};
use microtome_image::{Array, Image, Meaning, ScalarType};
use serde_json::Value;

/// What the script prints for a folder, or `None` without an interpreter.
fn script(test: &str, command: &str, folder: &Path) -> Option<Value> {
    let Ok(python) = std::env::var("MICROTOME_PYTHON") else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{test}: MICROTOME_PYTHON names no interpreter"
        );
        eprintln!("SKIPPED {test}: MICROTOME_PYTHON names no interpreter");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/check_images.py");
    let output = Command::new(python).arg(script).arg(command).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

fn sizes(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|v| v as usize).collect()
}

/// Our values with frames as fast as ITK has them: it has vectors where we have frames.
fn as_itk(image: &Image) -> Vec<f64> {
    let value = |n: usize| image.array().get(n).unwrap();
    if image.components() > 1 || image.frames() == 1 {
        return (0..image.array().len()).map(value).collect();
    }
    let voxels = image.frame_len();
    (0..voxels).flat_map(|v| (0..image.frames()).map(move |f| value(f * voxels + v))).collect()
}

fn compare_itk(name: &str, image: &Image, peer: &Value) {
    assert_eq!(image.dims().to_vec(), sizes(&peer["dims"]), "{name}");
    let number = |key: &str| peer[key].as_u64().unwrap() as usize;
    assert_eq!(image.frames() * image.components(), number("frames") * number("components"), "{name}");
    for (row, expected) in image.grid().ijk_to_ras().rows().iter().zip(peer["ijk_to_ras"].as_array().unwrap())
    {
        for (found, expected) in row.iter().zip(numbers(expected)) {
            assert!((found - expected).abs() < 1e-6, "{name}: {:?} {}", image.grid(), peer["ijk_to_ras"]);
        }
    }
    let ours = if number("frames") > 1 {
        (0..image.array().len()).filter_map(|n| image.array().get(n)).collect()
    } else {
        as_itk(image)
    };
    assert!(ours == numbers(&peer["values"]), "{name}: values differ");
}

fn sample(dims: [usize; 3], components: usize, frames: usize, meaning: Meaning, t: ScalarType) -> Image {
    // A rotation, so that ITK takes the directions as they are.
    let matrix: Affine<Ijk, Ras> =
        Affine::from_rows([[-0.6, 0.0, 2.0, 10.5], [0.0, -1.5, 0.0, -20.25], [0.8, 0.0, 1.5, 30.0]]);
    let flat: Affine<Ijk, Ras> = Affine::from_scale([-0.5, -1.5, 1.0], [4.0, 5.0, 0.0]);
    let count = dims.iter().product::<usize>() * components * frames;
    let array = Array::from((0..count).map(|n| (n * 37 % 120) as f64).collect::<Vec<_>>()).cast(t);
    let grid = Grid::new(dims, if dims[2] == 1 { flat } else { matrix });
    Image::new(grid, components, frames, meaning, array).unwrap()
}

#[test]
fn peers_read_our_nrrd_and_metaimage() {
    let folder = tempfile::tempdir().unwrap();
    use ScalarType::{Float32, Float64, Int16, UInt8};
    let mut images = Vec::new();
    for t in ScalarType::ALL {
        for extension in ["nrrd", "nhdr", "mha", "mhd"] {
            images.push((
                format!("{t}.{extension}"),
                sample([5, 4, 3], 1, 1, Meaning::Scalar, t),
                Metadata::default(),
            ));
        }
    }
    for (name, components, frames, meaning, t) in [
        ("rgb", 3, 1, Meaning::Rgb, UInt8),
        ("rgba", 4, 1, Meaning::Rgba, UInt8),
        ("vector", 5, 1, Meaning::Vector, Float32),
        ("plain3", 3, 1, Meaning::Vector, Float32),
        ("displacement", 3, 1, Meaning::SpatialVector, Float64),
        ("covariant", 3, 1, Meaning::CovariantVector, Float64),
        ("frames", 1, 4, Meaning::Scalar, Int16),
    ] {
        for extension in ["nrrd", "nhdr", "mha", "mhd"] {
            let image = sample([5, 4, 3], components, frames, meaning, t);
            images.push((format!("{name}.{extension}"), image, Metadata::default()));
        }
    }
    images.push((
        "complex.nrrd".to_owned(),
        sample([5, 4, 3], 2, 1, Meaning::Complex, Float32),
        Metadata::default(),
    ));
    let mut flat = Metadata::default();
    flat.set("nrrd/axes", "i j");
    images.push(("flat.nrrd".to_owned(), sample([5, 4, 1], 1, 1, Meaning::Scalar, Int16), flat));
    let mut diffusion = Metadata::default();
    for (key, value) in [
        ("modality", "DWMRI"),
        ("DWMRI_b-value", "1000"),
        ("nrrd/measurement frame", "(1,0,0) (0,1,0) (0,0,1)"),
        ("nrrd/units", "\"\" \"mm\" \"mm\" \"mm\""),
        ("nrrd/labels", "\"gradient\" \"a\" \"b\" \"c\""),
        ("nrrd/centerings", "??? cell cell cell"),
        ("nrrd/thicknesses", "nan nan nan 2"),
    ] {
        diffusion.set(key, value);
    }
    images.push(("diffusion.nrrd".to_owned(), sample([5, 4, 3], 1, 7, Meaning::Scalar, Int16), diffusion));
    for (n, (name, image, metadata)) in images.iter().enumerate() {
        let (_, Writer::Image(write)) = for_writing(name, Kind::Image).unwrap() else { panic!("{name}") };
        let mut sink = MemorySink::default();
        let data = ImageData { image: image.clone(), metadata: metadata.clone() };
        let compression = [Compression::None, Compression::Fast, Compression::Best][n / 4 % 3];
        write(&data, name, &WriteOptions { compression, ..WriteOptions::default() }, &mut sink).unwrap();
        for (file, bytes) in sink.into_files() {
            std::fs::write(folder.path().join(file), bytes).unwrap();
        }
    }
    let Some(peers) = script("peers_read_our_nrrd_and_metaimage", "read", folder.path()) else { return };
    for (name, image, metadata) in &images {
        let itk = &peers[name]["SimpleITK"];
        assert!(itk.get("error").is_none(), "{name} by SimpleITK: {}", itk["error"]);
        compare_itk(&format!("{name} by SimpleITK"), image, itk);
        if !name.contains(".n") {
            continue;
        }
        // pynrrd gives the values in the file's order.
        let nrrd = &peers[name]["pynrrd"];
        assert!(nrrd.get("error").is_none(), "{name} by pynrrd: {}", nrrd["error"]);
        let frames_first = metadata.get("modality").is_some();
        let ours: Vec<f64> = if frames_first {
            as_itk(image)
        } else {
            (0..image.array().len()).filter_map(|n| image.array().get(n)).collect()
        };
        assert!(ours == numbers(&nrrd["values"]), "{name} by pynrrd");
        for (key, value) in metadata.iter().filter(|(key, _)| !key.starts_with("nrrd/")) {
            assert_eq!(nrrd["header"][key].as_str(), Some(value), "{name}");
        }
    }
    assert_eq!(sizes(&peers["diffusion.nrrd"]["pynrrd"]["sizes"]), [7, 5, 4, 3]);
    assert_eq!(sizes(&peers["flat.nrrd"]["pynrrd"]["sizes"]), [5, 4]);
    assert_eq!(sizes(&peers["frames.nhdr"]["pynrrd"]["sizes"]), [5, 4, 3, 4]);
}

#[test]
fn we_read_nrrd_and_metaimage_of_peers() {
    let folder = tempfile::tempdir().unwrap();
    let Some(peers) = script("we_read_nrrd_and_metaimage_of_peers", "write_nrrd", folder.path()) else {
        return;
    };
    assert!(peers.as_object().unwrap().len() > 40);
    for (name, peer) in peers.as_object().unwrap() {
        compare_itk(name, &common::load_image(&folder.path().join(name)).image, peer);
    }
}
