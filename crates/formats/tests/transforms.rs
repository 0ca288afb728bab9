//! Transform files: real ones against the facts that SimpleITK gives of them, each linear class against SimpleITK's numbers,
//! round trips, and bytes that are none.
#![allow(missing_docs, clippy::print_stderr)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use common::{FolderSource, facts, load, shared_data};
use microtome_formats::{
    Data, Error, Kind, Loaded, MemorySink, MemorySource, ReadOptions, TransformData, WriteOptions, Writer,
    for_writing, transform,
};
use microtome_geometry::transform::{BSpline, Between, Displacement, ThinPlate};
use microtome_geometry::{Affine, Grid, Lps, Point, Ras, Transform, Vector};
use proptest::prelude::*;
use serde_json::Value;

fn as_transform(loaded: Result<Loaded, Error>, name: &str) -> TransformData {
    match loaded.unwrap_or_else(|error| panic!("{name}: {error}")).data {
        Data::Transform(data) => data,
        other => panic!("{name} holds {:?}", other.kind()),
    }
}

fn read_bytes(name: &str, bytes: &[u8]) -> Result<Loaded, Error> {
    load(&MemorySource::new(name, bytes.to_vec()), &ReadOptions::default())
}

fn read_text(text: &str) -> TransformData {
    as_transform(read_bytes("t.tfm", text.as_bytes()), text)
}

fn written(data: &TransformData, name: &str) -> Result<Vec<u8>, Error> {
    let (_, Writer::Transform(write)) = for_writing(name, Kind::Transform).unwrap() else { panic!("{name}") };
    let mut sink = MemorySink::default();
    write(data, name, &WriteOptions::default(), &mut sink)?;
    Ok(sink.into_files().remove(name).unwrap())
}

/// Where the map that a file holds (from the parent) takes an LPS point.
fn from_parent_lps(data: &TransformData, p: [f64; 3]) -> [f64; 3] {
    let from_parent = if data.to_parent { data.transform.inverse().unwrap() } else { data.transform.clone() };
    let p: Point<Ras> = Affine::LPS_TO_RAS.apply(Point::<Lps>::from_array(p));
    Affine::RAS_TO_LPS.apply(from_parent.apply(p)).coords()
}

fn linear(mut data: TransformData) -> TransformData {
    fn set(transform: &mut Transform) {
        match transform {
            Transform::Displacement(field) => *field = field.clone().with_interpolation(Between::Linear),
            Transform::Composite(parts) => parts.iter_mut().for_each(set),
            _ => {}
        }
    }
    set(&mut data.transform);
    data
}

fn triple(value: &Value) -> [f64; 3] {
    std::array::from_fn(|n| value[n].as_f64().unwrap())
}

fn assert_near(found: [f64; 3], expected: [f64; 3], tolerance: f64, what: &str) {
    let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(near, "{what}: {found:?} instead of {expected:?}");
}

#[test]
fn real_files_map_points_as_simpleitk_says() {
    let Some(folder) = shared_data("real_files_map_points_as_simpleitk_says") else { return };
    let mut compared = 0;
    for (path, entry) in facts(&folder) {
        let Some(maps) = entry["facts"]["maps_LPS"].as_array() else { continue };
        // SimpleITK reads only the first transform of such a list.
        if path.ends_with("itktflist.tfm") {
            continue;
        }
        let data =
            as_transform(load(&FolderSource::new(&folder.join(&path)), &ReadOptions::default()), &path);
        for pair in maps {
            assert_near(from_parent_lps(&data, triple(&pair[0])), triple(&pair[1]), 2e-7, &path);
            compared += 1;
        }
    }
    assert!(compared >= 45, "{compared}");
}

