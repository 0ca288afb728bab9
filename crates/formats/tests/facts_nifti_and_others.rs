//! Real files against the facts about them (nibabel 5.4.2, SimpleITK 2.5.7).
#![allow(missing_docs)]

mod common;

use std::collections::BTreeMap;

use microtome_geometry::Affine;
use microtome_image::{
    Boundary, Image, Interpolation, Meaning, Sampler, Scalar, ScalarType, Statistics, with_values,
};
use serde_json::Value;

const EXTENSIONS: [&str; 13] = [
    ".nii", ".nii.gz", ".img", ".mgz", ".mgh", ".gipl", ".mrc", ".png", ".jpg", ".jpeg", ".tif", ".tiff",
    ".bmp",
];

fn numbers<const N: usize>(value: &Value) -> [f64; N] {
    let all: Vec<f64> = value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    all.try_into().unwrap()
}

fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs().max(1.0)
}

/// The type in memory that the contract (`command-line.md`) asks for, by nibabel's stored type and scale.
fn expected_type(facts: &Value) -> Option<ScalarType> {
    let stored = match facts["dtype"].as_str()? {
        "8-bit unsigned integer" | "vector of 8-bit unsigned integer" => "uint8",
        "complex64" => "float32",
        ">i2" => "int16",
        ">f4" => "float32",
        t if t.contains("'u1'") => "uint8",
        other => other,
    };
    let stored = ScalarType::from_name(stored).unwrap_or_else(|| panic!("type {stored}"));
    let scl: [f64; 2] = facts.get("scl").map_or([1.0, 0.0], numbers);
    let plain = scl == [1.0, 0.0] || scl.iter().all(|s| s.fract() == 0.0) && stored.is_integer();
    Some(if plain { stored } else { ScalarType::Float32 })
}

