//! Curvature flow: smoothing that keeps edges.

use microtome_image::{Array, Blank, Buffer, with_values};
use multiversion::multiversion;

use crate::kernels::rows::{self, Rows};
use crate::progress::{Cancelled, Progress};

/// The values after some steps of curvature flow: surfaces of equal value move by their mean curvature (Sethian, Level Set Methods and
/// Fast Marching Methods, 1996). Central differences over the voxel spacing, without flux over the border.
pub(super) fn curvature_flow(
    values: &Array,
    dims: [usize; 3],
    spacing: [f64; 3],
    iterations: u32,
    time_step: f64,
    progress: &Progress,
) -> Result<Buffer<f32>, Cancelled> {
    use microtome_image::Scalar;
    let scales = spacing.map(f64::recip);
    let mut present = with_values!(values, values => {
        Rows::new(values, dims, 1, progress, |v| Scalar::to_f64(v) as f32)?
    });
    let mut out = Blank::new(values.len());
    for n in 0..iterations {
        let total = f64::from(iterations);
        let step = progress.step(f64::from(n) / total..f64::from(n + 1) / total);
        rows::fill(&mut out, dims, &step, |j, k, row| move_row(row, present.around(j, k), scales, time_step))?;
        if n + 1 < iterations {
            present = Rows::new(&out, dims, 1, progress, |v| v)?;
        }
    }
    if iterations == 0 {
        rows::fill(&mut out, dims, progress, |j, k, row| row.copy_from_slice(&present.around(j, k)[1][1][1..=dims[0]]))?;
    }
    Ok(out.into())
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2", "x86_64+sse4.2"))]
fn move_row(out: &mut [f32], around: [[&[f32]; 3]; 3], [sx, sy, sz]: [f64; 3], time_step: f64) {
    let width = out.len() + 2;
    let [[_, a01, _], [a10, a11, a12], [_, a21, _]] = around.map(|slice| slice.map(|row| &row[..width]));
    let [b00, b02, b20, b22] =
        [around[0][0], around[0][2], around[2][0], around[2][2]].map(|row| &row[..width]);
    for (i, out) in out.iter_mut().enumerate() {
        let c = i + 1;
        let v = f64::from;
        let center = v(a11[c]);
        let dx = 0.5 * (v(a11[c + 1]) - v(a11[i])) * sx;
        let dy = 0.5 * (v(a12[c]) - v(a10[c])) * sy;
        let dz = 0.5 * (v(a21[c]) - v(a01[c])) * sz;
        let dxx = (v(a11[c + 1]) - 2.0 * center + v(a11[i])) * (sx * sx);
        let dyy = (v(a12[c]) - 2.0 * center + v(a10[c])) * (sy * sy);
        let dzz = (v(a21[c]) - 2.0 * center + v(a01[c])) * (sz * sz);
        let dxy = 0.25 * (v(a10[i]) - v(a12[i]) - v(a10[c + 1]) + v(a12[c + 1])) * (sx * sy);
        let dxz = 0.25 * (v(a01[i]) - v(a21[i]) - v(a01[c + 1]) + v(a21[c + 1])) * (sx * sz);
        let dyz = 0.25 * (v(b00[c]) - v(b20[c]) - v(b02[c]) + v(b22[c])) * (sy * sz);
        let (xx, yy, zz) = (dx * dx, dy * dy, dz * dz);
        let square = xx + yy + zz;
        let bent = (dyy + dzz) * xx + (dxx + dzz) * yy + (dxx + dyy) * zz;
        let change = (bent - 2.0 * (dx * dy * dxy + dx * dz * dxz + dy * dz * dyz)) / square;
        let change = if square < 1e-9 { 0.0 } else { change };
        *out = (center + time_step * f64::from(change as f32)) as f32;
    }
}
