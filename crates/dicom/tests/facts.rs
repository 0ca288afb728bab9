//! Every DICOM file of the test data against what pydicom 3.0.2 and SimpleITK 2.5.7 say of it (`facts.json`,
//! `dicom/ref/index.json`).

#![allow(clippy::print_stdout)] // A skipped test says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use microtome_dicom::{DicomImage, Error, Warning, read, scan};
use microtome_image::{Meaning, ScalarType, Statistics};
use serde_json::Value;
use sha2::{Digest, Sha256};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

/// The test data's folder, or nothing (and a word about it) where it is absent.
fn data(test: &str) -> Option<PathBuf> {
    let path = PathBuf::from(DATA);
    if path.join("facts.json").is_file() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "the test data is absent");
    println!("SKIPPED {test}: ../shared/data is absent");
    None
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn dicom_facts(data: &Path) -> BTreeMap<String, Value> {
    let facts = json(&data.join("facts.json"));
    let files = facts["files"].as_object().unwrap().iter();
    let dicom = files.filter(|(name, f)| name.starts_with("dicom/") && f["facts"]["reader"] == "pydicom");
    dicom.map(|(name, f)| (name.clone(), f["facts"].clone())).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Differences of `image` from the facts of its file.
fn differences(name: &str, image: &DicomImage, facts: &Value, reference: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |what: &str, ok: bool, found: String| {
        if !ok {
            wrong.push(format!("{name}: {what} is {found}"));
        }
    };
    let decoded = &facts["decoded"];
    let number = |v: &Value| v.as_f64().unwrap();
    let dims = image.image.dims();
    expect("columns", dims[0] as u64 == facts["columns"].as_u64().unwrap(), format!("{dims:?}"));
    expect("rows", dims[1] as u64 == facts["rows"].as_u64().unwrap(), format!("{dims:?}"));
    let frames = dims[2] * image.image.frames();
    expect("frames", frames as u64 == facts["frames"].as_u64().unwrap(), format!("{frames}"));
    let photometric = facts["photometric"].as_str().unwrap();
    let color = !photometric.starts_with("MONOCHROME");
    expect(
        "meaning",
        (image.image.meaning() == Meaning::Rgb) == color,
        format!("{:?}", image.image.meaning()),
    );
    let statistics = Statistics::of(image.image.array());
    let rescale = [number(&facts["rescale"][0]), number(&facts["rescale"][1])];
    let lossless = decoded["lossless"] == true;
    if photometric == "PALETTE COLOR" {
        return wrong;
    }
    if color {
        let rgb = &reference["rgb"];
        let (expected, exact) =
            if rgb.is_object() { (rgb, rgb["lossless"] == true) } else { (&reference["stored"], lossless) };
        if exact {
            let found = sha256(image.image.array().as_bytes());
            expect("sha256 of colours", expected["sha256"] == found, found);
        } else {
            for (what, value) in
                [("min", statistics.min), ("max", statistics.max), ("mean", statistics.mean())]
            {
                let difference = (value - number(&expected["stats"][what])).abs();
                expect(
                    &format!("{what} of colours"),
                    difference <= 2.0,
                    format!("{value}, {}", expected["stats"]),
                );
            }
        }
        return wrong;
    }
    let modality_is_plain = facts["modality"] != "RTDOSE" && !name.contains("fieldmap");
    let tolerance = if lossless { 1e-3 } else { 4.0 * rescale[0].abs() };
    if modality_is_plain {
        let expected = |key: &str| number(&decoded[key]) * rescale[0] + rescale[1];
        for (what, value) in [("min", statistics.min), ("max", statistics.max), ("mean", statistics.mean())] {
            expect(
                what,
                (value - expected(what)).abs() <= tolerance + 1e-6 * value.abs(),
                format!("{value}"),
            );
        }
        let shape: Vec<usize> =
            decoded["shape"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
        for sample in decoded["samples"].as_array().unwrap() {
            let index: Vec<usize> =
                sample[0].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
            let flat = index.iter().zip(&shape).fold(0, |n, (&i, &d)| n * d + i);
            let found = image.image.array().get(flat).unwrap();
            let value = number(&sample[1]) * rescale[0] + rescale[1];
            expect(
                &format!("sample {index:?}"),
                (found - value).abs() <= tolerance + 1e-6 * value.abs(),
                format!("{found} not {value}"),
            );
        }
        if lossless && rescale == [1.0, 0.0] && frames == 1 {
            let found = sha256(image.image.array().as_bytes());
            let type_name = image.image.scalar_type().name();
            expect("type", decoded["dtype"] == type_name, type_name.to_owned());
            expect("sha256", decoded["sha256_le"] == found, found);
        }
    }
    wrong
}

#[test]
fn every_file_decodes_as_pydicom_does() {
    let Some(data) = data("every_file_decodes_as_pydicom_does") else { return };
    let references = json(&data.join("dicom/ref/index.json"));
    let mut wrong = Vec::new();
    let mut images = 0;
    for (name, facts) in dicom_facts(&data) {
        let result = read(&data.join(&name));
        match result {
            Ok(image) if facts["decoded"].is_object() => {
                images += 1;
                wrong.extend(differences(&name, &image, &facts, &references["files"][&name]));
            }
            Ok(_) if name.ends_with("no_meta.dcm") => {}
            Ok(_) => wrong.push(format!("{name}: an image where pydicom finds none")),
            Err(Error::NoImage { .. }) if !facts["decoded"].is_object() => {}
            Err(Error::NotDicom { .. }) if name.ends_with("README.txt") => {}
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert!(images > 200, "{images} images");
}

#[test]
fn series_have_the_geometry_and_values_of_the_facts() {
    let Some(data) = data("series_have_the_geometry_and_values_of_the_facts") else { return };
    let facts = json(&data.join("facts.json"));
    let mut wrong = Vec::new();
    for (folder, expected) in facts["series"].as_object().unwrap() {
        // Facts list a folder's own files; sub-folders are series of their own.
        let entries = std::fs::read_dir(data.join(folder)).unwrap().map(|e| e.unwrap().path());
        let files: Vec<PathBuf> = entries.filter(|p| p.is_file()).collect();
        let scan = scan(&files);
        for expected in expected.as_array().unwrap() {
            let mut of_uid =
                scan.series.iter().filter(|s| expected["series_uid"] == s.instances()[0].series_uid);
            let Some(series) = of_uid.next() else {
                wrong.push(format!("{folder}: no series {}", expected["series_uid"]));
                continue;
            };
            if !expected["dims"].is_array() {
                continue;
            }
            if of_uid.next().is_some() {
                wrong.push(format!("{folder}: several images"));
            }
            let loaded = series.load().unwrap();
            let image = &loaded.image;
            let dims: Vec<usize> =
                expected["dims"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
            if image.dims()[..] != dims[..] || image.frames() != 1 {
                wrong.push(format!("{folder}: dims {:?}, not {dims:?}", image.dims()));
                continue;
            }
            let matrix = image.grid().ijk_to_ras().matrix();
            for (r, row) in matrix.iter().enumerate() {
                for (c, found) in row.iter().enumerate() {
                    let value = expected["IJKToRAS"][r][c].as_f64().unwrap();
                    if (found - value).abs() > 1e-6 * value.abs().max(1.0) {
                        wrong.push(format!("{folder}: IJKToRAS[{r}][{c}] is {found}, not {value}"));
                    }
                }
            }
            let statistics = Statistics::of(image.array());
            let stats = &expected["value_stats"];
            for (key, found) in
                [("min", statistics.min), ("max", statistics.max), ("mean", statistics.mean())]
            {
                let value = stats[key].as_f64().unwrap();
                if (found - value).abs() > 1e-5 * value.abs().max(1.0) {
                    wrong.push(format!("{folder}: {key} is {found}, not {value}"));
                }
            }
            for sample in expected["samples"].as_array().unwrap() {
                let at: Vec<usize> =
                    sample[0].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
                let found = image.array().get((at[2] * dims[1] + at[1]) * dims[0] + at[0]).unwrap();
                if found != sample[1].as_f64().unwrap() {
                    wrong.push(format!("{folder}: voxel {at:?} is {found}, not {}", sample[1]));
                }
            }
            let order: Vec<String> =
                series.files().iter().map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).collect();
            if serde_json::json!(order) != expected["order"] {
                wrong.push(format!("{folder}: order {order:?}"));
            }
            let uneven = loaded.warnings.iter().any(|w| matches!(w, Warning::UnequalSpacing { .. }));
            if uneven == (expected["uniform"] == true) {
                wrong.push(format!("{folder}: warnings {:?}", loaded.warnings));
            }
            let tilt = expected["tilt_deg"].as_f64().unwrap();
            let sheared = loaded.warnings.iter().find_map(|w| match w {
                Warning::Sheared { degrees } => Some(*degrees),
                _ => None,
            });
            if (sheared.unwrap_or(0.0) - tilt).abs() > 0.01 {
                wrong.push(format!("{folder}: tilt {sheared:?}, not {tilt}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_philips_field_map_is_two_frames_with_their_own_scales() {
    let Some(data) = data("the_philips_field_map_is_two_frames_with_their_own_scales") else { return };
    let loaded = read(&data.join("dicom/enhanced/philips_fieldmap.dcm")).unwrap();
    assert_eq!((loaded.image.dims(), loaded.image.frames()), ([64, 64, 32], 2));
    assert_eq!(loaded.image.scalar_type(), ScalarType::Float32);
    // dcm2niix's conversion of the same file (`enhanced/ref`): spacing, and the range of the field map in Hz.
    let spacing = loaded.image.grid().spacing();
    assert!(spacing.iter().all(|s| (s - 4.0).abs() < 1e-4), "{spacing:?}");
    let values = loaded.image.array().as_slice::<f32>().unwrap();
    let map = &values[values.len() / 2..];
    let (least, greatest) = map.iter().fold((f32::MAX, f32::MIN), |(a, b), &v| (a.min(v), b.max(v)));
    assert!((f64::from(least) + 495.604309).abs() < 0.01, "{least}");
    assert!((f64::from(greatest) - 497.319641).abs() < 0.01, "{greatest}");
}

#[test]
fn the_dose_is_scaled_and_stacked_by_its_offsets() {
    let Some(data) = data("the_dose_is_scaled_and_stacked_by_its_offsets") else { return };
    let loaded = read(&data.join("dicom/rt/rtdose.dcm")).unwrap();
    assert_eq!(loaded.image.dims(), [10, 10, 15]);
    assert_eq!(loaded.image.grid().spacing(), [10.0, 10.0, 5.0]);
    assert_eq!(loaded.image.scalar_type(), ScalarType::Float32);
    let statistics = Statistics::of(loaded.image.array());
    assert!((statistics.min - 0.795).abs() < 1e-6 && (statistics.max - 1.254).abs() < 1e-6);
}

#[test]
fn a_palette_becomes_colours() {
    let Some(data) = data("a_palette_becomes_colours") else { return };
    let plain = read(&data.join("dicom/pydicom/examples_palette.dcm")).unwrap();
    assert_eq!((plain.image.components(), plain.image.scalar_type()), (3, ScalarType::UInt8));
    let loaded = read(&data.join("dicom/pydicom-data/OBXXXX1A_rle.dcm")).unwrap();
    assert_eq!(loaded.image.meaning(), Meaning::Rgb);
    // Calibrated: 0.02622878766196998 cm a pixel.
    assert!((loaded.image.grid().spacing()[0] - 0.2622878766196998).abs() < 1e-12);
}

#[test]
fn gaps_and_tilt_give_an_acquisition_geometry() {
    let Some(data) = data("gaps_and_tilt_give_an_acquisition_geometry") else { return };
    let scan = scan(&[data.join("dicom/ct_gantry_tilt_ge")]);
    let loaded = scan.series[0].load().unwrap();
    let geometry = loaded.acquisition_geometry.expect("slices are off the lattice");
    assert_eq!(geometry.grid.dims(), [2, 2, 12]);
    // Corners moved by their displacements lie where the file's header says (facts.json, ipp_RAS).
    let facts = json(&data.join("facts.json"));
    let positions = &facts["series"]["dicom/ct_gantry_tilt_ge"][0]["ipp_RAS"];
    for k in 0..12 {
        let corner =
            loaded.image.grid().ijk_to_ras().apply(microtome_geometry::Point::new(0.0, 0.0, k as f64));
        let moved = corner + geometry.displacements[4 * k];
        for axis in 0..3 {
            assert!((moved[axis] - positions[k][axis].as_f64().unwrap()).abs() < 1e-6);
        }
    }
}
