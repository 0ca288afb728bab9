//! Laws of measures and thresholds, on volumes made at random.

use microtome_geometry::{Grid, Point, Vector};
use microtome_image::{Array, Image};
use microtome_operations::measure::compare::hausdorff::{Hausdorff, between_volumes};
use microtome_operations::measure::compare::overlap::label_overlaps;
use microtome_operations::measure::shapes::{Wanted, label_shapes};
use microtome_operations::segmentation::thresholds::multi_otsu::MultiOtsu;
use microtome_operations::segmentation::thresholds::otsu::Otsu;
use microtome_operations::{Arguments, Data, Progress, find};
use proptest::prelude::*;

const SPACING: [f64; 3] = [0.7, 1.1, 2.3];

fn grid(dims: [usize; 3]) -> Grid {
    Grid::axis_aligned(dims, SPACING, Point::new(-4.0, 9.0, 31.0))
}

/// Dimensions, some of them 1, and that many values below `most`.
fn volume(most: u8) -> impl Strategy<Value = ([usize; 3], Vec<u8>)> {
    ([1_usize..70, 1_usize..9, 1_usize..7]).prop_flat_map(move |dims| {
        let count = dims.iter().product::<usize>();
        (Just(dims), prop::collection::vec(0..most, count))
    })
}

/// Three sets of voxels on one grid.
fn sets() -> impl Strategy<Value = ([usize; 3], [Vec<u8>; 3])> {
    ([1_usize..70, 1_usize..9, 1_usize..7]).prop_flat_map(|dims| {
        let count = dims.iter().product::<usize>();
        let set = || prop::collection::vec(prop::bool::weighted(0.1).prop_map(u8::from), count);
        (Just(dims), [set(), set(), set()])
    })
}