fn check(path: &str, facts: &Value, image: &Image) {
    let dims: Vec<usize> =
        facts["dims"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    let at = |n: usize| dims.get(n).copied().unwrap_or(1);
    assert_eq!((image.dims(), image.frames()), ([at(0), at(1), at(2)], at(3)), "{path}");
    let rows: Vec<[f64; 4]> = facts["IJKToRAS"].as_array().unwrap()[..3].iter().map(numbers).collect();
    let expected = Affine::from_rows([rows[0], rows[1], rows[2]]);
    let difference = image.grid().ijk_to_ras().max_difference(&expected);
    let scale = rows.iter().flatten().fold(1.0_f64, |m, v| m.max(v.abs()));
    assert!(difference <= 1e-6_f64.max(1e-8 * scale), "{path}: {difference} {:?}", image.grid().ijk_to_ras());
    let spacing = image.grid().spacing();
    for (axis, expected) in facts["spacing"].as_array().unwrap().iter().enumerate().take(3) {
        assert!(close(spacing[axis], expected.as_f64().unwrap(), 1e-6), "{path}: {spacing:?}");
    }
    assert_eq!(Some(image.scalar_type()), expected_type(facts), "{path}");
    if let Some(min) = facts.get("min") {
        let s = Statistics::of(image.array());
        for (found, expected) in [(s.min, min), (s.max, &facts["max"]), (s.mean(), &facts["mean"])] {
            assert!(close(found, expected.as_f64().unwrap(), 1e-6), "{path}: {found} is not {expected}");
        }
    }
    for (c, name) in ["R", "G", "B"].into_iter().enumerate() {
        if let Some(expected) = facts.get(name) {
            let s = Statistics::per_component(image.array(), 3)[c];
            assert_eq!(
                (Some(s.min), Some(s.max)),
                (expected["min"].as_f64(), expected["max"].as_f64()),
                "{path}"
            );
            assert!(close(s.mean(), expected["mean"].as_f64().unwrap(), 1e-6), "{path}");
        }
    }
    if let Some(expected) = facts.get("mean_real") {
        assert_eq!(image.meaning(), Meaning::Complex);
        let real = Statistics::per_component(image.array(), 2)[0];
        assert!(close(real.mean(), expected.as_f64().unwrap(), 1e-6), "{path}");
        let pairs: Vec<f64> = with_values!(image.array(), values => {
            values.chunks_exact(2).map(|z| z[0].to_f64().hypot(z[1].to_f64())).collect()
        });
        let most = pairs.iter().copied().fold(0.0, f64::max);
        assert!(close(most, facts["max_abs"].as_f64().unwrap(), 1e-6), "{path}: {most}");
    }
    samples(path, facts, image, dims.len());
}

/// Each sample is an index, i first, and its value; a last index beyond the dimensions is the component.
fn samples(path: &str, facts: &Value, image: &Image, rank: usize) {
    let mut strides = vec![image.components()];
    let dims = image.dims();
    for size in [dims[0], dims[1], dims[2]] {
        strides.push(strides.last().unwrap() * size);
    }
    for sample in facts["samples"].as_array().unwrap() {
        let index: Vec<usize> =
            sample[0].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
        let flat: usize =
            index.iter().enumerate().map(|(axis, &n)| if axis >= rank { n } else { n * strides[axis] }).sum();
        let (found, expected) = (image.array().get(flat).unwrap(), sample[1].as_f64().unwrap());
        assert!(close(found, expected, 1e-6), "{path} {index:?}: {found} is not {expected}");
    }
}

#[test]
fn every_file_is_as_the_facts_say() {
    let Some(folder) = common::shared_data("every_file_is_as_the_facts_say") else { return };
    let mut checked = 0;
    for (path, entry) in common::facts(&folder) {
        let facts = &entry["facts"];
        if !EXTENSIONS.iter().any(|e| path.ends_with(e)) || facts.get("dims").is_none() {
            continue;
        }
        check(&path, facts, &common::load_image(&folder.join(&path)).image);
        checked += 1;
    }
    assert!(checked >= 40, "only {checked} files were there");
}

#[test]
fn either_half_of_a_pair_brings_the_image() {
    let Some(folder) = common::shared_data("either_half_of_a_pair_brings_the_image") else { return };
    for stem in ["nifti/ras", "analyze/anatomical_analyze"] {
        let [a, b] = [".hdr", ".img"].map(|e| common::load_image(&folder.join(format!("{stem}{e}"))));
        assert_eq!(a, b);
    }
}

#[test]
fn one_head_in_eighteen_axis_orders_is_the_same_in_space() {
    let Some(folder) = common::shared_data("one_head_in_eighteen_axis_orders_is_the_same_in_space") else {
        return;
    };
    let mut images: BTreeMap<String, Image> = BTreeMap::new();
    for path in common::facts(&folder).keys().filter(|p| p.starts_with("nifti/orient/")) {
        images.insert(path.clone(), common::load_image(&folder.join(path)).image);
    }
    assert_eq!(images.len(), 18);
    let first = &images["nifti/orient/RAS.nii.gz"];
    let [ni, nj, nk] = first.dims();
    for (path, image) in &images {
        let back = image.grid().ras_to_ijk().unwrap();
        for (i, j, k) in (0..ni)
            .step_by(5)
            .flat_map(|i| (0..nj).step_by(7).flat_map(move |j| (0..nk).step_by(6).map(move |k| (i, j, k))))
        {
            let ras = first.grid().ijk_to_ras().apply([i as f64, j as f64, k as f64].into());
            let value = |image: &Image, at| {
                let view = image.view::<f32>(0).unwrap();
                Sampler::new(&view, Interpolation::Nearest, Boundary::Ends).sample(at, 0)
            };
            let expected = value(first, [i as f64, j as f64, k as f64].into());
            let found = value(image, back.apply(ras));
            assert_eq!(found, expected, "{path} at {ras:?}");
        }
    }
}

#[test]
fn an_uncompressed_aligned_file_is_mapped() {
    let Some(folder) = common::shared_data("an_uncompressed_aligned_file_is_mapped") else { return };
    let image = common::load_image(&folder.join("nifti/ras.img")).image;
    assert!(image.array().is_mapped());
}