// 1.41421 is what the file says.
#[allow(clippy::approx_constant)]
#[test]
fn old_classes_that_simpleitk_does_not_know_are_read() {
    let Some(folder) = shared_data("old_classes_that_simpleitk_does_not_know_are_read") else { return };
    let read =
        |name: &str| load(&FolderSource::new(&folder.join("transforms").join(name)), &ReadOptions::default());
    let rotation = as_transform(read("rotation.tfm"), "rotation");
    let c = 0.866_025_403_784_438_7;
    assert_near(
        from_parent_lps(&rotation, [1.0, 2.0, 3.0]),
        [1.0, 2.0 * c - 1.5, 1.0 + 3.0 * c],
        1e-12,
        "rotation",
    );

    // Two transforms without a composite: a warning, and the last is applied first.
    let both = read("rotationAndAffine.tfm").unwrap();
    assert_eq!(both.warnings.len(), 1);
    let both = as_transform(Ok(both), "both");
    assert!(matches!(&both.transform, Transform::Composite(parts) if parts.len() == 2));
    assert!(both.to_parent && both.transform.as_linear().is_some());
    let [y, z] = [2.384_06, -1.414_21];
    assert_near(from_parent_lps(&both, [0.0; 3]), [0.0, y * c - 0.5 * z, 0.5 * y + c * z], 1e-12, "both");

    // A B-spline of ITK 3 adds its displacement to what its linear part makes of the point.
    let data = as_transform(read("Bspline-f-m.tfm"), "Bspline-f-m");
    assert!(!data.to_parent);
    let Transform::Composite(parts) = &data.transform else { panic!("{:?}", data.transform) };
    assert!(matches!(parts.as_slice(), [Transform::Linear(_), Transform::BSpline(_)]));
    let text = std::fs::read_to_string(folder.join("transforms/Bspline-f-m.tfm")).unwrap();
    let spline_only = text.split("#Transform 1").next().unwrap();
    let spline = read_text(spline_only);
    let p = [12.0, -33.0, 20.0];
    let moved = from_parent_lps(&spline, p);
    let bulk = |p: [f64; 3]| {
        [
            0.8 * p[0] + 0.1 * p[1] + 0.1 * p[2] + 10.0,
            0.15 * p[0] + 0.7 * p[1] + 0.05 * p[2] - 5.0,
            0.14 * p[0] + 0.04 * p[1] + 0.9 * p[2] + 7.0,
        ]
    };
    let expected = std::array::from_fn(|n| bulk(p)[n] + moved[n] - p[n]);
    assert!((moved[0] - p[0]).abs() > 0.01);
    assert_near(from_parent_lps(&data, p), expected, 1e-9, "Bspline-f-m");

    // Its linear part is the identity: nothing but the spline remains.
    let data = as_transform(read("FastNonrigidBSplineregistrationTransform.tfm"), "Fast");
    assert!(matches!(data.transform, Transform::BSpline(_)));

    let data = as_transform(read("TpsTransform.h5"), "TpsTransform");
    let Transform::ThinPlate(spline) = &data.transform else { panic!("{:?}", data.transform) };
    assert_eq!(spline.source().len(), 9);
    // The first landmarks of the file, source and target, in LPS.
    let (source, target) =
        ([-1.803_876_04, -97.320_442_2, -10.714_306_02], [-3.440_704_82, -89.136_299_13, -10.714_306_02]);
    assert_near(from_parent_lps(&data, source), target, 1e-5, "TpsTransform");

    // Bare numbers are no transform.
    assert!(matches!(read("BSplineDisplacements3D_00.txt").unwrap().data, Data::Text(_)));
}

#[test]
fn the_worked_examples_of_the_direction() {
    let text = |fixed: &str| {
        format!(
            "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n\
             Parameters: 0 -1 0 1 0 0 0 0 1 10 20 30\nFixedParameters: {fixed}\n"
        )
    };
    let matrix = |fixed: &str| read_text(&text(fixed)).transform.as_linear().unwrap();
    let expected =
        Affine::from_rows([[0.0, 1.0, 0.0, 20.0], [-1.0, 0.0, 0.0, -10.0], [0.0, 0.0, 1.0, -30.0]]);
    assert!(matrix("0 0 0").max_difference(&expected) < 1e-12);
    let expected =
        Affine::from_rows([[0.0, 1.0, 0.0, 15.0], [-1.0, 0.0, 0.0, -15.0], [0.0, 0.0, 1.0, -30.0]]);
    assert!(matrix("5 0 0").max_difference(&expected) < 1e-12);
    // The centre is written again.
    let again = String::from_utf8(written(&read_text(&text("5 0 0")), "t.tfm").unwrap()).unwrap();
    assert!(again.contains("Parameters: 0 -1 0 1 0 0 0 0 1 10 20 30\nFixedParameters: 5 0 0"), "{again}");
    let translation =
        "#Insight Transform File V1.0\nTransform: TranslationTransform_double_3_3\nParameters: 10 20 30\n";
    let data = read_text(translation);
    assert_eq!(data.transform.as_linear().unwrap().translation().coords(), [10.0, 20.0, -30.0]);
    assert!(data.to_parent);
}