fn distance(dims: [usize; 3], a: &[u8], b: &[u8]) -> Option<Hausdorff> {
    let [a, b] = [a, b].map(|set| Array::from(set.to_vec()));
    between_volumes(&a, &b, dims, SPACING, &Progress::ignored()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_voxel_lies_in_the_oriented_box((dims, labels) in volume(4)) {
        let grid = grid(dims);
        let shapes = label_shapes(&Array::from(labels.clone()), &grid, Wanted::ALL, &Progress::ignored()).unwrap();
        let all: u64 = shapes.iter().map(|s| s.voxels).sum();
        prop_assert_eq!(all, labels.iter().filter(|l| **l != 0).count() as u64);
        for shape in shapes {
            let oriented = shape.oriented_box.unwrap();
            let feret = shape.feret.unwrap();
            prop_assert!(shape.surface.unwrap() > 0.0);
            prop_assert!(feret <= Vector::<microtome_geometry::Ras>::from_array(oriented.size).length() + 1e-9);
            let middles: Vec<_> = (0..labels.len())
                .filter(|n| i64::from(labels[*n]) == shape.label)
                .map(|n| Point::new((n % dims[0]) as f64, (n / dims[0] % dims[1]) as f64, (n / dims[0] / dims[1]) as f64))
                .map(|ijk| grid.ijk_to_ras().apply(ijk))
                .collect();
            let mut most = 0.0_f64;
            for middle in &middles {
                most = middles.iter().map(|other| middle.distance(*other)).fold(most, f64::max);
                for corner in 0..8 {
                    let half = |a: usize| if corner >> a & 1 == 0 { SPACING[a] / 2.0 } else { -SPACING[a] / 2.0 };
                    let corner = *middle + Vector::new(half(0), half(1), half(2)) - oriented.origin;
                    for (axis, size) in shape.principal_axes.iter().zip(oriented.size) {
                        let place = corner.dot(*axis);
                        prop_assert!(place >= -1e-9 && place <= size + 1e-9);
                    }
                }
            }
            prop_assert!((most - feret).abs() < 1e-9, "{} {}", most, feret);
        }
    }

    #[test]
    fn distances_are_symmetric_and_obey_the_triangle((dims, [a, b, c]) in sets()) {
        prop_assert_eq!(distance(dims, &a, &b), distance(dims, &b, &a));
        if let (Some(ab), Some(bc), Some(ac)) = (distance(dims, &a, &b), distance(dims, &b, &c), distance(dims, &a, &c)) {
            prop_assert!(ac.maximum <= ab.maximum + bc.maximum + 1e-5);
            prop_assert!(ab.average <= ab.maximum && ab.percentile_95 <= ab.maximum);
            prop_assert_eq!(distance(dims, &a, &a).unwrap().maximum, 0.0);
            prop_assert_eq!(ab.maximum == 0.0, a == b);
        }
    }

    #[test]
    fn dice_and_jaccard_go_together((dims, [a, b, _]) in sets()) {
        let _ = dims;
        let overlaps = |a: &[u8], b: &[u8]| {
            label_overlaps(&Array::from(a.to_vec()), &Array::from(b.to_vec()), &Progress::ignored()).unwrap()
        };
        let (there, back) = (overlaps(&a, &b), overlaps(&b, &a));
        for ((_, there), (_, back)) in there.iter().zip(&back) {
            prop_assert_eq!(there.dice(), back.dice());
            prop_assert!((0.0..=1.0).contains(&there.dice()));
            prop_assert!((there.jaccard() - there.dice() / (2.0 - there.dice())).abs() < 1e-12);
        }
    }

    #[test]
    fn one_of_many_thresholds_is_otsus((dims, values) in volume(200)) {
        prop_assume!(values.iter().max() != values.iter().min());
        let values: Vec<i16> = values.into_iter().map(|v| i16::from(v) * 3 - 100).collect();
        let image = Image::scalar(grid(dims), values.clone()).unwrap();
        let otsu = Otsu { bins: 64, ..Otsu::default() }.threshold(&image, None).unwrap();
        let one = MultiOtsu { bins: 64, ..MultiOtsu::default() }.thresholds(&image).unwrap();
        prop_assert_eq!(one[0].trunc(), otsu);
        let three = MultiOtsu { bins: 64, thresholds: 3, ..MultiOtsu::default() }.thresholds(&image).unwrap();
        prop_assert!(three[0] < three[1] && three[1] < three[2]);
        let inputs = [("input".to_owned(), Data::Volume(image))].into();
        let parameters = serde_json::json!({ "bins": 64 }).as_object().unwrap().clone();
        let found = (find("otsu").unwrap().run)(Arguments { inputs, parameters }, &Progress::ignored()).unwrap();
        let above = values.iter().filter(|v| f64::from(**v) > otsu).count();
        prop_assert_eq!(found.values["voxels"].as_u64(), Some(above as u64));
    }
}

/// Segments that overlap, and one that is empty, have their own numbers each.
#[test]
fn overlapping_and_empty_segments() {
    use microtome_image::{Labelmap, Labels};
    use microtome_records::{ColumnValues, Segment, SegmentPlace, Segmentation};

    let grid = Grid::axis_aligned([6, 1, 1], [2.0, 1.0, 1.0], Point::zero());
    let strip = |values: [u8; 6]| Labels::UInt8(Labelmap::from_values(grid, &values).unwrap());
    let segment = |name: &str, place: Option<(usize, i32)>| Segment {
        id: format!("id {name}"),
        name: name.to_owned(),
        place: place.map(|(layer, label)| SegmentPlace { layer, label }),
        ..Segment::default()
    };
    let segmentation = Segmentation {
        segments: vec![
            segment("a", Some((0, 1))),
            segment("b", Some((1, 3))),
            segment("none", Some((0, 9))),
            segment("nowhere", None),
        ],
        layers: vec![strip([1, 1, 1, 0, 0, 0]), strip([0, 3, 3, 3, 3, 0])],
        ..Segmentation::default()
    };
    let values = Image::scalar(grid, vec![1.0_f32, 2.0, 3.0, 4.0, f32::NAN, 6.0]).unwrap();
    let run = |parameters: serde_json::Value| {
        let inputs = [
            ("input".to_owned(), Data::Segmentation(Box::new(segmentation.clone()))),
            ("volume".to_owned(), Data::Volume(values.clone())),
        ];
        let parameters = parameters.as_object().unwrap().clone();
        let arguments = Arguments { inputs: inputs.into(), parameters };
        let results = (find("segment-statistics").unwrap().run)(arguments, &Progress::ignored())?;
        let Some(Data::Table(table)) = results.outputs.get("output").cloned() else { panic!("no table") };
        Ok::<_, microtome_operations::OperationError>(table)
    };
    let table = run(serde_json::json!({ "measurement": ["usual", "centroid_ras"] })).unwrap();
    let column = |name: &str| {
        let found = table.columns.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("no {name}"));
        match &found.values {
            ColumnValues::Numbers(n) => (0..n.len()).map(|i| n.get(i).unwrap()).collect::<Vec<f64>>(),
            ColumnValues::Text(_) => panic!("{name} is text"),
        }
    };
    assert_eq!(column("Voxel count (LM)"), [3.0, 4.0, 0.0, 0.0]);
    assert_eq!(column("Volume mm3 (SV)"), [6.0, 8.0, 0.0, 0.0]);
    assert_eq!(column("Mean")[..2], [2.0, 3.0]);
    assert!(column("Standard deviation")[..2].iter().all(|v| (v - 1.0).abs() < 1e-12));
    assert_eq!(column("Centroid_r")[..2], [2.0, 5.0]);
    assert!(column("Mean")[2..].iter().chain(&column("Centroid_r")[2..]).all(|v| v.is_nan()));
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    assert!(!names.contains(&"Surface mm2"), "there is no closed surface: {names:?}");
    let one = run(serde_json::json!({ "segment": ["id b"], "measurement": ["mean"] })).unwrap();
    assert_eq!(one.columns.len(), 2);
    assert_eq!(one.columns[0].values, ColumnValues::Text(vec!["b".to_owned()]));
    assert!(
        run(serde_json::json!({ "segment": ["c"] })).unwrap_err().to_string().contains("a, b, none, nowhere")
    );
    assert!(run(serde_json::json!({ "measurement": ["weight"] })).is_err());
}
