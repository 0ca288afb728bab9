//! `info --json` says of every sample file what `facts.json` says.
//!
//! The facts were made by nibabel 5.4.2 (NIfTI, MGH, Analyze), SimpleITK 2.5.7 (NRRD, MetaImage, rasters), pynrrd 1.1.3
//! (where ITK has no decoder), pydicom 3.0.2 (DICOM) and VTK 9.7.2 (meshes).

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

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

fn facts(data: &Path) -> Json {
    serde_json::from_slice(&std::fs::read(data.join("facts.json")).unwrap()).unwrap()
}

fn info(data: &Path, paths: &[String]) -> Json {
    let output = Command::new(env!("CARGO_BIN_EXE_microtome"))
        .current_dir(data)
        .args(["info", "--json"])
        .args(paths)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Collects what differs, so that one run tells all.
struct Report(Vec<String>);

impl Report {
    fn number(&mut self, path: &str, what: &str, found: Option<f64>, expected: Option<f64>, relative: f64) {
        let close = match (found, expected) {
            (Some(f), Some(e)) => (f - e).abs() <= relative * e.abs().max(1.0).max(f.abs()),
            (None, None) => true,
            _ => false,
        };
        if !close {
            self.0.push(format!("{path}: {what} is {found:?}, not {expected:?}"));
        }
    }

    fn numbers(&mut self, path: &str, what: &str, found: &Json, expected: &[f64], relative: f64) {
        let found = flat(found);
        if found.len() < expected.len() {
            self.0.push(format!("{path}: {what} is {found:?}, not {expected:?}"));
            return;
        }
        for (n, (f, e)) in found.iter().zip(expected).enumerate() {
            self.number(path, &format!("{what}[{n}]"), Some(*f), Some(*e), relative);
        }
    }

    fn text(&mut self, path: &str, what: &str, found: &str, expected: &str) {
        if found != expected {
            self.0.push(format!("{path}: {what} is {found}, not {expected}"));
        }
    }
}

fn flat(value: &Json) -> Vec<f64> {
    match value {
        Json::Array(items) => items.iter().flat_map(flat).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

/// The type's name from numpy's and ITK's words.
fn scalar_type(dtype: &str) -> Option<String> {
    let numpy = match dtype {
        ">i2" => "int16",
        ">f4" => "float32",
        "complex64" | "complex of 32-bit float" => "float32",
        other => other,
    };
    if let Some((bits, kind)) = numpy.trim_start_matches("vector of ").split_once("-bit ") {
        let kind = match kind {
            "signed integer" => "int",
            "unsigned integer" => "uint",
            _ => "float",
        };
        return Some(format!("{kind}{bits}"));
    }
    (!numpy.starts_with('[')).then(|| numpy.to_owned())
}

#[test]
fn images_are_what_their_facts_say() {
    let Some(data) = shared_data("images_are_what_their_facts_say") else { return };
    let facts = facts(&data);
    let images: Vec<(String, Json)> = facts["files"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, file)| file["facts"].get("dims").is_some())
        .map(|(path, file)| (path.clone(), file["facts"].clone()))
        .collect();
    assert!(images.len() > 130, "{}", images.len());
    let paths: Vec<String> = images.iter().map(|(path, _)| path.clone()).collect();
    let document = info(&data, &paths);
    let mut report = Report(Vec::new());
    for error in document["errors"].as_array().unwrap() {
        report.0.push(format!("{}: {}", error["path"], error["message"]));
    }
    for (path, fact) in &images {
        let Some(node) = document["nodes"].as_array().unwrap().iter().find(|n| n["path"] == path.as_str())
        else {
            continue;
        };
        image(&mut report, path, fact, node);
    }
    assert!(report.0.is_empty(), "{} differences:\n{}", report.0.len(), report.0.join("\n"));
}

fn image(report: &mut Report, path: &str, fact: &Json, node: &Json) {
    let dims = flat(&fact["dims"]);
    if node["class"] == "Segmentation" {
        // Layers of labels: what is asked of an image is asked of its segments elsewhere.
        report.numbers(path, "dimensions", &node["dimensions"], &dims, 0.0);
        report.numbers(path, "ijk_to_ras", &node["ijk_to_ras"], &flat(&fact["IJKToRAS"]), 1e-6);
        return;
    }
    let values: f64 = dims.iter().product::<f64>() * fact["components"].as_f64().unwrap_or(1.0);
    let colour = fact["dtype"].as_str().is_some_and(|t| t.starts_with('['));
    let pairs = fact["dtype"].as_str().is_some_and(|t| t.contains("complex"));
    let per_voxel = if colour {
        3.0
    } else if pairs {
        2.0
    } else {
        1.0
    };
    let extra = node["components"].as_f64().unwrap_or(0.0) * node["frames"].as_f64().unwrap_or(0.0);
    let found: f64 = flat(&node["dimensions"]).iter().product::<f64>() * extra;
    report.number(path, "number of values", Some(found), Some(values * per_voxel), 0.0);
    if fact["reader"] != "pynrrd" {
        report.numbers(path, "dimensions", &node["dimensions"], &dims[..dims.len().min(3)], 0.0);
        report.numbers(path, "spacing", &node["spacing"], &flat(&fact["spacing"])[..dims.len().min(3)], 1e-6);
    }
    if let Some(matrix) = fact.get("IJKToRAS") {
        let (found, expected) = (flat(&node["ijk_to_ras"]), flat(matrix));
        if dims.len() >= 3 || expected.len() == 16 {
            report.numbers(path, "ijk_to_ras", &Json::from(found), &expected, 1e-6);
        }
    }
    if let Some(expected) = fact["dtype"].as_str().and_then(scalar_type) {
        // A scale that is not 1 makes the values floats.
        let scaled = flat(&fact["scl"]).first().is_some_and(|s| *s != 1.0 && *s != 0.0);
        if !scaled {
            report.text(path, "scalar_type", node["scalar_type"].as_str().unwrap_or("none"), &expected);
        }
    }
    let stated = |name: &str| fact.get(name).and_then(Json::as_f64);
    if let (Some(min), Some(max), Some(mean)) = (stated("min"), stated("max"), stated("mean")) {
        report.numbers(path, "range", &node["range"], &[min, max], 1e-5);
        report.number(path, "mean", node["mean"].as_f64(), Some(mean), 1e-5);
    }
}

#[test]
fn dicom_files_are_what_their_facts_say() {
    let Some(data) = shared_data("dicom_files_are_what_their_facts_say") else { return };
    let facts = facts(&data);
    let files: Vec<(String, Json)> = facts["files"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, file)| file["facts"]["reader"] == "pydicom" && file["facts"].get("decoded").is_some())
        .map(|(path, file)| (path.clone(), file["facts"].clone()))
        .collect();
    assert!(files.len() > 200, "{}", files.len());
    let paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let document = info(&data, &paths);
    let mut report = Report(Vec::new());
    for error in document["errors"].as_array().unwrap() {
        report.0.push(format!("{}: {}", error["path"], error["message"]));
    }
    for (path, fact) in &files {
        let Some(node) = document["nodes"].as_array().unwrap().iter().find(|n| n["path"] == path.as_str())
        else {
            continue;
        };
        dicom(&mut report, path, fact, node);
    }
    assert!(report.0.is_empty(), "{} differences:\n{}", report.0.len(), report.0.join("\n"));
}

fn dicom(report: &mut Report, path: &str, fact: &Json, node: &Json) {
    let stored = &fact["decoded"];
    let shape = flat(&stored["shape"]);
    let grey = fact["photometric"].as_str().is_some_and(|p| p.starts_with("MONOCHROME"));
    let extra = node["components"].as_f64().unwrap_or(0.0) * node["frames"].as_f64().unwrap_or(0.0);
    let values: f64 = flat(&node["dimensions"]).iter().product::<f64>() * extra;
    let palette = if fact["photometric"] == "PALETTE COLOR" { 3.0 } else { 1.0 };
    report.number(path, "number of values", Some(values), Some(shape.iter().product::<f64>() * palette), 0.0);
    report.numbers(
        path,
        "dimensions",
        &node["dimensions"],
        &[fact["columns"].as_f64().unwrap(), fact["rows"].as_f64().unwrap()],
        0.0,
    );
    let rescale = flat(&fact["rescale"]);
    let lossy = stored["lossless"] == false;
    // Objects whose values are scaled frame by frame have no one slope in their facts.
    let one_slope = grey && rescale.len() == 2 && shape.len() == 2;
    if one_slope && node["class"] == "ScalarVolume" && !path.contains("vlut") {
        let of = |name: &str| stored[name].as_f64().map(|v| v * rescale[0] + rescale[1]);
        let slack = if lossy { 4.0 } else { 0.0 };
        for (n, name) in ["min", "max"].into_iter().enumerate() {
            let found = node["range"][n].as_f64();
            if let (Some(f), Some(e)) = (found, of(name))
                && (f - e).abs() > slack + 1e-5 * e.abs()
            {
                report.0.push(format!("{path}: {name} is {f}, not {e}"));
            }
        }
        let relative = if lossy { 1e-2 } else { 1e-5 };
        report.number(path, "mean", node["mean"].as_f64(), of("mean"), relative);
    }
    if let (Some(ipp), true) = (fact.get("ipp"), shape.len() == 2) {
        let p = flat(ipp);
        report.numbers(path, "origin", &node["origin"], &[-p[0], -p[1], p[2]], 1e-6);
    }
    if let (Some(spacing), true) = (fact.get("pixel_spacing"), grey) {
        let s = flat(spacing);
        if s.len() == 2 {
            // Direction cosines that a header states to six digits are of unit length to 2e-5 only, and the matrix of
            // the facts keeps them as stated.
            report.numbers(path, "spacing", &node["spacing"], &[s[1], s[0]], 2e-5);
        }
    }
}

#[test]
fn dicom_series_are_what_their_facts_say() {
    let Some(data) = shared_data("dicom_series_are_what_their_facts_say") else { return };
    let facts = facts(&data);
    let mut report = Report(Vec::new());
    for (folder, series) in facts["series"].as_object().unwrap() {
        let series = series.as_array().unwrap();
        // Folders of unrelated single files are covered file by file.
        let [one] = series.as_slice() else { continue };
        let Some(dims) = one.get("dims") else { continue };
        let document = info(&data, std::slice::from_ref(folder));
        let nodes = document["nodes"].as_array().unwrap();
        let Some(node) = nodes.iter().find(|n| flat(&n["dimensions"]) == flat(dims)) else {
            report.0.push(format!("{folder}: no volume of {dims}: {document}"));
            continue;
        };
        report.numbers(folder, "ijk_to_ras", &node["ijk_to_ras"], &flat(&one["IJKToRAS"]), 1e-6);
        let stats = &one["value_stats"];
        let range = [stats["min"].as_f64().unwrap(), stats["max"].as_f64().unwrap()];
        report.numbers(folder, "range", &node["range"], &range, 1e-5);
        report.number(folder, "mean", node["mean"].as_f64(), stats["mean"].as_f64(), 1e-5);
    }
    assert!(report.0.is_empty(), "{} differences:\n{}", report.0.len(), report.0.join("\n"));
}

#[test]
fn meshes_are_what_their_facts_say() {
    let Some(data) = shared_data("meshes_are_what_their_facts_say") else { return };
    let facts = facts(&data);
    let mut report = Report(Vec::new());
    let mut count = 0;
    for (path, file) in facts["files"].as_object().unwrap() {
        let fact = &file["facts"];
        if fact["reader"] != "vtk 9.7.2" {
            continue;
        }
        count += 1;
        let document = info(&data, std::slice::from_ref(path));
        let Some(node) = document["nodes"].as_array().unwrap().first() else {
            report.0.push(format!("{path}: {}", document["errors"]));
            continue;
        };
        for name in ["points", "cells"] {
            report.number(path, name, node[name].as_f64(), fact[name].as_f64(), 0.0);
        }
        // Facts have file coordinates; a file that does not say RAS is LPS.
        let head = std::fs::read(data.join(path)).unwrap();
        let ras = head.windows(9).any(|w| w == b"SPACE=RAS");
        let b = flat(&fact["bounds"]);
        let expected = if ras { b.clone() } else { vec![-b[1], -b[0], -b[3], -b[2], b[4], b[5]] };
        report.numbers(path, "bounds", &node["bounds"], &expected, 1e-6);
    }
    assert!(count >= 20, "{count}");
    assert!(report.0.is_empty(), "{} differences:\n{}", report.0.len(), report.0.join("\n"));
}
