//! The surface where values reach a threshold, found along rays.

use multiversion::multiversion;

use super::Volume;
use super::cast::{Caster, OPAQUE, Ray, RayState, Row, Space};
use super::gradient::Gradients;
use super::lookup::Highlights;
use super::property::Shading;
use super::wave::Wave;
use crate::camera::Lens;
use crate::sampling::{Batch, Field, GROUP, Real, Voxel};

/// A volume of which rays show the surface at one value.
pub(super) struct Isosurface<'a, T> {
    field: Field<'a, T>,
    space: Space,
    value: f32,
    color: [f32; 3],
    shading: Shading,
    highlights: Highlights,
    /// Distance of each block, in blocks, to the nearest one in which the value is reached.
    distance: Vec<u8>,
    nearest: bool,
}

/// Steps of the bisection that places a hit: to a 64th of the sample distance.
const BISECTIONS: usize = 6;

impl<'a, T: Voxel> Isosurface<'a, T> {
    pub(super) fn new(volume: &Volume<'_>, field: Field<'a, T>, space: Space, value: f32) -> Self {
        let property = &volume.property;
        let matte = Shading { ambient: 0.1, diffuse: 0.9, specular: 0.2, power: 10.0 };
        let shading = property.shading.unwrap_or(matte);
        Self {
            field,
            space,
            value,
            color: property.color.at(f64::from(value)).map(|c| c.clamp(0.0, 1.0) as f32),
            shading,
            highlights: Highlights::new(shading.specular, shading.power),
            distance: volume.data.blocks().distances(|_, high| high >= value),
            nearest: property.nearest,
        }
    }

    /// Sample `n` is the first inside: places the surface between it and the one before, and lights it.
    #[inline(always)]
    fn hit(&self, ray: &Ray, n: usize, state: &mut RayState) {
        let along = |s: f32| ray.at(s).map(f64::from);
        let (mut outside, mut inside) = (n.saturating_sub(1) as f32, n as f32);
        if n > 0 {
            for _ in 0..BISECTIONS {
                let middle = (outside + inside) / 2.0;
                if self.field.at(along(middle), self.nearest) >= self.value {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
        }
        let mut batch = Batch::<T, GROUP>::new();
        (0..3).for_each(|a| batch.position[a][0] = ray.at(inside)[a]);
        batch.sample(&self.field, [0; 3], 1, false);
        let mut gradients = Gradients::<T, GROUP>::new();
        gradients.index = batch.index;
        gradients.weight = batch.weight;
        gradients.compute(&self.field, &self.space.metric, 1);
        let cosine = gradients.cosine[0];
        let (lit, shine) = (self.shading.ambient + self.shading.diffuse * cosine, self.highlights.at(cosine));
        let t = (ray.enter + f64::from(inside) * self.space.step) as f32;
        state.add(self.color.map(|c| (c * lit + shine).min(1.0)), 1.0, || t);
    }
}

/// Rays that travel together, with four samples each in a turn.
const RAYS: usize = 64;

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2",
    "x86_64+avx2+fma+bmi2",
    "x86_64+sse4.2"
))]
fn cast_row<T: Voxel>(volume: &Isosurface<'_, T>, row: &Row<'_>, states: &mut [RayState]) {
    let mut wave = Wave::<T, RAYS>::new();
    while wave.refill(&volume.space, row, |x| states[x].transmittance >= OPAQUE) {
        let count = wave.advance(&volume.space, |_, block| volume.distance.get(block).copied().unwrap_or(0));
        wave.batch.sample(&volume.field, [0; 3], count, volume.nearest);
        for number in 0..wave.ready() {
            let first = number * Wave::<T, RAYS>::PER_RAY;
            let reached = |sample: &usize| wave.batch.value[first + sample].to_f32() >= volume.value;
            if let Some(sample) = (0..wave.pending(number)).find(reached) {
                volume.hit(&wave.ray(number), wave.number(number, sample), &mut states[wave.pixel(number)]);
            }
        }
        wave.finish_turn(|pixel| states[pixel].transmittance >= OPAQUE);
    }
}

impl<T: Voxel> Caster for Isosurface<'_, T> {
    fn cast(&self, row: &Row<'_>, states: &mut [RayState], _: &mut [f32]) {
        cast_row(self, row, states);
    }

    fn finish(&self, _: &mut [RayState], _: &[f32]) {}

    fn step(&self) -> f64 {
        self.space.step
    }

    fn reach(&self, lens: &Lens) -> (f32, f32) {
        self.space.reach(lens)
    }
}
