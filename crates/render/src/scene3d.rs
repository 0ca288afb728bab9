//! 3D views: volumes and surfaces in one picture.

use rayon::prelude::*;

use crate::camera::{Camera, Lens};
use crate::picture::{Picture, PictureError, Rgba8, to_byte};
use crate::volume::{Caster, RayState, Row, Volume, caster};

/// What lies behind everything in a 3D view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Background {
    /// From the lower to the upper edge of the view.
    Gradient(Rgba8, Rgba8),
    /// One colour.
    Plain(Rgba8),
    /// Nothing: the picture is transparent there.
    Transparent,
}

impl Default for Background {
    /// The light blue of 3D views.
    fn default() -> Self {
        Self::Gradient([193, 195, 232, 255], [116, 120, 190, 255])
    }
}

impl Background {
    /// Straight colour and alpha at row `y` of `height`, 0 to 1.
    fn at(self, y: usize, height: usize) -> [f32; 4] {
        let t = (y as f32 + 0.5) / height as f32;
        match self {
            Self::Gradient(bottom, top) => {
                std::array::from_fn(|c| (f32::from(top[c]) * (1.0 - t) + f32::from(bottom[c]) * t) / 255.0)
            }
            Self::Plain(color) => color.map(|c| f32::from(c) / 255.0),
            Self::Transparent => [0.0; 4],
        }
    }
}

/// All that a 3D view shows.
#[derive(Clone, Debug, Default)]
pub struct Scene3d<'a> {
    /// Volumes.
    pub volumes: Vec<Volume<'a>>,
    /// What lies behind them.
    pub background: Background,
}

/// A picture of a 3D view with the distance of what it shows.
#[derive(Clone, Debug)]
pub struct View3d {
    /// The picture.
    pub picture: Picture,
    /// For each pixel, top row first, how far along its ray from the eye, mm, half of the light is held back; infinite
    /// where nothing does.
    pub depth: Vec<f32>,
}

/// Rows that one task draws.
const ROWS: usize = 4;

/// The picture of a 3D view, `size` = width and height in pixels.
///
/// # Errors
/// [`PictureError::Size`] for a picture without pixels or with too many.
pub fn render_3d(scene: &Scene3d<'_>, camera: &Camera, size: [usize; 2]) -> Result<View3d, PictureError> {
    let [width, height] = size;
    let mut picture = Picture::new(width, height, [0; 4])?;
    let lens = Lens::new(camera, size);
    let casters: Vec<Box<dyn Caster>> = scene.volumes.iter().filter_map(|v| caster(v, &lens)).collect();
    let mut depth = vec![f32::INFINITY; width * height];
    let tasks = picture.pixels_mut().par_chunks_mut(width * ROWS).zip(depth.par_chunks_mut(width * ROWS));
    tasks.enumerate().for_each(|(task, (pixels, depths))| {
        let rows = pixels.chunks_exact_mut(width).zip(depths.chunks_exact_mut(width));
        for (n, (pixels, depths)) in rows.enumerate() {
            let y = task * ROWS + n;
            let states = cast(&casters, &lens, y);
            let background = scene.background.at(y, height);
            for ((pixel, depth), state) in pixels.iter_mut().zip(depths).zip(&states) {
                *pixel = finished(state, background);
                *depth = state.depth;
            }
        }
    });
    Ok(View3d { picture, depth })
}

/// The rays of one row.
fn cast(casters: &[Box<dyn Caster + '_>], lens: &Lens, y: usize) -> Vec<RayState> {
    let width = lens.size()[0];
    let mut states = vec![RayState::CLEAR; width];
    let from = vec![0.0_f32; width];
    let to = vec![f32::INFINITY; width];
    let mut extremes: Vec<Vec<f32>> = casters.iter().map(|_| vec![f32::NAN; width]).collect();
    let row = Row { lens, y, from: &from, to: &to };
    for (caster, extreme) in casters.iter().zip(&mut extremes) {
        caster.cast(&row, &mut states, extreme);
    }
    for (caster, extreme) in casters.iter().zip(&extremes) {
        caster.finish(&mut states, extreme);
    }
    states
}

/// What a ray gathered, in front of the background.
fn finished(state: &RayState, background: [f32; 4]) -> Rgba8 {
    let behind = state.transmittance * background[3];
    let alpha = 1.0 - state.transmittance + behind;
    if alpha <= 0.0 {
        return [0; 4];
    }
    let channel = |c: usize| to_byte((state.color[c] + behind * background[c]) / alpha);
    [channel(0), channel(1), channel(2), to_byte(alpha)]
}
