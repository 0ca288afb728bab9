//! Against numbers that `python/golden.py` printed: SimpleITK 2.5.7, VTK 9.7.2, SciPy 1.17.1, NumPy 2.4.6.

use microtome_geometry::{Affine, Grid, Point, Ras, Transform};
use microtome_image::{Image, Interpolation, ScalarType};
use microtome_operations::Progress;
use microtome_operations::filters::resample::resample;
use microtome_operations::measure::percentiles::percentiles;
use microtome_operations::segmentation::components::{Components, Connectivity};
use microtome_operations::segmentation::threshold::threshold;
use microtome_operations::surface::isosurface::{Options, isosurface};

const DIMS: [usize; 3] = [37, 29, 23];

/// Waves and a little noise, whole numbers; the same as in golden.py.
fn volume() -> Image {
    let [ni, nj, nk] = DIMS;
    let mut values = Vec::new();
    for n in 0..ni * nj * nk {
        let [i, j, k] = [n % ni, n / ni % nj, n / ni / nj].map(|c| c as f64);
        let waves = 300.0 * (i / 5.0).sin() + 200.0 * (j / 4.0).cos() + 250.0 * (k / 3.0 + 1.0).sin();
        values.push(waves.floor() as i16 + (n * 7919 % 101) as i16);
    }
    Image::scalar(Grid::axis_aligned(DIMS, [0.8, 0.9, 1.3], Point::zero()), values).unwrap()
}

#[test]
fn percentiles_are_numpys() {
    let image = volume();
    assert_eq!(microtome_image::Statistics::of(image.array()).sum, 3_316_179.0);
    for scalar_type in [ScalarType::Int16, ScalarType::Float32, ScalarType::Int64] {
        let found = percentiles(&image.array().cast(scalar_type), &[0.05, 0.5, 0.95]);
        assert_eq!(found, [-396.0, 146.0, 644.0]);
    }
}

#[test]
fn islands_are_scipys() {
    let mask = threshold(volume().array(), 331.0, f64::INFINITY, 1).into();
    let expected =
        [(Connectivity::Face, 5, 2690), (Connectivity::Edge, 4, 2692), (Connectivity::Vertex, 4, 2692)];
    for (connectivity, count, largest) in expected {
        let found = Components::new(&mask, DIMS, connectivity, &Progress::ignored()).unwrap();
        assert_eq!(found.count(), count, "{connectivity:?}");
        assert_eq!(found.largest().map(|n| found.sizes()[n]), Some(largest), "{connectivity:?}");
    }
}

#[test]
fn surfaces_are_those_of_vtks_flying_edges() {
    let image = volume();
    let expected = [
        (100.5, 4_083, 7_630, 2_303.309_333_889, [14.834_523_970, 12.380_942_736, 14.348_078_382]),
        (-200.0, 2_673, 5_172, 1_516.448_455_637, [17.364_781_946, 11.900_935_644, 14.460_354_347]),
    ];
    for (value, points, triangles, area, mean) in expected {
        let found =
            isosurface(image.array(), image.grid(), value, Options::default(), &Progress::ignored()).unwrap();
        assert_eq!((found.points.len(), found.triangles.len()), (points, triangles));
        let center: [f64; 3] =
            std::array::from_fn(|a| found.points.iter().map(|p| p[a]).sum::<f64>() / points as f64);
        assert!((0..3).all(|a| (center[a] - mean[a]).abs() < 1e-4), "{center:?}");
        let own: f64 = found
            .triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|n| found.points[n as usize]);
                (b - a).cross(c - a).length() / 2.0
            })
            .sum();
        // Polygons of four corners and more are cut along other diagonals.
        assert!((own / area - 1.0).abs() < 0.01, "{own} {area}");
    }
}

#[test]
fn resampled_values_are_those_of_simpleitk() {
    let image = volume().cast(ScalarType::Float64);
    let grid = Grid::axis_aligned([30, 25, 20], [0.9, 0.9, 1.2], Point::<Ras>::new(2.0, 1.0, 1.5));
    let map = Transform::Linear(Affine::from_rows([
        [0.95, -0.25, 0.05, 1.0],
        [0.2, 0.9, -0.1, 1.5],
        [-0.03, 0.12, 1.02, -0.7],
    ]));
    let expected = [
        (Interpolation::Nearest, [-262.0, -482.0, 266.0, 20.0]),
        (
            Interpolation::Linear,
            [-272.588_812_5, -469.046_794_871_795, 289.692_844_230_769, -20.031_373_504_273],
        ),
        (
            Interpolation::CubicBSpline,
            [-268.488_810_307_1, -475.217_374_422, 293.583_090_446_1, -17.373_639_477_7],
        ),
    ];
    for (interpolation, expected) in expected {
        let found = resample(&image, &grid, &map, interpolation, -1000.0, &Progress::ignored()).unwrap();
        let values = found.array().as_slice::<f64>().unwrap();
        assert_eq!(values.iter().filter(|v| **v == -1000.0).count(), 366, "{interpolation:?}");
        for ([i, j, k], expected) in
            [[12, 10, 9], [20, 15, 10], [5, 20, 14], [15, 3, 3]].into_iter().zip(expected)
        {
            let value = values[(k * 25 + j) * 30 + i];
            assert!((value - expected).abs() < 1e-6, "{interpolation:?}: {value} {expected}");
        }
    }
}
