//! Laws that smoothing keeps for every volume.

use std::collections::BTreeMap;

use microtome_geometry::{Grid, Point};
use microtome_image::{Array, Image, ScalarType};
use microtome_operations::{Arguments, Data, OperationError, Progress, find};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn volume(dims: [usize; 3], values: Vec<f64>, scalar_type: ScalarType) -> Image {
    let grid = Grid::axis_aligned(dims, [0.8, 1.0, 1.5], Point::zero());
    Image::scalar(grid, Array::from(values).cast(scalar_type)).unwrap()
}

/// A volume of any type, of one or more voxels along each axis.
fn volumes() -> impl Strategy<Value = Image> {
    let types = prop::sample::select(vec![
        ScalarType::UInt8,
        ScalarType::Int16,
        ScalarType::Int32,
        ScalarType::Float32,
    ]);
    ([1_usize..36, 1_usize..6, 1_usize..5], types).prop_flat_map(|(dims, scalar_type)| {
        let count = dims.iter().product::<usize>();
        prop::collection::vec(0_i32..200, count)
            .prop_map(move |values| volume(dims, values.into_iter().map(f64::from).collect(), scalar_type))
    })
}

fn run(operation: &str, inputs: &[(&str, &Image)], parameters: Json) -> Image {
    let inputs: BTreeMap<String, Data> =
        inputs.iter().map(|(name, image)| ((*name).to_owned(), Data::Volume((*image).clone()))).collect();
    let arguments = Arguments { inputs, parameters: parameters.as_object().unwrap().clone() };
    match (find(operation).unwrap().run)(arguments, &Progress::ignored()).unwrap().outputs.remove("output") {
        Some(Data::Volume(image) | Data::Labelmap(image)) => image,
        _ => panic!("{operation} makes no image"),
    }
}

fn values(image: &Image) -> Vec<f64> {
    (0..image.array().len()).map(|n| image.array().get(n).unwrap()).collect()
}

fn mapped(image: &Image, f: impl Fn(f64) -> f64) -> Image {
    let mapped: Vec<f64> = values(image).into_iter().map(f).collect();
    image.with_array(Array::from(mapped).cast(image.scalar_type())).unwrap()
}

fn range(image: &Image) -> (f64, f64) {
    values(image).into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
}

