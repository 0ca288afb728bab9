//! Trilinear values along a line and at single places.

use multiversion::multiversion;

use crate::sampling::{Batch, Blend, Field, Real, Voxel};

/// How many samples are computed together.
pub(crate) const BATCH: usize = 64;

/// Whether a place in voxels lies in an image, which ends half a voxel beyond its outermost voxel centres.
#[inline(always)]
pub(crate) fn is_inside(dims: [usize; 3], p: [f64; 3]) -> bool {
    (0..3).all(|axis| p[axis] >= -0.5 && p[axis] <= dims[axis] as f64 - 0.5)
}

/// Values at `start`, `start + step` and so on, all of them in the image.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2",
    "x86_64+avx2+fma+bmi2",
    "x86_64+sse4.2"
))]
pub(crate) fn line<T: Voxel, O: Copy, F: Fn(<T as Blend>::Real) -> O>(
    field: Field<'_, T>,
    start: [f64; 3],
    step: [f64; 3],
    out: &mut [O],
    store: F,
) {
    let mut batch = Batch::<T, BATCH>::new();
    // Positions are counted from a voxel at the start of the line: f32 then holds them precisely enough.
    let origin = start.map(|s| s.floor() as i32);
    let mut base: [f32; 3] = std::array::from_fn(|a| (start[a] - f64::from(origin[a])) as f32);
    let step = step.map(|s| s as f32);
    for chunk in out.chunks_mut(BATCH) {
        for a in 0..3 {
            batch.position[a].iter_mut().enumerate().for_each(|(n, p)| *p = base[a] + n as f32 * step[a]);
            base[a] += step[a] * BATCH as f32;
        }
        batch.sample(&field, origin, chunk.len(), false);
        chunk.iter_mut().zip(&batch.value).for_each(|(o, &v)| *o = store(v));
    }
}

/// Values at up to [`BATCH`] places near each other; those outside leave `out` as it is.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512dq+avx512vl+fma+bmi2",
    "x86_64+avx2+fma+bmi2",
    "x86_64+sse4.2"
))]
pub(crate) fn scattered<T: Voxel>(field: Field<'_, T>, places: &[[f64; 3]], out: &mut [f32]) {
    let dims = field.dims();
    let Some(first) = places.iter().find(|p| is_inside(dims, **p)) else { return };
    // As along a line, f32 holds what is counted from a voxel nearby.
    let origin = first.map(|v| v.floor() as i32);
    let mut batch = Batch::<T, BATCH>::new();
    for (n, place) in places.iter().enumerate().take(BATCH) {
        if is_inside(dims, *place) {
            (0..3).for_each(|a| batch.position[a][n] = (place[a] - f64::from(origin[a])) as f32);
        }
    }
    batch.sample(&field, origin, places.len(), false);
    for ((value, place), out) in batch.value.iter().zip(places).zip(out) {
        if is_inside(dims, *place) {
            *out = value.to_f32();
        }
    }
}
