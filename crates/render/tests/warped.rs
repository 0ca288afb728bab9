//! Slices of warped volumes and labels, and warped points, against those that SimpleITK 2.5.7 and VTK 9.7.2 made
//! (`tests/python/make_warped_slices.py`).

mod common;

use microtome_geometry::transform::{BSpline, Displacement, ThinPlate};
use microtome_geometry::{Affine, Grid, Ijk, Lps, Point, Ras, Transform, Vector};
use microtome_image::{Image, Labelmap, Labels};
use microtome_records::{ControlPoint, CurveType, Markups, MarkupsKind};
use microtome_render::color::{LabelColors, WindowLevel};
use microtome_render::slice::{
    LabelLayer, LabelSource, Orientation, SliceScene, SliceView, VolumeDisplay, VolumeLayer, render_slice,
};
use microtome_render::{Contents, Layout, Picture, Stage, StageOptions, render_layout};
use microtome_scene::nodes::{self, LabelVolume, Model, Volume};
use microtome_scene::{Node, Role, Scene};
use serde_json::Value;

const SIZE: [usize; 2] = [80, 64];
const HEAD: &str = "volumes/mr_t1gd_vs-seg-001_256.nrrd";
const NODES: [usize; 3] = [13, 12, 11];
const SPACING: [f64; 3] = [26.0, 28.0, 30.0];

fn golden_bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Values of a reference picture, top row first; `None` outside the image.
fn golden(name: &str) -> Vec<Option<f64>> {
    let bytes = golden_bytes(name);
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    let values = bytes.as_chunks::<2>().0.iter().map(|b| u16::from_be_bytes(*b));
    values.map(|v| (v > 0).then(|| f64::from(v) - 32768.0)).collect()
}

/// The same nodes and vectors as in the script.
fn lattice(image: &Image) -> (Grid, Vec<[f64; 3]>) {
    let middle = image.grid().center().to_lps();
    let origin = std::array::from_fn(|a| middle[a] - (NODES[a] as f64 - 1.0) / 2.0 * SPACING[a]);
    let ijk_to_lps: Affine<Ijk, Lps> = Affine::from_scale(SPACING, origin);
    let mut vectors = Vec::new();
    let wave = |n: usize, size: usize| {
        let inside = n > 1 && n < size - 2;
        if inside { (std::f64::consts::PI * (n as f64 - 1.0) / (size as f64 - 3.0)).sin() } else { 0.0 }
    };
    for k in 0..NODES[2] {
        for j in 0..NODES[1] {
            for i in 0..NODES[0] {
                let fade = wave(i, NODES[0]) * wave(j, NODES[1]) * wave(k, NODES[2]);
                let [i, j, k] = [i, j, k].map(|n| n as f64);
                let lps = Vector::<Lps>::new(
                    12.0 * fade * (1.1 * j + 0.3 * k).sin(),
                    10.0 * fade * (0.9 * i + 0.5).sin(),
                    8.0 * fade * (0.8 * i + 0.4 * j).cos(),
                );
                vectors.push(lps.to_ras().coords());
            }
        }
    }
    (Grid::new(NODES, ijk_to_lps.to_ras()), vectors)
}

fn bspline(image: &Image) -> Transform {
    let (grid, vectors) = lattice(image);
    Transform::BSpline(BSpline::new(grid, vectors).unwrap())
}

fn thin_plate(image: &Image) -> Transform {
    let middle = image.grid().center().to_lps();
    let (mut source, mut target) = (Vec::new(), Vec::new());
    for n in 0..20_u8 {
        let step = |by: u8| f64::from(n / by % 3) - 1.0;
        let across = Vector::new(step(1) * 60.0, step(3) * 70.0, step(9) * 50.0 + f64::from(n % 2) * 7.0);
        let n = f64::from(n);
        let shift = Vector::new(9.0 * (1.7 * n).sin(), 8.0 * (2.3 * n).cos(), 6.0 * (0.9 * n + 1.0).sin());
        source.push((middle + across).to_ras());
        target.push((middle + across + shift).to_ras());
    }
    Transform::ThinPlate(ThinPlate::new(source, target).unwrap())
}

/// Values of a slice as its grey levels tell them, top row first; `None` where it is black.
fn shown(image: &Image, to_world: &Transform, view: &SliceView, range: (f64, f64)) -> Vec<Option<f64>> {
    let display = VolumeDisplay::grey(WindowLevel::from_range(range.0, range.1));
    let layer = VolumeLayer { to_world: to_world.clone(), ..VolumeLayer::new(image, display) };
    let scene = SliceScene { volumes: vec![layer], ..SliceScene::default() };
    let picture = render_slice(&scene, view, SIZE).unwrap();
    let width = range.1 - range.0;
    let value = |p: &[u8; 4]| (p[0] > 0).then(|| range.0 + f64::from(p[0]) / 255.0 * width);
    picture.pixels().iter().map(value).collect()
}

