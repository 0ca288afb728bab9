//! Volume rendering against what can be worked out by hand.

use microtome_geometry::{Affine, Grid, Point, Ras, Vector};
use microtome_image::{Boundary, Image, Interpolation, Sampler};
use microtome_render::camera::{Camera, LookFrom, Projection};
use microtome_render::color::{ColorFunction, OpacityFunction};
use microtome_render::surface::{Surface, SurfaceGeometry};
use microtome_render::volume::{HalfSpace, Technique, Volume, VolumeData, VolumeProperty};
use microtome_render::{Background, Scene3d, View3d, render_3d};

const BLACK: Background = Background::Plain([0, 0, 0, 255]);

/// Value 100 − distance from the origin in mm.
fn cone(grid: Grid) -> Image {
    let [ni, nj, nk] = grid.dims();
    let mut values = Vec::with_capacity(grid.voxel_count());
    for k in 0..nk {
        for j in 0..nj {
            for i in 0..ni {
                let p = grid.ijk_to_ras().apply(Point::new(i as f64, j as f64, k as f64));
                values.push(100.0 - p.distance(Point::zero()) as f32);
            }
        }
    }
    Image::scalar(grid, values).unwrap()
}

fn grid() -> Grid {
    Grid::axis_aligned([81, 81, 81], [1.0; 3], Point::new(-40.0, -40.0, -40.0))
}

fn property(opacity: &[(f64, f64)]) -> VolumeProperty {
    VolumeProperty {
        opacity: OpacityFunction::from_pairs(opacity),
        gradient_opacity: None,
        color: ColorFunction::from_rows(&[[0.0, 1.0, 1.0, 1.0]]),
        shading: None,
        nearest: false,
        unit_distance: 1.0,
    }
}

/// From the front, 500 mm away, 100 mm high without perspective.
fn parallel() -> Camera {
    Camera { projection: Projection::Orthographic(50.0), ..Camera::default() }
}

fn render(scene: &Scene3d<'_>, camera: &Camera) -> View3d {
    render_3d(scene, camera, [200, 200]).unwrap()
}

fn iso_view(data: &VolumeData, camera: &Camera) -> View3d {
    let volume =
        Volume { technique: Technique::Isosurface(75.0), ..Volume::new(data, property(&[(0.0, 1.0)])) };
    render(&Scene3d { volumes: vec![volume], background: BLACK, ..Scene3d::default() }, camera)
}

#[test]
fn an_isosurface_has_its_silhouette_and_its_depth() {
    // The last grid is sheared and stretched: rays must be marched in space, not in voxels.
    let sheared = Affine::from_rows([[1.0, 0.3, 0.0, -52.0], [0.0, 0.8, 0.2, -40.0], [0.1, 0.0, 1.2, -52.0]]);
    for grid in [grid(), Grid::new([81, 81, 81], sheared)] {
        let data = VolumeData::new(&cone(grid), 0);
        let view = iso_view(&data, &parallel());
        let covered = view.depth.iter().filter(|d| d.is_finite()).count() as f64;
        // Pixels are half a millimetre; the radius is 25 mm.
        let radius = (covered * 0.25 / std::f64::consts::PI).sqrt();
        assert!((radius - 25.0).abs() < 0.1, "{radius}");
        let middle = view.depth[100 * 200 + 100];
        assert!((middle - 475.0).abs() < 0.05, "{middle}");
        let centre = view.picture.get(100, 100).unwrap();
        assert!(centre[0] > 240, "{centre:?}");
    }
}

#[test]
fn perspective_makes_near_things_large() {
    let data = VolumeData::new(&cone(grid()), 0);
    let view = iso_view(&data, &Camera::default());
    let covered = view.depth.iter().filter(|d| d.is_finite()).count() as f64;
    // The rim of a ball of 25 mm, 500 mm away, is seen at an angle whose sine is 25/500.
    let tangent = (25.0_f64 / 500.0).asin().tan();
    let expected = tangent / 15.0_f64.to_radians().tan() * 100.0;
    let radius = (covered / std::f64::consts::PI).sqrt();
    assert!((radius - expected).abs() < 0.25, "{radius} {expected}");
}

