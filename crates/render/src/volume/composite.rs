//! Compositing: colours and opacities along a ray, lit.

use multiversion::multiversion;

use super::Volume;
use super::cast::{Caster, OPAQUE, Ray, RayState, Row, Space};
use super::gradient::gradients;
use super::lookup::{Highlights, Lookup};
use super::property::Shading;
use crate::color::OpacityFunction;
use crate::sampling::{Field, Places, Real, Voxel, places, values};

/// Samples computed together.
pub(super) const LANES: usize = 8;

#[allow(missing_docs)] pub static C: [std::sync::atomic::AtomicU64;4] = [const {std::sync::atomic::AtomicU64::new(0)};4];
/// A volume with its transfer functions as tables.
pub(super) struct Composite<'a, T> {
    field: Field<'a, T>,
    space: Space,
    lookup: Lookup,
    /// Distance of each block, in blocks, to the nearest one in which something can be seen.
    distance: Vec<u8>,
    shading: Option<(Shading, Highlights)>,
    gradient_opacity: Option<OpacityFunction>,
    nearest: bool,
}

impl<'a, T: Voxel> Composite<'a, T> {
    /// `None` if nothing of the volume can be seen.
    pub(super) fn new(volume: &Volume<'_>, field: Field<'a, T>, space: Space) -> Option<Self> {
        let property = &volume.property;
        let lookup = Lookup::new(property, volume.data.range(), space.step);
        let distance = volume.data.blocks().distances(|low, high| lookup.any_visible(low, high));
        distance.contains(&0).then(|| Self {
            field,
            space,
            lookup,
            distance,
            shading: property.shading.map(|s| (s, Highlights::new(s.specular, s.power))),
            gradient_opacity: property.gradient_opacity.clone(),
            nearest: property.nearest,
        })
    }

    #[inline(always)]
    fn ray(&self, ray: &Ray, state: &mut RayState) {
        let mut n = ray.first;
        let narrow = ray.step.map(|s| s as f32);
        while n < ray.last {
            let p = ray.at(n);
            let (number, block) = self.space.block(p);
            let far = self.distance[number];
            if far > 0 {
                C[1].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                n += ray.samples_in(p, block, i32::from(far) - 1);
                continue;
            }
            C[0].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let at = sample_places(&self.field, p, narrow, self.nearest);
            let sampled = values(&self.field, &at);
            let mut entries = [0_usize; LANES];
            for lane in 0..LANES {
                entries[lane] = self.lookup.entry(sampled[lane].to_f32());
            }
            let mut alpha = [0.0_f32; LANES];
            let mut through = state.transmittance;
            let mut wanted = 0_u32;
            for lane in 0..LANES.min(ray.last - n) {
                alpha[lane] = self.lookup.alpha[entries[lane]];
                wanted |= u32::from(alpha[lane] > 0.0) << lane;
                through *= 1.0 - alpha[lane];
                if through < OPAQUE && self.gradient_opacity.is_none() {
                    break;
                }
            }
            if wanted != 0 {
 C[2].fetch_add(1, std::sync::atomic::Ordering::Relaxed); C[3].fetch_add(u64::from(wanted.count_ones()), std::sync::atomic::Ordering::Relaxed);
                self.shade(ray, n, &at, &entries, &alpha, wanted, state);
                if state.transmittance < OPAQUE {
                    return;
                }
            }
            n += LANES;
        }
    }

    #[inline(always)]
    fn shade(
        &self,
        ray: &Ray,
        first: usize,
        at: &Places<LANES>,
        entries: &[usize; LANES],
        alpha: &[f32; LANES],
        wanted: u32,
        state: &mut RayState,
    ) {
        let mut lit = [1.0_f32; LANES];
        let mut shine = [0.0_f32; LANES];
        let mut factor = [1.0_f32; LANES];
        if self.shading.is_some() || self.gradient_opacity.is_some() {
            let g = gradients(&self.field, at, wanted, &self.space.metric, self.space.view);
            let mut cosine = [0.0_f32; LANES];
            for lane in 0..LANES {
                // Where there is no gradient there is no surface, and only ambient light.
                let inverse = if g.square[lane] > 1e-12 { 1.0 / g.square[lane].sqrt() } else { 0.0 };
                cosine[lane] = (g.along[lane].abs() * inverse).min(1.0);
            }
            if let Some((shading, highlights)) = &self.shading {
                for lane in 0..LANES {
                    lit[lane] = shading.ambient + shading.diffuse * cosine[lane];
                    shine[lane] = highlights.at(cosine[lane]);
                }
            }
            if let Some(f) = &self.gradient_opacity {
                for lane in 0..LANES {
                    factor[lane] = f.at(f64::from(g.square[lane]).sqrt())[0] as f32;
                }
            }
        }
        let mut rest = wanted;
        while rest != 0 {
            let lane = (rest.trailing_zeros() as usize).min(LANES - 1);
            rest &= rest - 1;
            let color = self.lookup.color[entries[lane]].map(|c| (c * lit[lane] + shine[lane]).min(1.0));
            state.add(color, alpha[lane] * factor[lane], ray.distance(first + lane, self.space.step));
            if state.transmittance < OPAQUE {
                return;
            }
        }
    }
}

/// Places of samples; for nearest-neighbour values moved onto the nearest voxel of the cell.
#[inline(always)]
pub(super) fn sample_places<T: Voxel>(
    field: &Field<'_, T>,
    p: [f64; 3],
    step: [f32; 3],
    nearest: bool,
) -> Places<LANES> {
    let mut at = places(field, p, step);
    if nearest {
        at.weight.iter_mut().flatten().for_each(|w| *w = if *w < 0.5 { 0.0 } else { 1.0 });
    }
    at
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2", "x86_64+avx2+fma+bmi2", "x86_64+sse4.2"))]
fn cast_row<T: Voxel>(volume: &Composite<'_, T>, row: &Row<'_>, states: &mut [RayState]) {
    for (x, state) in states.iter_mut().enumerate() {
        if state.transmittance >= OPAQUE
            && let Some(ray) = volume.space.ray(row, x)
        {
            volume.ray(&ray, state);
        }
    }
}

impl<T: Voxel> Caster for Composite<'_, T> {
    fn cast(&self, row: &Row<'_>, states: &mut [RayState], _: &mut [f32]) {
        cast_row(self, row, states);
    }

    fn finish(&self, _: &mut [RayState], _: &[f32]) { if std::env::var("CNT").is_ok() { eprintln!("{:?}", C); } }

    fn step(&self) -> f64 {
        self.space.step
    }
}
