//! Maximum and minimum intensity projection.

use multiversion::multiversion;

use super::Volume;
use super::cast::{Caster, RayState, Row, Space};
use super::property::VolumeProperty;
use super::wave::{SAMPLES, Wave};
use crate::camera::Lens;
use crate::sampling::{Field, Real, Voxel};

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
        let bound =
            volume.data.blocks().ranges().iter().map(|&[low, high]| (low * sign).max(high * sign)).collect();
        Self { field, space, property: &volume.property, sign, bound }
    }
}

/// Rays that travel together, with eight samples each in a turn.
const RAYS: usize = 32;

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2",
    "x86_64+avx2+fma+bmi2",
    "x86_64+sse4.2"
))]
fn cast_row<T: Voxel>(volume: &Projected<'_, T>, row: &Row<'_>, extreme: &mut [f32]) {
    let Projected { field, space, property, sign, bound } = volume;
    // Greatest product so far; NaN, which nothing is less than or equal to, for none.
    let mut best: Vec<f32> = extreme.iter().map(|v| v * sign).collect();
    let mut wave = Wave::<T, RAYS>::new();
    let mut products = [0.0_f32; SAMPLES];
    while wave.refill(space, row, |_| true) {
        let count = wave.advance(space, |pixel, block| {
            let bound = bound.get(block).copied().unwrap_or(f32::INFINITY);
            u8::from(bound <= best.get(pixel).copied().unwrap_or(f32::NAN))
        });
        wave.batch.sample(field, [0; 3], count, property.nearest);
        products.iter_mut().zip(&wave.batch.value).for_each(|(p, v)| *p = v.to_f32() * sign);
        for number in 0..wave.ready() {
            let first = number * Wave::<T, RAYS>::PER_RAY;
            let turn = &products[first..(first + wave.pending(number)).min(SAMPLES)];
            let greatest = turn.iter().fold(f32::NEG_INFINITY, |a, &b| if b > a { b } else { a });
            let best = &mut best[wave.pixel(number)];
            *best = if *best >= greatest { *best } else { greatest };
        }
        wave.finish_turn(|_| true);
    }
    extreme.iter_mut().zip(best).for_each(|(v, b)| *v = b * sign);
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
                state.add(color, alpha, || f32::INFINITY);
            }
        }
    }

    fn step(&self) -> f64 {
        self.space.step
    }

    fn reach(&self, lens: &Lens) -> (f32, f32) {
        self.space.reach(lens)
    }
}