/// Numbers of SimpleITK 2.5.7: class, parameters, fixed parameters, where (0, 0, 0), (10, 20, 30), (−15, 7, −22) go.
#[test]
fn every_linear_class_has_simpleitks_numbers() {
    let cases: &[(&str, &str, &str, [[f64; 3]; 3])] = &[
        (
            "Euler3DTransform",
            ".1 -.2 .3 4 5 6",
            "1 2 3 0",
            [
                [5.128577092, 5.284743441, 5.677145373],
                [3.842806176, 22.437309029, 38.905691639],
                [-7.522659782, 11.226519294, -18.042920083],
            ],
        ),
        (
            "Euler3DTransform",
            ".1 -.2 .3 4 5 6",
            "1 2 3 1",
            [
                [5.167725526, 5.282341544, 5.680132898],
                [3.490470267, 22.458926101, 38.878803922],
                [-7.562025964, 10.934240738, -18.068750498],
            ],
        ),
        (
            "CenteredEuler3DTransform",
            ".1 -.2 .3 1 2 3 4 5 6",
            "1",
            [
                [5.167725526, 5.282341544, 5.680132898],
                [3.490470267, 22.458926101, 38.878803922],
                [-7.562025964, 10.934240738, -18.068750498],
            ],
        ),
        (
            "VersorTransform",
            ".1 -.2 .3",
            "1 2 3",
            [
                [2.385668439, 0.8, -0.26188948],
                [-11.47101595, 12.8, 32.357005317],
                [-6.048467053, 5.374135492, -26.067753988],
            ],
        ),
        (
            "VersorRigid3DTransform",
            ".1 -.2 .3 4 5 6",
            "1 2 3",
            [
                [6.385668439, 5.8, 5.73811052],
                [-7.47101595, 17.8, 38.357005317],
                [-2.048467053, 10.374135492, -20.067753988],
            ],
        ),
        (
            "QuaternionRigidTransform",
            ".1 -.2 .3 0.92736184954957033 4 5 6",
            "1 2 3",
            [
                [6.385668439, 5.8, 5.73811052],
                [-7.47101595, 17.8, 38.357005317],
                [-2.048467053, 10.374135492, -20.067753988],
            ],
        ),
        (
            "Similarity3DTransform",
            ".1 -.2 .3 4 5 6 1.5",
            "1 2 3",
            [
                [7.078502658, 5.2, 4.107165781],
                [-13.706523925, 23.2, 53.035507975],
                [-5.57270058, 12.061203238, -34.601630981],
            ],
        ),
        (
            "ScaleVersor3DTransform",
            ".1 -.2 .3 4 5 6 1.5 .8 1.1",
            "1 2 3",
            [
                [5.885668439, 6.2, 5.43811052],
                [-2.97101595, 14.2, 41.057005317],
                [-10.048467053, 9.374135492, -22.567753988],
            ],
        ),
        (
            "ScaleSkewVersor3DTransform",
            ".1 -.2 .3 4 5 6 1.5 .8 1.1 .01 .02 .03 .04 .05 .06",
            "1 2 3",
            [
                [5.805668439, 6.05, 5.26811052],
                [-2.25101595, 15.55, 42.587005317],
                [-10.498467053, 7.894135492, -23.067753988],
            ],
        ),
        (
            "ComposeScaleSkewVersor3DTransform",
            ".1 -.2 .3 4 5 6 1.5 .8 1.1 .01 .02 .03",
            "1 2 3",
            [
                [5.824527049, 5.833863103, 5.222399719],
                [-2.42074344, 17.495232074, 42.998402529],
                [-6.736337828, 5.37789799, -26.160955397],
            ],
        ),
        (
            "ScaleTransform",
            "1.5 .8 1.1",
            "1 2 3",
            [[-0.5, 0.4, -0.3], [14.5, 16.4, 32.7], [-23.0, 6.0, -24.5]],
        ),
        ("TranslationTransform", "4 5 6", "", [[4.0, 5.0, 6.0], [14.0, 25.0, 36.0], [-11.0, 12.0, -16.0]]),
        (
            "AffineTransform",
            "1.1 .2 .3 -.1 .9 .05 .2 0 1.2 4 5 6",
            "1 2 3",
            [[2.6, 5.15, 5.2], [26.6, 23.65, 43.2], [-19.1, 11.85, -24.2]],
        ),
        ("IdentityTransform", "", "", [[0.0; 3], [10.0, 20.0, 30.0], [-15.0, 7.0, -22.0]]),
        // Two dimensions, lifted: the third axis is scaled as the others are.
        (
            "Euler2DTransform_double_2_2",
            ".3 4 5",
            "1 2",
            [
                [4.635703924, 4.793806815, 0.0],
                [8.278664682, 26.855738664, 30.0],
                [-11.762984859, 7.048359139, -22.0],
            ],
        ),
        (
            "Similarity2DTransform_double_2_2",
            "1.5 .3 4 5",
            "1 2",
            [
                [4.453555886, 3.690710223, 0.0],
                [9.917997023, 36.783607996, 45.0],
                [-20.144477289, 7.072538709, -33.0],
            ],
        ),
    ];
    for (class, parameters, fixed, maps) in cases {
        let name = if class.contains('_') { (*class).to_owned() } else { format!("{class}_double_3_3") };
        let data = read_text(&format!(
            "#Insight Transform File V1.0\nTransform: {name}\nParameters: {parameters}\nFixedParameters: {fixed}\n"
        ));
        assert!(data.to_parent);
        for (p, expected) in [[0.0; 3], [10.0, 20.0, 30.0], [-15.0, 7.0, -22.0]].into_iter().zip(maps) {
            assert_near(from_parent_lps(&data, p), *expected, 2e-9, class);
        }
    }
}

