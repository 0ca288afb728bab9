//! What holds for every volume: laws of morphology and of distances.

use std::collections::BTreeMap;

use microtome_geometry::{Affine, Grid, Point, Vector};
use microtome_image::{Array, Image};
use microtome_operations::{Arguments, Data, Progress, find};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const SPACING: [f64; 3] = [0.7, 1.3, 2.1];

/// An oblique grid of unequal spacing whose axes are left-handed.
fn grid(dims: [usize; 3]) -> Grid {
    let axes = [[0.8, 0.6, 0.0], [0.6, -0.8, 0.0], [0.0, 0.0, 1.0]];
    let scaled = |n: usize| Vector::from_array(axes[n].map(|c| c * SPACING[n]));
    Grid::new(
        dims,
        Affine::from_columns(scaled(0), scaled(1), scaled(2), Point::from_array([5.0, -7.0, 11.0])),
    )
}

fn run(name: &str, inputs: &[(&str, &Image)], parameters: &Json) -> Image {
    let inputs: BTreeMap<String, Data> =
        inputs.iter().map(|(name, image)| ((*name).to_owned(), Data::Volume((*image).clone()))).collect();
    let parameters = parameters.as_object().unwrap().clone();
    let results = (find(name).unwrap().run)(Arguments { inputs, parameters }, &Progress::ignored()).unwrap();
    match results.outputs.get("output") {
        Some(Data::Volume(image) | Data::Labelmap(image)) => image.clone(),
        _ => panic!("no image comes out"),
    }
}

fn values(image: &Image) -> Vec<f64> {
    (0..image.array().len()).map(|n| image.array().get(n).unwrap()).collect()
}

fn mapped(image: &Image, f: impl Fn(f64) -> f64) -> Image {
    let array = Array::from(values(image).into_iter().map(f).collect::<Vec<f64>>());
    image.with_array(array.cast(image.scalar_type())).unwrap()
}

fn is_below(a: &Image, b: &Image) -> bool {
    values(a).iter().zip(values(b)).all(|(a, b)| *a <= b)
}

fn dims() -> impl Strategy<Value = [usize; 3]> {
    (prop_oneof![1..9_usize, 60..70_usize], 1..8_usize, prop_oneof![Just(1_usize), 1..7_usize])
        .prop_map(|(i, j, k)| [i, j, k])
}

fn objects() -> impl Strategy<Value = Image> {
    dims().prop_flat_map(|dims| {
        prop::collection::vec(prop_oneof![2 => Just(0_u8), 3 => Just(1_u8)], dims.iter().product::<usize>())
            .prop_map(move |values| Image::scalar(grid(dims), values).unwrap())
    })
}

fn volumes() -> impl Strategy<Value = Image> {
    dims().prop_flat_map(|dims| {
        prop::collection::vec(-20..60_i16, dims.iter().product::<usize>())
            .prop_map(move |values| Image::scalar(grid(dims), values).unwrap())
    })
}

fn shapes() -> impl Strategy<Value = Json> {
    let shape = prop_oneof![Just("ball"), Just("box"), Just("cross")];
    let in_voxels = (shape.clone(), 0..4_u32, 0..4_u32, 0..3_u32)
        .prop_map(|(shape, i, j, k)| json!({"shape": shape, "radius": [i, j, k]}));
    let in_mm = (shape, 0.0..4.0_f64).prop_map(|(shape, mm)| json!({"shape": shape, "radius-mm": mm}));
    prop_oneof![in_voxels, in_mm]
}

