//! Slicer's own tests of its modules Extract Skeleton and Robust Statistics Segmenter. (Simple Region
//! Growing's is in python/regions.py.)
//!
//! The baselines themselves are not at hand. For the skeleton, the numbers here are what the module's own
//! code (Slicer at commit 5.8 and later, thinning and graph) gives for its test's input. The segmenter's test
//! has no baseline: it only has to run.

#![allow(clippy::print_stderr, reason = "what is skipped is said aloud")]

mod common;

use std::collections::BTreeMap;

use common::{image, shared_data};
use microtome_geometry::Point;
use microtome_image::Image;
use microtome_operations::{Arguments, Data, Progress, Results, find};
use serde_json::{Value as Json, json};

fn input(file: &str) -> Option<Image> {
    let path = shared_data().map(|folder| folder.join("slicer-testdata/Input").join(file));
    if path.is_none() {
        let message = format!("{file}: ../shared/data is absent");
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("SKIPPED {message}");
    }
    path.map(|path| image(&path))
}

fn run(name: &str, inputs: &[(&str, Image)], parameters: Json) -> Results {
    let inputs: BTreeMap<String, Data> =
        inputs.iter().map(|(name, image)| ((*name).to_owned(), Data::Volume(image.clone()))).collect();
    let parameters = parameters.as_object().unwrap().clone();
    (find(name).unwrap().run)(Arguments { inputs, parameters }, &Progress::ignored()).unwrap()
}

fn voxels(results: &Results) -> Vec<[usize; 3]> {
    let Some(Data::Labelmap(image)) = results.outputs.get("output") else { panic!("no label map comes out") };
    let [ni, nj, _] = image.dims();
    let set = (0..image.array().len()).filter(|&n| image.array().get(n) != Some(0.0));
    set.map(|n| [n % ni, n / ni % nj, n / ni / nj]).collect()
}

#[test]
fn extract_skeleton() {
    let Some(input) = input("ExtractSkeleton.mha") else { return };
    // Thinning agrees voxel by voxel: the curves run along the middle of a bent tube.
    let curves = run("skeleton", &[("input", input.clone())], json!({}));
    assert_eq!(curves.values["voxels"], 45);
    let sheets = run("skeleton", &[("input", input.clone())], json!({ "skeleton-type": "2d" }));
    assert_eq!(sheets.values["voxels"], 99);
    assert!(!sheets.outputs.contains_key("points"));
    // The longest path has the ends that Slicer's has.
    let Some(Data::Markups(curve)) = curves.outputs.get("points") else { panic!("no curve comes out") };
    let to_ijk = input.grid().ras_to_ijk().unwrap();
    let ends = [curve.points.first(), curve.points.last()]
        .map(|p| to_ijk.apply(p.unwrap().position).coords().map(f64::round));
    let expected = [[8.0, 2.0, 1.0], [8.0, 9.0, 1.0]];
    assert!(ends == expected || ends == [expected[1], expected[0]], "{ends:?}");
    // With Slicer's flag only the points are left, and they lie on the curves.
    let points = run("skeleton", &[("input", input)], json!({ "full-tree": true, "number-of-points": 100 }));
    let (all, some) = (voxels(&curves), voxels(&points));
    assert!(some.iter().all(|p| all.contains(p)) && some.len() >= 40, "{}", some.len());
}

#[test]
fn robust_statistics_segmenter() {
    let Some(seeds) = input("grayscale-label.nrrd") else { return };
    // The test's grey volume is not at hand: one is made in which the object around the seeds is brighter.
    let dims = seeds.dims();
    let labelled: Vec<usize> =
        (0..seeds.array().len()).filter(|&n| seeds.array().get(n) != Some(0.0)).collect();
    let place = |n: usize| {
        Point::<microtome_geometry::Ijk>::from_array(
            [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]].map(|c| c as f64),
        )
    };
    let to_ras = seeds.grid().ijk_to_ras();
    let sum = labelled.iter().fold([0.0; 3], |sum, &n| {
        let at = to_ras.apply(place(n)).coords();
        std::array::from_fn(|a| sum[a] + at[a])
    });
    let middle = sum.map(|s| s / labelled.len() as f64);
    let away = |n: usize| {
        let at = to_ras.apply(place(n)).coords();
        (0..3).map(|a| (at[a] - middle[a]).powi(2)).sum::<f64>().sqrt()
    };
    let farthest = labelled.iter().map(|&n| away(n)).fold(0.0, f64::max);
    let radius = farthest + 6.0;
    let values: Vec<i16> = (0..seeds.array().len())
        .map(|n| (n % 1000 * 7919 % 11) as i16 + if away(n) <= radius { 200 } else { 100 })
        .collect();
    let object = values.iter().filter(|&&v| v >= 200).count() as f64;
    let gray = seeds.with_array(values.clone()).unwrap();
    let found = run(
        "robust-statistics-segmenter",
        &[("input", gray), ("seeds", seeds.clone())],
        json!({ "expected-volume": 5000, "intensity-homogeneity": 0.1, "curvature-weight": 0.2 }),
    );
    // The label reaches two layers beyond the surface, as in Slicer, so that it is a little larger than the
    // object.
    let region = voxels(&found);
    let within =
        region.iter().filter(|&&[i, j, k]| values[(k * dims[1] + j) * dims[0] + i] >= 200).count() as f64;
    assert!(within / object > 0.95, "{within} of {object}");
    assert!(region.len() as f64 / object < 2.0, "{} for {object}", region.len());
}
