//! What holds for every volume: laws of the operations in which regions grow.

use std::collections::BTreeMap;

use microtome_geometry::{Affine, Grid, Point, Vector};
use microtome_image::{Array, Image, ScalarType};
use microtome_operations::{Arguments, Data, Progress, Results, find};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Random voxels of a small volume: sometimes flat, sometimes a line.
fn volumes() -> impl Strategy<Value = ([usize; 3], Vec<i16>)> {
    let dims = (1..9_usize, 1..7_usize, prop_oneof![Just(1_usize), 1..24_usize]);
    dims.prop_flat_map(|(ni, nj, nk)| {
        let dims = [ni, nj, nk];
        (Just(dims), prop::collection::vec(-20..60_i16, dims.iter().product::<usize>()))
    })
}

/// An oblique grid of unequal spacing whose axes are left-handed.
fn grid(dims: [usize; 3]) -> Grid {
    let axes = [[0.8, 0.6, 0.0], [0.6, -0.8, 0.0], [0.0, 0.0, 1.0]];
    let scaled = |n: usize, spacing: f64| Vector::from_array(axes[n].map(|c| c * spacing));
    let origin = Point::from_array([5.0, -7.0, 11.0]);
    Grid::new(dims, Affine::from_columns(scaled(0, 0.7), scaled(1, 1.3), scaled(2, 2.1), origin))
}

fn image(dims: [usize; 3], values: impl Into<Array>) -> Image {
    Image::scalar(grid(dims), values).unwrap()
}

fn run(name: &str, inputs: &[(&str, &Image)], parameters: Json) -> Results {
    let inputs: BTreeMap<String, Data> =
        inputs.iter().map(|(name, image)| ((*name).to_owned(), Data::Volume((*image).clone()))).collect();
    let parameters = parameters.as_object().unwrap().clone();
    (find(name).unwrap().run)(Arguments { inputs, parameters }, &Progress::ignored()).unwrap()
}

fn output(results: &Results) -> Vec<f64> {
    let Some(Data::Volume(image) | Data::Labelmap(image)) = results.outputs.get("output") else {
        panic!("no image comes out")
    };
    (0..image.array().len()).map(|n| image.array().get(n).unwrap()).collect()
}

/// The position of a voxel, as a parameter.
fn position(dims: [usize; 3], n: usize) -> Json {
    let index = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]].map(|c| c as f64);
    json!(grid(dims).ijk_to_ras().apply(Point::from_array(index)).coords())
}

