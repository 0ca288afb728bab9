//! Compositing: colours and opacities along a ray, lit.

use multiversion::multiversion;

use super::Volume;
use super::cast::{Caster, OPAQUE, RayState, Row, Space};
use super::gradient::Gradients;
use super::lookup::{ENTRIES, Highlights, Lookup};
use super::property::Shading;
use super::wave::{SAMPLES, Wave};
use crate::camera::Lens;
use crate::color::OpacityFunction;
use crate::sampling::{Field, Real, Voxel, grouped};
use std::sync::Arc;

/// A volume with its transfer functions as tables.
pub(super) struct Composite<'a, T> {
    field: Field<'a, T>,
    space: Space,
    lookup: Arc<Lookup>,
    shading: Option<(Shading, Highlights)>,
    gradient_opacity: Option<OpacityFunction>,
    nearest: bool,
}

impl<'a, T: Voxel> Composite<'a, T> {
    /// `None` if nothing of the volume can be seen.
    pub(super) fn new(volume: &Volume<'_>, field: Field<'a, T>, space: Space) -> Option<Self> {
        let property = &volume.property;
        let lookup = volume.data.lookup(property, space.step);
        lookup.distance.contains(&0).then(|| Self {
            field,
            space,
            lookup,
            shading: property.shading.map(|s| (s, Highlights::new(s.specular, s.power))),
            gradient_opacity: property.gradient_opacity.clone(),
            nearest: property.nearest,
        })
    }
}

/// Samples that can be seen, from all rays of a wave, ray by ray.
struct Visible<T: Voxel, const N: usize> {
    gradients: Gradients<T, N>,
    entry: [u32; N],
    alpha: [f32; N],
    /// Number of the ray in the wave, and of the sample among those of that ray in this turn.
    origin: [(u8, u8); N],
}

/// Rays that travel together, with four samples each in a turn.
const RAYS: usize = 64;

#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2",
    "x86_64+avx2+fma+bmi2",
    "x86_64+sse4.2"
))]
fn cast_row<T: Voxel>(volume: &Composite<'_, T>, row: &Row<'_>, states: &mut [RayState]) {
    let Composite { field, space, lookup, shading, gradient_opacity, nearest } = volume;
    let mut wave = Wave::<T, RAYS>::new();
    let mut visible = Visible {
        gradients: Gradients::<T, SAMPLES>::new(),
        entry: [0; SAMPLES],
        alpha: [0.0; SAMPLES],
        origin: [(0, 0); SAMPLES],
    };
    let mut entries = [0_u32; SAMPLES];
    let distance = lookup.distance.as_slice();
    let lit_at_all = shading.is_some() || gradient_opacity.is_some();
    while wave.refill(space, row, |x| states[x].transmittance >= OPAQUE) {
        let count = wave.advance(space, |_, block| distance.get(block).copied().unwrap_or(0));
        wave.batch.sample(field, [0; 3], count, *nearest);
        lookup.entries(count, &wave.batch.value, &mut entries);
        let mut found = 0;
        for number in 0..wave.ready() {
            let mut through = states[wave.pixel(number)].transmittance;
            let first = number * Wave::<T, RAYS>::PER_RAY;
            for sample in 0..wave.pending(number) {
                let at = (first + sample).min(SAMPLES - 1);
                let entry = entries[at];
                let alpha = lookup.alpha[entry as usize & (ENTRIES - 1)];
                if alpha > 0.0 && found < SAMPLES {
                    visible.entry[found] = entry;
                    visible.alpha[found] = alpha;
                    visible.origin[found] = (number as u8, sample as u8);
                    visible.gradients.index[found] = wave.batch.index[at];
                    for a in 0..3 {
                        visible.gradients.weight[a][found] = wave.batch.weight[a][at];
                    }
                    found += 1;
                    through *= 1.0 - alpha;
                    if through < OPAQUE && gradient_opacity.is_none() {
                        break;
                    }
                }
            }
        }
        if lit_at_all && found > 0 {
            visible.gradients.compute(field, &space.metric, found);
        }
        if let Some(function) = gradient_opacity {
            for n in 0..found {
                visible.alpha[n] *= function.at(f64::from(visible.gradients.length[n]))[0] as f32;
            }
        }
        let (ambient, diffuse) = shading.as_ref().map_or((1.0, 0.0), |(s, _)| (s.ambient, s.diffuse));
        for n in 0..found {
            let (number, sample) = visible.origin[n];
            let number = usize::from(number);
            let state = &mut states[wave.pixel(number)];
            if state.transmittance < OPAQUE {
                continue;
            }
            let cosine = visible.gradients.cosine[n];
            let lit = ambient + diffuse * cosine;
            let shine = shading.as_ref().map_or(0.0, |(_, highlights)| highlights.at(cosine));
            let color = lookup.color[visible.entry[n] as usize & (ENTRIES - 1)];
            let color = color.map(|c| (c * lit + shine).min(1.0));
            state.add(color, visible.alpha[n], || wave.distance(number, usize::from(sample), space.step));
        }
        wave.finish_turn(|pixel| states[pixel].transmittance >= OPAQUE);
    }
}

impl<T: Voxel> Caster for Composite<'_, T> {
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

impl Lookup {
    /// The entries for the first `count` values.
    #[inline(always)]
    fn entries<R: Real, const N: usize>(&self, count: usize, values: &[R; N], out: &mut [u32; N]) {
        for n in 0..grouped::<N>(count) {
            out[n] = self.entry(values[n].to_f32());
        }
    }
}