/// A slice of the head under a transform against a reference, in several windows, so that grey levels are fine.
fn check(name: &str, to_world: &Transform, test: &str) {
    let Some(image) = common::image(test, HEAD) else { return };
    let mut view = SliceView::fitted(Orientation::Axial, image.grid(), SIZE);
    view.set_offset(12.3);
    let expected = golden(name);
    // The lowest window starts below all values: black is outside.
    let (mut sum, mut count, mut edge, mut worst) = (0.0, 0, 0, 0.0_f64);
    for window in 0..6 {
        let low = -30.0 + 150.0 * f64::from(window);
        let found = shown(&image, to_world, &view, (low, low + 180.0));
        for (found, expected) in found.iter().zip(&expected) {
            match (found, expected) {
                (Some(found), Some(expected)) if (low + 10.0..low + 170.0).contains(expected) => {
                    sum += (found - expected).abs();
                    worst = worst.max((found - expected).abs());
                    count += 1;
                }
                (Some(_), None) if window == 0 => edge += 1,
                (None, Some(_)) if window == 0 => edge += 1,
                _ => {}
            }
        }
    }
    let mean = sum / f64::from(count);
    // A level of grey is 0.7.
    assert!(count > 4000 && mean <= 0.5 && worst < 1.5, "{name}: mean {mean}, worst {worst} of {count}");
    assert!(edge <= 12, "{name}: {edge} pixels inside in one and outside in the other");
}

#[test]
fn resampling_through_a_bspline_agrees_with_simpleitk() {
    let test = "resampling_through_a_bspline_agrees_with_simpleitk";
    let Some(image) = common::image(test, HEAD) else { return };
    // What resampling needs is given: the transform to the world is its inverse.
    check("warped_bspline.png", &bspline(&image).inverse().unwrap(), test);
}

#[test]
fn resampling_through_a_displacement_field_agrees_with_simpleitk() {
    let test = "resampling_through_a_displacement_field_agrees_with_simpleitk";
    let Some(image) = common::image(test, HEAD) else { return };
    let (grid, vectors) = lattice(&image);
    let field = Transform::Displacement(Displacement::new(grid, vectors).unwrap());
    check("warped_field.png", &field.inverse().unwrap(), test);
}

#[test]
fn resampling_through_inverses_agrees_with_vtk() {
    let test = "resampling_through_inverses_agrees_with_vtk";
    let Some(image) = common::image(test, HEAD) else { return };
    check("warped_bspline_inverse.png", &bspline(&image), test);
    check("warped_thin_plate.png", &thin_plate(&image), test);
}

#[test]
fn labels_under_a_composite_agree_with_simpleitk() {
    let test = "labels_under_a_composite_agree_with_simpleitk";
    let Some(image) = common::image(test, "volumes/mr_brain1_image.nrrd") else { return };
    let Some(labels) = common::image(test, "labels/mr_brain1_label.nrrd") else { return };
    let center = image.grid().center().to_lps();
    let linear: Affine<Lps, Lps> =
        Affine::from_rows([[0.95, 0.1, 0.0, 0.0], [-0.08, 1.05, 0.02, 0.0], [0.0, 0.05, 1.0, 0.0]]);
    let moved = center + Vector::new(3.0, -4.0, 2.0) - linear.apply(center).to_vector();
    let affine = linear.with_translation(moved).to_ras();
    let from_world = Transform::Composite(vec![Transform::Linear(affine), bspline(&image)]);
    let to_world = from_world.inverse().unwrap();
    let mut view = SliceView::fitted(Orientation::Coronal, image.grid(), SIZE);
    view.set_offset(-14.5);
    let values: Vec<u8> = {
        let array = labels.array();
        (0..array.len()).map(|n| array.get(n).unwrap() as u8).collect()
    };
    let blocks = Labels::UInt8(Labelmap::from_values(*labels.grid(), &values).unwrap());
    let colors = || LabelColors::new((0..=255).map(|n| (n, [n as u8, 1, 1, 255])));
    for source in [LabelSource::Image(&labels, 0), LabelSource::Blocks(&blocks)] {
        let layer = LabelLayer { to_world: to_world.clone(), ..LabelLayer::filled(source, colors()) };
        let scene = SliceScene { labels: vec![layer], ..SliceScene::default() };
        let picture = render_slice(&scene, &view, SIZE).unwrap();
        let (mut wrong, mut labelled) = (0, 0);
        for (found, expected) in picture.pixels().iter().zip(golden("warped_labels.png")) {
            let found = (found[1] > 0).then_some(f64::from(found[0]));
            labelled += usize::from(found.is_some_and(|v| v > 0.0));
            wrong += usize::from(found != expected);
        }
        // Halfway between two voxels, rounding decides.
        assert!(wrong <= 4 && labelled > 80, "{wrong} wrong, {labelled} labelled");
    }
}