/// One transform of each kind, and a composite of all, in both directions.
fn samples() -> Vec<(&'static str, TransformData)> {
    let m = Affine::from_rows([[0.9, -0.1, 0.0, 1.0], [0.2, 1.1, 0.05, -2.0], [0.0, 0.1, 0.8, 3.0]]);
    let turned =
        Affine::from_rows([[0.0, -20.0, 0.0, 70.0], [20.0, 0.0, 0.0, -60.0], [0.0, 0.0, 25.0, -70.0]]);
    let grid = Grid::new([7, 8, 6], turned);
    let wave = |n: usize, c: usize| 4.0 * ((n * 3 + c) as f64 * 0.7).sin();
    let vectors: Vec<[f64; 3]> = (0..336).map(|n| [wave(n, 0), wave(n, 1), wave(n, 2)]).collect();
    let spline = BSpline::new(grid, vectors.clone()).unwrap();
    let field = Displacement::new(grid, vectors).unwrap().with_interpolation(Between::Cubic);
    let corners = grid.corners().to_vec();
    let moved = corners
        .iter()
        .enumerate()
        .map(|(n, &p)| p + Vector::new(n as f64, -2.0, (n * n) as f64 / 9.0))
        .collect();
    let plate = ThinPlate::new(corners, moved).unwrap();
    let parts = vec![
        Transform::Linear(m),
        Transform::BSpline(spline.clone()),
        Transform::ThinPlate(plate.clone()),
        Transform::Displacement(field.clone()),
    ];
    let kinds = [
        ("linear", Transform::Linear(m)),
        ("spline", Transform::BSpline(spline)),
        ("field", Transform::Displacement(field)),
        ("plate", Transform::ThinPlate(plate)),
        ("composite", Transform::Composite(parts)),
    ];
    let both = |(name, transform): (&'static str, Transform)| {
        let linear = transform.as_linear().is_some();
        let directions: &[bool] = if linear { &[true] } else { &[false, true] };
        directions.iter().map(move |&to_parent| (name, transform.clone(), to_parent)).collect::<Vec<_>>()
    };
    let all = kinds.into_iter().flat_map(both);
    all.map(|(name, transform, to_parent)| {
        (name, TransformData { transform, to_parent, metadata: Default::default() })
    })
    .collect()
}

