use microtome_geometry::{Affine, Ijk, Point, Ras};
use microtome_image::{Boundary, Meaning, Sampler, ScalarType, Window};

use super::*;
use crate::declare::Operation;

const SINC: Interpolation = Interpolation::WindowedSinc { window: Window::Lanczos, radius: 3 };

fn noisy(dims: [usize; 3]) -> Image {
    let values: Vec<i16> = (0..dims.iter().product()).map(|n: usize| (n * 7919 % 601) as i16 - 300).collect();
    Image::scalar(Grid::axis_aligned(dims, [0.8, 0.9, 1.3], Point::new(-4.0, 3.0, 10.0)), values).unwrap()
}

/// Output space to input space.
fn turn() -> Transform {
    Transform::Linear(Affine::from_rows([
        [0.95, -0.25, 0.05, 1.0],
        [0.2, 0.9, -0.1, 1.5],
        [-0.03, 0.12, 1.02, -0.7],
    ]))
}

fn resampled(image: &Image, grid: &Grid, map: &Transform, interpolation: Interpolation) -> Image {
    resample(image, grid, map, interpolation, -1000.0, &Progress::ignored()).unwrap()
}

fn check_against_sampler(
    image: &Image,
    grid: &Grid,
    map: &Transform,
    interpolation: Interpolation,
    tolerance: f64,
) {
    let found = resampled(image, grid, map, interpolation);
    let doubles = image.cast(ScalarType::Float64);
    let view = doubles.view::<f64>(0).unwrap();
    let sampler = Sampler::new(&view, interpolation, Boundary::Ends);
    let to_input = image.grid().ras_to_ijk().unwrap();
    let [ni, nj, nk] = grid.dims();
    let (mut inside, mut outside) = (0, 0);
    for n in 0..ni * nj * nk {
        let ijk = [n % ni, n / ni % nj, n / ni / nj].map(|c| c as f64);
        let p = to_input.apply(map.apply(grid.ijk_to_ras().apply(Point::<Ijk>::from_array(ijk))));
        let near_edge = (0..3).any(|a| {
            let beyond = [p[a] + 0.5, image.dims()[a] as f64 - 0.5 - p[a]];
            // Half way between two voxels, rounding decides which is the nearest.
            let tie = interpolation == Interpolation::Nearest && (p[a].fract().abs() - 0.5).abs() < 1e-6;
            tie || beyond.into_iter().any(|d| d.abs() < 1e-5)
        });
        if near_edge {
            continue;
        }
        let value = found.array().get(n).unwrap();
        match sampler.sample(p, 0) {
            Some(expected) => {
                assert!(
                    (value - expected).abs() <= tolerance,
                    "{interpolation:?} {ijk:?}: {value} {expected}"
                );
                inside += 1;
            }
            None => {
                assert_eq!(value, -1000.0);
                outside += 1;
            }
        }
    }
    assert!(inside > 500 && outside > 500, "{inside} {outside}");
}

#[test]
fn it_agrees_with_the_sampler() {
    let image = noisy([23, 19, 17]);
    let grid = Grid::axis_aligned([40, 20, 19], [0.7, 1.0, 1.4], Point::new(-6.0, 1.0, 9.0));
    for interpolation in [Interpolation::Nearest, Interpolation::Linear, Interpolation::CubicBSpline] {
        for map in [turn(), Transform::identity()] {
            check_against_sampler(&image, &grid, &map, interpolation, 0.501);
            let wide = image.cast(ScalarType::Float64);
            let tolerance = if interpolation == Interpolation::Nearest { 0.0 } else { 1e-9 };
            check_against_sampler(&wide, &grid, &map, interpolation, tolerance);
        }
    }
}

#[test]
fn every_type_gives_the_same_values() {
    let image = noisy([12, 11, 10]);
    let positive = image.with_array(image.array().rescale(0.2, 62.0, ScalarType::Float64)).unwrap();
    let grid = Grid::axis_aligned([10, 10, 10], [0.7, 1.0, 1.4], Point::new(-2.0, 5.0, 12.0));
    for interpolation in [Interpolation::Nearest, Interpolation::Linear, Interpolation::CubicBSpline, SINC] {
        for scalar_type in ScalarType::ALL {
            let typed = positive.cast(scalar_type);
            let reference = resampled(&typed.cast(ScalarType::Float64), &grid, &turn(), interpolation);
            let found = resampled(&typed, &grid, &turn(), interpolation);
            assert_eq!(found.scalar_type(), scalar_type);
            for n in 0..1000 {
                let (a, b) = (reference.array().get(n).unwrap(), found.array().get(n).unwrap());
                let (low, high) = scalar_type.limits();
                assert!(
                    (a.clamp(low, high) - b).abs() < 0.502,
                    "{interpolation:?} {scalar_type} {n}: {a} {b}"
                );
            }
        }
    }
}

