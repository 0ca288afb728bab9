//! Rays through a volume, row by row of the picture.

use microtome_geometry::{Affine, Bounds, Ijk, Point, Ras, Vector};
use microtome_image::Array;

use super::composite::Composite;
use super::gradient::Metric;
use super::isosurface::Isosurface;
use super::projection::Projected;
use super::{HalfSpace, Technique, Volume};
use crate::camera::Lens;
use crate::sampling::{Field, Voxel};

/// What a ray has gathered so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RayState {
    /// Light gathered, premultiplied.
    pub(crate) color: [f32; 3],
    /// The part of what lies behind that still gets through.
    pub(crate) transmittance: f32,
    /// Distance along the ray, mm, at which less than half got through; infinite so far.
    pub(crate) depth: f32,
}

impl RayState {
    pub(crate) const CLEAR: Self = Self { color: [0.0; 3], transmittance: 1.0, depth: f32::INFINITY };

    /// Adds a layer of straight colour and opacity at distance `t`.
    #[inline(always)]
    pub(crate) fn add(&mut self, color: [f32; 3], alpha: f32, t: impl FnOnce() -> f32) {
        let weight = self.transmittance * alpha;
        for c in 0..3 {
            self.color[c] += weight * color[c];
        }
        self.transmittance -= weight;
        if self.transmittance < 0.5 && self.depth == f32::INFINITY {
            self.depth = t();
        }
    }
}

/// Where less than this gets through, a ray ends.
pub(crate) const OPAQUE: f32 = 1.0 / 256.0;

/// One row of a picture's rays and the stretch of each that is to be cast now.
pub(crate) struct Row<'a> {
    pub(crate) lens: &'a Lens,
    /// Row from the top.
    pub(crate) y: usize,
    /// Start of the stretch on each ray, mm from the eye.
    pub(crate) from: &'a [f32],
    /// End of the stretch.
    pub(crate) to: &'a [f32],
}

/// Casts rays through one volume.
pub(crate) trait Caster: Sync {
    /// Goes on along a row's rays. `extreme` holds what the volume itself remembers of each ray (greatest or least
    /// value); NaN at the start.
    fn cast(&self, row: &Row<'_>, states: &mut [RayState], extreme: &mut [f32]);

    /// Adds what is only known at a ray's end.
    fn finish(&self, states: &mut [RayState], extreme: &[f32]);

    /// Distance of samples, mm.
    fn step(&self) -> f64;

    /// Distances from the eye between which the volume lies on any ray, mm.
    fn reach(&self, lens: &Lens) -> (f32, f32);
}

/// The geometry of rays through one volume.
pub(super) struct Space {
    to_ijk: Affine<Ras, Ijk>,
    /// Least and greatest coordinates of what is shown, in voxels.
    low: [f64; 3],
    high: [f64; 3],
    crop: Vec<HalfSpace>,
    pub(super) step: f64,
    pub(super) metric: Metric,
    pub(super) blocks: [usize; 3],
}

/// A ray in voxel coordinates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ray {
    /// Where sample 0 lies.
    pub(super) start: [f32; 3],
    /// From one sample to the next.
    pub(super) step: [f32; 3],
    /// Samples per voxel along each axis: the inverse of `step`.
    pub(super) inverse: [f32; 3],
    /// Samples of the stretch to cast: first, and one beyond the last.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Distance of sample 0 from the eye, mm.
    pub(super) enter: f64,
}

impl Space {
    fn new(volume: &Volume<'_>, lens: &Lens) -> Option<Self> {
        let grid = volume.data.grid();
        let to_ijk = volume.to_world.inverse()?.then(&grid.ras_to_ijk()?);
        let view = to_ijk.apply_vector(lens.basis.forward).coords().map(|c| c as f32);
        // The gradient in space is the transposed linear part times the differences between voxels.
        let rows: [Vector<Ras>; 3] = to_ijk.rows().map(|r| Vector::new(r[0], r[1], r[2]));
        let dot = |a: usize, b: usize| rows[a].dot(rows[b]) as f32;
        let square = [dot(0, 0), dot(0, 1), dot(0, 2), dot(1, 1), dot(1, 2), dot(2, 2)];
        let dims = grid.dims();
        let flat = dims.map(|d| if d > 1 { 0.0 } else { 0.5 });
        Some(Self {
            to_ijk,
            low: flat.map(|f| -f),
            high: std::array::from_fn(|a| (dims[a] - 1) as f64 + flat[a]),
            crop: volume.crop.clone(),
            step: volume.step(),
            metric: Metric { square, view },
            blocks: volume.data.blocks().dims(),
        })
    }