#[test]
fn everything_comes_back_from_every_container() {
    for (name, data) in samples() {
        for extension in [".tfm", ".txt", ".h5", ".mat"] {
            let bytes = match written(&data, &format!("t{extension}")) {
                Ok(bytes) => bytes,
                Err(Error::CannotHold { .. }) if extension == ".mat" => continue,
                Err(error) => panic!("{name}{extension}: {error}"),
            };
            let back = as_transform(read_bytes(&format!("t{extension}"), &bytes), name);
            assert_eq!(back.to_parent, data.to_parent, "{name}{extension}");
            for p in [[0.0, 0.0, 0.0], [15.0, -30.0, 20.0], [-40.0, 22.0, -51.0]] {
                let p = Point::<Ras>::from_array(p);
                let (found, expected) = (back.transform.apply(p), data.transform.apply(p));
                assert!(found.distance(expected) < 1e-9, "{name}{extension} {found:?} {expected:?}");
            }
        }
    }
}

#[test]
fn displacement_images_come_back() {
    let Some((_, TransformData { transform: Transform::Displacement(field), .. })) =
        samples().into_iter().find(|(name, _)| *name == "field")
    else {
        panic!()
    };
    let image = transform::displacement::to_image(&field).unwrap();
    assert_eq!(transform::displacement::from_image(&image).unwrap(), field);
    let Some(folder) = shared_data("displacement_images_come_back") else { return };
    // facts.json: LPS vectors (−20, −20, 20) at every node.
    let image = common::load_image(&folder.join("transforms/deform2x2x2_ras.nrrd")).image;
    let field = Transform::Displacement(transform::displacement::from_image(&image).unwrap());
    let p = Point::new(3.0, -50.0, 12.0);
    assert!(field.apply(p).distance(p + Vector::new(20.0, 20.0, 20.0)) < 1e-12);
}

#[test]
fn displacement_grids_are_written_as_images() {
    let Some((_, data)) = samples().into_iter().find(|(name, _)| *name == "field") else { panic!() };
    let image_of = |bytes: Vec<u8>, name: &str| match read_bytes(name, &bytes).unwrap().data {
        Data::Image(image) => image,
        other => panic!("{:?}", other.kind()),
    };
    let resampling = TransformData { to_parent: false, ..data.clone() };
    for name in ["f.nrrd", "f.nii.gz", "f.mha"] {
        let back =
            transform::displacement::transform_of(&image_of(written(&resampling, name).unwrap(), name));
        let back = linear(back.unwrap());
        assert!(!back.to_parent, "{name}");
        for p in [[0.0, 0.0, 0.0], [15.0, -30.0, 20.0], [-40.0, 22.0, -51.0]] {
            let p = Point::<Ras>::from_array(p);
            let expected = linear(resampling.clone()).transform.apply(p);
            assert!(back.transform.apply(p).distance(expected) < 1e-4, "{name}");
        }
    }
    // Only NRRD has words for the other direction. The inverse of a field is the field as it leads the other way.
    let modeling = TransformData { to_parent: true, ..data.clone() };
    let inverse = TransformData {
        transform: data.transform.inverse().unwrap(),
        to_parent: false,
        metadata: data.metadata.clone(),
    };
    for data in [&modeling, &inverse] {
        let back =
            transform::displacement::transform_of(&image_of(written(data, "f.nrrd").unwrap(), "f.nrrd"));
        assert!(back.unwrap().to_parent);
        assert!(written(data, "f.nii").unwrap_err().to_string().contains(".nrrd"));
    }
    let (_, spline) = samples().into_iter().find(|(name, _)| *name != "field").unwrap();
    assert!(matches!(written(&spline, "f.nrrd"), Err(Error::CannotHold { .. })));
}

fn peer(test: &str, command: &str, folder: &Path) -> Option<BTreeMap<String, Vec<[f64; 3]>>> {
    let Ok(python) = std::env::var("MICROTOME_PYTHON") else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{test}: MICROTOME_PYTHON names no interpreter"
        );
        eprintln!("SKIPPED {test}: MICROTOME_PYTHON names no interpreter");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/check_transforms.py");
    std::fs::write(folder.join("points.json"), serde_json::to_string(&POINTS).unwrap()).unwrap();
    let output = Command::new(python).arg(script).arg(command).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

const POINTS: [[f64; 3]; 4] = [[0.0, 0.0, 0.0], [15.0, -30.0, 20.0], [-12.5, 22.0, -31.0], [7.3, 8.1, -9.9]];

