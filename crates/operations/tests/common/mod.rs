//! Cases that a script in `../python` makes with a reference implementation, run by ours and compared voxel by voxel.
#![allow(dead_code, clippy::print_stderr, missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use microtome_formats::{Data as FileData, MemorySource, ReadOptions, detect};
use microtome_image::{Bytes, Image};
use microtome_operations::{Arguments, Data, DataKind, Progress, find};
use microtome_records::{ColumnValues, Table};
use serde_json::{Map, Value as Json, json};

/// Runs the script of a family and all its cases.
pub fn check(family: &str) {
    let Some((python, data)) = python().and_then(|python| Some((python, shared_data()?))) else {
        let message = format!("{family}: MICROTOME_PYTHON names no interpreter, or ../shared/data is absent");
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("SKIPPED {message}");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/python/{family}.py"));
    let output = Command::new(python).arg(&script).arg(folder.path()).arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cases: Vec<Json> =
        serde_json::from_slice(&std::fs::read(folder.path().join("cases.json")).unwrap()).unwrap();
    assert!(!cases.is_empty());
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let failure = run(case, folder.path()).err()?;
            Some(format!(
                "{} {} {} of {}: {failure}",
                case["operation"], case["name"], case["parameters"], case["inputs"]
            ))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn python() -> Option<PathBuf> {
    std::env::var_os("MICROTOME_PYTHON").map(PathBuf::from)
}

/// The folder of shared test data, where there is one.
pub fn shared_data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    folder.is_dir().then_some(folder)
}

/// What is in a file: an image, or a transform as it moves what stands under it.
pub fn data(path: &Path, kind: DataKind) -> Data {
    if kind == DataKind::Labelmap {
        return Data::Labelmap(image(path));
    }
    match load(path) {
        FileData::Image(image) => Data::Volume(image.image),
        FileData::Transform(data) if data.to_parent => Data::Transform(data.transform),
        FileData::Transform(data) => Data::Transform(data.transform.inverse().unwrap()),
        other => panic!("{} holds {other:?}", path.display()),
    }
}

/// The image in a file, whose voxels may be in a file beside it of the same stem.
pub fn image(path: &Path) -> Image {
    match load(path) {
        FileData::Image(image) => image.image,
        other => panic!("{} holds {other:?}", path.display()),
    }
}

fn load(path: &Path) -> FileData {
    let name = path.file_name().unwrap().to_string_lossy();
    let bytes = Bytes::map(path).unwrap();
    let format = detect(&name, &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut source = MemorySource::new(name.clone(), bytes);
    for companion in
        [".raw", ".raw.gz"].map(|end| format!("{}{end}", path.file_stem().unwrap().to_string_lossy()))
    {
        if let Ok(bytes) = Bytes::map(&path.with_file_name(&companion)) {
            source = source.with_companion(companion, bytes);
        }
    }
    let loaded = (format.read)(&source, &ReadOptions::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    loaded.data
}

fn run(case: &Json, folder: &Path) -> Result<(), String> {
    let entry = find(case["operation"].as_str().unwrap()).ok_or("there is no such operation")?;
    let declaration = (entry.declaration)();
    let mut inputs = BTreeMap::new();
    for (name, file) in case["inputs"].as_object().unwrap() {
        let input = declaration.inputs.iter().find(|i| i.name == *name).ok_or("there is no such input")?;
        inputs.insert(name.clone(), data(&folder.join(file.as_str().unwrap()), input.kind));
    }
    let parameters = case["parameters"].as_object().unwrap().clone();
    let results =
        (entry.run)(Arguments { inputs, parameters }, &Progress::ignored()).map_err(|e| e.to_string())?;
    let tolerance = case["tolerance"].as_f64().unwrap();
    for (name, expected) in case["values"].as_object().unwrap() {
        let found = results.values.get(name).ok_or_else(|| format!("no value {name}"))?;
        let [f, e] = [found, expected].map(|n| n.as_f64().unwrap_or(f64::NAN));
        let near = (f - e).abs() <= tolerance * e.abs().max(1.0);
        if found != expected && !near {
            return Err(format!("{name} is {found}, not {expected}"));
        }
    }
    if let Some(columns) = case["columns"].as_object().filter(|columns| !columns.is_empty()) {
        let Some(Data::Table(table)) = results.outputs.get("output") else {
            return Err("no table comes out".to_owned());
        };
        compare_columns(table, columns, tolerance)?;
    }
    let Some(file) = case["reference"].as_str() else { return Ok(()) };
    let expected = image(&folder.join(file));
    let found = match results.outputs.get(case["output"].as_str().unwrap()) {
        Some(Data::Volume(image) | Data::Labelmap(image)) => image,
        _ => return Err("no image comes out".to_owned()),
    };
    if case["geometry"] == true && !found.grid().matches(expected.grid(), 1e-4) {
        return Err(format!("it stands at {:?}, not {:?}", found.grid(), expected.grid()));
    }
    compare(found, &expected, case)
}

fn compare_columns(table: &Table, expected: &Map<String, Json>, tolerance: f64) -> Result<(), String> {
    for (name, expected) in expected {
        let column =
            table.columns.iter().find(|c| c.name == *name).ok_or_else(|| format!("no column {name}"))?;
        let expected = expected.as_array().unwrap();
        let agrees = match &column.values {
            ColumnValues::Text(text) => text.iter().map(|t| json!(t)).eq(expected.iter().cloned()),
            ColumnValues::Numbers(numbers) => {
                numbers.len() == expected.len()
                    && expected.iter().enumerate().all(|(n, e)| {
                        let (e, f) = (e.as_f64().unwrap_or(f64::NAN), numbers.get(n).unwrap());
                        (e.is_nan() && f.is_nan()) || (f - e).abs() <= tolerance * e.abs().max(1.0)
                    })
            }
        };
        if !agrees {
            return Err(format!("column {name} is {:?}, not {expected:?}", column.values));
        }
    }
    Ok(())
}

fn compare(found: &Image, expected: &Image, case: &Json) -> Result<(), String> {
    if (found.dims(), found.components()) != (expected.dims(), expected.components()) {
        return Err(format!("its dimensions are {:?}, not {:?}", found.dims(), expected.dims()));
    }
    let (dims, components) = (found.dims(), found.components());
    let margin = case["margin"].as_u64().unwrap() as usize;
    let (mut low, mut high, mut worst) = (f64::INFINITY, f64::NEG_INFINITY, (0.0, [0; 3], [0.0; 2]));
    let (mut equal, mut count) = (0_usize, 0_usize);
    for n in 0..found.array().len() {
        let [f, e] = [found, expected].map(|image| image.array().get(n).unwrap());
        low = low.min(e);
        high = high.max(e);
        let voxel = n / components;
        let place = [voxel % dims[0], voxel / dims[0] % dims[1], voxel / dims[0] / dims[1]];
        let inside = (0..3).all(|a| dims[a] == 1 || (place[a] >= margin && place[a] + margin < dims[a]));
        if inside {
            count += 1;
            equal += usize::from(f == e);
            let difference = if f == e || (f.is_nan() && e.is_nan()) { 0.0 } else { (f - e).abs() };
            if difference.is_nan() || difference > worst.0 {
                worst = (difference, place, [f, e]);
            }
        }
    }
    let (difference, place, [f, e]) = worst;
    let least = case["equal"].as_f64().unwrap();
    let share = equal as f64 / count as f64;
    if least > 0.0 {
        return if share >= least {
            Ok(())
        } else {
            Err(format!("only {share:.5} are equal; at {place:?} {f}, not {e}"))
        };
    }
    let range = (high - low).max(f64::MIN_POSITIVE);
    let [relative, absolute] = ["tolerance", "absolute"].map(|key| case[key].as_f64().unwrap());
    if difference <= (relative * range).max(absolute) {
        return Ok(());
    }
    Err(format!("at {place:?} {f}, not {e}; the range is {range}, equal are {share:.4}"))
}
