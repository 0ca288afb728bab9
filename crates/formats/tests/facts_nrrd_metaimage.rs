//! NRRD and MetaImage files as `facts.json` says that SimpleITK 2.5.7 and pynrrd 1.1.3 read them.

mod common;

use microtome_image::{Image, Meaning, Statistics};
use serde_json::Value;

use common::{facts, load_image, shared_data};

/// Values in `facts.json` are rounded to nine digits.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 2e-8 * (1.0 + a.abs().max(b.abs()))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// The type as `facts.json` spells it: SimpleITK's words or numpy's name.
fn type_name(words: &str) -> String {
    let words = words.trim_start_matches("vector of ").trim_start_matches("complex of ");
    match words.split_once("-bit ") {
        Some((bits, "signed integer")) => format!("int{bits}"),
        Some((bits, "unsigned integer")) => format!("uint{bits}"),
        Some((bits, "float")) => format!("float{bits}"),
        _ => words.to_owned(),
    }
}

fn value_at(image: &Image, ijk: [usize; 3], component: usize, frame: usize) -> f64 {
    let dims = image.dims();
    let voxel = ((frame * dims[2] + ijk[2]) * dims[1] + ijk[1]) * dims[0] + ijk[0];
    image.array().get(voxel * image.components() + component).unwrap()
}

/// The voxel at SimpleITK's index: i j (k), then the component, which is a frame here where the file has frames.
fn at_itk_index(image: &Image, index: &[f64], space: usize) -> f64 {
    let index: Vec<usize> = index.iter().map(|&n| n as usize).collect();
    let mut ijk = [0; 3];
    ijk[..space].copy_from_slice(&index[..space]);
    let last = index.get(space).copied().unwrap_or(0);
    if image.frames() > 1 { value_at(image, ijk, 0, last) } else { value_at(image, ijk, last, 0) }
}

fn check_values(name: &str, image: &Image, facts: &Value) {
    assert_eq!(image.scalar_type().name(), type_name(facts["dtype"].as_str().unwrap()), "{name}");
    if facts.get("min_abs").is_some() {
        check_complex(name, image, facts);
        return;
    }
    let statistics = Statistics::of(image.array());
    for (what, found) in [("min", statistics.min), ("max", statistics.max), ("mean", statistics.mean())] {
        let expected = number(&facts[what]);
        assert!(
            (found - expected).abs() <= 1e-6 * (1.0 + expected.abs()),
            "{name}: {what} {found}, not {expected}"
        );
    }
}

fn check_complex(name: &str, image: &Image, facts: &Value) {
    assert_eq!((image.components(), image.meaning()), (2, Meaning::Complex), "{name}");
    let values = image.array().as_slice::<f32>().unwrap();
    let lengths: Vec<f64> = values.chunks_exact(2).map(|v| f64::from(v[0]).hypot(f64::from(v[1]))).collect();
    let min = lengths.iter().copied().fold(f64::INFINITY, f64::min);
    let max = lengths.iter().copied().fold(0.0, f64::max);
    let mean_real = Statistics::per_component(image.array(), 2)[0].mean();
    for (what, found) in [("min_abs", min), ("max_abs", max), ("mean_real", mean_real)] {
        let expected = number(&facts[what]);
        assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{name}: {what} {found}, not {expected}");
    }
}

fn check_itk(name: &str, image: &Image, facts: &Value) {
    let dims = numbers(&facts["dims"]);
    let mut expected = [1; 3];
    dims.iter().enumerate().for_each(|(a, &d)| expected[a] = d as usize);
    assert_eq!(image.dims(), expected, "{name}");
    if facts.get("min_abs").is_none() {
        assert_eq!(image.components() * image.frames(), number(&facts["components"]) as usize, "{name}");
    }
    for (axis, spacing) in numbers(&facts["spacing"]).into_iter().enumerate() {
        assert!(close(image.grid().spacing()[axis], spacing), "{name}: spacing {:?}", image.grid().spacing());
    }
    for (row, expected) in
        image.grid().ijk_to_ras().matrix().iter().zip(facts["IJKToRAS"].as_array().unwrap())
    {
        for (found, expected) in row.iter().zip(numbers(expected)) {
            assert!(close(*found, expected), "{name}: {:?}", image.grid().ijk_to_ras());
        }
    }
    for sample in facts["samples"].as_array().unwrap() {
        let found = at_itk_index(image, &numbers(&sample[0]), dims.len());
        assert!(close(found, number(&sample[1])), "{name}: {sample} but {found}");
    }
}