#[test]
fn opacity_is_counted_by_distance() {
    // A block of constant value 40 mm deep: 1 − (1 − a)^40 of the light is held back, whatever the distance of samples.
    let grid = Grid::axis_aligned([41, 41, 41], [1.0; 3], Point::new(-20.0, -20.0, -20.0));
    let data = VolumeData::new(&Image::scalar(grid, vec![7_u8; 41 * 41 * 41]).unwrap(), 0);
    for sample_distance in [0.1, 0.25, 0.5, 1.0, 2.0] {
        let volume =
            Volume { sample_distance: Some(sample_distance), ..Volume::new(&data, property(&[(7.0, 0.02)])) };
        let scene = Scene3d { volumes: vec![volume], background: BLACK, ..Scene3d::default() };
        let [grey, ..] = render(&scene, &parallel()).picture.get(100, 100).unwrap();
        let expected = 255.0 * (1.0 - 0.98_f64.powi(40));
        assert!((f64::from(grey) - expected).abs() <= 1.0, "{sample_distance}: {grey} {expected}");
    }
}

#[test]
fn cropping_cuts_the_block() {
    let grid = Grid::axis_aligned([41, 41, 41], [1.0; 3], Point::new(-20.0, -20.0, -20.0));
    let data = VolumeData::new(&Image::scalar(grid, vec![7_u8; 41 * 41 * 41]).unwrap(), 0);
    let axes = [Vector::new(1.0, 0.0, 0.0), Vector::new(0.0, 1.0, 0.0), Vector::new(0.0, 0.0, 1.0)];
    let crop = HalfSpace::of_box(Point::zero(), axes, [10.0, 5.0, 15.0]).to_vec();
    let volume = Volume { sample_distance: Some(0.1), crop, ..Volume::new(&data, property(&[(7.0, 0.02)])) };
    let view =
        render(&Scene3d { volumes: vec![volume], background: BLACK, ..Scene3d::default() }, &parallel());
    let [grey, ..] = view.picture.get(100, 100).unwrap();
    let expected = 255.0 * (1.0 - 0.98_f64.powi(10));
    assert!((f64::from(grey) - expected).abs() <= 1.0, "{grey} {expected}");
    let covered = view.picture.pixels().iter().filter(|p| p[0] > 0).count();
    assert_eq!(covered, 40 * 60);
}

fn noise() -> Image {
    let mut state = 12345_u32;
    let values: Vec<i16> = (0..41 * 37 * 45)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 20) as i16 % 1000
        })
        .collect();
    Image::scalar(Grid::axis_aligned([41, 37, 45], [1.0; 3], Point::new(-20.0, -18.0, -22.0)), values)
        .unwrap()
}

#[test]
fn projections_are_the_extreme_of_all_samples() {
    let image = noise();
    let data = VolumeData::new(&image, 0);
    let view = image.view::<i16>(0).unwrap();
    let sampler = Sampler::new(&view, Interpolation::Linear, Boundary::Clamp);
    let ramp = VolumeProperty {
        color: ColorFunction::from_rows(&[[0.0, 0.0, 0.0, 0.0], [1000.0, 1.0, 1.0, 1.0]]),
        ..property(&[(0.0, 1.0)])
    };
    for technique in [Technique::MaximumIntensity, Technique::MinimumIntensity] {
        let volume = Volume { technique, sample_distance: Some(0.4), ..Volume::new(&data, ramp.clone()) };
        let picture =
            render(&Scene3d { volumes: vec![volume], background: BLACK, ..Scene3d::default() }, &parallel())
                .picture;
        for (x, y) in [(100, 100), (71, 63), (110, 131), (90, 77)] {
            // From the front: x to the patient's left, samples from y = 18 backwards.
            let (right, up) = (-(x as f64 + 0.5 - 100.0) / 2.0, (100.0 - y as f64 - 0.5) / 2.0);
            let at = |n: usize| Point::new(right + 20.0, 36.0 - 0.4 * n as f64, up + 22.0);
            let values: Vec<f64> = (0..90).map(|n| sampler.sample(at(n), 0).unwrap()).collect();
            let extreme = match technique {
                Technique::MaximumIntensity => values.iter().copied().fold(f64::MIN, f64::max),
                _ => values.iter().copied().fold(f64::MAX, f64::min),
            };
            let expected = extreme / 1000.0 * 255.0;
            let [grey, ..] = picture.get(x, y).unwrap();
            assert!((f64::from(grey) - expected).abs() <= 1.0, "{technique:?} {x} {y}: {grey} {expected}");
        }
    }
}

