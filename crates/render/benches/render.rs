//! Times of the renderer's main paths on made-up data.

use divan::Bencher;
use microtome_geometry::{Affine, Grid, Ijk, Point, View};
use microtome_image::{Image, Interpolation};
use microtome_render::camera::{Camera, LookFrom};
use microtome_render::slice::{Plane, reslice, reslice_into};
use microtome_render::surface::{Surface, SurfaceGeometry};
use microtome_render::volume::{Technique, Volume, VolumeData, VolumeProperty};
use microtome_render::{Background, Scene3d, render_3d};

fn main() {
    divan::main();
}

/// A head-sized ball of soft tissue in a shell of bone, with noise.
fn phantom(edge: usize) -> Image {
    let spacing = 200.0 / edge as f64;
    let middle = (edge as f64 - 1.0) / 2.0;
    let mut state = 1_u32;
    let mut values = Vec::with_capacity(edge.pow(3));
    for k in 0..edge {
        for j in 0..edge {
            for i in 0..edge {
                let [x, y, z] = [i, j, k].map(|n| (n as f64 - middle) * spacing);
                let radius = (x * x + y * y + z * z).sqrt();
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (state >> 27) as i16 - 16;
                let value = if radius > 90.0 {
                    -1000
                } else if radius > 82.0 {
                    700
                } else {
                    40
                };
                values.push(value + noise);
            }
        }
    }
    let origin = -middle * spacing;
    let grid = Grid::axis_aligned([edge; 3], [spacing; 3], Point::new(origin, origin, origin));
    Image::scalar(grid, values).expect("as many values as voxels")
}

/// A plane through the middle, turned about two axes.
fn oblique(image: &Image) -> Plane {
    let scale = image.dims()[0] as f64 / 512.0 * 0.8;
    let rows = [[0.81, -0.47, 0.0], [0.54, 0.83, 0.0], [0.2, 0.3, 0.0]];
    let view_to_ijk: Affine<View, Ijk> = Affine::from_rows(std::array::from_fn(|r| {
        let [x, y, _] = rows[r].map(|v: f64| v * scale);
        [x, y, 0.0, image.dims()[r] as f64 / 2.0 - 255.5 * (x + y)]
    }));
    Plane { view_to_ijk, size: [512, 512] }
}

#[divan::bench]
fn reslice_oblique_i16(bencher: Bencher) {
    let image = phantom(256);
    let plane = oblique(&image);
    let mut out = vec![-1000_i16; 512 * 512];
    bencher.bench_local(|| reslice_into(&image, 0, &plane, &mut out));
}

#[divan::bench]
fn reslice_oblique_f32(bencher: Bencher) {
    let image = phantom(256);
    let plane = oblique(&image);
    bencher.bench_local(|| reslice(&image, 0, &plane, Interpolation::Linear));
}

fn cast(bencher: Bencher, technique: Technique, preset: &str) {
    let image = phantom(256);
    let data = VolumeData::new(&image, 0);
    let property = VolumeProperty::preset(preset).expect("a built-in preset");
    let volume = Volume { technique, ..Volume::new(&data, property) };
    let scene = Scene3d { volumes: vec![volume], background: Background::default(), ..Scene3d::default() };
    let camera = Camera::fitted(LookFrom::Front, &image.grid().bounds(), 1.0);
    bencher.bench_local(|| render_3d(&scene, &camera, [512, 512]));
}

#[divan::bench]
fn composite(bencher: Bencher) {
    cast(bencher, Technique::Composite, "CT-Bone");
}

#[divan::bench]
fn maximum_intensity(bencher: Bencher) {
    cast(bencher, Technique::MaximumIntensity, "CT-MIP");
}

#[divan::bench]
fn volume_data(bencher: Bencher) {
    let image = phantom(256);
    bencher.bench_local(|| VolumeData::new(&image, 0));
}

/// A ball of `2 · n · n` triangles.
fn ball(n: u32) -> SurfaceGeometry {
    let mut points = Vec::new();
    let mut normals = Vec::new();
    for ring in 0..=n {
        for side in 0..n {
            let (s, c) = (std::f64::consts::PI * f64::from(ring) / f64::from(n)).sin_cos();
            let (y, x) = (std::f64::consts::TAU * f64::from(side) / f64::from(n)).sin_cos();
            normals.push([(x * s) as f32, (y * s) as f32, c as f32]);
            points.push(Point::new(50.0 * x * s, 50.0 * y * s, 50.0 * c));
        }
    }
    let mut triangles = Vec::new();
    for ring in 0..n {
        for side in 0..n {
            let next = (side + 1) % n;
            let (a, b, c, d) =
                (ring * n + side, ring * n + next, (ring + 1) * n + next, (ring + 1) * n + side);
            triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    SurfaceGeometry::from_parts(points, normals, triangles)
}

#[divan::bench]
fn surface_500k(bencher: Bencher) {
    let geometry = ball(500);
    let scene = Scene3d { surfaces: vec![Surface::new(&geometry, [1.0; 3])], ..Scene3d::default() };
    let camera = Camera::fitted(LookFrom::Front, &geometry.bounds().expect("points"), 1.0);
    bencher.bench_local(|| render_3d(&scene, &camera, [512, 512]));
}