/// Checked with SimpleITK 2.5.7.
#[test]
fn simpleitk_reads_what_we_write_alike() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = BTreeMap::new();
    for (name, data) in samples() {
        // SimpleITK knows neither thin plates nor inverse classes.
        if data.to_parent && name != "linear" || name == "plate" {
            continue;
        }
        let mut data = linear(data);
        if let Transform::Composite(parts) = &mut data.transform {
            parts.retain(|part| !matches!(part, Transform::ThinPlate(_)));
        }
        for extension in [".tfm", ".h5", ".mat"] {
            let file = format!("{name}{extension}");
            let Ok(bytes) = written(&data, &file) else { continue };
            std::fs::write(folder.path().join(&file), bytes).unwrap();
            expected.insert(file, POINTS.map(|p| from_parent_lps(&data, p)));
        }
    }
    let Some(found) = peer("simpleitk_reads_what_we_write_alike", "apply", folder.path()) else { return };
    assert_eq!(found.len(), expected.len());
    for (file, expected) in expected {
        for (found, expected) in found[&file].iter().zip(expected) {
            assert_near(*found, expected, 1e-9, &file);
        }
    }
}

/// Checked with SimpleITK 2.5.7.
#[test]
fn we_read_what_simpleitk_writes_alike() {
    let folder = tempfile::tempdir().unwrap();
    let Some(made) = peer("we_read_what_simpleitk_writes_alike", "make", folder.path()) else { return };
    assert_eq!(made.len(), 12);
    for (file, maps) in made {
        let data = load(&FolderSource::new(&folder.path().join(&file)), &ReadOptions::default());
        let data = linear(as_transform(data, &file));
        for (p, expected) in POINTS.into_iter().zip(maps) {
            assert_near(from_parent_lps(&data, p), expected, 1e-9, &file);
        }
    }
}

#[test]
fn wrong_files_say_what_is_wrong() {
    let head = "#Insight Transform File V1.0\n";
    for (text, expected) in [
        ("", "empty"),
        (head, "Transform"),
        ("Parameters: 1\n", "begins with"),
        ("Transform: AffineTransform_double_3_3\nParameters: 1 2 3\n", "has 12 of them"),
        ("Transform: AffineTransform_double_3_3\nParameters: 1 0 0 x\n", "\"x\""),
        ("Transform: AffineTransform_double_3_3\nParameters: 0 0 0 0 0 0 0 0 0 0 0 0\n", "without inverse"),
        ("Transform: AffineTransform_double_3_3\nParameters: nan 0 0 0 1 0 0 0 1 0 0 0\n", "finite"),
        ("Transform: WhateverTransform_double_3_3\n", "WhateverTransform"),
        (
            "Transform: BSplineTransform_double_3_3\nParameters: 1\nFixedParameters: 1e9 1e9 1e9 0 0 0 1 1 1\n",
            "lattice",
        ),
        (
            "Transform: ThinPlateSplineKernelTransform_double_3_3\nParameters: 1 2\nFixedParameters: 1 2 3\n",
            "three",
        ),
    ] {
        let error = read_bytes("t.tfm", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}

proptest! {
    #[test]
    fn damaged_files_are_refused_or_read(
        sample in 0_usize..9,
        extension in prop::sample::select(vec![".tfm", ".h5", ".mat"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (_, data) = samples().swap_remove(sample);
        if let Ok(mut bytes) = written(&data, &format!("t{extension}")) {
            for (at, value) in damage {
                // Most structure is at the end of .h5 and at the beginning of the others.
                let near = at.index(bytes.len().min(3000));
                let at = if extension == ".h5" && value % 2 == 0 { bytes.len() - 1 - near } else { near };
                bytes[at] = value;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            let _ = read_bytes(&format!("t{extension}"), &bytes);
        }
    }

    #[test]
    fn damaged_real_hdf5_files_are_refused_or_read(
        file in prop::sample::select(vec!["TpsTransform.h5", "nitransforms_affine-antsComposite.h5"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        if let Some(folder) = shared_data("damaged_real_hdf5_files_are_refused_or_read") {
            let mut bytes = std::fs::read(folder.join("transforms").join(file)).unwrap();
            for (at, value) in damage {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let _ = read_bytes(file, &bytes);
        }
    }

    #[test]
    fn any_text_is_refused_or_read(text in "(Transform: (Affine|BSpline|Euler3D|Scale|Composite)Transform_double_3_3\n|Parameters: [0-9 .-]{0,40}\n|FixedParameters: [0-9 .-]{0,40}\n|#.{0,5}\n){0,9}") {
        let _ = read_bytes("t.tfm", text.as_bytes());
    }
}