#[test]
fn a_constant_stays_constant_and_a_ramp_a_ramp() {
    let dims = [30, 30, 30];
    let ramp: Vec<f32> = (0..27000).map(|n| (n % 30) as f32 * 10.0).collect();
    let grid = Grid::axis_aligned(dims, [1.0; 3], Point::zero());
    let flat = Image::scalar(grid, vec![100.0_f32; 27000]).unwrap();
    let image = Image::scalar(grid, ramp).unwrap();
    let shift = Transform::Linear(Affine::from_scale([1.0; 3], [0.3, 0.4, -0.2]));
    for radius in 1..=8 {
        let interpolation = Interpolation::WindowedSinc { window: Window::Blackman, radius };
        let found = resampled(&flat, &grid, &shift, interpolation);
        let inner = found.array().get((15 * 30 + 15) * 30 + 15).unwrap();
        assert!((inner - 100.0).abs() < 1e-3, "{radius} {inner}");
    }
    for interpolation in [Interpolation::Linear, Interpolation::CubicBSpline, SINC] {
        let value =
            resampled(&image, &grid, &shift, interpolation).array().get((15 * 30 + 15) * 30 + 15).unwrap();
        let tolerance = if interpolation == SINC { 1.0 } else { 1e-3 };
        assert!((value - 153.0).abs() < tolerance, "{interpolation:?} {value}");
    }
}

#[test]
fn single_voxel_axes_components_and_frames_are_handled() {
    for dims in [[1, 1, 1], [1, 6, 5], [6, 1, 5], [6, 5, 1]] {
        let image = noisy(dims);
        for interpolation in
            [Interpolation::Nearest, Interpolation::Linear, Interpolation::CubicBSpline, SINC]
        {
            let same = resampled(&image, image.grid(), &Transform::identity(), interpolation);
            assert_eq!(same, image, "{dims:?} {interpolation:?}");
        }
    }
    let grid = Grid::axis_aligned([3, 2, 2], [1.0; 3], Point::zero());
    let values: Vec<u8> = (0..72).collect();
    let image = Image::new(grid, 3, 2, Meaning::Rgb, values.into()).unwrap();
    assert_eq!(resampled(&image, &grid, &Transform::identity(), Interpolation::Linear), image);
}

#[test]
fn curved_paths_go_voxel_by_voxel() {
    let image = noisy([23, 19, 17]);
    let grid = Grid::axis_aligned([70, 20, 19], [0.4, 1.0, 1.4], Point::new(-6.0, 1.0, 9.0));
    let Transform::Linear(matrix) = turn() else { unreachable!() };
    let curved = Path::Curved {
        output: *grid.ijk_to_ras(),
        transform: Box::new(turn()),
        input: image.grid().ras_to_ijk().unwrap(),
    };
    let straight = Path::Linear(grid.ijk_to_ras().then(&matrix).then(&image.grid().ras_to_ijk().unwrap()));
    let values = image.array().as_slice::<i16>().unwrap();
    let volume = Volume { values, dims: image.dims() };
    let run = |path: &Path| {
        scalar(volume, path, grid.dims(), Interpolation::Linear, -1.0, &Progress::ignored())
            .unwrap()
            .into_vec()
    };
    assert_eq!(run(&curved), run(&straight));
}

#[test]
fn another_spacing_keeps_the_first_voxel_and_the_extent() {
    let grid = *noisy([10, 11, 12]).grid();
    let [x, y, z] = grid.spacing();
    let finer = with_spacing(&grid, [x / 2.0, 0.0, z * 1.7]).unwrap();
    assert_eq!(finer.dims(), [20, 11, 7]);
    assert_eq!(finer.origin(), grid.origin());
    assert!((0..3).all(|a| (finer.spacing()[a] - [x / 2.0, y, z * 1.7][a]).abs() < 1e-12));
    assert!(with_spacing(&grid, [-1.0, 1.0, 1.0]).is_none());
}

#[test]
fn labels_are_never_mixed_unless_asked() {
    let grid = Grid::axis_aligned([4, 1, 1], [1.0; 3], Point::<Ras>::zero());
    let labels = Image::scalar(grid, vec![0_u8, 10, 10, 0]).unwrap().with_meaning(Meaning::Label);
    let run = |interpolation: Option<Method>| {
        let operation = Resample { spacing: Some([0.25, 1.0, 1.0]), interpolation, ..Resample::default() };
        let inputs = Inputs { input: labels.clone(), reference: None, transform: None };
        operation.run(inputs, &Progress::ignored()).unwrap().output
    };
    let plain = run(None);
    assert!(plain.array().as_slice::<u8>().unwrap().iter().all(|v| [0, 10].contains(v)));
    assert_eq!(plain.meaning(), Meaning::Label);
    assert!(run(Some(Method::Linear)).array().as_slice::<u8>().unwrap().contains(&5));
}

#[test]
fn what_cannot_be_is_refused() {
    let image = noisy([4, 4, 4]);
    let flat =
        image.clone().with_grid(Grid::axis_aligned([4, 4, 4], [1.0, 0.0, 1.0], Point::zero())).unwrap();
    let identity = Transform::identity();
    let grid = *image.grid();
    let fails = |image: &Image, grid: &Grid| {
        resample(image, grid, &identity, Interpolation::Linear, 0.0, &Progress::ignored()).is_err()
    };
    assert!(fails(&flat, &grid));
    assert!(fails(&image, &Grid::axis_aligned([1 << 20, 1 << 20, 1], [1.0; 3], Point::zero())));
    let operation = Resample { spacing: Some([1e-300, 1.0, 1.0]), ..Resample::default() };
    let inputs = Inputs { input: image, reference: None, transform: None };
    assert!(operation.run(inputs, &Progress::ignored()).is_err());
}