fn neighbours(dims: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    let strides = [1, dims[0], dims[0] * dims[1]];
    (0..dims.iter().product::<usize>()).flat_map(move |n| {
        let place = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
        (0..3).filter(move |&a| place[a] + 1 < dims[a]).map(move |a| (n, n + strides[a], a))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A front needs at least the straight way at the greatest speed, and from voxel to voxel at most the way
    /// at that one's.
    #[test]
    fn fronts_are_not_faster_than_their_speed((dims, values) in volumes(), seed in 0..10_000_usize) {
        let seed = seed % values.len();
        let speed: Vec<f32> = values.iter().map(|&v| 0.1 + f32::from(v + 20) / 40.0).collect();
        let found = run("fast-marching", &[("input", &image(dims, speed.clone()))], json!({ "seed": [position(dims, seed)] }));
        let times = output(&found);
        let spacing = grid(dims).spacing();
        prop_assert_eq!(times[seed], 0.0);
        for (a, b, axis) in neighbours(dims) {
            let [to_b, to_a] = [speed[b], speed[a]].map(|v| spacing[axis] / f64::from(v));
            prop_assert!(times[b] <= (times[a] + to_b) * (1.0 + 1e-5) + 1e-6);
            prop_assert!(times[a] <= (times[b] + to_a) * (1.0 + 1e-5) + 1e-6);
        }
        let fastest = f64::from(speed.iter().copied().fold(0.0, f32::max));
        let at = |n: usize| Point::from_array(
            [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]].map(|c| c as f64));
        let affine = *grid(dims).ijk_to_ras();
        for (n, time) in times.iter().enumerate() {
            let way = (affine.apply(at(n)) - affine.apply(at(seed))).coords().iter().map(|c| c * c).sum::<f64>().sqrt();
            prop_assert!(*time >= way / fastest * (1.0 - 1e-5));
        }
    }

    /// Every voxel is in a region, every region is connected, there are as many as minima, and fewer the
    /// deeper they have to be.
    #[test]
    fn watersheds_part_the_whole_volume((dims, values) in volumes(), level in 0..30_u32, full in any::<bool>()) {
        let input = image(dims, values);
        let parameters = |level: u32| json!({ "level": level, "mark-watershed-line": false, "fully-connected": full });
        let found = run("watershed", &[("input", &input)], parameters(level));
        let labels = output(&found);
        let regions = found.values["regions"].as_u64().unwrap();
        prop_assert!(labels.iter().all(|&l| l >= 1.0 && l <= regions as f64));
        let connectivity = if full { "vertex" } else { "face" };
        for region in 1..=regions {
            let alone: Vec<u8> = labels.iter().map(|&l| u8::from(l == region as f64)).collect();
            let islands = run("connected-components", &[("input", &image(dims, alone))], json!({ "connectivity": connectivity }));
            prop_assert_eq!(&islands.values["islands"], 1);
        }
        let deeper = run("watershed", &[("input", &input)], parameters(level + 5));
        prop_assert!(deeper.values["regions"].as_u64().unwrap() <= regions);
        // With lines, what is labelled keeps its number of regions.
        let lined = run("watershed", &[("input", &input)], json!({ "level": level, "fully-connected": full }));
        prop_assert_eq!(lined.values["regions"].as_u64().unwrap(), regions);
    }

    /// Islands are as many as those of each size, and removing small ones leaves the others as they were.
    #[test]
    fn islands_are_counted_once((dims, values) in volumes(), least in 0..6_u64) {
        let mask = image(dims, values.iter().map(|&v| if v > 30 { v } else { 0 }).collect::<Vec<i16>>());
        let all = run("connected-components", &[("input", &mask)], json!({}));
        let labels = output(&all);
        let most = labels.iter().copied().fold(0.0, f64::max) as usize;
        prop_assert_eq!(all.values["islands"].as_u64().unwrap() as usize, most);
        let sizes: Vec<usize> = (1..=most).map(|n| labels.iter().filter(|&&l| l == n as f64).count()).collect();
        prop_assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]));
        let kept = output(&run("remove-small-islands", &[("input", &mask)], json!({ "minimum-size": least })));
        for (n, value) in kept.iter().enumerate() {
            let stays = labels[n] > 0.0 && sizes[labels[n] as usize - 1] as u64 >= least;
            prop_assert_eq!(*value, if stays { f64::from(values[n]) } else { 0.0 });
        }
    }

    /// A region holds its seed, lies within its bounds, is connected, and grows with them.
    #[test]
    fn regions_grow_with_their_bounds((dims, values) in volumes(), seed in 0..10_000_usize, reach in 0..20_i16) {
        let seed = seed % values.len();
        let input = image(dims, values.clone());
        let bounds = |reach: i16| json!({
            "seed": [position(dims, seed)], "lower": values[seed] - reach, "upper": values[seed] + reach,
        });
        let labels = output(&run("connected-threshold", &[("input", &input)], bounds(reach)));
        let wider = output(&run("connected-threshold", &[("input", &input)], bounds(reach + 4)));
        prop_assert_eq!(labels[seed], 1.0);
        prop_assert!(labels.iter().zip(&values).all(|(&l, v)| l == 0.0 || (v - values[seed]).abs() <= reach));
        prop_assert!(labels.iter().zip(&wider).all(|(l, w)| l <= w));
        let region = image(dims, labels.iter().map(|&l| l as u8).collect::<Vec<u8>>());
        prop_assert_eq!(&run("connected-components", &[("input", &region)], json!({})).values["islands"], 1);
        let all = run("neighborhood-connected", &[("input", &input)], {
            let mut parameters = bounds(reach);
            parameters["radius"] = json!([0, 0, 0]);
            parameters
        });
        prop_assert_eq!(output(&all), labels);
        // A region within an interval of confidence holds its seed too.
        let confident = run("confidence-connected", &[("input", &input)], json!({ "seed": [position(dims, seed)], "multiplier": 1.0 }));
        prop_assert_eq!(output(&confident)[seed], 1.0);
    }

    /// Thinning leaves part of the object, connected as it was.
    #[test]
    fn thinning_keeps_objects_connected((dims, values) in volumes()) {
        let object: Vec<u8> = values.iter().map(|&v| u8::from(v > 5)).collect();
        let input = image(dims, object.clone());
        let islands = |image: &Image| run("connected-components", &[("input", image)], json!({ "connectivity": "vertex" })).values["islands"].clone();
        let thin: Vec<u8> = output(&run("binary-thinning", &[("input", &input)], json!({}))).iter().map(|&v| v as u8).collect();
        prop_assert!(thin.iter().zip(&object).all(|(t, o)| t <= o));
        prop_assert_eq!(islands(&image(dims, thin)), islands(&input));
    }
}

