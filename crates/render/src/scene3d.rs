//! 3D views: volumes and surfaces in one picture.

use rayon::prelude::*;

use crate::camera::{Camera, Lens};
use crate::picture::{Picture, PictureError, Rgba8, to_byte};
use crate::surface::{self, Fragment, STRIP, Surface, Triangles};
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
    /// Surfaces, lines and points.
    pub surfaces: Vec<Surface<'a>>,
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

/// The picture of a 3D view, `size` = width and height in pixels.
///
/// Surfaces and volumes hide each other as they should: rays through volumes stop at opaque surfaces, and translucent
/// ones are laid between the samples before and behind them.
///
/// # Errors
/// [`PictureError::Size`] for a picture without pixels or with too many.
pub fn render_3d(scene: &Scene3d<'_>, camera: &Camera, size: [usize; 2]) -> Result<View3d, PictureError> {
    let [width, height] = size;
    let mut picture = Picture::new(width, height, [0; 4])?;
    let lens = Lens::new(camera, size);
    let view = View {
        casters: scene.volumes.iter().filter_map(|v| caster(v, &lens)).collect(),
        triangles: surface::draw(&scene.surfaces, &lens),
        lens,
    };
    let mut depth = vec![f32::INFINITY; width * height];
    let strips = picture.pixels_mut().par_chunks_mut(width * STRIP).zip(depth.par_chunks_mut(width * STRIP));
    strips.enumerate().for_each(|(strip, (pixels, depths))| {
        let drawn = if view.triangles.is_empty() { Vec::new() } else { view.triangles.strip(strip) };
        let rows = pixels.par_chunks_exact_mut(width).zip(depths.par_chunks_exact_mut(width));
        rows.with_min_len(2).enumerate().for_each(|(n, (pixels, depths))| {
            let y = strip * STRIP + n;
            let states = view.row(y, drawn.get(n * width..(n + 1) * width).unwrap_or_default());
            let background = scene.background.at(y, height);
            for ((pixel, depth), state) in pixels.iter_mut().zip(depths).zip(&states) {
                *pixel = finished(state, background);
                *depth = state.depth;
            }
        });
    });
    Ok(View3d { picture, depth })
}

/// A view made ready for its rays.
struct View<'a> {
    lens: Lens,
    casters: Vec<Box<dyn Caster + 'a>>,
    triangles: Triangles<'a>,
}

impl View<'_> {
    /// The rays of row `y`, through the volumes and the fragments of surfaces.
    fn row(&self, y: usize, fragments: &[Vec<Fragment>]) -> Vec<RayState> {
        let width = self.lens.size()[0];
        let mut states = vec![RayState::CLEAR; width];
        let mut extremes: Vec<Vec<f32>> = self.casters.iter().map(|_| vec![f32::NAN; width]).collect();
        let fragment = |x: usize, layer: usize| fragments.get(x).and_then(|f| f.get(layer));
        let layers = fragments.iter().map(Vec::len).max().unwrap_or(0);
        let mut from = vec![0.0_f32; width];
        // From one layer of fragments to the next, and behind the last one to the end.
        for layer in 0..=layers {
            let to: Vec<f32> = (0..width)
                .map(|x| match fragment(x, layer) {
                    Some(f) => f.t,
                    // Nothing goes on behind an opaque fragment, nor a second time behind the last one.
                    None if layer > 0 && fragment(x, layer - 1).is_none_or(|f| f.alpha >= 1.0) => from[x],
                    None => f32::INFINITY,
                })
                .collect();
            self.stretch(y, &from, &to, &mut states, &mut extremes);
            if layer == layers {
                // What is known of a projection only at the end lies in front of all surfaces.
                break;
            }
            for (x, state) in states.iter_mut().enumerate() {
                if let Some(f) = fragment(x, layer) {
                    state.add(f.color, f.alpha, || f.t);
                }
            }
            from = to;
        }
        for (caster, extreme) in self.casters.iter().zip(&extremes) {
            caster.finish(&mut states, extreme);
        }
        states
    }

    /// A stretch of a row's rays through all volumes.
    fn stretch(
        &self,
        y: usize,
        from: &[f32],
        to: &[f32],
        states: &mut [RayState],
        extremes: &mut [Vec<f32>],
    ) {
        if let [caster] = self.casters.as_slice() {
            if let [extreme] = extremes {
                caster.cast(&Row { lens: &self.lens, y, from, to }, states, extreme);
            }
            return;
        }
        // Several volumes take turns in thin slices, so that their samples are mixed in the order of depth.
        let reach: Vec<(f32, f32)> = self.casters.iter().map(|c| c.reach(&self.lens)).collect();
        let near = reach.iter().map(|r| r.0).fold(f32::INFINITY, f32::min);
        let far = reach.iter().map(|r| r.1).fold(0.0, f32::max);
        let step = self.casters.iter().map(|c| c.step()).fold(f64::INFINITY, f64::min) as f32;
        if !(near < far && step > 0.0) {
            return;
        }
        let slices = ((far - near) / (step * SLICE_STEPS)).ceil().clamp(1.0, MOST_SLICES) as usize;
        let edge = |n: usize| near + (far - near) * n as f32 / slices as f32;
        for slice in 0..slices {
            let start = if slice == 0 { 0.0 } else { edge(slice) };
            let end = if slice + 1 == slices { f32::INFINITY } else { edge(slice + 1) };
            let first: Vec<f32> = from.iter().map(|f| f.max(start)).collect();
            let last: Vec<f32> = to.iter().map(|t| t.min(end)).collect();
            let row = Row { lens: &self.lens, y, from: &first, to: &last };
            for (caster, extreme) in self.casters.iter().zip(extremes.iter_mut()) {
                caster.cast(&row, states, extreme);
            }
        }
    }
}

/// Samples of the finest volume in one turn where several volumes share a view.
const SLICE_STEPS: f32 = 4.0;
/// The most turns.
const MOST_SLICES: f32 = 512.0;

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
