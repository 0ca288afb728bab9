//! 3D views.

use std::time::Instant;

use microtome_geometry::{Point, Vector};
use microtome_image::Image;
use microtome_render::camera::{Camera, Projection};
use microtome_render::color::{ColorFunction, OpacityFunction};
use microtome_render::surface::{Surface, SurfaceGeometry};
use microtome_render::volume::{Shading, Technique, Volume, VolumeData, VolumeProperty};
use microtome_render::{Background, Picture, Scene3d, render_3d};

use super::inputs::Inputs;
use super::result::Outcome;
use super::{Job, Operation, Ran, operation};
use crate::failure::Failure;

pub(super) static OPERATIONS: &[Operation] = &[
    operation("vr_composite", |inputs, _| volume_frames(inputs, Technique::Composite)),
    operation("vr_composite_first", |inputs, _| first_frame(inputs)),
    operation("vr_mip", |inputs, _| volume_frames(inputs, Technique::MaximumIntensity)),
    operation("model_500k", |inputs, _| model_frames(inputs)),
];

/// Frames of one run, and the turn between them in degrees.
const FRAMES: usize = 10;
const TURN: f64 = 10.0;

/// The benchmark's camera `distance` before the origin; its positions are in LPS.
fn camera(distance: f64) -> Camera {
    Camera {
        position: Point::new(0.0, distance, 0.0),
        focal_point: Point::zero(),
        up: Vector::new(0.0, 0.0, 1.0),
        projection: Projection::Perspective(30.0),
    }
}

fn property(technique: Technique) -> VolumeProperty {
    let composite = technique == Technique::Composite;
    let color = [
        (-1000.0, [0.0; 3]),
        (-100.0, [0.55, 0.25, 0.15]),
        (150.0, [0.88, 0.6, 0.29]),
        (300.0, [0.9, 0.3, 0.25]),
        (600.0, [1.0, 0.94, 0.95]),
    ];
    let opacity = [(-1000.0, 0.0), (100.0, 0.0), (200.0, 0.15), (400.0, 0.5), (800.0, 0.85)];
    let ramp = [(-1000.0, 0.0), (800.0, 1.0)];
    VolumeProperty {
        opacity: OpacityFunction::from_pairs(if composite { &opacity } else { &ramp }),
        gradient_opacity: None,
        color: ColorFunction::new(if composite {
            color.to_vec()
        } else {
            ramp.map(|(v, g)| (v, [g; 3])).to_vec()
        }),
        shading: composite.then_some(Shading { ambient: 0.2, diffuse: 0.8, specular: 0.3, power: 15.0 }),
        nearest: false,
        unit_distance: 1.0,
    }
}

fn volume(data: &VolumeData, technique: Technique) -> Volume<'_> {
    Volume { technique, sample_distance: Some(0.8), ..Volume::new(data, property(technique)) }
}

fn picture(scene: &Scene3d<'_>, camera: &Camera) -> Result<Picture, Failure> {
    Ok(render_3d(scene, camera, [512, 512])?.picture)
}

/// The first frame, not timed, and then the timed ones.
fn frames(scene: &Scene3d<'_>, distance: f64) -> Result<Ran, Failure> {
    let mut camera = camera(distance);
    let first = picture(scene, &camera)?;
    let mut times = Vec::with_capacity(FRAMES);
    for _ in 0..FRAMES {
        camera = camera.azimuth(TURN);
        let start = Instant::now();
        drop(picture(scene, &camera)?);
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(Ran { outcome: Outcome::Picture(first), frames: Some(times) })
}

fn volume_frames(inputs: &Inputs, technique: Technique) -> Result<Job, Failure> {
    let data = VolumeData::new(&inputs.image("ct256")?, 0);
    Ok(Box::new(move || {
        let volumes = vec![volume(&data, technique)];
        frames(&Scene3d { volumes, surfaces: Vec::new(), background: BLACK }, 700.0)
    }))
}

/// From the voxels to the first picture, all that is made ready for rays included.
fn first_frame(inputs: &Inputs) -> Result<Job, Failure> {
    let image: Image = inputs.image("ct256")?;
    Ok(Box::new(move || {
        let data = VolumeData::new(&image, 0);
        let volumes = vec![volume(&data, Technique::Composite)];
        let scene = Scene3d { volumes, surfaces: Vec::new(), background: BLACK };
        Ok(Outcome::Picture(picture(&scene, &camera(700.0))?).into())
    }))
}

fn model_frames(inputs: &Inputs) -> Result<Job, Failure> {
    let geometry = SurfaceGeometry::new(&inputs.mesh("mesh500k")?);
    Ok(Box::new(move || {
        let surfaces = vec![Surface::new(&geometry, [1.0; 3])];
        frames(&Scene3d { volumes: Vec::new(), surfaces, background: BLACK }, 220.0)
    }))
}

const BLACK: Background = Background::Plain([0, 0, 0, 255]);