/// pynrrd gives the axes as they lie in the file.
fn check_pynrrd(name: &str, image: &Image, facts: &Value) {
    let dims: Vec<usize> = numbers(&facts["dims"]).into_iter().map(|d| d as usize).collect();
    let components_first = image.components() > 1;
    let space: Vec<usize> = dims.iter().copied().skip(usize::from(components_first)).take(3).collect();
    assert_eq!(image.dims()[..space.len()], space, "{name}");
    assert_eq!(image.array().len(), dims.iter().product::<usize>(), "{name}");
    for sample in facts["samples"].as_array().unwrap() {
        let mut index: Vec<usize> = numbers(&sample[0]).into_iter().map(|n| n as usize).collect();
        let component = if components_first { index.remove(0) } else { 0 };
        index.resize(3, 0);
        let found = value_at(image, [index[0], index[1], index[2]], component, 0);
        assert!(close(found, number(&sample[1])), "{name}: {sample} but {found}");
    }
}

#[test]
fn files_hold_what_other_readers_find() {
    let Some(folder) = shared_data("files_hold_what_other_readers_find") else { return };
    let mut checked = 0;
    for (name, entry) in facts(&folder) {
        let is_ours = [".nrrd", ".nhdr", ".mha", ".mhd"].iter().any(|extension| name.ends_with(extension));
        let facts = &entry["facts"];
        if !is_ours || name.ends_with(".seg.nrrd") || facts.get("dims").is_none() {
            continue;
        }
        let data = load_image(&folder.join(&name));
        match facts["reader"].as_str() {
            Some("SimpleITK") => check_itk(&name, &data.image, facts),
            Some("pynrrd") => check_pynrrd(&name, &data.image, facts),
            reader => panic!("{name}: unknown reader {reader:?}"),
        }
        check_values(&name, &data.image, facts);
        checked += 1;
    }
    assert!(checked > 80, "only {checked} files were checked");
}

#[test]
fn diffusion_files_become_frames() {
    let Some(folder) = shared_data("diffusion_files_become_frames") else { return };
    let dwi = load_image(&folder.join("dwi/multishell-DWI-451dir.nhdr"));
    assert_eq!((dwi.image.components(), dwi.image.frames()), (1, 451));
    assert_eq!(dwi.metadata.get("DWMRI_b-value"), Some("10000"));
    assert_eq!(dwi.metadata.get("DWMRI_gradient_0000"), Some("0   0   0"));
    // The file's frame, (-1,0,0) (0,-1,0) (0,0,1) in RAS, is the identity in LPS.
    assert_eq!(dwi.metadata.get("nrrd/measurement frame"), Some("(1,0,0) (0,1,0) (0,0,1)"));
    let tensors = load_image(&folder.join("slicer-testdata/Input/helix-DTI.nhdr"));
    assert_eq!((tensors.image.components(), tensors.image.frames()), (7, 1));
    assert_eq!(tensors.metadata.get("nrrd/kinds"), Some("3D-masked-symmetric-matrix space space space"));
    assert_eq!(tensors.metadata.get("nrrd/centerings"), Some("??? cell cell cell"));
}

#[test]
fn what_other_programs_keep_beside_the_voxels_is_kept() {
    let Some(folder) = shared_data("what_other_programs_keep_beside_the_voxels_is_kept") else { return };
    let custom = load_image(&folder.join("nrrd/test_customFields.nrrd")).metadata;
    assert_eq!(custom.get("int"), Some(" 24"));
    assert_eq!(custom.get("double matrix"), Some(" (1.2,0.3,0) (0,1.5,0) (0,-0.55,1.6)"));
    let field = load_image(&folder.join("slicer-testdata/Input/deformationField.nrrd"));
    assert_eq!(field.image.meaning(), Meaning::SpatialVector);
    let mask = load_image(&folder.join("registration/CT_2D_head_fixed_mask.mha")).metadata;
    assert_eq!(mask.get("ITK_InputFilterName"), Some("MetaImageIO"));
}
