//! Laws that edges and brightness obey, on random volumes.

use std::collections::BTreeMap;

use microtome_geometry::{Grid, Point};
use microtome_image::{Array, Image};
use microtome_operations::{Arguments, Data, Progress, find};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn image(dims: [usize; 3], values: Vec<f32>) -> Image {
    Image::scalar(Grid::axis_aligned(dims, [0.8, 1.1, 2.0], Point::zero()), values).unwrap()
}

fn volumes() -> impl Strategy<Value = Image> {
    (1_usize..8, 1_usize..7, 1_usize..6).prop_flat_map(|(i, j, k)| {
        prop::collection::vec(-100.0_f32..100.0, i * j * k).prop_map(move |values| image([i, j, k], values))
    })
}

fn run(name: &str, inputs: &[(&str, Image)], parameters: Json) -> Image {
    let inputs: BTreeMap<String, Data> =
        inputs.iter().map(|(name, image)| ((*name).to_owned(), Data::Volume(image.clone()))).collect();
    let arguments = Arguments { inputs, parameters: parameters.as_object().unwrap().clone() };
    let mut results = (find(name).unwrap().run)(arguments, &Progress::ignored()).unwrap();
    match results.outputs.remove("output") {
        Some(Data::Volume(image) | Data::Labelmap(image)) => image,
        other => panic!("{name} makes {other:?}"),
    }
}

fn numbers(image: &Image) -> Vec<f64> {
    (0..image.array().len()).map(|n| image.array().get(n).unwrap()).collect()
}

fn shifted(image: &Image, by: f32) -> Image {
    let values: Vec<f32> = numbers(image).into_iter().map(|v| v as f32 + by).collect();
    image.with_array(Array::from(values)).unwrap()
}

fn near(a: &Image, b: &Image, tolerance: f64) -> bool {
    numbers(a).iter().zip(numbers(b)).all(|(a, b)| (a - b).abs() <= tolerance)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn derivatives_do_not_see_a_constant(volume in volumes(), by in -50.0_f32..50.0) {
        for (name, parameters) in [
            ("gradient-magnitude", json!({})),
            ("gradient-magnitude", json!({"sigma": 1.5})),
            ("laplacian", json!({})),
            ("laplacian", json!({"sigma": 1.5})),
            ("sobel", json!({})),
        ] {
            let found = run(name, &[("input", volume.clone())], parameters.clone());
            let other = run(name, &[("input", shifted(&volume, by))], parameters);
            prop_assert!(near(&found, &other, 5e-3), "{name}");
        }
    }

    #[test]
    fn gradients_are_not_negative_and_laplacians_turn_with_the_sign(volume in volumes()) {
        let gradient = run("gradient-magnitude", &[("input", volume.clone())], json!({}));
        prop_assert!(numbers(&gradient).iter().all(|v| *v >= 0.0));
        let negative = run("shift-scale", &[("input", volume.clone())], json!({"scale": -1}));
        let found = run("laplacian", &[("input", volume)], json!({}));
        let other = run("laplacian", &[("input", negative)], json!({}));
        prop_assert!(numbers(&found).iter().zip(numbers(&other)).all(|(a, b)| *a == -b));
    }

    #[test]
    fn fewer_edges_remain_above_higher_thresholds(volume in volumes()) {
        let edges = |lower: f64, upper: f64| {
            numbers(&run("canny", &[("input", volume.clone())], json!({"lower-threshold": lower, "upper-threshold": upper})))
        };
        let (all, some, strong) = (edges(0.0, 0.0), edges(5.0, 20.0), edges(20.0, 20.0));
        prop_assert!(all.iter().zip(&some).all(|(a, s)| a >= s));
        prop_assert!(some.iter().zip(&strong).all(|(a, s)| a >= s));
    }

    #[test]
    fn ranges_become_those_asked_for(volume in volumes()) {
        let rescaled = numbers(&run("rescale-intensity", &[("input", volume.clone())], json!({"output-minimum": 3, "output-maximum": 8})));
        prop_assert!(rescaled.iter().all(|v| (3.0 - 1e-5..=8.0 + 1e-5).contains(v)));
        let inverted = run("invert-intensity", &[("input", volume.clone())], json!({}));
        let back = run("invert-intensity", &[("input", inverted)], json!({}));
        prop_assert!(near(&back, &volume, 1e-4));
        let matched = run("histogram-matching", &[("input", volume.clone()), ("reference", volume.clone())], json!({}));
        prop_assert!(near(&matched, &volume, 1e-3));
    }

    #[test]
    fn brightness_does_not_change_a_bias_field(volume in volumes(), factor in 0.5_f64..4.0) {
        let bright = shifted(&volume, 150.0);
        let brighter = run("shift-scale", &[("input", bright.clone())], json!({"scale": factor}));
        let mask = bright.with_array(Array::from(vec![1_u8; bright.array().len()])).unwrap();
        let parameters = json!({"iterations": [2], "shrink-factor": 1});
        let found = run("n4-bias-correction", &[("input", bright), ("mask", mask.clone())], parameters.clone());
        let other = run("n4-bias-correction", &[("input", brighter), ("mask", mask)], parameters);
        let expected = run("shift-scale", &[("input", found)], json!({"scale": factor}));
        prop_assert!(near(&other, &expected, 0.5 * factor));
    }
}

#[test]
fn a_tube_is_a_vessel_and_no_plate() {
    let dims = [21, 21, 21];
    let values = (0..dims.iter().product::<usize>()).map(|n| {
        let (x, y) = ((n % 21) as f32 - 10.0, (n / 21 % 21) as f32 - 10.0);
        100.0 * (-(x * x + y * y) / 8.0).exp()
    });
    let grid = Grid::axis_aligned(dims, [1.0; 3], Point::zero());
    let tube = Image::scalar(grid, values.collect::<Vec<f32>>()).unwrap();
    let at = |structure: &str| {
        let found = run("vesselness", &[("input", tube.clone())], json!({"structure": structure}));
        found.array().get(10 * 441 + 10 * 21 + 10).unwrap()
    };
    let (vessel, plate, blob) = (at("vessel"), at("plate"), at("blob"));
    assert!(vessel > 1.0 && vessel > 4.0 * plate && vessel > 4.0 * blob, "{vessel} {plate} {blob}");
}

#[test]
fn what_is_not_a_number_is_left_alone_or_refused() {
    let mut values = vec![1.0_f32; 60];
    values[7] = f32::NAN;
    values[9] = f32::INFINITY;
    let volume = image([5, 4, 3], values);
    let names = [
        "gradient-magnitude",
        "sobel",
        "laplacian",
        "canny",
        "vesselness",
        "n4-bias-correction",
        "histogram-matching",
        "histogram-equalisation",
        "clahe",
        "rescale-intensity",
        "intensity-windowing",
        "normalize",
        "shift-scale",
        "invert-intensity",
        "sigmoid",
    ];
    for name in names {
        let mut inputs = BTreeMap::from([("input".to_owned(), Data::Volume(volume.clone()))]);
        if name == "histogram-matching" {
            inputs.insert("reference".to_owned(), Data::Volume(volume.clone()));
        }
        // No panic is what counts.
        let _ = (find(name).unwrap().run)(Arguments { inputs, ..Arguments::default() }, &Progress::ignored());
    }
}