    /// Distances from the eye between which the volume lies on any ray, mm.
    pub(super) fn reach(&self, lens: &Lens) -> (f32, f32) {
        let corners =
            Bounds::<Ijk> { min: Point::from_array(self.low), max: Point::from_array(self.high) }.corners();
        let Some(to_ras) = self.to_ijk.inverse() else { return (0.0, 0.0) };
        let (near, far) = lens.reach(corners.map(|c| to_ras.apply(c)));
        (near as f32, far as f32)
    }

    /// The part of the ray of column `x` that lies in the volume and in the row's stretch.
    #[inline(always)]
    pub(super) fn ray(&self, row: &Row<'_>, x: usize) -> Option<Ray> {
        let (origin, direction) = row.lens.ray(x, row.y);
        let o = self.to_ijk.apply(origin).coords();
        let d = self.to_ijk.apply_vector(direction).coords();
        let (mut enter, mut exit) = (0.0_f64, f64::INFINITY);
        for a in 0..3 {
            if d[a] == 0.0 {
                if o[a] < self.low[a] || o[a] > self.high[a] {
                    return None;
                }
                continue;
            }
            let (t0, t1) = ((self.low[a] - o[a]) / d[a], (self.high[a] - o[a]) / d[a]);
            enter = enter.max(t0.min(t1));
            exit = exit.min(t0.max(t1));
        }
        for half in &self.crop {
            let (height, slope) = ((origin - half.origin).dot(half.normal), direction.dot(half.normal));
            if slope == 0.0 {
                if height < 0.0 {
                    return None;
                }
            } else if slope > 0.0 {
                enter = enter.max(-height / slope);
            } else {
                exit = exit.min(-height / slope);
            }
        }
        exit = exit.min(f64::from(row.to[x]));
        if !(enter < exit && exit.is_finite()) {
            return None;
        }
        // Samples are counted from where the ray enters the volume, whatever stretch of it is cast now.
        let sample = |t: f64| (((t - enter) / self.step - 1e-9).ceil().max(0.0)) as usize;
        let (first, last) = (sample(f64::from(row.from[x])), sample(exit));
        if first >= last {
            return None;
        }
        let step = d.map(|c| (c * self.step) as f32);
        Some(Ray {
            start: std::array::from_fn(|a| (o[a] + d[a] * enter) as f32),
            step,
            inverse: step.map(|s| if s == 0.0 { f32::NEG_INFINITY } else { 1.0 / s }),
            first,
            last,
            enter,
        })
    }
}

impl Ray {
    /// Position of sample `n`, which may lie between two.
    #[inline(always)]
    pub(super) fn at(&self, n: f32) -> [f32; 3] {
        std::array::from_fn(|a| self.start[a] + n * self.step[a])
    }
}

/// A caster for `volume`; `None` if its geometry is singular or nothing of it can be seen.
pub(crate) fn caster<'a>(volume: &'a Volume<'a>, lens: &Lens) -> Option<Box<dyn Caster + 'a>> {
    fn typed<'a, T: Voxel>(
        values: &'a [T],
        volume: &'a Volume<'a>,
        lens: &Lens,
    ) -> Option<Box<dyn Caster + 'a>> {
        let field = Field::new(values, volume.data.grid().dims())?;
        let space = Space::new(volume, lens)?;
        Some(match volume.technique {
            Technique::Composite => Box::new(Composite::new(volume, field, space)?),
            Technique::Isosurface(value) => Box::new(Isosurface::new(volume, field, space, value as f32)),
            Technique::MaximumIntensity => Box::new(Projected::new(volume, field, space, 1.0)),
            Technique::MinimumIntensity => Box::new(Projected::new(volume, field, space, -1.0)),
        })
    }
    match volume.data.values() {
        Array::Int8(v) => typed(v, volume, lens),
        Array::UInt8(v) => typed(v, volume, lens),
        Array::Int16(v) => typed(v, volume, lens),
        Array::UInt16(v) => typed(v, volume, lens),
        Array::Float32(v) => typed(v, volume, lens),
        // Volume data have no other types.
        _ => None,
    }
}