/// Every operation that takes one volume, with parameters that make it do something.
fn smoothers() -> Vec<(&'static str, Json)> {
    vec![
        ("gaussian", json!({"sigma": 1.5})),
        ("gaussian", json!({"sigma": 1.5, "method": "discrete"})),
        ("median", json!({"neighborhood": [1, 1, 1]})),
        ("median", json!({"neighborhood": [2, 2, 1]})),
        ("median", json!({"neighborhood": [1, 3, 1]})),
        ("gradient-anisotropic-diffusion", json!({"iterations": 2, "time-step": 0.04})),
        ("curvature-anisotropic-diffusion", json!({"iterations": 2, "time-step": 0.04})),
        ("curvature-flow", json!({"iterations": 2})),
        ("bilateral", json!({"domain-sigma": 1.0, "range-sigma": 60})),
        ("non-local-means", json!({"search-radius": 2, "noise-sigma": 20})),
        ("box-mean", json!({"radius": [2, 1, 1]})),
        ("unsharp-mask", json!({})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn constants_stay(dims in [1_usize..40, 1_usize..5, 1_usize..5], value in 0_i32..200) {
        let image = volume(dims, vec![f64::from(value); dims.iter().product()], ScalarType::Int16);
        for (operation, parameters) in smoothers() {
            prop_assert_eq!(values(&run(operation, &[("input", &image)], parameters.clone())), values(&image), "{} {}", operation, parameters);
        }
    }

    #[test]
    fn means_lie_between_what_they_are_means_of(image in volumes()) {
        let (low, high) = range(&image);
        for (operation, parameters) in smoothers() {
            // A recursive Gaussian swings, a sharpened volume goes beyond, and curvature may.
            if matches!(operation, "unsharp-mask" | "curvature-flow" | "curvature-anisotropic-diffusion") || parameters == json!({"sigma": 1.5}) {
                continue;
            }
            let (l, h) = range(&run(operation, &[("input", &image)], parameters.clone()));
            prop_assert!(low - 1e-3 <= l && h <= high + 1e-3, "{} {}: {} {}, not {} {}", operation, parameters, l, h, low, high);
        }
    }

    #[test]
    fn the_same_on_any_number_of_threads(image in volumes()) {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let many = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap();
        for (operation, parameters) in smoothers() {
            let [a, b] = [&one, &many].map(|pool| pool.install(|| run(operation, &[("input", &image)], parameters.clone())));
            prop_assert_eq!(a.array(), b.array(), "{} {}", operation, parameters);
        }
    }

    #[test]
    fn a_median_keeps_order(image in volumes(), radius in [0_u32..4, 0_u32..4, 0_u32..3]) {
        let median = |image: &Image| values(&run("median", &[("input", image)], json!({"neighborhood": radius})));
        let found = median(&image);
        prop_assert_eq!(median(&mapped(&image, |v| (v / 2.0).floor() + 3.0)), found.iter().map(|v| (v / 2.0).floor() + 3.0).collect::<Vec<_>>());
        prop_assert_eq!(median(&mapped(&image, |v| 200.0 - v)), found.iter().map(|v| 200.0 - v).collect::<Vec<_>>());
    }

    #[test]
    fn diffusion_moves_values_and_makes_none(image in volumes()) {
        let image = image.cast(ScalarType::Float32);
        let after = run("gradient-anisotropic-diffusion", &[("input", &image)], json!({"conductance": 2}));
        let [a, b] = [&image, &after].map(|image| values(image).iter().sum::<f64>());
        prop_assert!((a - b).abs() <= 1e-4 * a.abs().max(1.0), "{} {}", a, b);
    }

    #[test]
    fn a_convolution_is_linear_and_a_point_is_its_one(image in volumes(), kernel in prop::collection::vec(-3_i32..4, 12), boundary in prop::sample::select(vec!["zero-flux", "zero", "periodic"])) {
        let image = image.cast(ScalarType::Float64);
        let kernel = volume([3, 2, 2], kernel.into_iter().map(f64::from).collect(), ScalarType::Float64);
        let convolve = |image: &Image, kernel: &Image| {
            values(&run("convolution", &[("input", image), ("kernel", kernel)], json!({"boundary": boundary})))
        };
        let point = volume([3, 1, 1], vec![0.0, 1.0, 0.0], ScalarType::Float64);
        prop_assert_eq!(convolve(&image, &point), values(&image));
        let once = convolve(&image, &kernel);
        let twice = convolve(&mapped(&image, |v| 2.0 * v), &kernel);
        prop_assert!(once.iter().zip(&twice).all(|(a, b)| (2.0 * a - b).abs() < 1e-9));
        let more = convolve(&image, &mapped(&kernel, |v| 3.0 * v));
        prop_assert!(once.iter().zip(&more).all(|(a, b)| (3.0 * a - b).abs() < 1e-9));
    }

    #[test]
    fn voting_only_fills(image in volumes(), radius in [0_u32..3, 0_u32..3, 0_u32..2]) {
        let image = mapped(&image.cast(ScalarType::UInt8), |v| if v < 100.0 { 0.0 } else if v < 190.0 { 1.0 } else { 2.0 });
        let parameters = json!({"radius": radius, "foreground": 1, "iterations": 1000});
        let filled = run("voting-hole-filling", &[("input", &image)], parameters.clone());
        prop_assert!(values(&image).iter().zip(values(&filled)).all(|(a, b)| *a == b || (*a == 0.0 && b == 1.0)));
        prop_assert_eq!(values(&run("voting-hole-filling", &[("input", &filled)], parameters)), values(&filled));
    }

    #[test]
    fn a_smooth_label_is_near_the_label(dims in [1_usize..20, 1_usize..20, 1_usize..10], radius in 1.0_f64..6.0) {
        let inside = |n: usize| {
            let at = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
            let square: f64 = (0..3).map(|a| (at[a] as f64 - dims[a] as f64 / 2.0).powi(2)).sum();
            if square <= radius * radius { 5.0 } else { 0.0 }
        };
        let image = volume(dims, (0..dims.iter().product()).map(inside).collect(), ScalarType::UInt8);
        let found = run("label-map-smoothing", &[("input", &image)], json!({"keep-label": true}));
        // Voxels do not cross the surface by more than the Gaussian moves it: nowhere far from it.
        let changed = values(&image).iter().zip(values(&found)).filter(|(a, b)| *a != b).count();
        prop_assert!(values(&found).iter().all(|v| *v == 0.0 || *v == 5.0));
        prop_assert!(changed <= values(&image).len() / 2, "{}", changed);
    }
}

#[test]
fn all_stop_on_request() {
    let image = volume([40, 8, 8], (0..2560).map(|n| f64::from(n % 97)).collect(), ScalarType::Int16);
    for (operation, parameters) in smoothers() {
        let progress = Progress::ignored();
        progress.cancel();
        let inputs = BTreeMap::from([("input".to_owned(), Data::Volume(image.clone()))]);
        let arguments = Arguments { inputs, parameters: parameters.as_object().unwrap().clone() };
        let result = (find(operation).unwrap().run)(arguments, &progress);
        assert!(matches!(result, Err(OperationError::Cancelled(_))), "{operation}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let infinite = volume([4, 4, 4], vec![f64::INFINITY; 64], ScalarType::Float32);
    let image = volume([4, 4, 4], vec![1.0; 64], ScalarType::Int8);
    let refused = |operation: &str, image: &Image, parameters: Json| {
        let inputs = BTreeMap::from([("input".to_owned(), Data::Volume(image.clone()))]);
        let arguments = Arguments { inputs, parameters: parameters.as_object().unwrap().clone() };
        assert!(
            (find(operation).unwrap().run)(arguments, &Progress::ignored()).is_err(),
            "{operation} {parameters}"
        );
    };
    refused("gradient-anisotropic-diffusion", &infinite, json!({}));
    refused("voting-hole-filling", &image, json!({"foreground": 255}));
    refused("bilateral", &image, json!({"domain-sigma": 0}));
    refused("bilateral", &image, json!({"domain-sigma": 1e9}));
    refused("non-local-means", &image, json!({"noise-sigma": 0}));
    refused("median", &image, json!({"neighborhood": [101, 0, 0]}));
}