#[test]
fn points_and_their_inverses_agree_with_vtk() {
    let test = "points_and_their_inverses_agree_with_vtk";
    let Some(image) = common::image(test, HEAD) else { return };
    let points: Vec<Value> = serde_json::from_slice(&golden_bytes("warped_points.json")).unwrap();
    assert_eq!(points.len(), 60);
    let maps = [("bspline", bspline(&image)), ("thin_plate", thin_plate(&image))];
    for (name, map) in maps {
        let back = map.inverse().unwrap();
        for (name, map) in [(name.to_owned(), map), (format!("{name}_inverse"), back)] {
            let mut walk = map.walk();
            for point in &points {
                let at = |key: &str| -> Point<Ras> {
                    Point::from_array(std::array::from_fn(|a| point[key][a].as_f64().unwrap()))
                };
                // VTK keeps vectors and landmarks in single precision.
                let (p, expected) = (at("point"), at(&name));
                assert!(map.apply(p).distance(expected) < 2e-4, "{name} {p:?}");
                assert!(walk.apply(p).distance(expected) < 2e-4, "{name} {p:?}");
            }
        }
    }
}

/// A volume, a label map, a model and a curve under a transform, before the same volume where it was if that is wanted.
fn everything_under(map: Transform, before_unmoved: bool) -> Picture {
    let grid = Grid::axis_aligned([40, 36, 32], [2.0; 3], Point::new(-39.0, -35.0, -31.0));
    let at = |n: usize| [n % 40, n / 40 % 36, n / 1440].map(|v| v as f64);
    let far = |n: usize| at(n).iter().zip([20.0, 18.0, 16.0]).map(|(v, c)| (v - c) * (v - c)).sum::<f64>();
    let count = grid.voxel_count();
    let values = (0..count).map(|n| (1000.0 - 9.0 * far(n)).max(-1000.0) as i16).collect::<Vec<_>>();
    let image = Image::scalar(grid, values).unwrap();
    let inner: Vec<u8> = (0..count).map(|n| u8::from(far(n) < 60.0) + u8::from(far(n) < 20.0)).collect();
    let labels = Labels::UInt8(Labelmap::from_values(grid, &inner).unwrap());
    let corners = [[30.0, 0.0, 0.0], [30.0, 30.0, 0.0], [30.0, 0.0, 28.0], [-30.0, 5.0, 20.0]];
    let points: Vec<Point<Ras>> = corners.into_iter().map(Point::from_array).collect();
    let cells = microtome_mesh::Cells::from_triangles(&[[0, 1, 2], [1, 2, 3]]);
    let mesh = microtome_mesh::Mesh::new(points.clone(), cells).unwrap();
    let mut curve = Markups::of_kind(MarkupsKind::Curve);
    curve.curve_type = Some(CurveType::Spline);
    curve.points =
        points.into_iter().map(|position| ControlPoint { position, ..ControlPoint::default() }).collect();
    let mut change = Scene::default().begin("Build");
    let transform = change.add(Node::new("T", nodes::Transform::new(map, true)));
    let nodes = [
        Node::new("Volume", Volume::new(image.clone())),
        Node::new("Labels", LabelVolume::new(labels)),
        Node::new("Model", Model { mesh }),
        Node::new("Curve", curve),
    ];
    let mut ids = Vec::new();
    if before_unmoved {
        ids.push(change.add(Node::new("Background", Volume::new(image))));
    }
    ids.extend(nodes.map(|node| change.add(node.referring(Role::TRANSFORM, transform.clone()))));
    let stage = Stage::new(
        &change.finish().0,
        &ids,
        &StageOptions { foreground_opacity: 0.5, ..StageOptions::default() },
    );
    let contents = Contents { annotations: None, ..stage.contents() };
    render_layout(Layout::FourUp, &contents, [300, 260]).unwrap()
}

#[test]
fn a_field_that_shifts_all_alike_shows_what_a_matrix_does() {
    let shift = [6.0, -8.0, 4.0];
    let nodes = Grid::axis_aligned([2; 3], [1000.0; 3], Point::new(-500.0, -500.0, -500.0));
    let field = |by: [f64; 3]| Transform::Displacement(Displacement::new(nodes, vec![by; 8]).unwrap());
    for before_unmoved in [false, true] {
        let matrix = Transform::Linear(Affine::from_scale([1.0; 3], shift));
        let matrix = everything_under(matrix, before_unmoved);
        for map in [field(shift), field(shift.map(|v| -v)).inverse().unwrap()] {
            let found = everything_under(map, before_unmoved);
            let pairs = found.pixels().iter().flatten().zip(matrix.pixels().iter().flatten());
            let off: u32 = pairs.clone().map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            let many = pairs.filter(|(a, b)| a.abs_diff(**b) > 8).count();
            assert!(f64::from(off) / 312_000.0 < 0.2 && many < 800, "{off} {many}");
        }
        // Views go along with what is moved, unless something stays.
        let unmoved = everything_under(Transform::identity(), before_unmoved);
        let changed = unmoved.pixels().iter().zip(matrix.pixels()).filter(|(a, b)| a != b).count();
        assert!(!before_unmoved || changed > 3000, "{changed}");
    }
}