/// A square of 80 mm across the view at y = `depth`.
fn screen(depth: f64) -> SurfaceGeometry {
    let corner = |x, z| Point::<Ras>::new(x, depth, z);
    let points = vec![corner(-40.0, -40.0), corner(40.0, -40.0), corner(40.0, 40.0), corner(-40.0, 40.0)];
    SurfaceGeometry::from_parts(points, vec![[0.0, 1.0, 0.0]; 4], vec![[0, 1, 2], [0, 2, 3]])
}

#[test]
fn surfaces_and_volumes_hide_each_other() {
    // A fog from y = 20 to −20 with a screen in the middle of it.
    let grid = Grid::axis_aligned([41, 41, 41], [1.0; 3], Point::new(-20.0, -20.0, -20.0));
    let data = VolumeData::new(&Image::scalar(grid, vec![7_u8; 41 * 41 * 41]).unwrap(), 0);
    let fog = VolumeProperty {
        color: ColorFunction::from_rows(&[[7.0, 1.0, 0.0, 0.0]]),
        ..property(&[(7.0, 0.05)])
    };
    let geometry = screen(0.0);
    let through = |mm: i32| 0.95_f64.powi(mm);
    for (opacity, volumes) in [(1.0, 1), (0.5, 1), (0.5, 2)] {
        let surface = Surface { opacity, shading: None, ..Surface::new(&geometry, [0.0, 1.0, 0.0]) };
        // Two equal fogs at half the strength are one fog.
        let part = VolumeProperty {
            opacity: OpacityFunction::from_pairs(&[(7.0, 1.0 - 0.95_f64.powf(1.0 / f64::from(volumes)))]),
            ..fog.clone()
        };
        let volume = Volume { sample_distance: Some(0.25), ..Volume::new(&data, part) };
        let scene =
            Scene3d { volumes: vec![volume; volumes as usize], surfaces: vec![surface], background: BLACK };
        let [red, green, blue, _] = render(&scene, &parallel()).picture.get(100, 100).unwrap();
        let alpha = f64::from(opacity);
        let expected_green = 255.0 * through(20) * alpha;
        let expected_red = 255.0 * ((1.0 - through(20)) + through(20) * (1.0 - alpha) * (1.0 - through(20)));
        assert!(
            (f64::from(green) - expected_green).abs() <= 2.0,
            "{opacity} {volumes}: {green} {expected_green}"
        );
        assert!((f64::from(red) - expected_red).abs() <= 2.0, "{opacity} {volumes}: {red} {expected_red}");
        assert_eq!(blue, 0);
    }
}

#[test]
fn hostile_numbers_do_no_harm() {
    let image = Image::scalar(grid().region([0; 3], [3, 3, 3]), vec![f32::NAN; 27]).unwrap();
    let data = VolumeData::new(&image, 9);
    let cameras = [
        Camera { position: Point::zero(), ..Camera::default() },
        Camera { position: Point::new(f64::NAN, 0.0, f64::INFINITY), ..Camera::default() },
        Camera { up: Vector::zero(), projection: Projection::Perspective(f64::NAN), ..Camera::default() },
        Camera { projection: Projection::Orthographic(0.0), ..Camera::default() },
        Camera::fitted(LookFrom::Top, &grid().bounds(), f64::NAN),
    ];
    let geometry = screen(f64::INFINITY);
    for camera in cameras {
        for sample_distance in [None, Some(f64::NAN), Some(0.0), Some(-1.0), Some(1e300)] {
            for technique in
                [Technique::Composite, Technique::MaximumIntensity, Technique::Isosurface(f64::NAN)]
            {
                let property =
                    VolumeProperty { unit_distance: 0.0, ..property(&[(f64::NAN, 1.0), (0.0, 2.0)]) };
                let volume = Volume { sample_distance, technique, ..Volume::new(&data, property) };
                let surface = Surface { opacity: f32::NAN, ..Surface::new(&geometry, [f32::NAN; 3]) };
                let scene = Scene3d { volumes: vec![volume], surfaces: vec![surface], background: BLACK };
                assert!(render_3d(&scene, &camera, [16, 9]).is_ok());
            }
        }
    }
}
