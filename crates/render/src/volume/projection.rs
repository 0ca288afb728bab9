//! Maximum and minimum intensity projection.

use multiversion::multiversion;

use super::Volume;
use super::cast::{Caster, Ray, RayState, Row, Space};
use super::composite::{LANES, sample_places};
use super::property::VolumeProperty;
use crate::sampling::{Field, Real, Voxel, values};

/// A volume of which rays show the extreme value.
pub(super) struct Projected<'a, T> {
    field: Field<'a, T>,
    space: Space,
    property: &'a VolumeProperty,
    /// 1 for the greatest value, −1 for the least: values are multiplied by it and the greatest product is looked for.
    sign: f32,
    /// Greatest product in each block.
    bound: Vec<f32>,
}

impl<'a, T: Voxel> Projected<'a, T> {
    pub(super) fn new(volume: &'a Volume<'a>, field: Field<'a, T>, space: Space, sign: f32) -> Self {
        let bound = volume.data.blocks().ranges().iter().map(|&[low, high]| (low * sign).max(high * sign)).collect();
        Self { field, space, property: &volume.property, sign, bound }
    }

    /// The greatest product of eight samples from number `n` on, and the sample that has it.
    #[inline(always)]
    fn group(&self, ray: &Ray, n: usize, best: &mut f32, best_at: &mut usize) {
        let at = sample_places(&self.field, ray.at(n), ray.step.map(|s| s as f32), self.property.nearest);
        let sampled = values(&self.field, &at);
        for lane in 0..LANES.min(ray.last - n) {
            let v = sampled[lane].to_f32() * self.sign;
            // Also true for the first value, when `best` is NaN.
            if !(v <= *best) {
                *best = v;
                *best_at = n + lane;
            }
        }
    }

    /// The greatest product along the ray and before it. `hint` is a sample at which it may be: where the neighbouring
    /// ray found its own, most blocks can then be left out.
    #[inline(always)]
    fn ray(&self, ray: &Ray, mut best: f32, hint: usize) -> (f32, usize) {
        let mut best_at = hint.clamp(ray.first, ray.last - 1);
        self.group(ray, (best_at.saturating_sub(LANES / 2)).max(ray.first), &mut best, &mut best_at);
        let mut n = ray.first;
        while n < ray.last {
            let p = ray.at(n);
            let (number, block) = self.space.block(p);
            if self.bound[number] <= best {
                n += ray.samples_in(p, block, 0);
            } else {
                self.group(ray, n, &mut best, &mut best_at);
                n += LANES;
            }
        }
        (best, best_at)
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2", "x86_64+avx2+fma+bmi2", "x86_64+sse4.2"))]
fn cast_row<T: Voxel>(volume: &Projected<'_, T>, row: &Row<'_>, extreme: &mut [f32]) {
    let mut hint = 0;
    for (x, found) in extreme.iter_mut().enumerate() {
        if let Some(ray) = volume.space.ray(row, x) {
            let (best, at) = volume.ray(&ray, *found * volume.sign, hint);
            *found = best * volume.sign;
            hint = at;
        }
    }
}

impl<T: Voxel> Caster for Projected<'_, T> {
    fn cast(&self, row: &Row<'_>, _: &mut [RayState], extreme: &mut [f32]) {
        cast_row(self, row, extreme);
    }

    fn finish(&self, states: &mut [RayState], extreme: &[f32]) {
        for (state, &value) in states.iter_mut().zip(extreme) {
            if !value.is_nan() {
                let color = self.property.color.at(f64::from(value)).map(|c| c.clamp(0.0, 1.0) as f32);
                let alpha = self.property.opacity.at(f64::from(value))[0].clamp(0.0, 1.0) as f32;
                state.add(color, alpha, f32::INFINITY);
            }
        }
    }

    fn step(&self) -> f64 {
        self.space.step
    }
}
