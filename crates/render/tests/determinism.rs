//! The same picture whatever the number of threads.

use microtome_geometry::{Grid, Point};
use microtome_image::{Image, Meaning};
use microtome_render::color::{LabelColors, WindowLevel};
use microtome_render::slice::{LabelLayer, LabelSource, SliceScene, VolumeDisplay, VolumeLayer};
use microtome_render::surface::{Glyphs, Surface};
use microtome_render::volume::{Volume, VolumeData, VolumeProperty};
use microtome_render::{Annotations, Contents, Layout, Scene3d, render_layout};

#[test]
fn one_and_eight_threads_give_the_same_bytes() {
    let grid = Grid::axis_aligned([50, 60, 40], [2.0, 1.5, 2.5], Point::new(-50.0, -45.0, -50.0));
    let values: Vec<i16> =
        (0..50 * 60 * 40_i32).map(|n| (n.wrapping_mul(48_271) >> 8 & 1023) as i16 - 200).collect();
    let image = Image::scalar(grid, values).unwrap();
    let labels: Vec<u8> = (0..50 * 60 * 40).map(|n: usize| (n / 7000 % 5) as u8).collect();
    let labels = Image::scalar(grid, labels).unwrap().with_meaning(Meaning::Label);
    let mut glyphs = Glyphs::new();
    glyphs.ball(Point::new(10.0, 30.0, 0.0), 25.0);
    let geometry = glyphs.finish();
    let picture = || {
        let data = VolumeData::new(&image, 0);
        let display = VolumeDisplay::grey(WindowLevel::automatic(&image));
        let contents = Contents {
            slices: SliceScene {
                volumes: vec![VolumeLayer::new(&image, display)],
                labels: vec![LabelLayer::segmentation(
                    LabelSource::Image(&labels, 0),
                    LabelColors::by_number(),
                )],
                ..SliceScene::default()
            },
            grid: Some(grid),
            bounds: Some(grid.bounds()),
            scene: Scene3d {
                volumes: vec![Volume::new(&data, VolumeProperty::preset("CT-Chest-Vessels").unwrap())],
                surfaces: vec![Surface { opacity: 0.6, ..Surface::new(&geometry, [0.9, 0.8, 0.2]) }],
                ..Scene3d::default()
            },
            annotations: Some(Annotations::default()),
            ..Contents::default()
        };
        render_layout(Layout::FourUp, &contents, [401, 303]).unwrap().to_png().unwrap()
    };
    let with =
        |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(picture);
    assert!(with(1) == with(8));
}