/// A signed distance to a ball in the middle of a volume.
fn ball(dims: [usize; 3], radius: f64) -> Vec<f32> {
    let spacing = grid(dims).spacing();
    (0..dims.iter().product::<usize>())
        .map(|n| {
            let index = [n % dims[0], n / dims[0] % dims[1], n / dims[0] / dims[1]];
            let square = (0..3).map(|a| (index[a] as f64 - (dims[a] / 2) as f64) * spacing[a]).map(|d| d * d);
            (square.sum::<f64>().sqrt() - radius) as f32
        })
        .collect()
}

#[test]
fn level_sets_move_at_their_speed() {
    let dims = [41, 25, 15];
    let initial = image(dims, ball(dims, 5.0));
    let speed = image(dims, vec![1.0_f32; initial.array().len()]);
    let found = run(
        "shape-detection",
        &[("input", &initial), ("feature", &speed)],
        json!({ "curvature-scaling": 0, "number-of-iterations": 20, "maximum-rms-error": 0 }),
    );
    let inside = output(&found).iter().filter(|&&phi| phi < 0.0).count() as f64;
    // Steps of a sixth of the least spacing: 0.7 / 6 · 20 = 2.33 mm. Within a third of a voxel.
    let volume = inside * grid(dims).voxel_volume().abs();
    let radius = (volume * 0.75 / std::f64::consts::PI).cbrt();
    assert!((radius - 7.33).abs() < 0.25, "{radius}");
}

#[test]
fn odd_volumes_are_worked_on_or_refused() {
    let everything = [
        "binary-thinning",
        "confidence-connected",
        "connected-components",
        "connected-threshold",
        "fast-marching",
        "geodesic-active-contour",
        "neighborhood-connected",
        "remove-small-islands",
        "robust-statistics-segmenter",
        "shape-detection",
        "simple-region-growing",
        "skeleton",
        "threshold-level-set",
        "watershed",
        "watershed-from-markers",
    ];
    for dims in [[1, 1, 1], [5, 1, 1], [1, 6, 1], [1, 1, 7], [4, 3, 1], [3, 4, 5]] {
        let count = dims.iter().product::<usize>();
        let odd = [f64::NAN, f64::INFINITY, 3.0, f64::NEG_INFINITY, 0.0, -2.0, 1e30, 4.0];
        let values: Vec<f64> = (0..count).map(|n| odd[n % odd.len()]).collect();
        let wide = Array::from(values);
        for scalar_type in ScalarType::ALL {
            let input = image(dims, wide.cast(scalar_type));
            let labels = image(dims, vec![1_u8; count]);
            for name in everything {
                let declaration = (find(name).unwrap().declaration)();
                let inputs = declaration.inputs.iter().map(|i| {
                    let data =
                        if i.name == "markers" || i.name == "seeds" { labels.clone() } else { input.clone() };
                    (i.name.clone(), Data::Volume(data))
                });
                let mut parameters = serde_json::Map::new();
                if declaration.parameters.iter().any(|p| p.name == "seed") {
                    parameters.insert("seed".to_owned(), json!([position(dims, count / 2)]));
                }
                if declaration.parameters.iter().any(|p| p.name == "number-of-iterations") {
                    parameters.insert("number-of-iterations".to_owned(), 5.into());
                }
                let arguments = Arguments { inputs: inputs.collect(), parameters };
                // Either is fine; it must not panic or hang.
                let _ = (find(name).unwrap().run)(arguments, &Progress::ignored());
            }
        }
    }
}

#[test]
fn they_stop_on_request() {
    let progress = Progress::ignored();
    progress.cancel();
    let dims = [9, 9, 9];
    let input = image(dims, ball(dims, 3.0));
    for name in [
        "fast-marching",
        "watershed",
        "connected-components",
        "skeleton",
        "shape-detection",
        "confidence-connected",
    ] {
        let declaration = (find(name).unwrap().declaration)();
        let inputs = declaration.inputs.iter().map(|i| (i.name.clone(), Data::Volume(input.clone())));
        let mut parameters = serde_json::Map::new();
        if declaration.parameters.iter().any(|p| p.name == "seed") {
            parameters.insert("seed".to_owned(), json!([position(dims, 364)]));
        }
        let arguments = Arguments { inputs: inputs.collect(), parameters };
        assert!((find(name).unwrap().run)(arguments, &progress).is_err(), "{name}");
    }
}

#[test]
fn seeds_outside_are_refused() {
    let input = image([3, 3, 3], vec![1.0_f32; 27]);
    for seeds in [json!([]), json!([[1000, 0, 0]])] {
        let inputs = BTreeMap::from([("input".to_owned(), Data::Volume(input.clone()))]);
        let parameters = json!({ "seed": seeds }).as_object().unwrap().clone();
        let error =
            (find("fast-marching").unwrap().run)(Arguments { inputs, parameters }, &Progress::ignored());
        assert!(error.unwrap_err().to_string().contains("seed"));
    }
}