fn with(parameters: &Json, name: &str, value: impl Into<Json>) -> Json {
    let mut parameters = parameters.clone();
    parameters[name] = value.into();
    parameters
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn objects_shrink_and_grow(object in objects(), shape in shapes()) {
        let on_own = |name: &str, image: &Image| run(name, &[("input", image)], &shape);
        let grown = on_own("binary-dilate", &object);
        let shrunk = on_own("binary-erode", &object);
        prop_assert!(is_below(&object, &grown) && is_below(&shrunk, &object));
        // What grew and shrank again holds the object; what is in a safe border is exactly the closing.
        prop_assert!(is_below(&object, &on_own("binary-erode", &grown)));
        let closed = on_own("binary-close", &object);
        prop_assert!(is_below(&object, &closed));
        prop_assert_eq!(on_own("binary-close", &closed), closed);
        let opened = on_own("binary-open", &object);
        prop_assert!(is_below(&opened, &object));
        prop_assert_eq!(on_own("binary-open", &opened), opened);
    }

    #[test]
    fn erosion_is_dilation_of_the_rest(object in objects(), shape in shapes(), beyond: bool) {
        let rest = mapped(&object, |v| 1.0 - v);
        let eroded = run("binary-erode", &[("input", &object)], &with(&shape, "boundary-to-foreground", beyond));
        let dilated = run("binary-dilate", &[("input", &rest)], &with(&shape, "boundary-to-foreground", !beyond));
        prop_assert_eq!(values(&mapped(&eroded, |v| 1.0 - v)), values(&dilated));
    }

    #[test]
    fn binary_and_grayscale_are_the_same(object in objects(), shape in shapes()) {
        let unsafe_border = with(&shape, "safe-border", false);
        for (binary, grayscale, parameters) in [
            ("binary-dilate", "dilate", &shape),
            ("binary-erode", "erode", &shape),
            // A binary opening does not reach beyond the border.
            ("binary-open", "open", &unsafe_border),
            ("binary-close", "close", &shape),
        ] {
            let binary = run(binary, &[("input", &object)], &shape);
            prop_assert_eq!(values(&binary), values(&run(grayscale, &[("input", &object)], parameters)));
        }
    }

    #[test]
    fn filters_are_dual_and_idempotent(volume in volumes(), shape in shapes(), safe: bool) {
        let negative = mapped(&volume, |v| -v);
        let turned = |name: &str, parameters: &Json| mapped(&run(name, &[("input", &negative)], parameters), |v| -v);
        let own = |name: &str, parameters: &Json| run(name, &[("input", &volume)], parameters);
        prop_assert_eq!(own("erode", &shape), turned("dilate", &shape));
        let safely = with(&shape, "safe-border", safe);
        let (opened, closed) = (own("open", &safely), own("close", &safely));
        prop_assert_eq!(&closed, &turned("open", &safely));
        prop_assert!(is_below(&own("erode", &shape), &opened) && is_below(&opened, &volume));
        prop_assert!(is_below(&volume, &closed) && is_below(&closed, &own("dilate", &shape)));
        prop_assert_eq!(&run("open", &[("input", &opened)], &safely), &opened);
        prop_assert_eq!(&run("close", &[("input", &closed)], &safely), &closed);
        for (kind, upper, lower) in [("white", &volume, &opened), ("black", &closed, &volume)] {
            let hat = own("top-hat", &with(&safely, "kind", kind));
            let differences: Vec<f64> = values(upper).iter().zip(values(lower)).map(|(a, b)| a - b).collect();
            prop_assert_eq!(values(&hat), differences);
        }
    }

    #[test]
    fn reconstructions_lie_between(volume in volumes(), shape in shapes(), full: bool) {
        let parameters = with(&shape, "fully-connected", full);
        let opened = run("open", &[("input", &volume)], &with(&shape, "safe-border", false));
        let by = run("opening-by-reconstruction", &[("input", &volume)], &parameters);
        prop_assert!(is_below(&opened, &by) && is_below(&by, &volume));
        prop_assert_eq!(&run("opening-by-reconstruction", &[("input", &by)], &parameters), &by);
        let connected = json!({"fully-connected": full});
        let filled = run("grayscale-fill-hole", &[("input", &volume)], &connected);
        prop_assert!(is_below(&volume, &filled));
        prop_assert_eq!(&run("grayscale-fill-hole", &[("input", &filled)], &connected), &filled);
        let ground = run("grayscale-grind-peak", &[("input", &mapped(&volume, |v| -v))], &connected);
        prop_assert_eq!(values(&filled), values(&mapped(&ground, |v| -v)));
        let height = |n: u32| json!({"height": n, "fully-connected": full});
        let lower = run("h-maxima", &[("input", &volume)], &height(7));
        prop_assert!(is_below(&lower, &volume) && is_below(&mapped(&volume, |v| v - 7.0), &lower));
        prop_assert_eq!(&run("h-maxima", &[("input", &volume)], &height(0)), &volume);
    }

    #[test]
    fn filled_objects_have_no_holes(object in objects(), full: bool) {
        let parameters = json!({"fully-connected": full});
        // One voxel alone has no border that a hole could be told from.
        prop_assume!(object.dims() != [1, 1, 1]);
        let filled = run("binary-fill-hole", &[("input", &object)], &parameters);
        // Of an object of two values, gray holes are its holes.
        let gray = run("grayscale-fill-hole", &[("input", &object)], &parameters);
        prop_assert_eq!(values(&filled), values(&gray));
    }

    #[test]
    fn distances_change_no_faster_than_places(object in objects(), target in prop_oneof![Just("boundary"), Just("other")]) {
        let dims = object.dims();
        let found = values(&run("distance-map", &[("input", &object)], &json!({"target": target})));
        let strides = [1, dims[0], dims[0] * dims[1]];
        let inside = values(&object);
        for n in 0..found.len() {
            let place = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
            let has_its_sign = if inside[n] == 1.0 { found[n] <= 0.0 } else { found[n] > 0.0 };
            prop_assert!(has_its_sign);
            for axis in (0..3).filter(|&a| place[a] + 1 < dims[a]) {
                let next = found[n + strides[axis]];
                // Between the two kinds of the target "other", the way is counted from both.
                let ways = if target == "other" && (next > 0.0) != (found[n] > 0.0) { 2.0 } else { 1.0 };
                let most = ways * SPACING[axis] * 1.000_001;
                prop_assert!(next == found[n] || (next - found[n]).abs() <= most + 1e-6 * next.abs());
            }
        }
    }

    #[test]
    fn distances_say_what_dilations_reach(object in objects(), mm in 0.0..5.0_f64) {
        let distances = values(&run("distance-map", &[("input", &object)], &json!({"side": "outside"})));
        let grown = values(&run("binary-dilate", &[("input", &object)], &json!({"radius-mm": mm})));
        for (distance, grown) in distances.iter().zip(grown) {
            prop_assert!((distance - mm).abs() < 1e-4 || (*distance <= mm) == (grown == 1.0));
        }
    }
}

