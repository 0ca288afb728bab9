//! The surface where values reach a threshold, found along rays.

use multiversion::multiversion;

use super::Volume;
use super::cast::{Caster, OPAQUE, Ray, RayState, Row, Space};
use super::composite::{LANES, sample_places};
use super::gradient::gradients;
use super::lookup::Highlights;
use super::property::Shading;
use crate::sampling::{Field, Real, Voxel, values};

/// A volume of which rays show the surface at one value.
pub(super) struct Isosurface<'a, T> {
    field: Field<'a, T>,
    space: Space,
    value: f32,
    color: [f32; 3],
    shading: Shading,
    highlights: Highlights,
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

    #[inline(always)]
    fn sampled(&self, p: [f64; 3], step: [f32; 3]) -> [f32; LANES] {
        values(&self.field, &sample_places(&self.field, p, step, self.nearest)).map(Real::to_f32)
    }

    #[inline(always)]
    fn ray(&self, ray: &Ray, state: &mut RayState) {
        let narrow = ray.step.map(|s| s as f32);
        let mut n = ray.first;
        while n < ray.last {
            let p = ray.at(n);
            let (number, block) = self.space.block(p);
            let far = self.distance[number];
            if far > 0 {
                n += ray.samples_in(p, block, i32::from(far) - 1);
                continue;
            }
            let sampled = self.sampled(p, narrow);
            if let Some(lane) = (0..LANES.min(ray.last - n)).find(|&lane| sampled[lane] >= self.value) {
                self.hit(ray, n + lane, narrow, state);
                return;
            }
            n += LANES;
        }
    }

    /// Sample `n` is the first inside: places the surface between it and the one before, and lights it.
    #[inline(always)]
    fn hit(&self, ray: &Ray, n: usize, narrow: [f32; 3], state: &mut RayState) {
        let along = |s: f64| -> [f64; 3] { std::array::from_fn(|a| ray.start[a] + s * ray.step[a]) };
        let (mut outside, mut inside) = (n.saturating_sub(1) as f64, n as f64);
        if n > 0 {
            for _ in 0..BISECTIONS {
                let middle = (outside + inside) / 2.0;
                if self.sampled(along(middle), [0.0; 3])[0] >= self.value {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
        }
        let at = sample_places(&self.field, along(inside), narrow, false);
        let g = gradients(&self.field, &at, 1, &self.space.metric, self.space.view);
        let length = g.square[0].sqrt();
        let cosine = if length > 1e-6 { (g.along[0].abs() / length).min(1.0) } else { 0.0 };
        let (lit, shine) = (self.shading.ambient + self.shading.diffuse * cosine, self.highlights.at(cosine));
        let t = (ray.enter + inside * self.space.step) as f32;
        state.add(self.color.map(|c| (c * lit + shine).min(1.0)), 1.0, t);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2", "x86_64+avx2+fma+bmi2", "x86_64+sse4.2"))]
fn cast_row<T: Voxel>(volume: &Isosurface<'_, T>, row: &Row<'_>, states: &mut [RayState]) {
    for (x, state) in states.iter_mut().enumerate() {
        if state.transmittance >= OPAQUE
            && let Some(ray) = volume.space.ray(row, x)
        {
            volume.ray(&ray, state);
        }
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
}