#[test]
fn nothing_and_everything_are_objects_too() {
    let grid = grid([5, 4, 3]);
    let empty = Image::scalar(grid, vec![0_u8; 60]).unwrap();
    let full = Image::scalar(grid, vec![1_u8; 60]).unwrap();
    for name in ["binary-dilate", "binary-erode", "binary-open", "binary-close", "binary-fill-hole"] {
        for image in [&empty, &full] {
            assert_eq!(values(&run(name, &[("input", image)], &json!({}))), values(image), "{name}");
        }
    }
    for target in ["boundary", "other"] {
        let distance = |image| values(&run("distance-map", &[("input", image)], &json!({"target": target})));
        assert!(distance(&empty).iter().all(|&d| d == f64::INFINITY));
        assert!(distance(&full).iter().all(|&d| d == f64::NEG_INFINITY));
    }
}

#[test]
fn what_is_not_a_number_has_its_place() {
    let values_in = vec![f32::NAN, 1.0, 2.0, f32::INFINITY, f32::NEG_INFINITY, 0.5];
    let image = Image::scalar(grid([6, 1, 1]), values_in).unwrap();
    let parameters = json!({"radius": [1, 0, 0]});
    let least = values(&run("erode", &[("input", &image)], &parameters));
    assert_eq!(least, [1.0, 1.0, 1.0, f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY]);
    let greatest = values(&run("dilate", &[("input", &image)], &parameters));
    assert!(greatest[..2].iter().all(|v| v.is_nan()));
    assert_eq!(greatest[2..], [f64::INFINITY, f64::INFINITY, f64::INFINITY, 0.5]);
}

#[test]
fn values_that_the_type_lacks_are_refused() {
    let image = Image::scalar(grid([2, 1, 1]), vec![0_u8, 1]).unwrap();
    for parameters in [json!({"foreground": 300}), json!({"foreground": 0.5}), json!({"radius-mm": 1e9})] {
        let parameters = parameters.as_object().unwrap().clone();
        let inputs = BTreeMap::from([("input".to_owned(), Data::Labelmap(image.clone()))]);
        let result = (find("binary-dilate").unwrap().run)(
            Arguments { inputs, parameters: parameters.clone() },
            &Progress::ignored(),
        );
        // A radius far beyond a small volume is no more than the volume.
        assert_eq!(result.is_err(), !parameters.contains_key("radius-mm"), "{parameters:?}");
    }
}
